package heif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// Headers of every form are read, and sizes that cannot be are refused.
func TestSplit(t *testing.T) {
	long := func(size uint64, body string) []byte {
		b := binary.BigEndian.AppendUint32(nil, 1)
		b = append(b, "long"...)
		return append(binary.BigEndian.AppendUint64(b, size), body...)
	}
	for name, c := range map[string]struct {
		data []byte
		cut  bool
		want string // kind and body, joined
		err  error
	}{
		"nothing":        {nil, false, "", nil},
		"two":            {[]byte("\x00\x00\x00\x0aaaaaxy\x00\x00\x00\x08bbbb"), false, "aaaaxy bbbb ", nil},
		"up to the end":  {[]byte("\x00\x00\x00\x00aaaaxyz"), false, "aaaaxyz ", nil},
		"long":           {append(long(18, "xy"), "\x00\x00\x00\x08bbbb"...), false, "longxy bbbb ", nil},
		"stray bytes":    {[]byte("\x00\x00\x00\x08aaaa\x00\x00\x00"), false, "aaaa ", nil},
		"size 7":         {[]byte("\x00\x00\x00\x07aaaa"), false, "", hashmatch.ErrCorrupt},
		"too long":       {[]byte("\x00\x00\x00\x09aaaa"), false, "", hashmatch.ErrCorrupt},
		"cut":            {[]byte("\x00\x00\x00\x09aaaa"), true, "aaaa ", nil},
		"long, size 15":  {long(15, ""), false, "", hashmatch.ErrCorrupt},
		"long, huge":     {long(1<<64-1, "xy"), false, "", hashmatch.ErrCorrupt},
		"long, huge cut": {long(1<<64-1, "xy"), true, "longxy ", nil},
		"half a header":  {long(99, "")[:12], true, "", hashmatch.ErrCorrupt},
		"many":           {bytes.Repeat([]byte("\x00\x00\x00\x08aaaa"), mostBoxes+1), false, "", hashmatch.ErrLimit},
	} {
		var got []byte
		err := split(c.data, c.cut, func(b box) error {
			got = append(append(append(got, b.kind[:]...), b.body...), ' ')
			return nil
		})
		if !errors.Is(err, c.err) || err == nil && string(got) != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A file whose counts are lies costs little.
func TestLiesCostLittle(t *testing.T) {
	s := spsFields{w: 640, h: 480, chroma: 1, depth: 8}
	honest := func() *composed {
		return &composed{primary: 1, wide: true, iloc: 2, refs: []ref{{"thmb", 1, []int{1}}},
			parts: []part{{kind: "hvc1", data: []byte("coded"), properties: []property{s.hvcC(), ispe(640, 480)}}}}
	}
	file := honest().bytes()
	n := 0
	for at := range len(file) - 4 {
		for _, v := range []uint32{0, 1, 0xff, 0xffff, 0x7fffffff, 0xffffffff} {
			lie := bytes.Clone(file)
			binary.BigEndian.PutUint32(lie[at:], v)
			checkLie(t, lie)
			n++
		}
	}
	testkit.AtLeast(t, 2000, n, "lies")

	// Tables as large as they may be.
	many := honest()
	for range mostItems - 1 {
		many.parts = append(many.parts, many.parts[0])
	}
	for i := range many.parts[1:] {
		many.parts[i+1].properties = nil
	}
	data := many.bytes()
	if n := allocated(func() { _, _ = newPlan(data, both, false) }); n > 4<<20 {
		t.Errorf("%d items allocate %d bytes", len(many.parts), n)
	}
	many.parts = append(many.parts, many.parts[1])
	if _, err := newPlan(many.bytes(), both, false); !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("%d items: %v", len(many.parts), err)
	}
	split := honest()
	split.parts[0].extents = 65535
	if _, err := newPlan(split.bytes(), both, false); !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("65535 extents: %v", err)
	}
	refs := honest()
	refs.refs[0].to = make([]int, mostInputs+1)
	if _, err := newPlan(refs.bytes(), both, false); !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("%d references: %v", mostInputs+1, err)
	}
}

// checkLie reads a file that may be nonsense.
func checkLie(t testing.TB, data []byte) {
	t.Helper()
	var err error
	n := allocated(func() {
		var p plan
		if p, err = newPlan(data, both, len(data)%2 == 0); err == nil {
			checkPlan(t, data, &p)
		}
	})
	if n > 1<<20+16*uint64(len(data)) {
		t.Errorf("a file of %d bytes allocates %d: %v", len(data), n, err)
	}
	if err != nil && !errors.Is(err, hashmatch.ErrCorrupt) && !errors.Is(err, hashmatch.ErrUnsupported) && !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("an error without a class: %v", err)
	}
}

// checkPlan checks what must hold of every plan, whatever the file.
func checkPlan(t testing.TB, data []byte, p *plan) {
	t.Helper()
	d := &p.decode
	switch {
	case d.crop.Empty(), d.crop.Max.X > d.width, d.crop.Max.Y > d.height, d.crop.Min.X < 0, d.crop.Min.Y < 0,
		d.width > maxSide, d.height > maxSide, d.orientation < 0, d.orientation > 8, d.coded > int64(len(data)):
		t.Errorf("%+v", d)
	}
	f, err := parse(p.file.flat())
	if err != nil {
		t.Fatalf("rebuilt: %v", err)
	}
	q, err := f.picture(f.primary)
	if err != nil || q.codec != d.codec || q.width != d.width || q.height != d.height || q.layout != d.layout || q.orientation != 0 || len(q.items) != len(d.items) {
		t.Errorf("rebuilt: %+v, %v, of %+v", q, err, d)
	}
	if n := p.header().Memory; n <= 0 || d.workBytes(p.file.size()) <= 0 {
		t.Errorf("memory %d, %d", n, d.workBytes(p.file.size()))
	}
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzBoxes(f *testing.F) {
	for _, s := range samples() {
		data := load(f, s.name)
		f.Add(data[:min(len(data), 1024)]) // coded bytes are nothing that is read here
		f.Add(data)
	}
	tile := spsFields{w: 64, h: 64, chroma: 1, depth: 8}
	c := composed{primary: 3, iloc: 1, refs: []ref{{"dimg", 3, []int{1, 2}}, {"thmb", 4, []int{3}}}}
	for range 2 {
		c.parts = append(c.parts, part{kind: "hvc1", data: []byte("tile"), properties: []property{tile.hvcC(), ispe(64, 64), colr(1, true)}})
	}
	c.parts = append(c.parts, gridItem(2, 1, 100, 64, clap(99, 1, 63, 1, 0, 1, 0, 1), irot(1), imir(1)), small(320, 240))
	for i := range 6 {
		c.iloc, c.wide, c.last = byte(i%3), i > 2, i%2 == 0
		f.Add(c.bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkLie(t, data) })
}

// BenchmarkPlan reads the boxes of a file with a thumbnail, and makes the file that holds that alone.
func BenchmarkPlan(b *testing.B) {
	data := load(b, "thumb.heic")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newPlan(data, both, false); err != nil {
			b.Fatal(err)
		}
	}
}
