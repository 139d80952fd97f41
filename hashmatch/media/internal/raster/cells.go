package raster

import "github.com/hashmatch/engine/hashmatch/media/internal/plane"

// Cells fills the samples of a plane from the rows of a picture. It is used again and again, for one picture at a time:
// Begin, a call for each row that there is, End.
//
// The rows must come from the top down or from the bottom up; after BeginScattered they may come in any order. A row that
// never comes is missing: see End.
type Cells struct {
	dst, over *plane.Plane
	width     int
	scale     int
	scattered bool

	cell   int    // row of cells that is being summed; -1 before the first
	lanes  sums16 // of the rows not yet in sums
	sums   []uint32
	overs  []uint64 // luma times alpha, while veiled
	veiled bool     // a pixel in this row of cells is not opaque
	opaque bool     // none was in the picture
	seen   []uint8  // rows that came, for each row of cells
}

// Begin starts a picture of width x height pixels (at most plane.MaxSide each) at scale 1, 4 or 8. dst is made its plane; over
// becomes the plane over black if a pixel is not opaque, or is nil if nobody wants that.
func (c *Cells) Begin(width, height, scale int, dst, over *plane.Plane) {
	dst.Reset(width, height, scale, 0, 0)
	c.dst, c.over, c.width, c.scale = dst, over, width, scale
	c.scattered, c.cell, c.veiled, c.opaque = false, -1, false, true
	c.seen = Grow(c.seen, dst.Height)
	clear(c.seen)
	if scale > 1 {
		c.sums = Grow(c.sums, dst.Width)
		clear(c.sums)
	}
	c.lanes.rows, c.lanes.layout = 0, Layout{}
}

// BeginScattered starts a picture whose rows come in any order, through Indices only, and are opaque.
func (c *Cells) BeginScattered(width, height, scale int, dst *plane.Plane) {
	c.Begin(width, height, scale, dst, nil)
	if scale > 1 {
		c.scattered = true
		c.sums = Grow(c.sums, dst.Width*dst.Height)
		clear(c.sums)
	}
}

// Row takes row y: as many pixels as the picture is wide, in the layout l, which is the same for all rows.
func (c *Cells) Row(y int, pix []byte, l *Layout) {
	pix = pix[:c.width*l.Step]
	through := l.A >= 0 && c.over != nil && !l.opaque(pix)
	if c.scale == 1 {
		l.lumaRow(c.dst.Row(y), pix)
		if c.wantsOver(y, through) {
			l.overRow(c.over.Row(y), pix)
		}
		return
	}
	c.turn(y, through)
	if c.veiled {
		addOver(c.overs, pix, l, c.scale)
	}
	if c.lanes.layout != *l {
		c.lanes.fold(c.sums, c.width, c.scale)
		c.lanes.start(c.width, l)
	}
	c.lanes.add(pix)
}

// Indices takes row y as colour numbers, the first of them x pixels from the left. Where no number is given the row is
// black.
func (c *Cells) Indices(y, x int, pix []byte, p *Palette) {
	through := c.over != nil && !p.opaque(pix)
	if c.scale == 1 {
		dst := c.dst.Row(y)
		clear(dst[:x])
		clear(dst[x+len(pix):])
		p.lumaRow(dst[x:], pix)
		if c.wantsOver(y, through) {
			over := c.over.Row(y)
			clear(over[:x])
			clear(over[x+len(pix):])
			p.overRow(over[x:], pix)
		}
		return
	}
	c.turn(y, through)
	sums := c.sums
	if c.scattered {
		sums = sums[c.cell*c.dst.Width:][:c.dst.Width]
	}
	p.add(sums, x, pix, c.scale)
	if c.veiled {
		p.addOver(c.overs, x, pix, c.scale)
	}
}

// wantsOver counts row y of a plane at scale 1 and reports whether it differs in the plane over black.
func (c *Cells) wantsOver(y int, through bool) bool {
	c.seen[y] = 1
	if through && c.opaque {
		c.part()
	}
	if !through && !c.opaque {
		copy(c.over.Row(y), c.dst.Row(y))
	}
	return through
}

// part makes the plane over black, equal to the other so far.
func (c *Cells) part() {
	c.opaque = false
	c.over.Reset(c.dst.FullWidth, c.dst.FullHeight, c.scale, 0, 0)
	copy(c.over.Pix, c.dst.Pix)
}

// turn counts row y and makes its cells the ones that are summed. If something shows through the row, those of the rows
// before it that share its cells are entered as opaque.
func (c *Cells) turn(y int, through bool) {
	if cell := y / c.scale; cell != c.cell {
		if !c.scattered {
			c.settle()
		}
		c.cell = cell
	}
	if through && !c.veiled {
		if c.opaque {
			c.part()
			c.overs = Grow(c.overs, c.dst.Width)
		}
		c.veiled = true
		c.lanes.fold(c.sums, c.width, c.scale)
		for i, sum := range c.sums {
			c.overs[i] = 255 * uint64(sum)
		}
	}
	c.seen[c.cell]++
}

// settle rounds the cells that were summed and clears the sums.
func (c *Cells) settle() {
	if c.cell < 0 {
		return
	}
	c.lanes.fold(c.sums, c.width, c.scale)
	c.round(c.cell, c.sums)
	clear(c.sums)
	if c.opaque {
		return
	}
	over, n := c.over.Row(c.cell), int(c.seen[c.cell])
	if !c.veiled {
		copy(over, c.dst.Row(c.cell))
		return
	}
	for i := range over {
		over[i] = overSample(c.overs[i], n*min(c.scale, c.width-i*c.scale))
	}
	c.veiled = false
}

// round writes a row of samples. The cells at the right edge have fewer pixels.
func (c *Cells) round(cell int, sums []uint32) {
	dst, rows := c.dst.Row(cell), uint32(c.seen[cell])
	n := rows * uint32(c.scale)
	whole := dst[:c.width/c.scale]
	for i := range whole {
		whole[i] = uint8((sums[i] + n<<(point-1)) / (n << point))
	}
	if rest := c.width % c.scale; rest > 0 {
		n = rows * uint32(rest)
		dst[len(whole)] = uint8((sums[len(whole)] + n<<(point-1)) / (n << point))
	}
}

// End completes the planes and returns how many rows came, and whether the picture is opaque: if not, the plane over
// black was made.
//
// A cell of which some rows came is the mean of those. One of which none came repeats the cell above, or at the top of
// the picture the first that has something. If nothing came the planes are undefined.
func (c *Cells) End() (rows int, opaque bool) {
	if c.scattered {
		for cell, n := range c.seen {
			if n > 0 {
				c.round(cell, c.sums[cell*c.dst.Width:])
			}
		}
	} else if c.scale > 1 {
		c.settle()
	}
	c.cell = -1
	first := -1
	for y, n := range c.seen {
		rows += int(n)
		switch {
		case n > 0 && first < 0:
			first = y
		case n == 0 && first >= 0:
			c.repeat(y, y-1)
		}
	}
	for y := range max(first, 0) {
		c.repeat(y, first)
	}
	return rows, c.opaque
}

// repeat copies a row of samples in both planes.
func (c *Cells) repeat(to, from int) {
	copy(c.dst.Row(to), c.dst.Row(from))
	if !c.opaque {
		copy(c.over.Row(to), c.over.Row(from))
	}
}
