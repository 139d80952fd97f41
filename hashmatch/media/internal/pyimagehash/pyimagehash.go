// Package pyimagehash computes the 64-bit hashes of Python's imagehash 4.3.2 (average_hash, dhash and phash at their
// default size) on Pillow 9.4. They are other hashes than goimagehash's of the same names.
//
// Both start from 8-bit luma (Luma) and reduce it with Pillow's Lanczos filter in Pillow's own fixed-point integers, along
// rows first, with an 8-bit result between the passes. Alpha is dropped, palettes are expanded and EXIF orientation is
// not looked at.
//
// All arithmetic is in integers, or in floating point whose products are rounded before they are added: the same on every
// processor.
package pyimagehash

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/imagehash/taps"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// Luma is what Pillow's convert("L") makes of an RGB pixel.
func Luma(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// A reduced row has the columns of all three hashes side by side, each rounded up to what the assembly takes; those of
// the average and the difference hash go down to eight rows together.
const (
	dAt   = 8        // after the 8 of the average hash
	pAt   = dAt + 16 // after the 9 of the difference hash
	width = pAt + 32
)

// Hasher computes the three hashes of a picture in one pass over its luma, from the top. The zero value is ready. It is
// scratch memory that belongs to one picture at a time and is worth keeping for the next: a picture of a size that it has
// seen allocates nothing.
type Hasher struct {
	shelf       shelf
	across      [3]*across
	eight, many cursor
	y           int
	line        [width]int32
	sumsEight   [8][pAt]int32
	sumsMany    [32][32]int32
	grids       grids

	scratch plane.Scratch // of reduced planes, with the small pictures that come of them
	reduced [3][]float32
}

// columns and rows of the small pictures that the hashes are read from.
var (
	columns = [3]int{8, 9, 32}
	rows    = [3]int{8, 8, 32}
)

// Start begins a picture of width x height pixels, each 1 to plane.MaxSide, whose rows come by Row. An error wraps ErrCorrupt
// or ErrLimit.
func (h *Hasher) Start(width, height int) error {
	if width <= 0 || height <= 0 {
		return fmt.Errorf("pyimagehash: a picture of %dx%d pixels: %w", width, height, hashmatch.ErrCorrupt)
	}
	if width > plane.MaxSide || height > plane.MaxSide {
		return fmt.Errorf("pyimagehash: a picture of %dx%d pixels, at most %d a side: %w", width, height, plane.MaxSide, hashmatch.ErrLimit)
	}
	h.begin(width, height)
	return nil
}

func (h *Hasher) begin(width, height int) {
	for i, n := range columns {
		h.across[i] = h.shelf.across(width, n)
	}
	h.eight, h.many = cursor{down: h.shelf.down(height, 8)}, cursor{down: h.shelf.down(height, 32)}
	h.y = 0
	for i := range h.sumsEight {
		fill(h.sumsEight[i][:], half)
	}
	for i := range h.sumsMany {
		fill(h.sumsMany[i][:], half)
	}
}

func fill(s []int32, v int32) {
	for i := range s {
		s[i] = v
	}
}

// Row takes the luma of the picture's next row. Anything behind it is left alone. It panics on a row that is too short or
// too many.
func (h *Hasher) Row(luma []byte) {
	if h.across[0] == nil || h.y >= h.eight.full {
		panic("pyimagehash: more rows than the picture has")
	}
	row := luma[:h.across[0].full]
	h.across[0].reduce(h.line[:dAt], row)
	h.across[1].reduce(h.line[dAt:pAt], row)
	h.across[2].reduce(h.line[pAt:], row)
	first, weights := h.eight.takers(h.y)
	for i, w := range weights {
		taps.AddScaled(h.sumsEight[first+i][:], h.line[:pAt], w)
	}
	first, weights = h.many.takers(h.y)
	for i, w := range weights {
		taps.AddScaled(h.sumsMany[first+i][:], h.line[pAt:], w)
	}
	h.y++
}

// Sums returns the hashes of the picture that Start began. It panics unless all of its rows have come.
func (h *Hasher) Sums() (average, difference, perception uint64) {
	if h.across[0] == nil || h.y != h.eight.full {
		panic(fmt.Sprintf("pyimagehash: sums after %d rows", h.y))
	}
	for y := range 8 {
		for x := range 8 {
			h.grids.a[8*y+x] = clip(h.sumsEight[y][x])
		}
		for x := range 9 {
			h.grids.d[9*y+x] = clip(h.sumsEight[y][dAt+x])
		}
	}
	for y := range 32 {
		for x := range 32 {
			h.grids.p[32*y+x] = clip(h.sumsMany[y][x])
		}
	}
	return h.grids.hashes()
}
