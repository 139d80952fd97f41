package synth

// fractal is value noise over the unit square: octaves of random lattices, each finer and weaker than the one before,
// smoothed between their points. It is evaluated row by row, in integers.
type fractal struct{ octaves []octave }

// octave is one lattice of cols x rows cells.
type octave struct {
	cols, rows int
	points     []int32  // (cols+1) x (rows+1) values
	cell       []uint16 // of each picture column: the lattice column to its left
	weight     []int16  // and how much of the next one it has, 0..one
	line       []int32  // scratch: the lattice at the height of one picture row
}

const one = 1 << 12 // fixed point of weights

// newFractal returns noise that begins with cols x rows cells of values within amplitude (at most 1<<15) and keeps
// keep/256 of it from octave to octave. Octaves whose cells would be smaller than two pixels of a picture w wide and h
// high are left out; the coarser ones do not depend on the size.
func newFractal(r *source, cols, rows, amplitude, keep, w, h int) *fractal {
	seeds := r.next()
	f := &fractal{}
	for k := uint64(0); amplitude > 0 && (k == 0 || 2*cols <= w && 2*rows <= max(h, 2)); k++ {
		o := octave{cols: cols, rows: rows, cell: make([]uint16, w), weight: make([]int16, w), line: make([]int32, cols+1)}
		o.points = make([]int32, (cols+1)*(rows+1))
		lattice := newSource(seeds, k)
		for i := range o.points {
			o.points[i] = int32(lattice.between(-amplitude, amplitude))
		}
		for x := range w {
			c, t := position(x, cols, w)
			o.cell[x], o.weight[x] = uint16(c), int16(t)
		}
		f.octaves = append(f.octaves, o)
		cols, rows, amplitude = 2*cols, 2*rows, amplitude*keep>>8
	}
	return f
}

// position returns the cell in which pixel i of n lies when cells of them span the picture, and the smoothed share of the
// next lattice point, 0..one.
func position(i, cells, n int) (cell, weight int) {
	at := int64(2*i+1) * int64(cells) * one / int64(2*n)
	t := int(at % one)
	return int(at / one), t * t >> 12 * (3*one - 2*t) >> 12
}

// row writes the noise at picture row y of h into dst, which is as long as the picture is wide.
func (f *fractal) row(dst []int32, y, h int) {
	clear(dst)
	for i := range f.octaves {
		o := &f.octaves[i]
		c, t := position(y, o.rows, h)
		above := o.points[c*(o.cols+1):][:len(o.line)]
		below := o.points[(c+1)*(o.cols+1):][:len(o.line)]
		for j := range o.line {
			o.line[j] = above[j] + (below[j]-above[j])*int32(t)>>12
		}
		cell, weight := o.cell[:len(dst)], o.weight[:len(dst)]
		for x := range dst {
			pair := o.line[cell[x]:][:2]
			dst[x] += pair[0] + (pair[1]-pair[0])*int32(weight[x])>>12
		}
	}
}

// profile writes noise along a line into dst: octaves that begin with cells cells of values within amplitude and keep
// keep/256 of it from one to the next, as far as two pixels hold a cell.
func profile(r *source, dst []int32, cells, amplitude, keep int) {
	seeds := r.next()
	for k := uint64(0); amplitude > 0 && (k == 0 || 2*cells <= len(dst)); k++ {
		lattice := newSource(seeds, k)
		points := make([]int32, cells+1)
		for i := range points {
			points[i] = int32(lattice.between(-amplitude, amplitude))
		}
		for x := range dst {
			c, t := position(x, cells, len(dst))
			dst[x] += points[c] + (points[c+1]-points[c])*int32(t)>>12
		}
		cells, amplitude = 2*cells, amplitude*keep>>8
	}
}
