package imagehash

import "github.com/hashmatch/engine/hashmatch/media/internal/plane"

// All returns the hashes of a picture of which only the luma is known. At scale 1 they are those of a gray picture of
// these samples; of a reduced plane, with the filter folded onto its cells, and of the luma of a colour picture, they come
// near: goimagehash resizes chroma too, and its roundings and clipped colours decide close comparisons, most of all those
// of the difference hash.
func (h *Hasher) All(p *plane.Plane) (average, difference, perception uint64) {
	if p.Scale == 1 {
		h.begin(p.FullWidth, p.FullHeight, Gray)
		h.channels[0].begin(&h.shelf, p.FullWidth, 1)
		for y := range p.Height {
			h.channels[0].reduce(p.Row(y))
			h.add()
		}
		return h.Sums()
	}
	for k := range h.reduced {
		h.reduced[k] = sized(h.reduced[k], columns[k]*rows[k])
	}
	axis := func(k *plane.Kernel, full int) *plane.Axis { return k.Axis(full, p.Scale, false) }
	p.Reduce(&h.scratch, axis(&kernel8, p.FullHeight),
		[]*plane.Axis{axis(&kernel8, p.FullWidth), axis(&kernel9, p.FullWidth)}, h.reduced[:2])
	p.Reduce(&h.scratch, axis(&kernel64, p.FullHeight), []*plane.Axis{axis(&kernel64, p.FullWidth)}, h.reduced[2:])
	for k, levels := range h.reduced {
		grid := h.grids.of(k)
		for i, v := range levels {
			grid[i] = gray[int32(max(0, min(255, v-truncated)))]
		}
	}
	return h.grids.hashes()
}

// truncated is what a level loses on average where nfnt/resize truncates between its passes. It truncates again after the
// second, as All does.
const truncated = 0.5

var kernel8, kernel9, kernel64 = kernel(8), kernel(9), kernel(64)

// kernel is nfnt/resize's filter for a side of the small picture, with what it wants beyond an edge on the edge's pixel.
func kernel(samples int) plane.Kernel {
	weights := func(full, i int, buf []float64) (int, []float64) {
		start, pixels := bilinear(full, samples, i, unit8, nil)
		first, last := max(start, 0), min(start+len(pixels)-1, full-1)
		buf = append(buf[:0], make([]float64, last-first+1)...)
		sum := 0.0
		for t, w := range pixels {
			buf[max(first, min(start+t, last))-first] += float64(w)
			sum += float64(w)
		}
		for t := range buf {
			buf[t] /= sum
		}
		return first, buf
	}
	return plane.Kernel{Samples: samples, Weights: weights}
}
