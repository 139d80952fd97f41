package jpegluma

import (
	"context"
	"fmt"
)

// scan is one scan's header and how its units lie in the picture.
type scan struct {
	n                      int
	parts                  [4]part
	first, last, high, low byte // Ss, Se, Ah, Al
	at                     int  // where its header is in the file

	work         work
	across, down int // units
	lanes        [maxBlocks]lane
	blocks       int // lanes in use
}

// part is a component of a scan. At a unit (x, y) its blocks begin at (x*h, y*v).
type part struct {
	component int
	dc, ac    byte
	h, v      int
	pred      int32
}

// work is what is done with the units of a scan.
type work uint8

const (
	sequential work = iota
	firstDC
	refineDC
	firstAC
	refineAC
)

// lane is a block of a unit.
type lane struct {
	part    *part
	codes   *codes
	dcTable *dcTable
	quant   int32 // of DC
	read    bool  // its AC coefficients are wanted
	bx, by  int   // from the unit's first block, in blocks
	mean    []byte
	out     []byte
	dc      []int16
}

// layOut sets out the units of the scan.
func (s *scan) layOut(f *frame, w work) {
	s.work, s.across, s.down, s.blocks = w, f.mcusAcross, f.mcusDown, 0
	for i := range s.n {
		p := &s.parts[i]
		c := &f.comps[p.component]
		p.h, p.v = c.h, c.v
		if s.n == 1 {
			p.h, p.v, s.across, s.down = 1, 1, c.loneAcross, c.loneDown
		}
		for j := range p.h * p.v {
			s.lanes[s.blocks] = lane{part: p, bx: j % p.h, by: j / p.h}
			s.blocks++
		}
	}
}

// walk decodes the scan's units, restart interval by interval, and returns how many are good. What is lost between two
// restart markers is concealed, and counts; where there are none, all that follows is lost. The error is the context's.
func (d *Decoder) walk(ctx context.Context) (good int, err error) {
	s := &d.scan
	total := s.across * s.down
	interval := d.interval
	if interval == 0 {
		interval = total
	}
	for unit, number := 0, 0; unit < total; number++ {
		until := min(unit+interval, total)
		d.in.open()
		d.eobRun = 0
		for i := range s.n {
			s.parts[i].pred = 0
		}
		for unit < until {
			y, x := unit/s.across, unit%s.across
			if x == 0 && ctx.Err() != nil {
				return good, fmt.Errorf("jpegluma: row %d of %d: %w", y, s.down, ctx.Err())
			}
			stop := min(s.across, x+until-unit)
			got := d.row(y, x, stop)
			good += got - x
			unit += got - x
			if got < stop {
				d.conceal(unit, until)
				d.eobRun = 0
				break
			}
		}
		if d.eobRun != 0 {
			good = max(good-1, 0) // a run of more blocks than there are: not what was written
		}
		if until == total {
			break
		}
		unit = until
		missed, clean := d.resync(number & 7)
		if missed == 0 {
			if !clean {
				good = max(good-1, 0) // something is wrong, even if every unit turns up
			}
			continue
		}
		if missed < 0 || missed*interval >= total-unit {
			d.conceal(unit, total)
			break
		}
		d.conceal(unit, unit+missed*interval)
		unit += missed * interval
		number += missed
	}
	return good, nil
}

// resync goes behind the restart marker that should be next and returns 0, or behind another and returns how many
// intervals are missing in between; -1 if none is left. Markers from 1 to 4 ahead are believed; others are from the past,
// and passed over, which is not clean.
func (d *Decoder) resync(expected int) (missed int, clean bool) {
	for clean = true; ; clean = false {
		n := d.in.restart()
		if n < 0 {
			return -1, false
		}
		if ahead := (n - expected) & 7; ahead <= 4 {
			return ahead, clean
		}
	}
}

// row decodes the units from x to stop of a row and returns the first that is damaged; stop if none is.
func (d *Decoder) row(y, x, stop int) int {
	switch d.scan.work {
	case firstDC:
		return d.firstDCRow(y, x, stop)
	case refineDC:
		return d.refineDCRow(y, x, stop)
	case firstAC:
		return d.firstACRow(y, x, stop)
	case refineAC:
		return d.refineACRow(y, x, stop)
	}
	return d.sequentialRow(y, x, stop)
}

// conceal gives the units from one to another the samples above them.
func (d *Decoder) conceal(from, to int) {
	s := &d.scan
	if s.work > firstDC {
		return // AC coefficients that are missing are zero, and bits as well
	}
	for from < to {
		y, x := from/s.across, from%s.across
		stop := min(s.across, x+to-from)
		for i := range s.n {
			p := &s.parts[i]
			if p.component > 2 {
				continue
			}
			d.mean[p.component].repeat(x*p.h, y*p.v, stop*p.h, p.v)
			if !d.wanted(p.component) {
				continue
			}
			if s.work == firstDC {
				d.stored[p.component].repeat(x*p.h, y*p.v, stop*p.h, p.v)
			} else if d.scale < 8 {
				side := 8 / d.scale
				d.out[p.component].repeat(x*p.h*side, y*p.v*side, stop*p.h*side, p.v*side)
			}
		}
		from += stop - x
	}
}

// repeat copies the row above to the rows from y on, for the samples from x to stop.
func (s *surface) repeat(x, y, stop, rows int) {
	for ; rows > 0; rows-- {
		to := s.pix[y*s.stride+x : y*s.stride+stop]
		if y == 0 {
			fill(to, 128)
		} else {
			copy(to, s.pix[(y-1)*s.stride+x:])
		}
		y++
	}
}
