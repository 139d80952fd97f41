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
	folded   [3]plane.Folded
	views    [2][]float32
	spectrum spectrum
	derived  coefficients
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
	return h.part(p, Whole(p), true, true, AllOrientations, codes)
}

// Area is a part of a picture, in pixels of the full one, that is hashed as if it were a picture of its own. What lies
// beyond the picture, or beyond what is known of it, is its edge's colour that fades to the mean.
type Area struct{ Across, Down plane.Window }

// Whole is the area of the whole picture.
func Whole(p *plane.Plane) Area {
	return Area{plane.Window{To: p.FullWidth}, plane.Window{To: p.FullHeight}}
}

// Part is Eight of an area, in the orientations that are wanted at least; the codes of others may be anything. Kept says
// that areas like it, of pictures of the same size, will be asked for again, so that the weights are worth keeping.
func (h *Hasher) Part(p *plane.Plane, a Area, kept bool, wanted Orientations, codes *[8][32]byte) (quality int) {
	return h.part(p, a, false, kept, wanted, codes)
}

// part is Part, and judges whether the plane is too coarse for the upright hash: that is only told of whole pictures.
func (h *Hasher) part(p *plane.Plane, a Area, judge, kept bool, wanted Orientations, codes *[8][32]byte) (quality int) {
	*codes, h.coarse = [8][32]byte{}, false
	if a.Across.To-a.Across.From < leastSide || a.Down.To-a.Down.From < leastSide {
		return 0
	}
	grids := 1
	if wanted.Has(Mirror) || wanted.Has(Rot90) || wanted&lowerHalf != 0 {
		grids = 2
	}
	for i := range grids {
		h.across[i], h.views[i] = h.fold(i, kept, p.FullWidth, p.Scale, a.Across, i == 1), h.grids[i][:]
	}
	h.pair(p, h.fold(2, kept, p.FullHeight, p.Scale, a.Down, false), grids, codes, [4]Orientation{Upright, Transpose, Mirror, Rot90})
	quality = detail(&h.grids[0])
	if judge {
		h.coarse = h.spectrum.coarse(p, &h.grids[0], h.spectrum.transform(&h.grids[0]))
	}
	if wanted&lowerHalf != 0 {
		h.pair(p, h.fold(2, kept, p.FullHeight, p.Scale, a.Down, true), grids, codes, [4]Orientation{Flip, Rot270, Rot180, Transverse})
	}
	return quality
}

// lowerHalf are the orientations that are made of grids with their rows turned over.
const lowerHalf Orientations = 1<<Flip | 1<<Rot270 | 1<<Rot180 | 1<<Transverse

// pair fills the codes of one grid, or of two with their columns turned over or not: plain and transposed of each.
func (h *Hasher) pair(p *plane.Plane, down *plane.Axis, grids int, codes *[8][32]byte, at [4]Orientation) {
	p.Reduce(&h.scratch, down, h.across[:grids], h.views[:grids])
	for i := range grids {
		h.grids[i].fill(down.Shown(), h.across[i].Shown())
		b := h.spectrum.transform(&h.grids[i])
		set := b.above(h.spectrum.median(b))
		codes[at[2*i]], codes[at[2*i+1]] = set.code(), set.transposed().code()
	}
}

// fill puts the mean of the samples that are wholly there in place of what is missing of the others. Shown says of each row,
// and of each column, how much of it is there; nil means all.
func (g *grid) fill(rows, columns []float32) {
	if rows == nil && columns == nil {
		return
	}
	top, bottom := there(rows)
	left, right := there(columns)
	sum := float32(0)
	for y := top; y < bottom; y++ {
		for _, v := range g[y*side:][left:right] {
			sum += v
		}
	}
	mean := sum / float32(max((bottom-top)*(right-left), 1))
	add := func(row, columns []float32, shown float32) {
		for x := range row {
			s := shown
			if columns != nil {
				s = float32(shown * columns[x])
			}
			row[x] += float32(mean * (1 - s))
		}
	}
	for y := range side {
		row := g[y*side:][:side]
		if y >= top && y < bottom {
			if columns != nil {
				add(row[:left], columns[:left], 1)
				add(row[right:], columns[right:], 1)
			}
			continue
		}
		add(row, columns, rows[y])
	}
}

// there returns the samples from and up to which all is there but for a hundredth. They are in one piece, as a window is.
func there(shown []float32) (from, to int) {
	if shown == nil {
		return 0, side
	}
	for from < side && shown[from] <= 0.99 {
		from++
	}
	to = from
	for to < side && shown[to] > 0.99 {
		to++
	}
	return from, to
}

// Orientations is a set of them, bit o for Orientation o.
type Orientations uint8

// AllOrientations has all eight.
const AllOrientations Orientations = 0xff

// Has reports whether the set has an orientation.
func (s Orientations) Has(o Orientation) bool { return s>>o&1 != 0 }

// fold returns the axis of a window: one that is kept for others, or that of a place in the Hasher's own memory.
func (h *Hasher) fold(place int, kept bool, full, scale int, w plane.Window, mirrored bool) *plane.Axis {
	if kept {
		return kernel.AxisWindow(full, scale, w, mirrored)
	}
	return kernel.FoldWindow(&h.folded[place], full, scale, w, mirrored)
}

// Grid is a picture that was reduced elsewhere to 64 x 64 samples, row by row, each the mean of what is around the middle
// of its place.
type Grid = [side * side]float32

// Quality returns PDQ's quality of a grid, 0..100.
func Quality(g *Grid) int { return detail((*grid)(g)) }

// Sampled is Part of a grid. The samples lie in the middle of their places, so that the turned pictures have the same
// coefficients but for signs.
func (h *Hasher) Sampled(g *Grid, wanted Orientations, codes *[8][32]byte) (quality int) {
	b := h.spectrum.transform((*grid)(g))
	for _, o := range [4]Orientation{Upright, Mirror, Flip, Rot180} {
		if !wanted.Has(o) && !wanted.Has(transposedOf[o]) {
			continue
		}
		b.derive(&h.derived, o)
		set := h.derived.above(h.spectrum.median(&h.derived))
		codes[o], codes[transposedOf[o]] = set.code(), set.transposed().code()
	}
	return detail((*grid)(g))
}

// transposedOf is each orientation of rows that stay rows, with rows for columns.
var transposedOf = [...]Orientation{Upright: Transpose, Mirror: Rot90, Flip: Rot270, Rot180: Transverse}

// kernel is the reference's filter along one side: a box over a box, at the sampled pixels.
var kernel = plane.Kernel{Samples: side, Weights: weights}

// weights returns those of sample i, in the form that plane.Kernel wants. Each pixel of the outer box is the mean of an
// inner one. Where no box is cut off by an end of the side that makes a triangle; elsewhere an inner box's share is noted
// where it begins and taken back where it ends.
func weights(full, i int, buf []float64) (first int, by []float64) {
	low, high := box(full, sample(full, i))
	first, _ = box(full, low)
	_, last := box(full, high)
	by = append(buf[:0], make([]float64, last-first+2)...)
	if w := window(full); last-first+1 == 2*w-1 {
		share := 1 / float64(w*w)
		for t := range w {
			by[t] = float64(t+1) * share
			by[2*w-2-t] = by[t]
		}
		return first, by[:2*w-1]
	}
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
