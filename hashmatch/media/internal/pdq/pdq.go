// Package pdq computes the PDQ hash and its quality, bit for bit as Meta's C++ reference does at full resolution.
//
// Source: github.com/facebook/ThreatExchange, folder pdq, and its paper hashing.pdf ("The TMK+PDQF video-hashing
// algorithm and the PDQ image-hashing algorithm", 2019).
//
// All arithmetic is in float32 and in the reference's order, so the result is the same on every processor: no product is
// added without being rounded first, as float32(a*b) + c. A compiler may fuse a*b + c, and on arm64 it does.
package pdq

import (
	"slices"
	"sync"
)

const (
	side      = 64 // of the grid that the picture is reduced to
	bands     = 16 // frequencies kept on either axis
	leastSide = 5  // pixels; a smaller picture has no hash
)

type grid [side * side]float32

// Sum returns the hash of a picture of w x h pixels and its quality, 0..100. The first byte holds bits 255..248, as the
// hash's hex digits are written.
//
// luma must fill dst, which is w long, with the luma (0..255) of row y; it is called once for each row from the top
// down. A picture with a side under 5 pixels has the zero hash and quality 0. So far as the hash goes a flat picture is
// noise: its quality, 0, says so.
//
// Sum may be called concurrently. It holds about h/128 + 18 rows of the picture at a time.
func Sum(w, h int, luma func(y int, dst []float32)) (hash [32]byte, quality int) {
	if w < leastSide || h < leastSide {
		return hash, 0
	}
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	if w == side && h == side {
		// The reference hashes such a picture as it is, without the filter.
		for y := range side {
			luma(y, s.grid[y*side:][:side])
		}
	} else {
		s.reduce(w, h, luma)
	}
	return code(transform(&s.grid)), detail(&s.grid)
}

var pool = sync.Pool{New: func() any { return new(scratch) }}

// Luma returns the luma of one pixel: 0.299 R + 0.587 G + 0.114 B, each product rounded, summed from left to right.
func Luma(r, g, b uint8) float32 {
	sum := lumaRed[r] + lumaGreen[g]
	return sum + lumaBlue[b]
}

var lumaRed, lumaGreen, lumaBlue = products(0.299), products(0.587), products(0.114)

// products returns weight times every byte.
func products(weight float32) (table [256]float32) {
	for v := range table {
		table[v] = weight * float32(v)
	}
	return table
}

// detail is PDQ's quality: the sum of the steps between neighbours, in percent of the range and cut to integers, scaled
// so that photographs reach 100.
func detail(g *grid) int {
	sum := 0
	for i := 0; i < side-1; i++ {
		for j := range side {
			sum += step(g[i*side+j], g[(i+1)*side+j])
		}
	}
	for i := range side {
		for j := 0; j < side-1; j++ {
			sum += step(g[i*side+j], g[i*side+j+1])
		}
	}
	return min(sum/90, 100)
}

func step(u, v float32) int {
	d := int((u - v) * 100 / 255)
	return max(d, -d)
}

// transform returns the lowest 16 x 16 frequencies of the grid without the constant ones: D A D^T, where row i of D is
// cosine i+1. Products are summed in the order of k.
func transform(g *grid) *[bands * bands]float32 {
	var half [bands][side]float32
	for i := range half {
		row := &half[i]
		for k := range side {
			d, a := dct[i][k], g[k*side:][:side]
			for j, v := range a {
				row[j] += float32(d * v)
			}
		}
	}
	var b [bands * bands]float32
	for i := range bands {
		for j := range bands {
			var sum float32
			for k := range side {
				sum += float32(half[i][k] * dct[j][k])
			}
			b[i*bands+j] = sum
		}
	}
	return &b
}

// code sets bit k for every coefficient k that is strictly above the lower median, so that at most 128 are set.
func code(b *[bands * bands]float32) (hash [32]byte) {
	sorted := *b
	slices.Sort(sorted[:])
	median := sorted[len(sorted)/2-1]
	for k, v := range b {
		if v > median {
			hash[31-k/8] |= 1 << (k % 8)
		}
	}
	return hash
}
