package views

import "github.com/hashmatch/engine/hashmatch/media/internal/pdq"

// turn is a small turn about the middle, clockwise, of a picture that is zoomed out by a share of its sides, in
// thousandths. Sine and cosine are in units of 1/65536: they are written out, since the last bit of math.Sin depends on the
// processor.
type turn struct{ sine, cosine, zoom int64 }

// sample fills grid with the luma around the middles of 64 x 64 places of the turned picture. Beyond its edges the picture
// is mirrored.
func (b *Base) sample(t turn, grid *pdq.Grid) {
	const side = 64
	// Cells are seldom square: across an axis a turn counts by the proportions of the sides.
	w, h := int64(b.Width), int64(b.Height)
	var along, across [side]int64 // what a place of the grid adds to its own axis and to the other, in 1/65536 of a cell
	for x := range int64(side) {
		u := (2*x + 1 - side) * (1000 + 2*t.zoom) * cell / 1000 // from the middle: a place is two cells wide
		along[x], across[x] = u*t.cosine>>16, u*t.sine>>16*w/h
	}
	for y := range int64(side) {
		v := (2*y + 1 - side) * (1000 + 2*t.zoom) * cell / 1000
		fromX, fromY := v*t.sine>>16*h/w+middle, v*t.cosine>>16+middle
		row := grid[y*side:][:side]
		for x := range row {
			row[x] = b.at(fromX+along[x], fromY-across[x])
		}
	}
}

const (
	cell   = 1 << 16 // the unit of places
	middle = Side * cell / 2
)

// at returns the luma at a place in 1/65536 of a cell from the upper left corner.
func (b *Base) at(x, y int64) float32 {
	x0, fx := place(x)
	y0, fy := place(y)
	upper, lower := b.row(y0)[x0:x0+2], b.row(y0 + 1)[x0:x0+2]
	top := float32(upper[0]*(1-fx)) + float32(upper[1]*fx)
	bottom := float32(lower[0]*(1-fx)) + float32(lower[1]*fx)
	return float32(top*(1-fy)) + float32(bottom*fy)
}

// place returns the cell whose middle is left of a place, and how far the place is from there towards the next one's.
// Places beyond the base are those that the mirrored base has there.
func place(x int64) (at int, share float32) {
	const end = Side * cell
	if x < 0 {
		x = -x
	}
	if x > end {
		x = 2*end - x
	}
	x = min(max(x-cell/2, 0), end-cell-1)
	return int(x / cell), float32(x%cell) / cell
}
