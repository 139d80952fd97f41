package setfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"go.uber.org/goleak"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func written(t testing.TB, h Header, sections ...Section) []byte {
	t.Helper()
	var out bytes.Buffer
	if n, err := Write(&out, h, sections); err != nil || n != int64(out.Len()) {
		t.Fatalf("%d of %d bytes, %v", n, out.Len(), err)
	}
	return out.Bytes()
}

func check(data []byte) error {
	f, err := Parse(data)
	if err != nil {
		return err
	}
	return f.Verify(context.Background())
}

func random(r *rand.Rand, n int) []byte {
	data := make([]byte, 0, n+7)
	for len(data) < n {
		data = le.AppendUint64(data, r.Uint64())
	}
	return data[:n]
}

// slowly writes a file as doc/format.md says it, one step after the other: the oracle of Write.
func slowly(h Header, sections []Section) []byte {
	var body bytes.Buffer
	head := make([]byte, headerSize)
	for i, s := range sections {
		data := bytes.Join(append([][]byte{s.Data}, s.Parts...), nil)
		offset := headerSize + body.Len()
		row := head[64+56*i:]
		le.PutUint32(row, s.ID)
		le.PutUint32(row[4:], s.Flags)
		le.PutUint64(row[8:], uint64(offset))
		le.PutUint64(row[16:], uint64(len(data)))
		leaves := sha256.New()
		for at := 0; at < len(data); {
			n := min(len(data)-at, 1<<20-(offset+at)%(1<<20))
			leaf := sha256.Sum256(data[at : at+n])
			leaves.Write(leaf[:])
			at += n
		}
		leaves.Sum(row[24:][:0])
		body.Write(data)
		for body.Len()%64 != 0 {
			body.WriteByte(0)
		}
	}
	blocks := (headerSize + body.Len() + 1<<20 - 1) >> 20
	copy(head, "\x89HMS\r\n\x1a\n\x01\x00\x00\x00\x00\x00\x00\x00")
	le.PutUint32(head[16:], h.Optional)
	le.PutUint32(head[20:], uint32(len(sections)))
	le.PutUint64(head[24:], uint64(headerSize+body.Len()+4*blocks+32+96))
	le.PutUint64(head[32:], h.Generation)
	le.PutUint32(head[4092:], crc32.Checksum(head[:4092], castagnoli))
	file := append(head, body.Bytes()...)
	table := []byte{}
	for i := range blocks {
		table = le.AppendUint32(table, crc32.Checksum(file[i<<20:min((i+1)<<20, len(file))], castagnoli))
	}
	root := sha256.Sum256(append(bytes.Clone(file[:4096]), table...))
	return append(append(append(file, table...), root[:]...), make([]byte, 96)...)
}

// randomSections makes sections of up to size bytes, some of them in parts and some empty.
func randomSections(r *rand.Rand, size int) (sections []Section) {
	id := uint32(0)
	for range r.IntN(8) {
		id += 1 + r.Uint32N(5)
		s := Section{ID: id, Flags: r.Uint32N(2)}
		for i := range r.IntN(4) {
			part := random(r, r.IntN(2)*r.IntN(size))
			if i == 0 {
				s.Data = part
			} else {
				s.Parts = append(s.Parts, part)
			}
		}
		sections = append(sections, s)
	}
	return sections
}

