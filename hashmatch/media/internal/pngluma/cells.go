package pngluma

import (
	"context"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// cells takes rows of pixels to the samples of a plane, and of a second one if some pixel is not opaque. Rows come in
// order, with add; or pass by pass, with scatter.
type cells struct {
	dst, over *plane.Plane // over is nil if nobody wants it
	scale     int
	form      form
	opaque    bool // all pixels so far

	sums    []uint32 // luma of a row of cells; of all cells if the picture is interlaced
	overs   []uint64 // luma times alpha, likewise, when it is made
	columns columns  // of rows that are not yet in sums
	rows    int      // in this row of cells
	veiled  bool     // this row of cells has a pixel that is not opaque
	lumas   []uint32 // of a row, some of them times alpha
}

// begin starts a picture.
func (c *cells) begin(p *picture, scale int, dst, over *plane.Plane) {
	dst.Reset(p.Width, p.Height, scale, 0, 0)
	c.dst, c.over, c.scale, c.opaque = dst, over, scale, true
	c.form.set(p)
	c.rows, c.veiled, c.columns.rows = 0, false, 0
	n := dst.Width
	if p.Interlaced {
		n *= dst.Height
		c.lumas = grow(c.lumas, p.Width)
	}
	if scale > 1 {
		c.sums = grow(c.sums, n)
		clear(c.sums)
		if !p.Interlaced && !c.form.indexed {
			c.columns.begin(p.Width * c.form.step)
		}
	}
}

// look notes whether a row is opaque, and reports whether the second plane must differ for it. The first time, that plane
// is made, equal to the first as far as it has come.
func (c *cells) look(pix []byte) bool {
	if !c.form.veiled || !c.opaque && c.over == nil || c.form.opaque(pix) {
		return false
	}
	if c.opaque && c.over != nil {
		c.over.Reset(c.dst.FullWidth, c.dst.FullHeight, c.scale, 0, 0)
		copy(c.over.Pix, c.dst.Pix)
		c.lumas = grow(c.lumas, c.dst.FullWidth)
		if c.scale > 1 {
			c.overs = grow(c.overs, len(c.sums))
			c.fill()
		}
	}
	c.opaque = false
	return c.over != nil
}

// fill sets the second sums from the first: what has come so far is opaque.
func (c *cells) fill() {
	for i, sum := range c.sums {
		c.overs[i] = 255 * uint64(sum)
	}
}

// add takes row y of a picture that is not interlaced.
func (c *cells) add(y int, pix []byte) {
	through := c.look(pix)
	if c.scale == 1 {
		if through {
			c.both(y, pix)
			return
		}
		c.form.samples(c.dst.Row(y), pix)
		if c.over != nil && !c.opaque {
			copy(c.over.Row(y), c.dst.Row(y))
		}
		return
	}
	if through && !c.veiled {
		c.veiled = true
		c.columns.fold(c.sums, c.scale, &c.form)
		c.fill()
	}
	if c.veiled {
		c.addOver(pix)
	}
	if c.form.indexed {
		c.addIndexed(pix)
	} else {
		c.columns.add(pix)
	}
	if c.rows++; c.rows == c.scale || y == c.dst.FullHeight-1 {
		c.settle(y / c.scale)
	}
}

// both writes row y of both planes at scale 1.
func (c *cells) both(y int, pix []byte) {
	dst, over := c.dst.Row(y), c.over.Row(y)
	row := c.lumas[:len(dst)]
	c.form.lumas(row, pix)
	for x, v := range row {
		dst[x] = mean(v, 1)
	}
	c.form.veil(row, pix)
	for x, v := range row {
		over[x] = premultiplied(uint64(v), 1)
	}
}

// addIndexed adds a row of numbers of colours.
func (c *cells) addIndexed(pix []byte) {
	table, sums := &c.form.luma, c.sums
	if c.scale == 8 {
		whole := sums[:len(pix)/8]
		for i := range whole {
			p := (*[8]byte)(pix[8*i:])
			whole[i] += table[p[0]] + table[p[1]] + table[p[2]] + table[p[3]] + table[p[4]] + table[p[5]] + table[p[6]] + table[p[7]]
		}
	} else {
		whole := sums[:len(pix)/4]
		for i := range whole {
			p := (*[4]byte)(pix[4*i:])
			whole[i] += table[p[0]] + table[p[1]] + table[p[2]] + table[p[3]]
		}
	}
	rest := len(pix) / c.scale
	for _, i := range pix[rest*c.scale:] {
		sums[rest] += table[i]
	}
}

// addOver adds a row's luma times alpha.
func (c *cells) addOver(pix []byte) {
	row := c.lumas[:c.dst.FullWidth]
	c.form.lumas(row, pix)
	c.form.veil(row, pix)
	for i := range c.overs {
		cell := row[:min(c.scale, len(row))]
		row = row[len(cell):]
		sum := uint64(0)
		for _, v := range cell {
			sum += uint64(v)
		}
		c.overs[i] += sum
	}
}

// settle rounds a row of cells and clears the sums.
func (c *cells) settle(row int) {
	if !c.form.indexed {
		c.columns.fold(c.sums, c.scale, &c.form)
	}
	dst := c.dst.Row(row)
	n := c.rows * c.scale
	for i := range dst[:c.dst.FullWidth/c.scale] {
		dst[i] = mean(c.sums[i], n)
	}
	rest := c.rows * (c.dst.FullWidth % c.scale)
	if rest > 0 {
		dst[len(dst)-1] = mean(c.sums[len(dst)-1], rest)
	}
	if c.over != nil && !c.opaque {
		over := c.over.Row(row)
		copy(over, dst)
		if c.veiled {
			for i := range over[:c.dst.FullWidth/c.scale] {
				over[i] = premultiplied(c.overs[i], n)
			}
			if rest > 0 {
				over[len(over)-1] = premultiplied(c.overs[len(over)-1], rest)
			}
		}
	}
	clear(c.sums)
	c.rows, c.veiled = 0, false
}

// end completes the planes when no more rows come. The error is that of the context.
func (c *cells) end(ctx context.Context, r *rows) error {
	switch {
	case r.picture.Interlaced && c.scale == 1:
		return c.patch(ctx, r)
	case r.picture.Interlaced:
		return c.round(ctx, r)
	case !r.done():
		row := r.y / c.scale
		if c.rows > 0 {
			c.settle(row)
			row++
		}
		for ; row < c.dst.Height; row++ {
			c.copyRow(row, row-1)
		}
	}
	return nil
}

// copyRow repeats a row of samples.
func (c *cells) copyRow(to, from int) {
	copy(c.dst.Row(to), c.dst.Row(from))
	if c.over != nil && !c.opaque {
		copy(c.over.Row(to), c.over.Row(from))
	}
}
