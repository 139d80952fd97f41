package pngluma

import "github.com/hashmatch/engine/hashmatch/media/internal/pngluma/inflate"

// grid is which pixels a pass has: those at x0 + i*dx, y0 + j*dy.
type grid struct{ x0, y0, dx, dy int }

// adam7 are the passes of an interlaced picture.
var adam7 = [7]grid{
	{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
}

// count returns how many of first, first + step, ... are below n.
func count(first, step, n int) int { return max(0, (n-first+step-1)/step) }

// rows knows which row of which pass comes next, and holds the row before it.
type rows struct {
	picture *picture
	passes  []grid
	pass    int    // of the next row; len(passes) when all rows have come
	got     [7]int // rows that have come of each pass
	grid           // of this pass
	width   int    // in pixels, of this pass
	height  int
	y       int // of the next row, in this pass
	length  int // of a row in bytes, without the filter
	step    int // bytes from a byte to the one left of it, as filters see it

	above  []byte // the row before, and then the row itself; slack behind it
	spread []byte // its samples of less than eight bits, a byte each
}

// slack is how many bytes beyond a row the kernels may read, and write.
const slack = inflate.Slack

var onePass = []grid{{0, 0, 1, 1}}

// begin goes to the first row.
func (r *rows) begin(p *picture) {
	r.picture, r.passes, r.pass, r.got = p, onePass, -1, [7]int{}
	if p.Interlaced {
		r.passes = adam7[:]
	}
	r.step = max(1, p.Depth*p.samples()/8)
	r.above = grow(r.above, int(p.rowLength(p.Width))+slack)
	if p.Depth < 8 {
		r.spread = grow(r.spread, p.Width+slack)
	}
	r.nextPass()
}

// grow returns a slice of n values, undefined, in old's memory if there is enough.
func grow[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	return old[:n]
}

// nextPass goes to the next pass that has pixels.
func (r *rows) nextPass() {
	for r.pass++; r.pass < len(r.passes); r.pass++ {
		r.grid = r.passes[r.pass]
		r.width = count(r.x0, r.dx, r.picture.Width)
		r.height = count(r.y0, r.dy, r.picture.Height)
		if r.width > 0 && r.height > 0 {
			break
		}
	}
	r.y = 0
	r.length = int(r.picture.rowLength(r.width))
	clear(r.above[:r.length])
}

// done reports whether all rows have come.
func (r *rows) done() bool { return r.pass == len(r.passes) }

// advance goes to the next row.
func (r *rows) advance() {
	r.got[r.pass]++
	if r.y++; r.y == r.height {
		r.nextPass()
	}
}

// share returns how much of the picture has come, as Result has it.
func (r *rows) share(scale int) float64 {
	p := r.picture
	if !p.Interlaced {
		return float64(r.got[0]) / float64(p.Height)
	}
	if scale == 1 {
		pixels := 0.0
		for i, g := range r.passes {
			pixels += float64(r.got[i]) * float64(count(g.x0, g.dx, p.Width))
		}
		return pixels / (float64(p.Width) * float64(p.Height))
	}
	const enough = 4 // the fifth pass
	switch {
	case r.pass < enough:
		return 0
	case r.pass > enough:
		return 1
	}
	return float64(r.y) / float64(r.height)
}

// pixels returns the row that has just come with at least a byte for each sample: gray of fewer bits is stretched to
// 0..255, numbers of colours are not.
func (r *rows) pixels() []byte {
	row := r.above[:r.length]
	depth := r.picture.Depth
	if depth >= 8 {
		return row
	}
	scale := byte(1)
	if r.picture.Colour == gray {
		scale = 255 / (1<<depth - 1)
	}
	out := r.spread[:r.width]
	switch depth {
	case 1:
		for x := range out {
			out[x] = row[x/8] >> (7 - x%8) & 1 * scale
		}
	case 2:
		for x := range out {
			out[x] = row[x/4] >> (6 - x%4*2) & 3 * scale
		}
	case 4:
		for x := range out {
			out[x] = row[x/2] >> (4 - x%2*4) & 15 * scale
		}
	}
	return out
}
