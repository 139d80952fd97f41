package pdq

import "github.com/hashmatch/engine/hashmatch/media/internal/plane"

// Hasher hashes planes. Its zero value is ready; it is scratch memory that belongs to one call at a time and is worth
// keeping for the next.
//
// The reference's filter is applied as one, folded onto the plane's cells: at scale 1 the grid is the reference's but for
// rounding, at 4 and 8 it is what the means of the cells allow. plane.ScaleOf says where that is enough for photographs,
// and Coarse afterwards whether it was for this picture. A picture with a side under 5 pixels has zero hashes and quality 0, as in Sum. One of 64 x 64 needs no exception: its boxes cover one
// pixel, and the filter is none.
type Hasher struct {
	scratch  plane.Scratch
	grids    [2]grid
	across   [2]*plane.Axis
	views    [2][]float32
	spectrum spectrum
	coarse   bool
}

// Upright returns the hash of the picture as it is and its quality, 0..100.
func (h *Hasher) Upright(p *plane.Plane) (code [32]byte, quality int) {
	h.coarse = false
	if p.FullWidth < leastSide || p.FullHeight < leastSide {
		return code, 0
	}
	h.across[0], h.views[0] = kernel.Axis(p.FullWidth, p.Scale, false), h.grids[0][:]
	p.Reduce(&h.scratch, kernel.Axis(p.FullHeight, p.Scale, false), h.across[:1], h.views[:1])
	g := &h.grids[0]
	b := h.spectrum.transform(g)
	h.coarse = h.spectrum.coarse(p, g, b)
	return b.above(h.spectrum.median(b)).code(), detail(g)
}

// Coarse reports whether the plane that was hashed last is too coarse for its picture. The hashes are then to be taken
// from a plane of the next finer scale, and that is to be asked again: of photographs at plane.ScaleOf this is so in
// about one of ten, of pages of text and the like in most. A plane at scale 1 never is.
func (h *Hasher) Coarse() bool { return h.coarse }

// Eight fills codes with the hashes of the picture in all orientations, each at its place, and returns the quality of
// the upright one. They are the hashes of the turned picture but for the rounding of sums, which may decide a
// coefficient that is the median to six digits; the upright one is that of Upright.
//
// It takes four grids, for either side turned over or not. Rows for columns needs none of its own: its coefficients are
// those of the grid, transposed, and have the same median.
func (h *Hasher) Eight(p *plane.Plane, codes *[8][32]byte) (quality int) {
	*codes, h.coarse = [8][32]byte{}, false
	if p.FullWidth < leastSide || p.FullHeight < leastSide {
		return 0
	}
	for i, mirrored := range [2]bool{false, true} {
		h.across[i], h.views[i] = kernel.Axis(p.FullWidth, p.Scale, mirrored), h.grids[i][:]
	}
	h.pair(p, false, codes, [4]Orientation{Upright, Transpose, Mirror, Rot90})
	quality = detail(&h.grids[0])
	h.pair(p, true, codes, [4]Orientation{Flip, Rot270, Rot180, Transverse})
	return quality
}

// pair fills the codes of the two grids with their columns turned over or not: plain and transposed of the one, and of
// the one with its rows turned over.
func (h *Hasher) pair(p *plane.Plane, mirrored bool, codes *[8][32]byte, at [4]Orientation) {
	p.Reduce(&h.scratch, kernel.Axis(p.FullHeight, p.Scale, mirrored), h.across[:], h.views[:])
	for i := range h.grids {
		b := h.spectrum.transform(&h.grids[i])
		if at[2*i] == Upright {
			h.coarse = h.spectrum.coarse(p, &h.grids[i], b)
		}
		set := b.above(h.spectrum.median(b))
		codes[at[2*i]], codes[at[2*i+1]] = set.code(), set.transposed().code()
	}
}

// kernel is the reference's filter along one side: a box over a box, at the sampled pixels.
var kernel = plane.Kernel{Samples: side, Weights: weights}

// weights returns those of sample i, in the form that plane.Kernel wants. Each pixel of the outer box is the mean of an
// inner one: its share is noted where that begins and taken back where it ends.
func weights(full, i int, buf []float64) (first int, by []float64) {
	low, high := box(full, sample(full, i))
	first, _ = box(full, low)
	_, last := box(full, high)
	by = append(buf[:0], make([]float64, last-first+2)...)
	for o := low; o <= high; o++ {
		l, r := box(full, o)
		share := 1 / float64((high-low+1)*(r-l+1))
		by[l-first] += share
		by[r+1-first] -= share
	}
	by = by[:last-first+1]
	for t := 1; t < len(by); t++ {
		by[t] += by[t-1]
	}
	return first, by
}
