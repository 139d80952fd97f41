package index

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/cpu"
)

// BenchmarkFlat searches a million codes one query at a time and in batches, beside the time to read the codes' bytes
// (bytes.IndexByte, which the library has in assembly) and the loop that anybody would write. On a machine with other work
// the least time, the metric min-us/query, is the one to compare. It is of one core.
//
//	go test -run '^$' -bench 'BenchmarkFlat/' -cpu 1 ./index
func BenchmarkFlat(b *testing.B) {
	b.Run("64", func(b *testing.B) {
		benchmarkFlat(b, []int{4, 8, 12, 20}, func(codes []uint64, q uint64, radius int) (n int) {
			for _, c := range codes {
				if bits.OnesCount64(c^q) <= radius {
					n++
				}
			}
			return n
		})
	})
	b.Run("256", func(b *testing.B) {
		benchmarkFlat(b, []int{8, 31, 60, 75, 100, 128}, func(codes [][4]uint64, q [4]uint64, radius int) (n int) {
			for i := range codes {
				c := &codes[i]
				if bits.OnesCount64(c[0]^q[0])+bits.OnesCount64(c[1]^q[1])+bits.OnesCount64(c[2]^q[2])+bits.OnesCount64(c[3]^q[3]) <= radius {
					n++
				}
			}
			return n
		})
	})
}

func benchmarkFlat[C Code](b *testing.B, radii []int, brute func(codes []C, q C, radius int) int) {
	rnd := rand.New(rand.NewPCG(1, 1))
	codes := uniform[C](rnd, benchCodes)
	qs := uniform[C](rnd, flatBlock)
	size := len(codes) * width[C]() / 8
	raw := bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(&codes[0])), size))
	for i := range raw {
		raw[i] |= 1
	}
	f := NewFlat(codes, nil)
	b.Run("read", func(b *testing.B) {
		leastTime(b, 1, func() {
			if bytes.IndexByte(raw, 0) >= 0 {
				b.Fatal("found")
			}
		})
	})
	b.Run("brute force", func(b *testing.B) { leastTime(b, 1, func() { brute(codes, qs[0], radii[1]) }) })
	for p := cpu.Go; p <= cpu.AVX512; p++ {
		if !cpu.Has(p) {
			continue
		}
		b.Run(p.String(), func(b *testing.B) {
			defer hamming.Use(p)()
			var hits []Hit
			b.Run(fmt.Sprintf("single/r=%d", radii[1]), func(b *testing.B) {
				leastTime(b, 1, func() { hits = f.Within(hits[:0], qs[0], radii[1]) })
			})
			b.Run("nearest", func(b *testing.B) { leastTime(b, 1, func() { hits = f.Nearest(hits[:0], qs[0], 1) }) })
			var all []found
			for _, radius := range radii {
				for _, n := range []int{8, 64, flatBlock} {
					if radius == width[C]()/2 && n > 8 {
						continue // half of all codes are hits
					}
					b.Run(fmt.Sprintf("batch=%d/r=%d", n, radius), func(b *testing.B) {
						leastTime(b, n, func() { all, _ = f.block(all[:0], qs[:n], radius) })
					})
				}
			}
		})
	}
}

// leastTime reports the least time of a run of f, which answers so many queries.
func leastTime(b *testing.B, queries int, f func()) {
	least := time.Duration(1<<63 - 1)
	for b.Loop() {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(least.Nanoseconds())/1000/float64(queries), "min-us/query")
}
