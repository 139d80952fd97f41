package views

import (
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

const (
	evenTone  = 14 // the greatest difference from its line's colour of a border's luma: compression smears its inner edge
	mostOther = 8  // percent of a border's line that may have other colours: corners, small marks
	leastSide = 8  // cells of a part
)

// trim takes flat lines away from all four sides, until none is left. It returns false if there was none, or if next to
// nothing remains.
func (b *Base) trim(r box) (box, bool) {
	before := r
	for again := true; again; {
		again = false
		for r.bottom-r.top > leastSide && b.flatRow(r.top, r) {
			r.top++
			again = true
		}
		for r.bottom-r.top > leastSide && b.flatRow(r.bottom-1, r) {
			r.bottom--
			again = true
		}
		for r.right-r.left > leastSide && b.flatColumn(r.left, r) {
			r.left++
			again = true
		}
		for r.right-r.left > leastSide && b.flatColumn(r.right-1, r) {
			r.right--
			again = true
		}
	}
	return r, r != before && leastPart*r.area() >= before.area()
}

// leastPart is how many times as large as a part the whole is at most.
const leastPart = 12

func (b *Base) flatRow(y int, r box) bool {
	row := b.row(y)[r.left:r.right]
	ref, other := (row[0]+row[len(row)-1])/2, 0
	for _, v := range row {
		if !within(v, ref, evenTone) {
			other++
		}
	}
	return 100*other <= mostOther*len(row)
}

func (b *Base) flatColumn(x int, r box) bool {
	n := r.bottom - r.top
	ref, other := (b.row(r.top)[x]+b.row(r.bottom - 1)[x])/2, 0
	for y := r.top; y < r.bottom; y++ {
		if !within(b.row(y)[x], ref, evenTone) {
			other++
		}
	}
	return 100*other <= mostOther*n
}

// pixels returns a part in pixels.
func (b *Base) pixels(r box) pdq.Area {
	return pdq.Area{
		Across: plane.Window{From: b.area.Across.From + r.left*b.Width/Side, To: b.area.Across.From + r.right*b.Width/Side},
		Down:   plane.Window{From: b.area.Down.From + r.top*b.Height/Side, To: b.area.Down.From + r.bottom*b.Height/Side},
	}
}

// trimmed returns a part that trim has found in pixels. Its edges lie somewhere within a cell of the base: the lines of
// the plane around them tell where.
func (b *Base) trimmed(p *plane.Plane, r box) pdq.Area {
	a := b.pixels(r)
	columns, rows := inCells(a.Across, p.Scale, p.Width), inCells(a.Down, p.Scale, p.Height)
	row := func(y int) bool { return flatLine(p.Pix[y*p.Stride+columns.From:], 1, columns.To-columns.From) }
	column := func(x int) bool {
		return flatLine(p.Pix[rows.From*p.Stride+x:], p.Stride, rows.To-rows.From)
	}
	if r.top > 0 {
		a.Down.From = edge(rows.From, b.Height, p.Height, p.Scale, 1, row)
	}
	if r.bottom < Side {
		a.Down.To = min(edge(rows.To-1, b.Height, p.Height, p.Scale, -1, row), p.FullHeight) // the last cell may reach past the picture
	}
	if r.left > 0 {
		a.Across.From = edge(columns.From, b.Width, p.Width, p.Scale, 1, column)
	}
	if r.right < Side {
		a.Across.To = min(edge(columns.To-1, b.Width, p.Width, p.Scale, -1, column), p.FullWidth)
	}
	return a
}

// inCells returns the cells of a side of n that lie wholly in a window, or the one it lies in.
func inCells(w plane.Window, scale, n int) plane.Window {
	from := min((w.From+scale-1)/scale, n-1)
	return plane.Window{From: from, To: max(from+1, min(w.To/scale, n))}
}

// edge returns the pixel at which a border ends, going inwards by steps of 1 or -1: the first line of the plane that is
// not flat, from a cell of the base before near to one behind it, of a base of so many pixels. Where a line of the plane is
// several pixels wide, the edge is taken to be in its middle.
func edge(near, pixels, lines, scale, step int, flat func(line int) bool) int {
	reach := pixels/(Side*scale) + 1
	at := min(max(near-step*reach, 0), lines-1)
	for range 2 * reach {
		if next := at + step; next < 0 || next >= lines || !flat(at) {
			break
		}
		at += step
	}
	if step > 0 {
		return at*scale + scale/2
	}
	return (at+1)*scale - scale/2
}

// flatLine is flatRow of n samples of a plane that are a step apart.
func flatLine(pix []byte, step, n int) bool {
	ref, other := (int(pix[0])+int(pix[(n-1)*step]))/2, 0
	for i := 0; i < n*step; i += step {
		if d := int(pix[i]) - ref; d > evenTone || d < -evenTone {
			other++
		}
	}
	return 100*other <= mostOther*n
}
