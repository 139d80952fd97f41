package pdq

// sweep is the box along columns, taken row by row: rows go in at the top and the means of the rows that the box covers
// come out, later by half a box. It keeps one running sum for each column and the last window rows.
type sweep struct {
	window int
	ahead  int // rows that go in before the first comes out, plus one
	height int
	rows   int // went in
	ended  int // left the box after the last row went in
	sum    []float32
	ring   []float32 // row r stands at r % window
}

func (c *sweep) start(width, height, window int) {
	*c = sweep{
		window: window,
		ahead:  (window + 2) / 2,
		height: height,
		sum:    floats(c.sum, width),
		ring:   floats(c.ring, width*window),
	}
	clear(c.sum)
}

func (c *sweep) slot(row int) []float32 {
	w := len(c.sum)
	return c.ring[row%c.window*w:][:w]
}

// add takes the next row and reports whether it filled out.
func (c *sweep) add(row, out []float32) bool {
	r := c.rows
	c.rows++
	sum := c.sum
	old, row, out := c.slot(r), row[:len(sum)], out[:len(sum)]
	if r >= c.window {
		slide(sum, old, row, out, float32(c.window))
		return true
	}
	by := float32(r + 1)
	for x, v := range row {
		t := sum[x] + v
		sum[x], old[x], out[x] = t, v, t/by
	}
	return r >= c.ahead-1
}

// drain fills out with the next row after the last has gone in, until there is none.
func (c *sweep) drain(out []float32) bool {
	if c.ended == c.ahead-1 {
		return false
	}
	old := c.slot(c.height - c.window + c.ended)
	c.ended++
	by := float32(c.window - c.ended)
	for x, v := range old {
		c.sum[x] -= v
		out[x] = c.sum[x] / by
	}
	return true
}
