package heif

import (
	"bytes"
	"errors"
	"image"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// bitWriter writes parameter sets.
type bitWriter struct {
	data []byte
	n    int
}

func (b *bitWriter) put(n int, v uint64) {
	for i := n - 1; i >= 0; i-- {
		if b.n%8 == 0 {
			b.data = append(b.data, 0)
		}
		b.data[b.n/8] |= byte(v>>i&1) << (7 - b.n%8)
		b.n++
	}
}

func (b *bitWriter) golomb(v uint64) {
	bits := 0
	for (v+1)>>(bits+1) > 0 {
		bits++
	}
	b.put(bits, 0)
	b.put(bits+1, v+1)
}

// spsFields are what a sequence parameter set says of a coded picture.
type spsFields struct {
	w, h, chroma, depth int
	window              [4]int
	layers              int
	planes              bool
}

// set writes the set as a NAL unit without its two bytes of header, which is where hvcC's entries go on.
func (s *spsFields) set() []byte {
	b := &bitWriter{}
	b.put(4, 3)
	b.put(3, uint64(s.layers))
	b.put(1, 1)
	profile := func() {
		b.put(8, 0x61)
		b.put(32, 0) // zeros, so that there is something to escape
		b.put(48, 0x900000000000)
	}
	profile()
	b.put(8, 120)
	for i := range s.layers {
		b.put(1, uint64(i&1))
		b.put(1, uint64(i>>1&1))
	}
	if s.layers > 0 {
		b.put(2*(8-s.layers), 0)
	}
	for i := range s.layers {
		if i&1 == 1 {
			profile()
		}
		if i>>1&1 == 1 {
			b.put(8, 120)
		}
	}
	b.golomb(0)
	b.golomb(uint64(s.chroma))
	if s.chroma == 3 {
		b.put(1, map[bool]uint64{true: 1}[s.planes])
	}
	b.golomb(uint64(s.w))
	b.golomb(uint64(s.h))
	if s.window == [4]int{} {
		b.put(1, 0)
	} else {
		b.put(1, 1)
		for _, v := range s.window {
			b.golomb(uint64(v))
		}
	}
	b.golomb(uint64(s.depth - 8))
	b.golomb(uint64(s.depth - 8))
	b.put(8, 0xff)
	return escape(b.data)
}

// escape puts a 3 after every two zeros that 0..3 follow.
func escape(data []byte) (out []byte) {
	zeros := 0
	for _, v := range data {
		if zeros == 2 && v <= 3 {
			out = append(out, 3)
			zeros = 0
		}
		if zeros++; v != 0 {
			zeros = 0
		}
		out = append(out, v)
	}
	return out
}

// hvcC wraps a set.
func (s *spsFields) hvcC() property {
	set := append([]byte{0x42, 1}, s.set()...)
	b := &writer{}
	b.zeros(22)
	b.buf = append(b.buf, 2, 32) // two arrays, the first of video parameter sets
	b.u16(1)
	b.u16(3)
	b.zeros(3)
	b.buf = append(b.buf, 0x80|33)
	b.u16(1)
	b.u16(len(set))
	b.buf = append(b.buf, set...)
	return property{kind: "hvcC", body: b.buf, essential: true}
}

// Sets that were written come back.
func TestSequence(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 2000 {
		s := spsFields{w: 64 + r.IntN(4000), h: 64 + r.IntN(4000), chroma: r.IntN(4), depth: 8 + r.IntN(9), layers: r.IntN(7)}
		x, y := []int{1, 2, 2, 1}[s.chroma], []int{1, 2, 1, 1}[s.chroma]
		if r.IntN(2) == 0 {
			s.window = [4]int{r.IntN(8), r.IntN(8), r.IntN(8), r.IntN(8)}
		}
		want := image.Pt(s.w-x*(s.window[0]+s.window[1]), s.h-y*(s.window[2]+s.window[3]))
		body := s.hvcC().body
		set, err := parameterSets(body)
		if err != nil {
			t.Fatal(err)
		}
		size, lay, err := sequence(set)
		if err != nil || size != want || lay != (layout{s.chroma, s.depth}) {
			t.Fatalf("%+v: %v %v %v, not %v", s, size, lay, err, want)
		}
		if bytes.Contains(s.set(), []byte{0, 0, 3}) {
			n++
		}
	}
	testkit.AtLeast(t, 100, n, "sets with escapes")
}

func TestSequenceRefused(t *testing.T) {
	ok := spsFields{w: 640, h: 480, chroma: 1, depth: 8}
	for name, c := range map[string]struct {
		change func(*spsFields)
		want   error
	}{
		"no width":         {func(s *spsFields) { s.w = 0 }, hashmatch.ErrCorrupt},
		"too wide":         {func(s *spsFields) { s.w = 65537 }, hashmatch.ErrLimit},
		"very much so":     {func(s *spsFields) { s.h = 1<<31 - 1 }, hashmatch.ErrLimit},
		"all cropped":      {func(s *spsFields) { s.window[0] = 320 }, hashmatch.ErrCorrupt},
		"more than all":    {func(s *spsFields) { s.window[3] = 1<<31 - 2 }, hashmatch.ErrCorrupt},
		"chroma 4":         {func(s *spsFields) { s.chroma = 4 }, hashmatch.ErrCorrupt},
		"17 bits":          {func(s *spsFields) { s.depth = 17 }, hashmatch.ErrCorrupt},
		"separate planes":  {func(s *spsFields) { s.chroma, s.planes = 3, true }, hashmatch.ErrUnsupported},
		"seven sub-layers": {func(s *spsFields) { s.layers = 7; s.w = 0 }, hashmatch.ErrCorrupt},
	} {
		s := ok
		c.change(&s)
		if size, _, err := sequence(s.set()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v", name, size, err)
		}
	}
	whole := ok.set()
	if _, _, err := sequence(whole); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) - 2 { // the last byte is not needed, nor all of the one before
		if _, _, err := sequence(whole[:n]); !errors.Is(err, hashmatch.ErrCorrupt) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}
