package pngluma

import "context"

// scatter takes row j of a pass.
func (c *cells) scatter(g *grid, j int, pix []byte) {
	through := c.look(pix)
	y := g.y0 + j*g.dy
	lumas := c.lumas[:count(g.x0, g.dx, c.dst.FullWidth)]
	c.form.lumas(lumas, pix)
	second := c.over != nil && !c.opaque
	alpha := uint64(255)
	if c.scale == 1 {
		dst := c.dst.Row(y)
		for i, v := range lumas {
			x := g.x0 + i*g.dx
			dst[x] = mean(v, 1)
			if second {
				if through {
					alpha = uint64(c.form.alphaOf(pix[i*c.form.step:]))
				}
				c.over.Row(y)[x] = premultiplied(alpha*uint64(v), 1)
			}
		}
		return
	}
	at := y / c.scale * c.dst.Width
	for i, v := range lumas {
		cell := at + (g.x0+i*g.dx)/c.scale
		c.sums[cell] += v
		if second {
			if through {
				alpha = uint64(c.form.alphaOf(pix[i*c.form.step:]))
			}
			c.overs[cell] += alpha * uint64(v)
		}
	}
}

// patch fills the pixels of an interlaced picture that did not come, pass after pass, so that what one repeats is there:
// the pixel of an earlier pass that is left of it or above. Of the first pass the last row is repeated.
func (c *cells) patch(ctx context.Context, r *rows) error {
	for i, g := range r.passes {
		across, down := count(g.x0, g.dx, c.dst.FullWidth), count(g.y0, g.dy, c.dst.FullHeight)
		for j := r.got[i]; j < down && across > 0; j++ {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			y := g.y0 + j*g.dy
			from := y - g.y0
			if i == 0 {
				from = (r.got[0] - 1) * g.dy
			}
			for x := g.x0; x < c.dst.FullWidth; x += g.dx {
				c.dst.Row(y)[x] = c.dst.Row(from)[x-g.x0]
				if c.over != nil && !c.opaque {
					c.over.Row(y)[x] = c.over.Row(from)[x-g.x0]
				}
			}
		}
	}
	return nil
}

// round makes the samples of an interlaced picture: each the mean of the pixels of its cell that have come. Cells begin
// at multiples of four, where pixels of the first three passes are, and those have come or share would be 0.
func (c *cells) round(ctx context.Context, r *rows) error {
	w, h := c.dst.FullWidth, c.dst.FullHeight
	for y := range c.dst.Height {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var down [7]int // rows of each pass that this row of cells has
		for i, g := range r.passes {
			down[i] = within(y*c.scale, min(h, (y+1)*c.scale), g.y0, g.dy, r.got[i])
		}
		at := y * c.dst.Width
		for x := range c.dst.Width {
			left, right := x*c.scale, min(w, (x+1)*c.scale)
			n := (right - left) * (min(h, (y+1)*c.scale) - y*c.scale)
			if !r.done() {
				n = 0
				for i, g := range r.passes {
					n += down[i] * within(left, right, g.x0, g.dx, w)
				}
			}
			c.dst.Row(y)[x] = mean(c.sums[at+x], n)
			if c.over != nil && !c.opaque {
				c.over.Row(y)[x] = premultiplied(c.overs[at+x], n)
			}
		}
	}
	return nil
}

// within returns how many of first, first + step, ..., of which there are most, lie in [low, high).
func within(low, high, first, step, most int) int {
	return min(count(first, step, high), most) - min(count(first, step, low), most)
}
