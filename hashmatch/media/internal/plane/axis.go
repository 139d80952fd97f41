package plane

import "fmt"

// Kernel is the filter of a hash's reference along one side of the full picture. It is safe for concurrent use, and must
// not be copied once it is in use: it keeps the axes that were made of it.
type Kernel struct {
	Samples int // of the grid along this side
	// Weights returns the pixels that sample i of a side of full pixels takes, from first on, and their weights, which
	// sum to 1. There is at least one, and all lie on the side. buf is memory to use or not; the slice returned is read
	// before the next call. It may be called concurrently, with other memory.
	Weights func(full, i int, buf []float64) (first int, weights []float64)

	folded cache
}

// Axis is a kernel folded onto the cells of one side of a plane. It does not change and is safe for concurrent use.
type Axis struct {
	cells int       // of the side
	first []int32   // the first cell that each sample takes
	taps  []int32   // how many cells it takes
	by    []float32 // their weights, sample after sample
}

// Fold returns k for a side of full pixels whose cells are scale pixels wide. Mirrored, it is that of the picture turned
// over along this side, still in the cells of the one that is not: a mirrored picture has samples of its own, since the
// references' windows are not centred.
//
// Axis gives the same and keeps it. Both panic if a weight lies beyond the side.
func (k *Kernel) Fold(full, scale int, mirrored bool) *Axis {
	a := &Axis{
		cells: (full + scale - 1) / scale,
		first: make([]int32, k.Samples),
		taps:  make([]int32, k.Samples),
	}
	var pixels, cells []float64
	for i := range k.Samples {
		var first int
		first, pixels = k.Weights(full, i, pixels)
		last := first + len(pixels) - 1
		if first < 0 || first > last || last >= full {
			panic(fmt.Sprintf("plane: sample %d takes pixels %d..%d of %d", i, first, last, full)) // assembly trusts an axis
		}
		if mirrored {
			first, last = full-1-last, full-1-first
		}
		low, high := first/scale, last/scale
		cells = append(cells[:0], make([]float64, high-low+1)...)
		for t, w := range pixels {
			x := first + t
			if mirrored {
				x = last - t
			}
			cells[x/scale-low] += w
		}
		a.first[i], a.taps[i] = int32(low), int32(high-low+1)
		if a.by == nil {
			a.by = make([]float32, 0, k.Samples*(len(cells)+1)) // most samples take about as many
		}
		for _, w := range cells {
			a.by = append(a.by, float32(w))
		}
	}
	return a
}

// bytes is the memory that the axis takes.
func (a *Axis) bytes() int { return 128 + 4*(cap(a.first)+cap(a.taps)+cap(a.by)) }
