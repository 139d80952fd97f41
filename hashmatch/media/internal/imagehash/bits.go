package imagehash

import "slices"

// grids are the luma of the three small pictures that the hashes are read from, in levels from 0 to 255, row by row.
type grids struct {
	a [8 * 8]float64
	d [8 * 9]float64
	p [64 * 64]float64
}

// of returns the grid of hash k.
func (g *grids) of(k int) []float64 {
	switch k {
	case 0:
		return g.a[:]
	case 1:
		return g.d[:]
	}
	return g.p[:]
}

// hashes reads the three hashes.
func (g *grids) hashes() (average, difference, perception uint64) {
	return g.average(), g.difference(), g.perception()
}

// average sets a bit, the first one highest, where the luma is over the mean.
func (g *grids) average() (hash uint64) {
	mean := 0.0
	for _, v := range g.a {
		mean += v
	}
	mean /= 64
	for _, v := range g.a {
		hash <<= 1
		if v > mean {
			hash |= 1
		}
	}
	return hash
}

// difference sets a bit where the luma rises from left to right.
func (g *grids) difference() (hash uint64) {
	for y := range 8 {
		row := g.d[9*y:][:9]
		for x := range 8 {
			hash <<= 1
			if row[x] < row[x+1] {
				hash |= 1
			}
		}
	}
	return hash
}

// perception sets a bit where a coefficient of the low 8x8, the constant one among them, is over their median.
func (g *grids) perception() (hash uint64) {
	var across [8][64]float64
	for y := range 64 {
		for k, v := range lee64((*[64]float64)(g.p[64*y:])) {
			across[k][y] = v
		}
	}
	var low, sorted [64]float64
	for k := range across {
		for i, v := range lee64(&across[k]) {
			low[8*i+k] = v
		}
	}
	sorted = low
	slices.Sort(sorted[:])
	median := float64(sorted[31]/2) + float64(sorted[32]/2)
	for _, v := range low {
		hash <<= 1
		if v > median {
			hash |= 1
		}
	}
	return hash
}

// luma is that of goimagehash, of levels from 0 to 255.
func luma(r, g, b uint32) float64 {
	return float64(0.299*float64(r)) + float64(0.587*float64(g)) + float64(0.114*float64(b))
}

// gray is luma of equal levels.
var gray = func() (table [256]float64) {
	for v := range table {
		table[v] = luma(uint32(v), uint32(v), uint32(v))
	}
	return table
}()

// luma16 is luma of 16-bit levels, of which goimagehash divides blue by another number than red and green.
func luma16(r, g, b uint32) float64 { return luma(r/257, g/257, b/256) }
