package views

import "github.com/hashmatch/engine/hashmatch/media/internal/pdq"

// turn is a small turn about the middle, clockwise, of a picture that is zoomed out by a share of its sides, in
// thousandths. Sine and cosine are in units of 1/65536: they are written out, since the last bit of math.Sin depends on the
// processor.
type turn struct{ sine, cosine, zoom int64 }

// sample fills grid with the luma around the middles of 64 x 64 places of the turned picture. Beyond its edges
// the picture has the colour of the edge, which fades to the mean.
func (b *Base) sample(t turn, grid *pdq.Grid) {
	const side = 64
	// Cells are seldom square: across an axis a turn counts by the proportions of the sides.
	w, h := int64(b.Width), int64(b.Height)
	var along, across [side]int64 // what a place of the grid adds to its own axis and to the other, in 1/65536 of a cell
	for x := range int64(side) {
		u := (2*x + 1 - side) * (1000 + 2*t.zoom) * cell / 1000 // from the middle: a place is two cells wide
		along[x], across[x] = u*t.cosine>>16, u*t.sine>>16*w/h
	}
	mean := b.mean
	for y := range int64(side) {
		v := (2*y + 1 - side) * (1000 + 2*t.zoom) * cell / 1000
		fromX, fromY := v*t.sine>>16*h/w+middle, v*t.cosine>>16+middle
		row := grid[y*side:][:side]
		for x := range row {
			row[x] = mean + b.at(fromX+along[x], fromY-across[x], mean)
		}
	}
}

const (
	cell   = 1 << 16 // the unit of places
	middle = Side * cell / 2
)

// at returns the luma, over the mean, at a place in 1/65536 of a cell from the upper left corner.
func (b *Base) at(x, y int64, mean float32) float32 {
	x0, fx, sx := place(x)
	y0, fy, sy := place(y)
	upper, lower := (*[2]float32)(b.cells[y0*Side+x0:]), (*[2]float32)(b.cells[(y0+1)*Side+x0:])
	top := float32(upper[0]*(1-fx)) + float32(upper[1]*fx)
	bottom := float32(lower[0]*(1-fx)) + float32(lower[1]*fx)
	return float32((float32(top*(1-fy)) + float32(bottom*fy) - mean) * float32(sx*sy))
}

// place returns the cell whose middle is left of a place, how far the place is from there towards the next one's, and what
// is left there of the colour of the edge.
func place(x int64) (at int, share, left float32) {
	const end = Side * cell
	beyond := max(-x, x-end, 0)
	x = min(max(x-cell/2, 0), end-cell-1)
	left = 1
	if beyond > 0 {
		far := float32(float32(beyond) * (7.0 / end))
		left = 1 / (1 + far + float32(far*far)/2)
	}
	return int(x / cell), float32(x%cell) * (1.0 / cell), left
}
