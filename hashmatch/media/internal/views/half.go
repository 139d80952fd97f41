package views

import (
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// leastHalved is the shortest side of a part, in pixels, that is hashed from a plane with cells of 2 x 2 pixels: PDQ's box
// spans at least one and a half of them, as plane.ScaleOf wants it.
const leastHalved = 257

// halve makes the plane of 2 x 2 pixels, of which a hash costs a quarter, where there is one: of large pictures the plane
// has larger cells anyway.
func (h *Hasher) halve(p *plane.Plane) {
	h.halved = p.Scale == 1 && min(p.FullWidth, p.FullHeight) >= leastHalved
	if !h.halved {
		return
	}
	w, rows := (p.Width+1)/2, (p.Height+1)/2
	if cap(h.half.Pix) < w*rows {
		h.half.Pix = make([]byte, w*rows)
	}
	h.half = plane.Plane{
		Pix: h.half.Pix[:w*rows], Stride: w, Width: w, Height: rows, Scale: 2, FullWidth: p.FullWidth, FullHeight: p.FullHeight,
	}
	for y := range rows {
		upper := p.Row(2 * y)
		lower := upper // the picture ends within the cell
		if 2*y+1 < p.Height {
			lower = p.Row(2*y + 1)
		}
		means(h.half.Row(y), upper, lower)
	}
}

// means fills dst with the rounded means of squares of two rows of pixels.
func means(dst, upper, lower []byte) {
	whole := len(upper) / 2
	upper, lower = upper[:len(upper):len(upper)], lower[:len(upper)]
	for x := range dst[:whole] {
		a, b := upper[2*x:2*x+2], lower[2*x:2*x+2]
		dst[x] = byte((uint(a[0]) + uint(a[1]) + uint(b[0]) + uint(b[1]) + 2) / 4)
	}
	if whole < len(dst) {
		dst[whole] = byte((uint(upper[2*whole]) + uint(lower[2*whole]) + 1) / 2)
	}
}

// planeFor returns the plane from which a part is hashed: p, or the one of 2 x 2 pixels.
func (h *Hasher) planeFor(p *plane.Plane, a pdq.Area) *plane.Plane {
	if h.halved && min(a.Across.To-a.Across.From, a.Down.To-a.Down.From) >= leastHalved {
		return &h.half
	}
	return p
}
