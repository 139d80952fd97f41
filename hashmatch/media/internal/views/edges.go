package views

import (
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// sharp returns a part in pixels whose sides lie where luma changes most, within a cell of the base of where it was found:
// a hash minds a shift of half a hundredth of its side.
func (b *Base) sharp(p *plane.Plane, r box) pdq.Area {
	a := b.pixels(r)
	columns, rows := inCells(a.Across, p.Scale, p.Width), inCells(a.Down, p.Scale, p.Height)
	down := func(y int) int {
		return change(p.Pix[(y-1)*p.Stride+columns.From:], 1, columns.To-columns.From, p.Stride)
	}
	across := func(x int) int { return change(p.Pix[rows.From*p.Stride+x-1:], p.Stride, rows.To-rows.From, 1) }
	if r.top > 0 {
		a.Down.From = sharpest(rows.From, b.Height, p.Height, p.Scale, down)
	}
	if r.bottom < Side {
		a.Down.To = min(sharpest(rows.To, b.Height, p.Height, p.Scale, down), p.FullHeight)
	}
	if r.left > 0 {
		a.Across.From = sharpest(columns.From, b.Width, p.Width, p.Scale, across)
	}
	if r.right < Side {
		a.Across.To = min(sharpest(columns.To, b.Width, p.Width, p.Scale, across), p.FullWidth)
	}
	return a
}

// change returns the sum of the differences between a line of n samples, a step apart, and the next line.
func change(pix []byte, step, n, next int) (sum int) {
	for i := 0; i < n*step; i += step {
		d := int(pix[i]) - int(pix[i+next])
		sum += max(d, -d)
	}
	return sum
}

// sharpest returns the pixel of the line near another at which luma changes most, within a cell of a base of so many
// pixels.
func sharpest(near, pixels, lines, scale int, change func(line int) int) int {
	reach := pixels/(Side*scale) + 1
	best, most := near, -1
	for i := max(near-reach, 1); i <= min(near+reach, lines-1); i++ {
		if c := change(i); c > most {
			best, most = i, c
		}
	}
	return best * scale
}
