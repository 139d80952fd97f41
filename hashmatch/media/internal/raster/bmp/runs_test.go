package bmp

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// runFile returns a picture stored as run lengths, in 4 or 8 bits.
func runFile(w, h, depth int, codes []byte) []byte {
	storage := runs8
	if depth == 4 {
		storage = runs4
	}
	return (&file{w: w, h: h, depth: depth, size: 40, storage: storage, colours: 1 << depth, pixels: codes}).write()
}

// numbered returns the picture of colour numbers, the lowest row first, in the palette that file writes.
func numbered(w int, rows ...[]byte) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, len(rows)))
	for n, row := range rows {
		for x := range w {
			i := byte(0)
			if x < len(row) {
				i = row[x]
			}
			m.SetNRGBA(x, len(rows)-1-n, color.NRGBA{i*29 + 5, i * 13, i * 7, 255})
		}
	}
	return m
}

func TestRuns(t *testing.T) {
	var d Decoder
	for i, c := range []struct {
		depth int
		codes []byte
		rows  [][]byte
	}{
		{8, []byte{3, 7, 0, 0, 2, 1, 1, 9, 0, 0, 0, 3, 4, 5, 6, 0, 0, 1}, [][]byte{{7, 7, 7}, {1, 1, 9}, {4, 5, 6}}},
		{8, []byte{1, 7, 0, 1}, [][]byte{{7}, {}, {}}},                                                 // the end comes early
		{8, []byte{0, 2, 1, 1, 9, 3, 0, 0, 0, 2, 0, 1, 1, 4, 0, 1}, [][]byte{{}, {0, 3, 3, 3, 3}, {}}}, // moves, beyond the end too
		{8, []byte{200, 3, 0, 0, 1, 1, 0, 0, 0, 4, 1, 2, 3, 4}, [][]byte{{3, 3, 3, 3, 3}, {1}, {1, 2, 3, 4}}},
		{4, []byte{5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 0, 3, 0xaa, 0, 1}, [][]byte{{1, 2, 1, 2, 1}, {3, 4, 5, 6, 7}, {10, 10, 10}}},
	} {
		w := 5
		if i == 0 {
			w = 3
		}
		data := runFile(w, 3, c.depth, c.codes)
		if i == 3 {
			data = append(data, 1, 0, 0, 1) // the row's last pixel, and the end
			c.rows[2] = append(c.rows[2], 0)
		}
		rastertest.Same(t, fmt.Sprintf("case %d", i), &d, data, numbered(w, c.rows...))
	}
}

// TestRandomRuns draws rows in random runs and literals.
func TestRandomRuns(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	var dst plane.Plane
	cases := 0
	for range 300 {
		depth := []int{4, 8}[rng.IntN(2)]
		w, h := 1+rng.IntN(70), 1+rng.IntN(30)
		var rows [][]byte
		var codes []byte
		var ends []int // of each row's codes
		for range h {
			var row []byte
			for len(row) < w {
				n := min(1+rng.IntN(20), w-len(row))
				if rng.IntN(2) == 0 || n < 3 {
					a, b := byte(rng.IntN(1<<depth)), byte(rng.IntN(1<<depth))
					if depth == 4 {
						codes = append(codes, byte(n), a<<4|b)
					} else {
						codes, b = append(codes, byte(n), a), a
					}
					for i := range n {
						row = append(row, []byte{a, b}[i%2])
					}
					continue
				}
				codes = append(codes, 0, byte(n))
				literal := make([]byte, (n*depth+15)/16*2)
				for i := range n {
					v := byte(rng.IntN(1 << depth))
					row = append(row, v)
					if depth == 4 {
						literal[i/2] |= v << (4 - i%2*4)
					} else {
						literal[i] = v
					}
				}
				codes = append(codes, literal...)
			}
			codes = append(codes, 0, 0)
			ends = append(ends, len(codes))
			rows = append(rows, row)
		}
		codes = append(codes, 0, 1)
		data := runFile(w, h, depth, codes)
		rastertest.Same(t, fmt.Sprintf("%dx%d in %d bits", w, h, depth), &d, data, numbered(w, rows...))
		r, err := d.Decode(context.Background(), append(slices.Clone(data), 1, 2, 3), 8, &dst, nil)
		if err != nil || r.End != len(data) {
			t.Fatalf("the end is %d of %d, %v", r.End, len(data), err)
		}
		// Cut anywhere, it keeps the rows whose codes are there.
		n := rng.IntN(len(codes) - 2)
		whole := 0
		for whole < h && ends[whole] <= n {
			whole++
		}
		r, err = d.Decode(context.Background(), data[:len(data)-len(codes)+n], 8, &dst, nil)
		switch {
		case err != nil && whole > 0, err == nil && (r.Share < float64(whole)/float64(h) || r.Share > float64(whole+1)/float64(h)):
			t.Fatalf("%d of %d rows: %+v, %v", whole, h, r, err)
		}
		cases++
	}
	testkit.AtLeast(t, 300, cases, "files")
}
