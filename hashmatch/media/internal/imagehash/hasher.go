package imagehash

import (
	"fmt"
	"image/color"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// Hasher computes the three hashes of a picture in one pass over its pixels, from the top. The zero value is ready. It is
// scratch memory that belongs to one picture at a time and is worth keeping for the next: a picture of a size that it has
// seen allocates nothing.
type Hasher struct {
	shelf   shelf
	form    Form
	w, h, y int

	channels    [3]channel
	wides       *[3]wide // those of forms that go to 16 bits
	planes      int      // how many of either are in use
	eight, many cursor
	down        [2]*side   // of 8-bit samples: what the cursors run with
	taking      [2][]taker // scratch of add

	bytes [3][]byte   // a row in planes of 8-bit samples
	deep  [3][]uint16 // a row in planes of 16-bit samples
	table palette

	direct []float64 // see unresized
	levels [3][64 * 64]uint16
	grids  grids

	scratch plane.Scratch // of reduced planes, with the small pictures that come of them
	reduced [3][]float32
}

// columns and rows of the small pictures that the hashes are read from.
var (
	columns = [3]int{8, 9, 64}
	rows    = [3]int{8, 8, 64}
)

// Start begins a picture of width x height pixels, each 1 to plane.MaxSide, whose rows come by Row. An error wraps ErrCorrupt
// or ErrLimit.
func (h *Hasher) Start(width, height int, f Form) error {
	if err := extent(width, height); err != nil {
		return fmt.Errorf("imagehash: %w", err)
	}
	h.begin(width, height, f)
	if !f.deep() {
		for i := range h.channels[:h.planes] {
			h.channels[i].begin(&h.shelf, width, 1)
		}
		return nil
	}
	if h.wides == nil {
		h.wides = new([3]wide)
	}
	for i := range h.wides[:h.planes] {
		h.wides[i].begin(&h.shelf, width)
	}
	return nil
}

// StartPaletted is Start for rows of 1 byte a pixel, an index into p. Indices beyond it are opaque black, as Go's PNG
// decoder makes them.
func (h *Hasher) StartPaletted(width, height int, p color.Palette) error {
	h.table.set(p)
	return h.Start(width, height, indexed)
}

// begin makes h ready for the rows of a picture.
func (h *Hasher) begin(width, height int, f Form) {
	h.form, h.w, h.h, h.y = f, width, height, 0
	h.planes = 3
	if f == Gray || f == Gray16 {
		h.planes = 1
	}
	if f.deep() {
		h.eight, h.many = cursor{axis: h.shelf.axis16(height, 8)}, cursor{axis: h.shelf.axis16(height, 64)}
	} else {
		h.down = [2]*side{h.shelf.side(height, 1, 8), h.shelf.side(height, 1, 64)}
		h.eight, h.many = cursor{axis: &h.down[0].axis}, cursor{axis: &h.down[1].axis}
	}
	h.direct = h.unresized()
}

// unresized returns the grid that a NRGBA picture of just its size goes to as it is; nil for all others. Others come out
// the same from a filter of one tap; but NRGBA would be premultiplied to 8 bits on the way, and here is to 16.
func (h *Hasher) unresized() []float64 {
	if h.form == NRGBA {
		for k := range columns {
			if h.w == columns[k] && h.h == rows[k] {
				return h.grids.of(k)
			}
		}
	}
	return nil
}

// add takes the reduced row of every plane into the rows of the small pictures.
func (h *Hasher) add() {
	h.taking[0] = h.eight.takers(h.taking[0][:0], h.y)
	h.taking[1] = h.many.takers(h.taking[1][:0], h.y)
	for i := range h.planes {
		if h.form.deep() {
			h.wides[i].add(h.taking[0], h.taking[1])
		} else {
			h.channels[i].add(h.taking[0], h.taking[1])
		}
	}
	h.y++
}

// Sums returns the hashes of the picture that Start began. It panics unless all of its rows have come.
func (h *Hasher) Sums() (average, difference, perception uint64) {
	if h.y != h.h || h.h == 0 {
		panic(fmt.Sprintf("imagehash: %d rows of a picture of %d", h.y, h.h))
	}
	for k := range columns {
		if grid := h.grids.of(k); h.direct == nil || &h.direct[0] != &grid[0] {
			h.finish(k, grid)
		}
	}
	return h.grids.hashes()
}

// finish makes the luma of small picture k from its sums.
func (h *Hasher) finish(k int, grid []float64) {
	for i := range h.planes {
		if h.form.deep() {
			h.wides[i].finish(k, [2]*axis{h.eight.axis, h.many.axis}[k/2], &h.levels[i])
		} else {
			h.channels[i].finish(k, h.down[k/2], &h.levels[i])
		}
	}
	one, two, three := h.levels[0][:len(grid)], h.levels[1][:len(grid)], h.levels[2][:len(grid)]
	if h.planes == 1 {
		two, three = one, one
	}
	switch {
	case h.form == Gray:
		for i, v := range one {
			grid[i] = gray[v]
		}
	case h.form.deep():
		for i := range grid {
			grid[i] = luma16(uint32(one[i]), uint32(two[i]), uint32(three[i]))
		}
	case h.form == ycc:
		for i := range grid {
			r, g, b, _ := color.YCbCr{Y: uint8(one[i]), Cb: uint8(two[i]), Cr: uint8(three[i])}.RGBA()
			grid[i] = luma16(r, g, b)
		}
	default:
		for i := range grid {
			grid[i] = luma(uint32(one[i]), uint32(two[i]), uint32(three[i]))
		}
	}
}
