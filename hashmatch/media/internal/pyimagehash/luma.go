package pyimagehash

import "github.com/hashmatch/engine/hashmatch/media/internal/plane"

// All returns the hashes of a picture whose luma is p: at scale 1 those of its samples, exactly; of a reduced plane, with
// Pillow's filter folded onto the cells, nearly those of the picture.
func (h *Hasher) All(p *plane.Plane) (average, difference, perception uint64) {
	if p.Scale == 1 {
		h.begin(p.FullWidth, p.FullHeight)
		for y := range p.Height {
			h.Row(p.Row(y))
		}
		return h.Sums()
	}
	for k := range h.reduced {
		if h.reduced[k] == nil {
			h.reduced[k] = make([]float32, columns[k]*rows[k])
		}
	}
	axis := func(k *plane.Kernel, full int) *plane.Axis { return k.Axis(full, p.Scale, false) }
	p.Reduce(&h.scratch, axis(&kernel8, p.FullHeight),
		[]*plane.Axis{axis(&kernel8, p.FullWidth), axis(&kernel9, p.FullWidth)}, h.reduced[:2])
	p.Reduce(&h.scratch, axis(&kernel32, p.FullHeight), []*plane.Axis{axis(&kernel32, p.FullWidth)}, h.reduced[2:])
	for k, levels := range h.reduced {
		grid := h.grids.of(k)
		for i, v := range levels {
			grid[i] = uint8(max(0, min(255, v+0.5)))
		}
	}
	return h.grids.hashes()
}

var kernel8, kernel9, kernel32 = kernel(8), kernel(9), kernel(32)

// kernel is Pillow's filter for a side of the small picture.
func kernel(samples int) plane.Kernel {
	return plane.Kernel{Samples: samples, Weights: func(full, i int, buf []float64) (int, []float64) {
		return lanczos(full, samples, i, buf)
	}}
}
