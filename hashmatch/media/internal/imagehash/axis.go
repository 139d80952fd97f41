package imagehash

import (
	"math"

	"github.com/hashmatch/engine/hashmatch/media/internal/imagehash/taps"
)

// axis is nfnt/resize's bilinear filter along one side of a picture, in its own integers: an output sample is the sum of
// weight x cell, divided by the sum of its weights and truncated. Where a cell is several pixels (a chroma sample, a cell
// of a reduced plane), its weight is the sum of theirs.
//
// Pixels that the filter wants beyond an edge are the edge's pixel again. Weights of such can be many, and stand apart
// from the taps, which must stay small.
type axis struct {
	cells       int
	rows        []taps.Row
	left, right []uint32 // what the first and the last cell weigh beside their tap
	sum         []uint64
}

// unit8 and unit16 are how nfnt/resize writes a weight of 1, for 8-bit pictures and for all others.
const (
	unit8  = 1 << 8
	unit16 = 1 << 16
)

// newAxis returns the axis that makes samples of a side of full pixels, fold pixels a cell.
func newAxis(full, fold, samples int, unit float64) axis {
	a := axis{
		cells: (full + fold - 1) / fold,
		rows:  make([]taps.Row, samples),
		left:  make([]uint32, samples), right: make([]uint32, samples), sum: make([]uint64, samples),
	}
	var pixels []int32
	for i := range a.rows {
		var start int
		start, pixels = bilinear(full, samples, i, unit, pixels)
		inside := max(start, 0)
		first, last := inside/fold, min(start+len(pixels)-1, full-1)/fold
		weights := make([]int32, last-first+1)
		for t, w := range pixels {
			a.sum[i] += uint64(w)
			switch x := start + t; {
			case x < 0:
				a.left[i] += uint32(w)
			case x >= full:
				a.right[i] += uint32(w)
			default:
				weights[x/fold-first] += w
			}
		}
		a.rows[i] = taps.Row{First: first, Weights: weights}
	}
	return a
}

// bilinear returns nfnt/resize's weights of sample i of samples on a side of full pixels: of the pixels from start on,
// which begin and end with one that is not zero, and of which some may lie beyond the side. The weights are in buf, if it
// has room.
//
// Products are rounded before they are added, as goimagehash does on amd64: elsewhere a compiler may fuse them, and then
// goimagehash gets other weights where a sample's centre falls on a pixel.
func bilinear(full, samples, i int, unit float64, buf []int32) (start int, weights []int32) {
	scale := float64(full) / float64(samples)
	length := 2 * int(max(math.Ceil(scale), 1))
	factor := min(1/scale, 1)
	centre := float64(scale*(float64(i)+0.5)) - 0.5
	start = int(centre) - length/2 + 1
	centre -= float64(start)
	skipped, end := -1, 0
	weights = buf[:0]
	for t := range length {
		w := int32(0)
		if distance := math.Abs(float64((centre - float64(t)) * factor)); distance <= 1 {
			w = int32((1 - distance) * unit)
		}
		if w != 0 && skipped < 0 {
			skipped = t
		}
		if skipped >= 0 {
			weights = append(weights, w)
			if w != 0 {
				end = len(weights)
			}
		}
	}
	return start + skipped, weights[:end]
}

// span returns how many cells the samples take in all.
func (a *axis) span() int {
	n := 0
	for _, r := range a.rows {
		n += len(r.Weights)
	}
	return n
}

// cursor runs down the rows of a picture with the axis of a small picture's rows.
type cursor struct {
	*axis
	low int // no sample before it takes anything from this row or from later ones
}

// taker is a sample that a row weighs in.
type taker struct {
	sample int
	weight uint32
}

// takers appends those of row y to dst. Rows must come from the top.
func (c *cursor) takers(dst []taker, y int) []taker {
	for c.low < len(c.rows) && c.rows[c.low].First+len(c.rows[c.low].Weights) <= y {
		c.low++
	}
	for i := c.low; i < len(c.rows) && c.rows[i].First <= y; i++ {
		t := y - c.rows[i].First
		if t >= len(c.rows[i].Weights) {
			continue
		}
		w := uint32(c.rows[i].Weights[t])
		if y == 0 {
			w += c.left[i]
		}
		if y == c.cells-1 {
			w += c.right[i]
		}
		dst = append(dst, taker{i, w})
	}
	return dst
}
