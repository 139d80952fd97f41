package pyimagehash

import "slices"

// grids are the levels of the three small pictures that the hashes are read from, row by row.
type grids struct {
	a [8 * 8]uint8
	d [8 * 9]uint8
	p [32 * 32]uint8
}

// of returns the grid of hash k.
func (g *grids) of(k int) []uint8 { return [3][]uint8{g.a[:], g.d[:], g.p[:]}[k] }

func (g *grids) hashes() (average, difference, perception uint64) {
	return g.average(), g.difference(), g.perception()
}

// average sets a bit, the first one highest, where a level is over the mean.
func (g *grids) average() (hash uint64) {
	sum := 0
	for _, v := range g.a {
		sum += int(v)
	}
	for _, v := range g.a {
		hash <<= 1
		if 64*int(v) > sum {
			hash |= 1
		}
	}
	return hash
}

// difference sets a bit where the level rises from left to right.
func (g *grids) difference() (hash uint64) {
	for y := range 8 {
		row := g.d[9*y:][:9]
		for x := range 8 {
			hash <<= 1
			if row[x+1] > row[x] {
				hash |= 1
			}
		}
	}
	return hash
}

// perception sets a bit where a coefficient of the low 8x8, the constant one among them, is over their median.
func (g *grids) perception() (hash uint64) {
	var down [8][32]float64
	for x := range 32 {
		var column [32]float64
		for y := range column {
			column[y] = float64(g.p[32*y+x])
		}
		dct(column[:])
		for k := range down {
			down[k][x] = column[k]
		}
	}
	var low, sorted [64]float64
	for k := range down {
		dct(down[k][:])
		copy(low[8*k:], down[k][:8])
	}
	sorted = low
	slices.Sort(sorted[:])
	median := (sorted[31] + sorted[32]) / 2
	for _, v := range low {
		hash <<= 1
		if v > median {
			hash |= 1
		}
	}
	return hash
}

// dct replaces x, of a power of two of values, at most 32, by its DCT-II, unscaled, after Byeong Gi Lee, "A new algorithm
// to compute the discrete cosine transform", 1984. The reference's transform is another, but like it, and unlike a plain
// sum of cosines, this one gives exact zeros for a constant.
func dct(x []float64) {
	n := len(x)
	if n == 1 {
		return
	}
	var memory [32]float64
	even, odd := memory[:n/2], memory[n/2:n]
	for i := range even {
		even[i] = x[i] + x[n-1-i]
		odd[i] = (x[i] - x[n-1-i]) / secants[n/2+i]
	}
	dct(even)
	dct(odd)
	for i := range even {
		x[2*i], x[2*i+1] = even[i], odd[i]
		if i+1 < len(odd) {
			x[2*i+1] += odd[i+1]
		}
	}
}

// secants holds 2 cos((i + 1/2) pi/n) at n/2 + i. They are written out because a compiler may fuse inside math.Cos, whose
// last bit then depends on the processor.
var secants = [32]float64{
	1: 0x1.6a09e667f3bcdp+00,
	2: 0x1.d906bcf328d46p+00, 0x1.87de2a6aea964p-01,
	4: 0x1.f6297cff75cbp+00, 0x1.a9b66290ea1a4p+00, 0x1.1c73b39ae68c9p+00, 0x1.8f8b83c69a60cp-02,
	8: 0x1.fd88da3d12525p+00, 0x1.e9f4156c62ddap+00, 0x1.c38b2f180bdb1p+00, 0x1.8bc806b151741p+00,
	12: 0x1.44cf325091dd7p+00, 0x1.e2b5d3806f63ep-01, 0x1.294062ed59f04p-01, 0x1.917a6bc29b438p-03,
	16: 0x1.ff621e3796d7ep+00, 0x1.fa7557f08a517p+00, 0x1.f0a7efb9230d8p+00, 0x1.e212104f686e5p+00,
	20: 0x1.ced7af43cc773p+00, 0x1.b728345196e3ep+00, 0x1.9b3e047f38741p+00, 0x1.7b5df226aafafp+00,
	24: 0x1.57d69348cecap+00, 0x1.30ff7fce17036p+00, 0x1.073879922ffeep+00, 0x1.b5d1009e15cc2p-01,
	28: 0x1.58f9a75ab1fddp-01, 0x1.f19f97b215f1ep-02, 0x1.2c8106e8e613ap-02, 0x1.91f65f10dd825p-04,
}
