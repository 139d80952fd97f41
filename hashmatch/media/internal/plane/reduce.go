package plane

import "fmt"

const (
	lanes = 8   // rows of the grid that are made at once
	tile  = 256 // columns of the plane that are summed at once, a multiple of lanes
)

// Scratch is memory for Reduce: at most 32 bytes for each column of the widest plane. It belongs to one call at a time;
// its zero value is ready.
type Scratch struct {
	tile    [lanes * tile]float32 // the sums down a tile's columns, row by row
	columns []float32             // the sums down all columns, each column's lanes side by side
	turned  []float32             // the sums along the rows of that, each sample's lanes side by side
}

// Reduce fills, for each of across, the grid of the same place in grids: a row for each of down's samples, of across[i]'s
// samples each. All grids share the work along the columns. It panics if an axis is of another side than p's or a grid
// is too short.
//
// A sample is the sum along the row, from left to right, of weighted sums down the columns, from the top.
func (p *Plane) Reduce(s *Scratch, down *Axis, across []*Axis, grids [][]float32) {
	p.check(down, across, grids)
	s.columns = floats(s.columns, lanes*p.Width+lanes*lanes) // tiles are turned in whole blocks of columns
	by := down.by
	for top := 0; top < len(down.taps); top += lanes {
		rows := min(lanes, len(down.taps)-top)
		p.sum(s, down.first[top:][:rows], down.taps[top:][:rows], by)
		for _, n := range down.taps[top:][:rows] {
			by = by[n:]
		}
		for g, a := range across {
			n := len(a.taps)
			s.turned = floats(s.turned, lanes*n)
			a.sum(s.turned, s.columns)
			unturn(grids[g][top*n:][:rows*n], s.turned, n)
		}
	}
}

// check panics unless all that the assembly takes for granted holds.
func (p *Plane) check(down *Axis, across []*Axis, grids [][]float32) {
	if down.cells != p.Height || len(grids) != len(across) {
		panic(fmt.Sprintf("plane: an axis of %d cells down a plane of %d rows, %d across for %d grids", down.cells, p.Height, len(across), len(grids)))
	}
	for i, a := range across {
		if n := len(down.taps) * len(a.taps); a.cells != p.Width || len(grids[i]) < n {
			panic(fmt.Sprintf("plane: an axis of %d cells across a plane of %d columns, %d of %d samples", a.cells, p.Width, len(grids[i]), n))
		}
	}
}

// sum fills s.columns with the weighted sums of the plane's rows, one for each of first and taps.
func (p *Plane) sum(s *Scratch, first, taps []int32, by []float32) {
	for x := 0; x < p.Width; x += tile {
		n := min(tile, p.Width-x)
		rest := by
		for r, f := range first {
			t := int(taps[r])
			mix(s.tile[r*tile:][:n], p.Pix[int(f)*p.Stride+x:], p.Stride, rest[:t])
			rest = rest[t:]
		}
		turn(s.columns[x*lanes:], lanes, lanes*lanes, s.tile[:], tile, lanes, (n+lanes-1)/lanes)
	}
}

// unturn takes sums, n of them with their lanes side by side, to rows of n.
func unturn(rows, sums []float32, n int) {
	done := 0
	if len(rows) == lanes*n {
		done = n - n%lanes
		turn(rows, n, lanes, sums, lanes, lanes*lanes, n/lanes)
	}
	for r := 0; r*n < len(rows); r++ {
		for j := done; j < n; j++ {
			rows[r*n+j] = sums[j*lanes+r]
		}
	}
}

// floats returns a slice of n floats, p's own memory where it is long enough.
func floats(p []float32, n int) []float32 {
	if cap(p) < n {
		return make([]float32, n)
	}
	return p[:n]
}
