package pngluma

// columns sums the bytes of up to eight rows, byte by byte. Luma is linear, so nothing has to be weighted before a row of
// cells is complete, and a row is added at once whatever its pixels look like.
type columns struct {
	sums []uint16 // slack behind them
	n    int
	rows int
}

// begin makes room for rows of n bytes.
func (c *columns) begin(n int) {
	c.sums = grow(c.sums, n+slack)
	c.n, c.rows = n, 0
}

// add adds a row.
func (c *columns) add(pix []byte) {
	if c.rows == 0 {
		clear(c.sums)
	}
	c.rows++
	addColumns(c.sums, pix)
}

// addColumnsGeneric adds each byte of a row to the sum of its column. Both have slack behind, of no account.
func addColumnsGeneric(sums []uint16, row []byte) {
	sums = sums[:len(row)]
	for i, v := range row {
		sums[i] += uint16(v)
	}
}

// fold adds the luma of the rows to the sums of their cells, and forgets the rows.
func (c *columns) fold(sums []uint32, scale int, f *form) {
	if c.rows == 0 {
		return
	}
	c.rows = 0
	rest := c.sums[:c.n]
	for i := range sums {
		cell := rest[:min(scale*f.step, len(rest))]
		rest = rest[len(cell):]
		sums[i] += f.lumaOf(cell)
	}
}

// lumaOf returns the sum of the luma of a cell's columns.
func (f *form) lumaOf(cell []uint16) uint32 {
	var r, g, b uint32
	switch {
	case f.g == 0:
		for ; len(cell) >= f.step; cell = cell[f.step:] {
			r += uint32(cell[0])
		}
		return r << point
	case f.step == 3:
		for ; len(cell) >= 3; cell = cell[3:] {
			r += uint32(cell[0])
			g += uint32(cell[1])
			b += uint32(cell[2])
		}
	case f.step == 4:
		for ; len(cell) >= 4; cell = cell[4:] {
			r += uint32(cell[0])
			g += uint32(cell[1])
			b += uint32(cell[2])
		}
	default:
		for ; len(cell) >= f.step; cell = cell[f.step:] {
			r += uint32(cell[0])
			g += uint32(cell[f.g])
			b += uint32(cell[f.b])
		}
	}
	return red*r + green*g + blue*b
}
