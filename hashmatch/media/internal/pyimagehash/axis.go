package pyimagehash

import (
	"math"

	"github.com/hashmatch/engine/hashmatch/media/internal/imagehash/taps"
)

// across is Pillow's filter along the rows of a picture. Weights of 22 bits are too many for a bank, so there is one of
// their upper bits and one of the rest.
type across struct {
	full, samples int
	upper, rest   taps.Bank
}

// restBits is how many bits of a weight the second bank has.
const restBits = 11

func newAcross(full, samples int) *across {
	a := &across{full: full, samples: samples}
	longest := min(full, 2*int(math.Ceil(3*max(float64(full)/float64(samples), 1)))+1)
	a.upper.Reset(full, samples, longest)
	a.rest.Reset(full, samples, longest)
	var buf []float64
	var upper, rest []int32
	for i := range samples {
		var first int
		first, buf = lanczos(full, samples, i, buf)
		upper, rest = upper[:0], rest[:0]
		for _, w := range buf {
			upper, rest = append(upper, fixed(w)>>restBits), append(rest, fixed(w)&(1<<restBits-1))
		}
		a.upper.Put(i, taps.Row{First: first, Weights: upper})
		a.rest.Put(i, taps.Row{First: first, Weights: rest})
	}
	return a
}

// reduce writes the samples of a row to dst, of which those past the samples stay.
func (a *across) reduce(dst []int32, row []byte) {
	var upper, rest [32]int32
	a.upper.Sum(upper[:], row)
	a.rest.Sum(rest[:], row)
	for i := range dst[:a.samples] {
		dst[i] = int32(clip(upper[i]<<restBits + rest[i] + half))
	}
}

// down is Pillow's filter along the columns of a picture of full rows.
type down struct {
	full int
	rows []taps.Row
}

func newDown(full, samples int) *down {
	d := &down{full: full, rows: make([]taps.Row, samples)}
	var buf []float64
	for i := range d.rows {
		d.rows[i].First, buf = lanczos(full, samples, i, buf)
		d.rows[i].Weights = make([]int32, len(buf))
		for t, w := range buf {
			d.rows[i].Weights[t] = fixed(w)
		}
	}
	return d
}

// cursor runs down the rows of a picture.
type cursor struct {
	*down
	low  int // no sample before it takes anything from this row or from later ones
	room [32]int32
}

// takers returns the first sample that row y weighs in, and its weight in that and the following ones. Rows must come
// from the top. The weights are good until the next call.
func (c *cursor) takers(y int) (first int, weights []int32) {
	for c.low < len(c.rows) && c.rows[c.low].First+len(c.rows[c.low].Weights) <= y {
		c.low++
	}
	weights = c.room[:0]
	for i := c.low; i < len(c.rows) && c.rows[i].First <= y; i++ {
		w := int32(0)
		if t := y - c.rows[i].First; t < len(c.rows[i].Weights) {
			w = c.rows[i].Weights[t]
		}
		weights = append(weights, w)
	}
	return c.low, weights
}

// shelf keeps filters for the next pictures of the same size.
type shelf struct {
	rows    map[fit]*across
	columns map[fit]*down
	held    int
}

// fit is what a filter depends on.
type fit struct{ full, samples int }

// shelfSize is how many weights a shelf holds, of 4 bytes each, before it is emptied.
const shelfSize = 1 << 18

func (s *shelf) across(full, samples int) *across {
	f := fit{full, samples}
	a, ok := s.rows[f]
	if !ok {
		a = newAcross(full, samples)
		s.room(full)
		s.rows[f] = a
	}
	return a
}

func (s *shelf) down(full, samples int) *down {
	f := fit{full, samples}
	d, ok := s.columns[f]
	if !ok {
		d = newDown(full, samples)
		s.room(full)
		s.columns[f] = d
	}
	return d
}

// room makes room for a filter of a side of full pixels, each of which weighs in six samples.
func (s *shelf) room(full int) {
	if s.held += 6 * full; s.rows == nil || s.held > shelfSize {
		s.rows, s.columns, s.held = map[fit]*across{}, map[fit]*down{}, 6*full
	}
}
