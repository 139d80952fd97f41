package hashmatch

import (
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
)

// fieldEntries gives n entries as the field's sets have them (two digests, size, category, a name, flags), one after the
// other in the same room.
func fieldEntries(n int, yield func(e *Entry)) {
	r := rand.New(rand.NewPCG(1, 2))
	e := Entry{Hashes: make([]EntryHash, 2), HasSize: true, Names: []string{"IMG_0001.jpg"}}
	for i := range n {
		for j, k := range []Kind{MD5, SHA1} {
			h := Hash{kind: k}
			for at := range k.Size() {
				h.b[at] = byte(r.Uint32())
			}
			e.Hashes[j] = EntryHash{Hash: h}
		}
		e.ID, e.Size, e.Category = strconv.Itoa(10_000_000+i), int64(r.IntN(5_000_000)), "1"
		e.Flags = Flags{VictimIdentified: Flag(r.IntN(3)), Distributed: Yes}
		yield(&e)
	}
}

// BenchmarkBuild is Add and all that follows but for the writing, and then the checks of opening, on GOMAXPROCS cores.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var adding, finishing, checking time.Duration
			var size int
			for b.Loop() {
				builder := NewBuilder(testInfo)
				list, hashes := make([]Entry, 0, n), make([]EntryHash, 0, 2*n)
				fieldEntries(n, func(e *Entry) {
					c := *e
					hashes = append(hashes, e.Hashes...)
					c.Hashes = hashes[len(hashes)-2:]
					list = append(list, c)
				})
				start := time.Now()
				for _, e := range list {
					if err := builder.Add(e); err != nil {
						b.Fatal(err)
					}
				}
				adding += time.Since(start)
				start = time.Now()
				t, err := builder.build()
				if err != nil {
					b.Fatal(err)
				}
				finishing += time.Since(start)
				start = time.Now()
				if err := (&Set{}).decode(&setfile.File{Sections: t.sections}); err != nil {
					b.Fatal(err)
				}
				checking += time.Since(start)
				size = 0
				for _, s := range t.sections {
					size += len(s.Data)
				}
			}
			records := float64(b.N * n)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(adding.Nanoseconds())/records, "add-ns/record")
			b.ReportMetric(float64(finishing.Nanoseconds())/records, "finish-ns/record")
			b.ReportMetric(float64(size)/float64(n), "bytes/record")
			b.ReportMetric(float64(size*b.N)/checking.Seconds()/1e9, "check-GB/s")
		})
	}
}

// BenchmarkBuildTwice is BenchmarkBuild where every item comes from two sources, which know it by different names.
func BenchmarkBuildTwice(b *testing.B) {
	const n = 200_000
	var adding, finishing time.Duration
	for b.Loop() {
		builder := NewBuilder(testInfo)
		start := time.Now()
		for _, name := range []string{"one.jpg", "two.jpg"} {
			fieldEntries(n, func(e *Entry) {
				e.Names[0] = name
				if err := builder.Add(*e); err != nil {
					b.Fatal(err)
				}
			})
		}
		adding += time.Since(start)
		start = time.Now()
		t, err := builder.build()
		if err != nil || t.counts.Merged != n {
			b.Fatal(t, err)
		}
		finishing += time.Since(start)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(adding.Nanoseconds())/float64(2*n*b.N), "make+add-ns/record")
	b.ReportMetric(float64(finishing.Nanoseconds())/float64(2*n*b.N), "finish-ns/record")
}

// BenchmarkBuildMemory tells how much memory building takes beside the set itself: what is in use when all is added, and
// when it is built; and, where the system tells, the most that the process has taken, rubbish included.
func BenchmarkBuildMemory(b *testing.B) {
	if testing.Short() {
		b.Skip("takes a gigabyte")
	}
	const n = 3_000_000
	for b.Loop() {
		builder := NewBuilder(testInfo)
		before := heap()
		fieldEntries(n, func(e *Entry) {
			if err := builder.Add(*e); err != nil {
				b.Fatal(err)
			}
		})
		added := heap() - before
		size, err := builder.WriteTo(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		after := heap() - before
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(added)/n, "columns-B/record")
		b.ReportMetric(float64(after)/n, "built-B/record")
		b.ReportMetric(float64(size)/n, "file-B/record")
		if peak := highWater(b); peak > 0 {
			b.ReportMetric(float64(peak)/n, "peak-B/record")
		}
		runtime.KeepAlive(builder)
	}
}

// heap returns the bytes of the heap that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// highWater returns the most memory that the process has had; 0 where the system does not tell.
func highWater(b *testing.B) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n << 10
}

// BenchmarkCheck is what opening does beside the container's checksums.
func BenchmarkCheck(b *testing.B) {
	builder := NewBuilder(testInfo)
	fieldEntries(500_000, func(e *Entry) {
		if err := builder.Add(*e); err != nil {
			b.Fatal(err)
		}
	})
	t, err := builder.build()
	if err != nil {
		b.Fatal(err)
	}
	size := 0
	for _, s := range t.sections {
		size += len(s.Data)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if err := (&Set{}).decode(&setfile.File{Sections: t.sections}); err != nil {
			b.Fatal(err)
		}
	}
}
