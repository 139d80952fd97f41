package views

import "github.com/hashmatch/engine/hashmatch/media/internal/pdq"

// patches says what is taken for something that lies over a picture: what is of one tone.
type patches struct {
	tone  float32 // the greatest difference in a square of three cells
	reach int     // how far beyond such a square's middle, in cells, the picture is not seen
}

const (
	leastCover = 1 // percent of the picture
	mostCover  = 60
)

// cover is memory for finding what was put over a picture, and for what may lie below.
type cover struct {
	low, high [Side * Side]float32 // extremes of three cells of a row
	covered   [Side * Side]bool
	levels    [8]level
}

// level is a picture at a power of two of its size: the base and what is made of it, down to one cell.
type level struct {
	side  int
	value []float32
	known []bool
}

// uncover fills grid with the picture without its flat patches: bars, stickers, redactions, lines. In their place is what
// goes on from around them. It returns false if there are none, or too many.
func (b *Base) uncover(c *cover, p patches, grid *pdq.Grid) bool {
	c.find(b, p)
	n := 0
	for _, there := range c.covered {
		if there {
			n++
		}
	}
	if 100*n < leastCover*Side*Side || 100*n > mostCover*Side*Side {
		return false
	}
	c.start(b)
	for i := range len(c.levels) - 1 {
		c.levels[i+1].reduce(&c.levels[i])
	}
	for i := len(c.levels) - 2; i >= 0; i-- {
		c.levels[i].fill(&c.levels[i+1])
	}
	v := c.levels[0].value
	for y := range Side / 2 {
		for x := range Side / 2 {
			k := 2*y*Side + 2*x
			grid[y*Side/2+x] = (v[k] + v[k+1] + v[k+Side] + v[k+Side+1]) / 4
		}
	}
	return true
}

// find marks what is covered.
func (c *cover) find(b *Base, p patches) {
	for y := range Side {
		row := b.row(y)
		low, high := c.low[y*Side:][:Side], c.high[y*Side:][:Side]
		for x, v := range row {
			l, r := row[max(x-1, 0)], row[min(x+1, Side-1)]
			low[x], high[x] = min(l, v, r), max(l, v, r)
		}
	}
	clear(c.covered[:])
	for y := range Side {
		above, at, below := max(y-1, 0)*Side, y*Side, min(y+1, Side-1)*Side
		for x := range Side {
			if max(c.high[above+x], c.high[at+x], c.high[below+x])-min(c.low[above+x], c.low[at+x], c.low[below+x]) <= p.tone {
				c.mark(x, y, p.reach)
			}
		}
	}
}

// mark covers a square around a cell.
func (c *cover) mark(x, y, reach int) {
	for v := max(0, y-reach); v <= min(Side-1, y+reach); v++ {
		row := c.covered[v*Side:][:Side]
		for w := max(0, x-reach); w <= min(Side-1, x+reach); w++ {
			row[w] = true
		}
	}
}

// start takes the base, without what is covered.
func (c *cover) start(b *Base) {
	for i := range c.levels {
		l := &c.levels[i]
		if side := Side >> i; l.side != side {
			*l = level{side, make([]float32, side*side), make([]bool, side*side)}
		}
	}
	copy(c.levels[0].value, b.cells[:])
	for i, covered := range c.covered {
		c.levels[0].known[i] = !covered
	}
}

// reduce makes a level of the one of twice the side: each cell is the mean of what is known of four.
func (l *level) reduce(from *level) {
	for y := range l.side {
		for x := range l.side {
			k := 2*y*from.side + 2*x
			sum, n := float32(0), float32(0)
			for _, i := range [4]int{k, k + 1, k + from.side, k + from.side + 1} {
				if from.known[i] {
					sum += from.value[i]
					n++
				}
			}
			l.value[y*l.side+x], l.known[y*l.side+x] = sum/max(n, 1), n > 0
		}
	}
}

// fill takes what is not known from the level of half the side, whose cells are all filled: from the nearest and from those
// beside it.
func (l *level) fill(from *level) {
	for y := range l.side {
		near := from.value[y/2*from.side:][:from.side]
		far := from.value[min(max(y/2+y%2*2-1, 0), from.side-1)*from.side:][:from.side]
		for x := range l.side {
			if k := y*l.side + x; !l.known[k] {
				at, beside := x/2, min(max(x/2+x%2*2-1, 0), from.side-1)
				l.value[k] = (float32(9*near[at]) + float32(3*(near[beside]+far[at])) + far[beside]) / 16
			}
		}
	}
}
