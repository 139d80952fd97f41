package imagehash

// wide is channel for 16-bit samples, as nfnt/resize computes palettes, CMYK and the deep types: with 16-bit weights and
// a 16-bit result between the passes.
type wide struct {
	across [3]*axis
	line   [8 + 9 + 64]uint16
	eight  [8][8 + 9]uint64
	many   [64][64]uint64
}

func (c *wide) begin(s *shelf, full int) {
	for i, n := range columns {
		c.across[i] = s.axis16(full, n)
	}
	clear(c.line[:])
	clear(c.eight[:])
	clear(c.many[:])
}

func (c *wide) reduce(row []uint16) {
	first, last := uint64(row[0]), uint64(row[len(row)-1])
	out := c.line[:]
	for k, n := range columns {
		a := c.across[k]
		for i := range out[:n] {
			sum := uint64(a.left[i])*first + uint64(a.right[i])*last
			weights := a.rows[i].Weights
			in := row[a.rows[i].First:][:len(weights)]
			for t, w := range weights {
				sum += uint64(w) * uint64(in[t])
			}
			out[i] = uint16(sum / a.sum[i])
		}
		out = out[n:]
	}
}

func (c *wide) add(eight, many []taker) {
	for _, t := range eight {
		sums := &c.eight[t.sample]
		for i, v := range c.line[:len(sums)] {
			sums[i] += uint64(t.weight) * uint64(v)
		}
	}
	for _, t := range many {
		sums := &c.many[t.sample]
		for i, v := range c.line[len(c.line)-len(sums):] {
			sums[i] += uint64(t.weight) * uint64(v)
		}
	}
}

// finish writes the levels of small picture k to dst.
func (c *wide) finish(k int, down *axis, dst *[64 * 64]uint16) {
	for i := range rows[k] {
		row := [3][]uint64{c.eight[i%8][:8], c.eight[i%8][8:], c.many[i][:]}[k]
		out := dst[i*columns[k]:][:columns[k]]
		for x := range out {
			out[x] = uint16(row[x] / down.sum[i])
		}
	}
}
