package jpegluma

import (
	"context"
	"fmt"
)

// coefficients holds a component of a progressive file until all of its scans are read.
type coefficients struct {
	across int
	dc     []int16
	ac     []int16  // 64 for each block, in natural order; place 0 is not used. Empty at scale 8
	set    []uint64 // the places in the zigzag whose coefficients are not zero
}

// reset makes room for the blocks of c, all zero.
func (s *coefficients) reset(c *component, ac bool) {
	n := c.across * c.down
	s.across = c.across
	s.dc = grow(s.dc, n)
	clear(s.dc)
	if ac {
		s.ac, s.set = grow(s.ac, 64*n), grow(s.set, n)
		clear(s.ac)
		clear(s.set)
	}
}

// repeat gives DC of the blocks from x to stop, of rows from y on, what the blocks above have.
func (s *coefficients) repeat(x, y, stop, rows int) {
	for ; rows > 0; rows-- {
		to := s.dc[y*s.across+x : y*s.across+stop]
		if y == 0 {
			clear(to)
		} else {
			copy(to, s.dc[(y-1)*s.across+x:])
		}
		y++
	}
}

// progress is what has been decoded of a component's coefficients.
type progress struct {
	share [64]float64 // of the blocks that the first scan of a coefficient reached
	low   [64]int8    // the lowest bit of a coefficient that is there, plus 1; 0 for none
}

// any tells whether there is anything at all.
func (p *progress) any() bool { return p.share[0] > 0 }

// whole takes the outcome of a sequential scan.
func (p *progress) whole(good, total int) {
	for i := range p.share {
		p.share[i], p.low[i] = float64(good)/float64(total), 1
	}
}

// accepts tells whether a scan may follow those before it (T.81, G.1.1.1): each coefficient once for the first time,
// DC before the others, and then a bit each time.
func (p *progress) accepts(s *scan) bool {
	if s.last > 63 || s.first > s.last || s.first == 0 && s.last != 0 || s.first > 0 && (s.n != 1 || p.low[0] == 0) {
		return false
	}
	if s.low > 13 || s.high != 0 && s.high != s.low+1 {
		return false
	}
	for k := s.first; k <= s.last; k++ {
		if s.high == 0 && p.low[k] != 0 || s.high != 0 && p.low[k] != int8(s.high)+1 {
			return false
		}
	}
	return true
}

// took takes the outcome of a scan that was accepted.
func (p *progress) took(s *scan, good, total int) {
	for k := s.first; k <= s.last; k++ {
		p.low[k] = int8(s.low) + 1
		if s.high == 0 {
			p.share[k] = float64(good) / float64(total)
		}
	}
}

// progressiveScan decodes a scan if it holds anything that is wanted: DC of all components for the first time, else
// luma alone. Of the others nothing is looked at.
func (d *Decoder) progressiveScan(ctx context.Context) error {
	s := &d.scan
	wanted := false
	for i := range s.n {
		wanted = wanted || d.wanted(s.parts[i].component)
	}
	w := firstDC
	switch {
	case s.first == 0 && s.high != 0:
		w = refineDC
	case s.first != 0 && s.high == 0:
		w = firstAC
	case s.first != 0:
		w = refineAC
	}
	if !wanted && w != firstDC || w > refineDC && d.scale == 8 {
		return nil
	}
	s.layOut(&d.frame, w)
	for i := range s.n {
		p := &s.parts[i]
		if (w == firstDC || d.wanted(p.component)) && !d.seen[p.component].accepts(s) {
			const what = "a scan of coefficients %d to %d, bits %d to %d, that cannot follow those before it"
			return corrupt(fmt.Sprintf(what, s.first, s.last, s.high, s.low), s.at)
		}
		if err := d.prepareProgressive(p, i); err != nil {
			return err
		}
	}
	good, err := d.walk(ctx)
	if err != nil {
		return err
	}
	if s.high != 0 && good < s.across*s.down {
		d.damaged = true
	}
	for i := range s.n {
		d.seen[s.parts[i].component].took(s, good, s.across*s.down)
	}
	return nil
}

// prepareProgressive makes the tables that a scan needs.
func (d *Decoder) prepareProgressive(p *part, i int) error {
	s := &d.scan
	switch s.work {
	case firstDC:
		table := &d.specs[0][p.dc]
		if table.n == 0 {
			return corrupt("a scan whose Huffman table is missing", s.at)
		}
		codes := &d.dcTables[i]
		codes.build(table)
		for j := range s.blocks {
			if g := &s.lanes[j]; g.part == p {
				g.dcTable, g.quant = codes, int32(d.quant[d.comps[p.component].tq][0])
			}
		}
	case firstAC, refineAC:
		table := &d.specs[1][p.ac]
		if table.n == 0 {
			return corrupt("a scan whose Huffman table is missing", s.at)
		}
		d.acTable.symbols.build(table)
		d.acTable.band.build(table)
	}
	return nil
}

// dcTable and acTable are the tables of one progressive scan. Such files have their own for each.
type dcTable struct {
	symbols symbols
	first   firstTable
}

func (t *dcTable) build(s *spec) {
	t.symbols.build(s)
	t.first.build(s)
}

type acTable struct {
	symbols symbols
	band    bandTable
}

// dcLanes finds the lanes' places in a row of units.
func (d *Decoder) dcLanes(y int) []lane {
	lanes := d.scan.lanes[:d.scan.blocks]
	for i := range lanes {
		g := &lanes[i]
		p := g.part
		stored := &d.stored[p.component]
		mean := &d.mean[p.component]
		g.dc = nil
		if d.wanted(p.component) {
			g.dc = stored.dc[(y*p.v+g.by)*stored.across+g.bx:]
		}
		g.mean = mean.pix[(y*p.v+g.by)*mean.stride+g.bx:]
	}
	return lanes
}

// firstDCRow is row for the first scan of DC. What is wanted is stored; of chroma the means are all that is.
func (d *Decoder) firstDCRow(y, x, stop int) int {
	in := &d.in
	lanes := d.dcLanes(y)
	low := d.scan.low
	for ; x < stop; x++ {
		for i := range lanes {
			g := &lanes[i]
			p := g.part
			in.bits = in.refill(&in.window)
			if e := g.dcTable.first[in.acc>>(64-firstBits)]; e != 0 {
				in.acc <<= e & 31
				in.n -= uint(e & 31)
				p.pred += int32(e) >> 16
			} else {
				l, n := g.dcTable.symbols.next(in.acc)
				if l == 0 || n > maxDCBits {
					return x
				}
				in.take(l)
				p.pred += extend(in.take(uint(n)), uint(n))
			}
			if v := p.pred << low; g.dc != nil {
				g.dc[x*p.h] = saturate(v)
			} else {
				g.mean[x*p.h] = clamp((v*g.quant+4)>>3 + 128)
			}
		}
		if in.p > in.edge && in.over() {
			return x
		}
	}
	return x
}

// refineDCRow is row for a scan of a further bit of DC.
func (d *Decoder) refineDCRow(y, x, stop int) int {
	in := &d.in
	lanes := d.dcLanes(y)
	low := d.scan.low
	for ; x < stop; x++ {
		in.bits = in.refill(&in.window)
		for i := range lanes {
			bit := int16(in.take(1)) << low
			if g := &lanes[i]; g.dc != nil {
				g.dc[x*g.part.h] |= bit
			}
		}
		if in.p > in.edge && in.over() {
			return x
		}
	}
	return x
}