// What is written is what the format says, on one core and on many, and comes back.
func TestWriteAndParse(t *testing.T) {
	r := testkit.Rand(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	n, large := 0, 0
	for round := range 220 {
		size := 300
		if round%20 == 0 {
			size = 1500 << 10 // several blocks
			large++
		}
		sections, h := randomSections(r, size), Header{Generation: r.Uint64(), Optional: r.Uint32()}
		want := slowly(h, sections)
		for _, cores := range []int{1, 3} {
			runtime.GOMAXPROCS(cores)
			data := written(t, h, sections...)
			if !bytes.Equal(data, want) {
				t.Fatalf("%d cores: another file than the format's (%d bytes, %d)", cores, len(data), len(want))
			}
			f, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Verify(context.Background()); err != nil {
				t.Fatal(err)
			}
			if f.Header != h || len(f.Sections) != len(sections) || !bytes.Equal(f.Digest[:], want[len(want)-128:len(want)-96]) {
				t.Fatalf("%+v, %d sections, digest %x", f.Header, len(f.Sections), f.Digest)
			}
			for i, s := range sections {
				got := f.Sections[i]
				if got.ID != s.ID || got.Flags != s.Flags || !bytes.Equal(got.Data, bytes.Join(append([][]byte{s.Data}, s.Parts...), nil)) {
					t.Fatalf("section %d comes back as another", s.ID)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 1000, n, "sections")
	testkit.AtLeast(t, 11, large, "files of several blocks")
}

// A header has room for so many sections and no more.
func TestMostSections(t *testing.T) {
	var sections []Section
	for i := range MaxSections {
		sections = append(sections, Section{ID: uint32(i), Data: []byte{byte(i)}})
	}
	data := written(t, Header{}, sections...)
	if err := check(data); err != nil || MaxSections != 71 || !bytes.Equal(data, slowly(Header{}, sections)) {
		t.Fatal(MaxSections, err)
	}
	for name, bad := range map[string][]Section{
		"one too many":           append(sections, Section{ID: 999}),
		"an ID twice":            {{ID: 1}, {ID: 1}},
		"IDs that descend":       {{ID: 2}, {ID: 1}},
		"a flag of no meaning":   {{ID: 1, Flags: 2}},
		"the flag of the future": {{ID: 1, Flags: 1 << 31}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: written", name)
				}
			}()
			Write(io.Discard, Header{}, bad)
		}()
	}
}

// Faults in several places are told together, so that one look at a file tells all of them, and sound parts are not named.
func TestFaultsAreJoined(t *testing.T) {
	r := testkit.Rand(t)
	sections := []Section{{ID: 1, Data: random(r, 100)}, {ID: 2, Data: random(r, 3<<20)}, {ID: 3, Data: random(r, 5)}, {ID: 0x104, Data: random(r, 1<<20)}}
	data := written(t, Header{}, sections...)
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	f.Sections[0].Data[7]++
	f.Sections[1].Data[2<<20]++
	f.Sections[3].Data[0]++
	data[f.layout.rootAt()]++
	if f, err = Parse(data); err != nil {
		t.Fatal(err)
	}
	err = f.Verify(context.Background())
	if !errors.Is(err, ErrChecksum) {
		t.Fatal(err)
	}
	told := err.Error()
	for _, want := range []string{"section 0x1, bytes 4096 to 4196", "section 0x2, ", "section 0x104, ", "bytes 0 to 1048576: CRC", "bytes 2097152 to 4194304: CRC", "root"} {
		if !bytes.Contains([]byte(told), []byte(want)) {
			t.Errorf("%v\ndoes not tell of %s", err, want)
		}
	}
	for _, not := range []string{"section 0x3", "bytes 1048576"} {
		if bytes.Contains([]byte(told), []byte(not)) {
			t.Errorf("%v\ntells of %s, which is sound", err, not)
		}
	}
}

// failingWriter fails after n bytes.
type failingWriter struct{ n int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriteTellsOfFailures(t *testing.T) {
	sections := []Section{{ID: 1, Data: []byte("aaaaaaaa")}, {ID: 2, Data: []byte("bbb")}}
	whole := len(written(t, Header{}, sections...))
	for n := range whole {
		if _, err := Write(&failingWriter{n}, Header{}, sections); err == nil {
			t.Errorf("no error although only %d of %d bytes were written", n, whole)
		}
	}
	testkit.AtLeast(t, 4000, whole, "failures")
}

// Verify ends when it is told to, and with the error of a guard.
func TestVerifyEnds(t *testing.T) {
	f, err := Parse(written(t, Header{}, Section{ID: 1, Data: make([]byte, 5<<20)}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	cancel(why)
	if err := f.Verify(ctx); !errors.Is(err, why) {
		t.Error(err)
	}
	if runtime.GOMAXPROCS(0) == 1 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	}
	f.Guard = func(work func() error) error { return errors.Join(work(), why) }
	if err := f.Verify(context.Background()); !errors.Is(err, why) {
		t.Error(err)
	}
}

// What is only parsed costs the same for any file.
func TestParseTakesNoLongerForMore(t *testing.T) {
	allocated := func(size int) float64 {
		data := written(t, Header{}, Section{ID: 1, Data: make([]byte, size)})
		return testing.AllocsPerRun(10, func() {
			f, err := Parse(data)
			if err != nil || f.CheckRoot() != nil {
				t.Fatal(err)
			}
		})
	}
	if small, large := allocated(10), allocated(40<<20); small != large {
		t.Errorf("%v allocations for a small file, %v for a large one", small, large)
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, shape := range []struct{ sections, size int }{{1, 256 << 20}, {8, 32 << 20}} {
		b.Run(fmt.Sprintf("sections=%d", shape.sections), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			one := random(r, shape.size)
			var sections []Section
			for i := range shape.sections {
				sections = append(sections, Section{ID: uint32(i), Data: one})
			}
			data := written(b, Header{}, sections...)
			f, err := Parse(data)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if err := f.Verify(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("limit=SHA-256_on_one_core", func(b *testing.B) {
		data := make([]byte, 64<<20)
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sha256.Sum256(data)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	sections := []Section{{ID: 1, Data: random(rand.New(rand.NewPCG(1, 1)), 256<<20)}}
	b.SetBytes(256 << 20)
	for b.Loop() {
		if _, err := Write(io.Discard, Header{}, sections); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := written(b, Header{}, Section{ID: 1, Data: make([]byte, 256<<20)})
	for b.Loop() {
		f, err := Parse(data)
		if err != nil || f.CheckRoot() != nil {
			b.Fatal(err)
		}
	}
}
