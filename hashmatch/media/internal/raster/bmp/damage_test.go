package bmp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	xbmp "golang.org/x/image/bmp"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// TestTruncated cuts files at every length.
func TestTruncated(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	var dst plane.Plane
	kept := 0
	for _, depth := range []int{1, 8, 16, 24} {
		f := random(rng, depth)
		f.w, f.h, f.storage, f.masks = 5, 23, plain, nil
		f.pixels = f.pixels[:0]
		for range f.h * f.stride() {
			f.pixels = append(f.pixels, byte(rng.Uint32()))
		}
		data := f.write()
		start := len(data) - len(f.pixels)
		for n := range len(data) {
			rows := max(n-start, 0) / f.stride()
			if rest := n - start - rows*f.stride(); rest >= (f.w*depth+7)/8 {
				rows++ // without padding
			}
			r, err := d.Decode(context.Background(), data[:n], 1, &dst, nil)
			if rows < 12 {
				if !errors.Is(err, hashmatch.ErrCorrupt) {
					t.Fatalf("%d bits, %d rows: error %v", depth, rows, err)
				}
				continue
			}
			if n < start+12*f.stride() {
				continue // half of the rows, but for padding
			}
			if err != nil || r.Share != float64(rows)/23 || (r.Fault == nil) != (rows == 23) {
				t.Fatalf("%d bits, %d rows: %+v, %v", depth, rows, r, err)
			}
			kept++
			whole := dst
			whole.Pix = slices.Clone(dst.Pix)
			if _, err := d.Decode(context.Background(), data, 1, &dst, nil); err != nil {
				t.Fatal(err)
			}
			for y := range 23 {
				from := y
				if f.topDown {
					from = min(y, rows-1)
				} else {
					from = max(y, 23-rows)
				}
				if !bytes.Equal(whole.Row(y), dst.Row(from)) {
					t.Fatalf("%d bits, %d rows: row %d is not row %d", depth, rows, y, from)
				}
			}
		}
	}
	testkit.AtLeast(t, 300, kept, "cut files with half of their rows")
}

func TestEnd(t *testing.T) {
	data := random(rand.New(rand.NewPCG(1, 2)), 24).write()
	var dst plane.Plane
	r, err := new(Decoder).Decode(context.Background(), append(slices.Clone(data), "appended"...), 8, &dst, nil)
	if err != nil || r.End != len(data) {
		t.Errorf("the end is %d of %d, %v", r.End, len(data), err)
	}
}

func TestBombs(t *testing.T) {
	header := func(w, h, depth, storage int) []byte {
		return (&file{w: w, h: h, depth: depth, size: 40, storage: storage}).write()
	}
	for i, data := range [][]byte{
		header(1<<31-1, 1<<31-1, 24, 0), header(60000, 60000, 24, 0), header(1<<31-1, 1, 8, 0), header(1, 1<<31-1, 1, 0),
		header(1<<31-1, 1<<31-1, 8, runs8), header(20000, 20000, 32, 0), header(1<<18, 1<<18, 16, 0),
	} {
		rastertest.Bomb(t, fmt.Sprintf("bomb %d", i), new(Decoder), data)
	}
}

func TestRefuses(t *testing.T) {
	var d Decoder
	var dst plane.Plane
	for _, c := range []struct {
		what   string
		change func(f *file)
		want   error
	}{
		{"no width", func(f *file) { f.w = 0 }, hashmatch.ErrCorrupt},
		{"width below zero", func(f *file) { f.w = -5 }, hashmatch.ErrCorrupt},
		{"no height", func(f *file) { f.h = 0 }, hashmatch.ErrCorrupt},
		{"3 bits", func(f *file) { f.depth = 3 }, hashmatch.ErrUnsupported},
		{"JPEG inside", func(f *file) { f.storage = 4 }, hashmatch.ErrUnsupported},
		{"masks for 24 bits", func(f *file) { f.storage = masks }, hashmatch.ErrUnsupported},
		{"a header of 41 bytes", func(f *file) { f.size = 41 }, hashmatch.ErrUnsupported},
		{"run lengths from the top", func(f *file) { f.depth, f.storage, f.topDown = 8, runs8, true }, hashmatch.ErrCorrupt},
		{"a mask with a hole", func(f *file) { f.depth, f.storage, f.masks = 16, masks, []uint32{0xf0f0, 0, 0} }, hashmatch.ErrCorrupt},
		{"a mask too wide", func(f *file) { f.depth, f.storage, f.masks = 16, masks, []uint32{0x1f000, 0, 0} }, hashmatch.ErrCorrupt},
		{"a side too long", func(f *file) { f.w, f.h, f.pixels = 1<<18+1, 1, make([]byte, 1<<20) }, hashmatch.ErrLimit},
		{"pixels behind the end", func(f *file) { f.gap, f.pixels = 1<<20, nil }, hashmatch.ErrCorrupt},
	} {
		f := &file{w: 3, h: 3, depth: 24, size: 40, pixels: make([]byte, 36)}
		c.change(f)
		if _, err := d.Decode(context.Background(), f.write(), 8, &dst, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.what, err, c.want)
		}
	}
}

func TestContext(t *testing.T) {
	rastertest.Over(t, "24 bits", new(Decoder), random(rand.New(rand.NewPCG(1, 2)), 24).write())
	rastertest.Over(t, "run lengths", new(Decoder), runFile(9, 9, 8, []byte{0, 1}))
}

func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, depth := range []int{1, 2, 4, 8, 24, 32} {
		f.Add(random(rng, depth).write())
	}
	f.Add((&file{w: 5, h: 4, depth: 16, size: 40, storage: masks, masks: []uint32{0xf800, 0x7e0, 0x1f}, pixels: make([]byte, 48)}).write())
	f.Add(runFile(9, 5, 8, []byte{5, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 1, 4, 4, 0, 1}))
	f.Add(runFile(9, 5, 4, []byte{5, 0x12, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		rastertest.Sound(t, new(Decoder), ReadHeader, data, 1<<20)
		c, err := xbmp.DecodeConfig(bytes.NewReader(data))
		if err != nil || int64(c.Width)*int64(c.Height) > 1<<20 || c.Width == 0 {
			return
		}
		if want, err := xbmp.Decode(bytes.NewReader(data)); err == nil {
			rastertest.Same(t, "as x/image has it", new(Decoder), data, want)
		}
	})
}

func TestMutants(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	whole := 0
	for i := range 3000 {
		data := random(rng, []int{1, 2, 4, 8, 24, 32}[i%6]).write()
		if i%7 == 0 {
			data = runFile(30, 30, 8, bytes.Repeat([]byte{5, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 1}, 12))
		}
		if rastertest.Sound(t, &d, ReadHeader, rastertest.Mutant(rng, data), 1<<20) {
			whole++
		}
	}
	testkit.AtLeast(t, 500, whole, "mutants that are pictures")
}
