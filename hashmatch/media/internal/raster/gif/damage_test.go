package gif

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// TestTruncated cuts files at every length, in order and interlaced.
func TestTruncated(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	var dst, whole plane.Plane
	kept := 0
	for _, interlaced := range []bool{false, true} {
		s := &spec{w: 37, h: 41, columns: 37, rows: 41, bits: 8, literal: 8, transparent: -1, interlaced: interlaced, blockSize: 50}
		s.fill(rng)
		data := s.write()
		if _, err := d.Decode(context.Background(), data, 1, &whole, nil); err != nil {
			t.Fatal(err)
		}
		order := s.order()
		for n := range len(data) - 1 {
			r, err := d.Decode(context.Background(), data[:n], 1, &dst, nil)
			if err != nil {
				if !errors.Is(err, hashmatch.ErrCorrupt) {
					t.Fatalf("%d bytes: %v", n, err)
				}
				continue
			}
			rows := int(r.Share*41 + 0.5)
			if r.Fault == nil && rows < 41 || r.End != 0 {
				t.Fatalf("%d bytes: %+v", n, r)
			}
			there := order[:rows]
			for y := range 41 {
				from := y
				for !slices.Contains(there, from) {
					from--
				}
				if !slices.Equal(dst.Row(y), whole.Row(from)) {
					t.Fatalf("interlaced %v, %d rows: row %d is not row %d", interlaced, rows, y, from)
				}
			}
			kept++
		}
	}
	testkit.AtLeast(t, 1500, kept, "cut files")
}

// TestCorruptCodes: rows before a code that stands for nothing are kept.
func TestCorruptCodes(t *testing.T) {
	s := &spec{w: 8, h: 8, columns: 8, rows: 8, bits: 8, literal: 8, transparent: -1, blockSize: 255}
	s.codes = append(bytes.Repeat([]byte{0}, 18), bytes.Repeat([]byte{0xff}, 40)...)
	var dst plane.Plane
	r, err := new(Decoder).Decode(context.Background(), s.write(), 1, &dst, nil)
	if err != nil || r.Share != 0.25 || !errors.Is(r.Fault, hashmatch.ErrCorrupt) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEnd(t *testing.T) {
	rng := testkit.Rand(t)
	cases := 0
	for range 100 {
		data := random(rng).write()
		for n := range data {
			if got := End(data[:n]); got != 0 {
				t.Fatalf("%d of %d bytes end at %d", n, len(data), got)
			}
		}
		for _, tail := range []string{"", "\x00", ";", "GIF89a;"} {
			if got := End(append(slices.Clone(data), tail...)); got != len(data) {
				t.Fatalf("%d bytes and %q end at %d", len(data), tail, got)
			}
			cases++
		}
	}
	for _, junk := range []string{"", "GIF89a", "GIF89a\x01\x00\x01\x00\x00\x00\x00\x00;", "GIF89a\x01\x00\x01\x00\x87\x00\x00;"} {
		if got := End([]byte(junk)); got != 0 {
			t.Errorf("%q ends at %d", junk, got)
		}
	}
	testkit.AtLeast(t, 200, cases, "files")
}

func TestRefuses(t *testing.T) {
	var d Decoder
	var dst plane.Plane
	sound := func() *spec {
		s := &spec{w: 9, h: 9, columns: 9, rows: 9, bits: 2, literal: 2, transparent: -1, blockSize: 255}
		s.indices = make([]byte, 81)
		return s
	}
	for _, c := range []struct {
		what   string
		change func(s *spec)
	}{
		{"no screen and no frame", func(s *spec) { s.w, s.columns = 0, 0 }},
		{"literals of no bits", func(s *spec) { s.literal, s.codes = 0, []byte{1} }},
		{"literals of nine bits", func(s *spec) { s.literal, s.codes = 9, []byte{1} }},
		{"no data", func(s *spec) { s.withoutLZW = true }},
	} {
		s := sound()
		c.change(s)
		if _, err := d.Decode(context.Background(), s.write(), 8, &dst, nil); !errors.Is(err, hashmatch.ErrCorrupt) {
			t.Errorf("%s: error %v", c.what, err)
		}
	}
	data := sound().write()
	for what, data := range map[string][]byte{
		"GIF88a": append([]byte("GIF88a"), data[6:]...), "no frame": append(data[:25:25], 0x3b), "another block": append(data[:25:25], 0x2d, 0),
		"no colours": append(append(slices.Clone(data[:10]), 0, 0, 0), data[25:]...),
	} {
		if _, err := d.Decode(context.Background(), data, 8, &dst, nil); !errors.Is(err, hashmatch.ErrCorrupt) {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

func TestBombs(t *testing.T) {
	for i, s := range []*spec{
		{w: 65535, h: 65535, columns: 65535, rows: 65535, bits: 8, literal: 8},
		{w: 65535, h: 65535, columns: 65535, rows: 65535, bits: 8, literal: 8, interlaced: true},
		{w: 65535, h: 1, columns: 65535, rows: 65535, bits: 8, literal: 8},
	} {
		s.transparent, s.blockSize = -1, 255
		s.codes = make([]byte, 300)
		rastertest.Bomb(t, fmt.Sprintf("bomb %d", i), new(Decoder), s.write())
	}
}

func TestContext(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := random(rng)
	rastertest.Over(t, "random", new(Decoder), s.write())
	// Nothing but clears.
	s = &spec{w: 9, h: 9, columns: 9, rows: 9, bits: 2, literal: 2, transparent: -1, blockSize: 255,
		codes: bytes.Repeat([]byte{0x24, 0x49, 0x92}, 50)}
	rastertest.Over(t, "clears", new(Decoder), s.write())
}

func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		f.Add(random(rng).write())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rastertest.Sound(t, new(Decoder), ReadHeader, data, 1<<20)
		End(data)
	})
}

// FuzzCodes holds any data in a sound file to image/gif.
func FuzzCodes(f *testing.F) {
	f.Add(uint8(9), uint8(9), uint8(2), false, []byte{0x44, 0x34, 0x05})
	f.Add(uint8(20), uint8(7), uint8(8), true, make([]byte, 99))
	f.Fuzz(func(t *testing.T, w, h, literal uint8, interlaced bool, codes []byte) {
		s := &spec{w: int(w) + 1, h: int(h) + 1, columns: int(w) + 1, rows: int(h) + 1, bits: 8, literal: int(literal),
			transparent: 7, interlaced: interlaced, blockSize: 255, codes: codes}
		data := s.write()
		rastertest.Sound(t, new(Decoder), ReadHeader, data, 1<<20)
		if want, err := screened(data); err == nil {
			rastertest.Same(t, "as image/gif has it", new(Decoder), data, want)
		}
	})
}

func TestMutants(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	whole := 0
	for range 1000 {
		data := rastertest.Mutant(rng, random(rng).write())
		if rastertest.Sound(t, &d, ReadHeader, data, 1<<20) {
			whole++
		}
		if n := End(data); n < 0 || n > len(data) {
			t.Fatalf("the end is %d of %d", n, len(data))
		}
	}
	testkit.AtLeast(t, 250, whole, "mutants that are pictures")
}
