package pdq

// The filter blurs the picture with a box along its rows and a box along its columns, twice, and takes 64 x 64 samples
// of that. It runs as a pipeline over rows, so that no plane of the picture is ever held:
//
//	rows, four at a time -> box along rows -> sweep down the columns -> box along rows -> the 64 sampled columns -> sweep -> grid

// rowsFirst is the pipeline. It belongs to one picture at a time and is worth keeping for the next.
type rowsFirst struct {
	grid      grid
	near, far boxes
	down      sweep
	last      sweep     // down the sampled columns
	columns   [side]int // those
	lines     [side]int // the sampled rows
	line      int       // the next row to leave the last sweep
	next      int       // the next row of the grid to be filled
}

// window returns the width of the box for an axis of n pixels.
func window(n int) int { return (n + 127) / 128 }

// box returns the first and the last pixel that the box covers at o on a side of n pixels.
func box(n, o int) (first, last int) {
	w := window(n)
	ahead := (w + 2) / 2
	return max(0, o+ahead-w), min(n-1, o+ahead-1)
}

// sample returns the pixel of an axis of n pixels that the grid takes at i.
func sample(n, i int) int { return int((float64(i) + 0.5) * float64(n) / side) }

// samples returns all of them.
func samples(n int) (at [side]int) {
	for i := range at {
		at[i] = sample(n, i)
	}
	return at
}

// filter returns the grid of a picture of w x h pixels, both at least 5. It is good until the next call.
func (f *rowsFirst) filter(w, h int, luma func(y int, dst []float32)) *grid {
	f.start(w, h)
	for y := range h {
		luma(y, f.row())
		f.push()
	}
	return f.finish()
}

// start begins a picture of w x h pixels, both at least 5.
func (f *rowsFirst) start(w, h int) {
	f.near.start(w)
	f.far.start(w)
	f.down.start(w, h, window(h))
	f.last.start(side, h, window(h))
	f.columns, f.lines, f.line, f.next = samples(w), samples(h), 0, 0
}

// row returns where the next row of luma goes, and push takes it from there.
func (f *rowsFirst) row() []float32 { return f.near.row() }

func (f *rowsFirst) push() {
	if f.near.push() {
		f.pass()
	}
}

// pass sends the rows that wait at the first box on their way.
func (f *rowsFirst) pass() {
	for _, row := range f.near.pass() {
		divide(row, f.near.counts)
		if f.down.add(row, f.far.row()) && f.far.push() {
			f.passOn()
		}
	}
}

// passOn sends the rows that wait at the second box through the rest. Only the sampled columns go on.
func (f *rowsFirst) passOn() {
	for _, row := range f.far.pass() {
		var picked, swept [side]float32
		for j, x := range f.columns {
			picked[j] = row[x] / f.far.counts[x]
		}
		if f.last.add(picked[:], swept[:]) {
			f.store(&swept)
		}
	}
}

// store takes the next row that left the last sweep: a small picture gives one row to several of the grid's.
func (f *rowsFirst) store(row *[side]float32) {
	for f.next < side && f.lines[f.next] == f.line {
		copy(f.grid[f.next*side:], row[:])
		f.next++
	}
	f.line++
}

// finish returns the grid after the last row. It is good until the next start.
func (f *rowsFirst) finish() *grid {
	f.pass()
	for f.down.drain(f.far.row()) {
		if f.far.push() {
			f.passOn()
		}
	}
	f.passOn()
	var swept [side]float32
	for f.last.drain(swept[:]) {
		f.store(&swept)
	}
	return &f.grid
}

// columnsFirst is the pipeline for the picture whose rows are this one's columns, which come a pixel at a time each:
//
//	sweep down the columns -> box along rows -> sweep -> the 64 sampled rows -> box along rows -> the 64 sampled columns -> grid
type columnsFirst struct {
	grid      grid
	near, far boxes
	in, swept []float32 // a row of luma, a row that left the second sweep
	first     sweep
	second    sweep
	columns   [side]int
	lines     [side]int
	line      int // the next row to leave the second sweep
	next      int // the next sampled row, of those that go into the last box
	done      int // columns of the grid that are filled
}

// start begins a picture of w x h pixels, both at least 5: those of the rows that come.
func (f *columnsFirst) start(w, h int) {
	f.near.start(w)
	f.far.start(w)
	f.first.start(w, h, window(h))
	f.second.start(w, h, window(h))
	f.in, f.swept = floats(f.in, w), floats(f.swept, w)
	f.columns, f.lines, f.line, f.next, f.done = samples(w), samples(h), 0, 0, 0
}

// row returns where the next row of luma goes, and push takes it from there.
func (f *columnsFirst) row() []float32 { return f.in }

func (f *columnsFirst) push() {
	if f.first.add(f.in, f.near.row()) && f.near.push() {
		f.pass()
	}
}

// pass sends the rows that wait at the first box on their way.
func (f *columnsFirst) pass() {
	for _, row := range f.near.pass() {
		divide(row, f.near.counts)
		if f.second.add(row, f.swept) {
			f.pick()
		}
	}
}

// pick takes the next row that left the second sweep to the last box, as often as the grid has it.
func (f *columnsFirst) pick() {
	for f.next < side && f.lines[f.next] == f.line {
		copy(f.far.row(), f.swept)
		if f.next++; f.far.push() {
			f.passOn()
		}
	}
	f.line++
}

// passOn fills a column of the grid from each row that waits at the last box.
func (f *columnsFirst) passOn() {
	for _, row := range f.far.pass() {
		for i, x := range f.columns {
			f.grid[i*side+f.done] = row[x] / f.far.counts[x]
		}
		f.done++
	}
}

// finish returns the grid after the last row. It is good until the next start.
func (f *columnsFirst) finish() *grid {
	for f.first.drain(f.near.row()) {
		if f.near.push() {
			f.pass()
		}
	}
	f.pass()
	for f.second.drain(f.swept) {
		f.pick()
	}
	f.passOn()
	return &f.grid
}

// floats returns a slice of n floats, p's own memory where it is long enough.
func floats(p []float32, n int) []float32 {
	if cap(p) < n {
		return make([]float32, n)
	}
	return p[:n]
}
