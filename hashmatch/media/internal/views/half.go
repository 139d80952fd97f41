package views

import (
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// leastHalved is the shortest side of a part, in pixels, that is hashed from a plane whose cells are twice as wide as
// scale: PDQ's box spans at least one and a half of those, as plane.ScaleOf wants it.
func leastHalved(scale int) int { return 128*(3*scale-1) + 1 }

// halve makes the plane of 2 x 2 cells, of which a hash costs a quarter, if the picture is large enough for one.
func (h *Hasher) halve(p *plane.Plane) {
	h.halved = min(p.FullWidth, p.FullHeight) >= leastHalved(p.Scale)
	if !h.halved {
		return
	}
	w, rows := (p.Width+1)/2, (p.Height+1)/2
	if cap(h.half.Pix) < w*rows {
		h.half.Pix = make([]byte, w*rows)
	}
	h.half = plane.Plane{
		Pix: h.half.Pix[:w*rows], Stride: w, Width: w, Height: rows, Scale: 2 * p.Scale, FullWidth: p.FullWidth, FullHeight: p.FullHeight,
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

// means fills dst with the rounded means of squares of two rows.
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

// planeFor returns the plane from which a part is hashed: p, or the one of 2 x 2 cells.
func (h *Hasher) planeFor(p *plane.Plane, a pdq.Area) *plane.Plane {
	if h.halved && shorter(a) >= leastHalved(p.Scale) {
		return &h.half
	}
	return p
}

// shorter returns the shorter side of a part.
func shorter(a pdq.Area) int { return min(a.Across.To-a.Across.From, a.Down.To-a.Down.From) }
