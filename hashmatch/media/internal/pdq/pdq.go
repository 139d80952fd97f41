// Package pdq computes the PDQ hash and its quality: from the full picture bit for bit as Meta's C++ reference does at
// full resolution (Sum, SumEight, Dihedral), and from a whole or reduced plane with the reference's filter folded onto
// its cells (Hasher), which is within a few bits of that and many times as fast.
//
// Source: github.com/facebook/ThreatExchange, folder pdq, and its paper hashing.pdf ("The TMK+PDQF video-hashing
// algorithm and the PDQ image-hashing algorithm", 2019).
//
// A code is 32 bytes; the first holds bits 255..248, as the hash's hex digits are written.
//
// All arithmetic is in float32 and in the reference's order, so the result is the same on every processor: no product is
// added without being rounded first, as float32(a*b) + c. A compiler may fuse a*b + c, and on arm64 it does.
package pdq

import "sync"

const (
	side      = 64 // of the grid that the picture is reduced to
	bands     = 16 // frequencies kept on either axis
	leastSide = 5  // pixels; a smaller picture has no hash
)

// grid is the picture reduced to 64 x 64 samples, row by row.
type grid [side * side]float32

// Orientation is what was done to a picture before it was hashed. It is the place of a code among eight.
type Orientation int

const (
	Upright    Orientation = iota // nothing
	Rot90                         // turned counter-clockwise by 90 degrees
	Rot180                        // turned by 180 degrees
	Rot270                        // turned clockwise by 90 degrees
	Flip                          // top for bottom
	Mirror                        // left for right
	Transpose                     // rows for columns
	Transverse                    // rows for columns, from the other end of both
)

// Sum returns the hash of a picture of w x h pixels and its quality, 0..100.
//
// luma must fill dst, which is w long, with the luma (0..255) of row y; it is called once for each row from the top
// down. A picture with a side under 5 pixels has the zero hash and quality 0. So far as the hash goes a flat picture is
// noise: its quality, 0, says so.
//
// Sum may be called concurrently. It holds about h/128 + 20 rows of the picture at a time.
func Sum(w, h int, luma func(y int, dst []float32)) (code [32]byte, quality int) {
	if w < leastSide || h < leastSide {
		return code, 0
	}
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	var g *grid
	if w == side && h == side {
		// The reference hashes such a picture as it is, without the filter.
		g = &s.whole
		for y := range side {
			luma(y, g[y*side:][:side])
		}
	} else {
		g = s.upright.filter(w, h, luma)
	}
	return s.spectrum.code(g), detail(g)
}

// scratch is the memory of the exact hashes. It belongs to one call at a time and is pooled.
type scratch struct {
	upright, mirrored rowsFirst
	turned, counter   columnsFirst
	whole             grid // a picture of 64 x 64 pixels
	row               []float32
	derived           coefficients
	spectrum          spectrum
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
