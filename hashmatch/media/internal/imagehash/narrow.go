package imagehash

import "github.com/hashmatch/engine/hashmatch/media/internal/imagehash/taps"

// A reduced row has the columns of all three hashes side by side, each rounded up to what the assembly takes; those of
// the average and the difference hash go down to eight rows together.
const (
	dAt   = 8        // after the 8 of the average hash
	pAt   = dAt + 16 // after the 9 of the difference hash
	width = pAt + 64
)

// channel reduces one plane of 8-bit samples, a row at a time: along the row at once, as nfnt/resize does, whose 8-bit
// result between the passes is part of the hashes; then down into the sums of the rows of the small pictures. No sum
// outgrows 31 bits: 255 times the largest sum of weights, 2^23, is below.
type channel struct {
	across [3]*side // by hash
	line   [width]int32
	eight  [8][pAt]int32
	many   [64][64]int32
}

// begin makes c ready for a plane whose rows are full pixels wide, fold pixels a sample.
func (c *channel) begin(s *shelf, full, fold int) {
	for i, n := range columns {
		c.across[i] = s.side(full, fold, n)
	}
	clear(c.line[:])
	clear(c.eight[:])
	clear(c.many[:])
}

// reduce takes a row of the plane into line.
func (c *channel) reduce(row []byte) {
	var sums [64]int32
	for i, at := range [3]int{0, dAt, pAt} {
		s := c.across[i]
		s.sums(sums[:], row)
		taps.Divide(c.line[at:][:len(s.inverse)], sums[:len(s.inverse)], s.inverse)
	}
}

// add takes line into the rows of the small pictures.
func (c *channel) add(eight, many []taker) {
	for _, t := range eight {
		taps.AddScaled(c.eight[t.sample][:], c.line[:pAt], int32(t.weight))
	}
	for _, t := range many {
		taps.AddScaled(c.many[t.sample][:], c.line[pAt:], int32(t.weight))
	}
}

// finish writes the levels of small picture k to dst; down is the side of its rows.
func (c *channel) finish(k int, down *side, dst *[64 * 64]uint16) {
	for i := range rows[k] {
		row := [3][]int32{c.eight[i%8][:], c.eight[i%8][dAt:], c.many[i][:]}[k]
		out := dst[i*columns[k]:][:columns[k]]
		inverse := down.inverse[i]
		for x, sum := range row[:len(out)] {
			out[x] = uint16(int32((float64(sum) + 0.5) * inverse))
		}
	}
}
