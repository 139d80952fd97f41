package plane

import (
	"fmt"
	"slices"
)

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
	shown []float32 // of each sample, the sum of its weights where that is not 1 throughout; see Window
}

// Window is the part of a side, in pixels of the full picture, that is taken for the whole: From up to but not including
// To. Low and High bound what is known of the side, where that is not all of it: High is 0 if it is. The window may reach
// beyond what is known by up to the side's length, and there holds the colour of the edge, the weaker the farther from it:
// nobody knows what is there. What is missing from a sample Axis.Shown tells.
type Window struct{ From, To, Low, High int }

// bounds returns those of what is known of a side of full pixels.
func (w Window) bounds(full int) (low, high int) {
	if w.High == 0 {
		return 0, full
	}
	return w.Low, w.High
}

// Fold returns k for a side of full pixels whose cells are scale pixels wide. Mirrored, it is that of the picture turned
// over along this side, still in the cells of the one that is not: a mirrored picture has samples of its own, since the
// references' windows are not centred.
//
// Axis gives the same and keeps it. Both panic if a weight lies beyond the side.
func (k *Kernel) Fold(full, scale int, mirrored bool) *Axis {
	return k.foldNew(full, scale, Window{To: full}, mirrored)
}

// Folded is an axis that is made anew again and again in the same memory. Its zero value is ready.
type Folded struct {
	axis          Axis
	pixels, cells []float64
}

// FoldWindow is Fold of the window for the whole picture: its samples are those of a picture that holds nothing else. It
// panics if the window is empty or reaches too far. The axis is good until the next call with the same memory.
func (k *Kernel) FoldWindow(f *Folded, full, scale int, w Window, mirrored bool) *Axis {
	size := w.To - w.From
	known, end := w.bounds(full)
	if size < 1 || w.From < known-full || w.To > end+full || known < 0 || known >= end || end > full {
		panic(fmt.Sprintf("plane: window %+v of %d pixels", w, full))
	}
	a := &f.axis
	a.cells = (full + scale - 1) / scale
	a.first, a.taps, a.by, a.shown = a.first[:0], a.taps[:0], a.by[:0], a.shown[:0]
	strip := (end-known)/edge + 1
	for i := range k.Samples {
		first, pixels := k.Weights(size, i, f.pixels)
		f.pixels = pixels
		last := first + len(pixels) - 1
		if first < 0 || first > last || last >= size {
			panic(fmt.Sprintf("plane: sample %d takes pixels %d..%d of %d", i, first, last, size)) // assembly trusts an axis
		}
		from, step := w.From+first, 1
		if mirrored {
			from, step = w.To-1-first, -1
		}
		low, high := from, from+step*(len(pixels)-1)
		if low > high {
			low, high = high, low
		}
		if low < known {
			low, high = known, max(high, known+strip-1)
		}
		if high >= end {
			low, high = max(min(low, end-strip), known), end-1
		}
		low, high = low/scale, high/scale
		cells := append(f.cells[:0], make([]float64, high-low+1)...)
		f.cells = cells
		sum, below, above := 0.0, 0.0, 0.0
		beyond := func(pixels []float64, x int) {
			for _, w := range pixels {
				if x < known {
					w = float64(w * fade(known-x, end-known))
					below += w
				} else {
					w = float64(w * fade(x-end+1, end-known))
					above += w
				}
				sum += w
				x += step
			}
		}
		inside, outside := known-from, end-from
		if mirrored {
			inside, outside = from-end+1, from-known+1
		}
		inside, outside = min(max(inside, 0), len(pixels)), min(max(outside, 0), len(pixels))
		beyond(pixels[:inside], from)
		gather(cells, pixels[inside:outside], from+step*inside-low*scale, step, scale)
		for _, c := range cells {
			sum += c
		}
		beyond(pixels[outside:], from+step*outside)
		for t := range strip {
			if below > 0 {
				cells[(known+t)/scale-low] += below / float64(strip)
			}
			if above > 0 {
				cells[(end-1-t)/scale-low] += above / float64(strip)
			}
		}
		a.first, a.taps = append(a.first, int32(low)), append(a.taps, int32(high-low+1))
		a.shown = append(a.shown, float32(sum))
		a.by = slices.Grow(a.by, (k.Samples-i)*len(cells)) // most samples take about as many
		for _, w := range cells {
			a.by = append(a.by, float32(w))
		}
	}
	if w.From >= known && w.To <= end {
		a.shown = a.shown[:0]
	}
	return a
}

// gather adds the weights of pixels to their cells: those from pixel x on, step by step.
func gather(cells, pixels []float64, x, step, scale int) {
	if len(pixels) == 0 {
		return
	}
	cell := x / scale
	n := (cell+1)*scale - x // pixels until the next cell
	if step < 0 {
		n = x - cell*scale + 1
	}
	for len(pixels) > 0 {
		n = min(n, len(pixels))
		cells[cell] += total(pixels[:n])
		pixels, cell, n = pixels[n:], cell+step, scale
	}
}

// total adds every second weight apart: a sum waits for the one before.
func total(weights []float64) float64 {
	a, b := 0.0, 0.0
	for len(weights) > 1 {
		a, b, weights = a+weights[0], b+weights[1], weights[2:]
	}
	if len(weights) > 0 {
		a += weights[0]
	}
	return a + b
}

// edge is what share of a side the edge's colour is taken from: a single line of pixels would be too noisy.
const edge = 128

// fade returns the share that is left of the edge's colour so many pixels beyond the edge of a side. Of cropped
// photographs that found more than the mirror image did, faded or not: at 5 to 10 % off each side it is 5 bits nearer.
func fade(pixels, full int) float64 {
	x := 7 * float64(pixels) / float64(full)
	return 1 / (1 + x + float64(x*x)/2) // as exp(-x), which is not the same on every processor
}

// Shown returns, of each sample, how much of it is there, up to 1; nil if all of all samples is.
func (a *Axis) Shown() []float32 {
	if len(a.shown) == 0 {
		return nil
	}
	return a.shown
}

// foldNew is FoldWindow in memory of its own, no more than the axis needs.
func (k *Kernel) foldNew(full, scale int, w Window, mirrored bool) *Axis {
	var f Folded
	a := *k.FoldWindow(&f, full, scale, w, mirrored)
	return &Axis{a.cells, slices.Clip(a.first), slices.Clip(a.taps), slices.Clone(a.by), slices.Clip(a.shown)}
}

// bytes is the memory that the axis takes.
func (a *Axis) bytes() int { return 128 + 4*(cap(a.first)+cap(a.taps)+cap(a.by)+cap(a.shown)) }
