package pdq

import "github.com/hashmatch/engine/hashmatch/media/internal/plane"

// doubt is the share of the middle of the spectrum that the error of a reduced plane may reach. Above it a hash is not
// to be trusted: below, 99 of 100 were at most 4 bits off, and none more than 6; doc/decisions has the figures.
const doubt = 1.5

// coarse reports whether p was too coarse for its picture, from the grid that was made of it, and its coefficients.
//
// What cells lose is what changes within them, and that leaves an error in every sample. It grows with what of the
// picture is finer than the grid, which the grid's second differences tell, and with the cell's share of the filter's
// window. What harm it does depends on how close the coefficients lie to their median, on either side of which those
// between the 96th and the 160th of 256 are. Photographs are smooth and have coefficients of all sizes. Pages of text,
// stripes and tiles are not and have not: these are whom the sides of a picture alone put 16 bits off.
func (s *spectrum) coarse(p *plane.Plane, g *grid, b *coefficients) bool {
	if p.Scale == 1 {
		return false
	}
	s.sort = *b
	low, high := smallest(s.sort[:], 95), smallest(s.sort[:], 159)
	spread := float64(high - low)
	share := float64(p.Scale) / float64(window(min(p.FullWidth, p.FullHeight)))
	return roughness(g)*share*share > doubt*doubt*spread*spread
}

// roughness is the mean square of the grid's second differences.
func roughness(g *grid) float64 {
	sum := 0.0
	for i := 1; i < side-1; i++ {
		above, row, below := g[(i-1)*side:][:side], g[i*side:][:side], g[(i+1)*side:][:side]
		line := float32(0)
		for j := 1; j < side-1; j++ {
			d := row[j] - above[j] + (row[j] - below[j]) + (row[j] - row[j-1]) + (row[j] - row[j+1])
			line += float32(d * d)
		}
		sum += float64(line)
	}
	return sum / ((side - 2) * (side - 2))
}
