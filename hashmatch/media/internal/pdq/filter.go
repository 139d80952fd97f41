package pdq

// The filter blurs the picture with a box along its rows and a box along its columns, twice, and takes 64 x 64 samples
// of that. It runs as a pipeline over rows, so that no plane of the picture is ever held:
//
//	rows, four at a time -> box along rows -> sweep down the columns -> box along rows -> the 64 sampled columns -> sweep -> grid
//
// A box's running sum is a chain in which every addition waits for the one before; four rows at once hide the wait.

const lanes = 4 // rows that one box pass takes together

// scratch is the filter's memory. It belongs to one call of Sum at a time and is pooled.
type scratch struct {
	grid   grid
	in     [lanes][]float32 // rows of luma
	blur   [lanes][]float32 // the same after the first box along rows
	rows   [lanes][]float32 // rows that left the first sweep
	again  [lanes][]float32 // the same after the second box along rows
	counts []float32        // of a box pass along a row
	first  sweep
	second sweep
}

// window returns the width of the box for an axis of n pixels.
func window(n int) int { return (n + 127) / 128 }

// samples returns the pixels of an axis of n pixels that the grid takes.
func samples(n int) (at [side]int) {
	for i := range at {
		at[i] = int((float64(i) + 0.5) * float64(n) / side)
	}
	return at
}

// counts fills dst with how many pixels the box covers at each place of an axis.
func counts(dst []float32, window int) {
	n, ahead := len(dst), (window+2)/2
	for o := range dst {
		dst[o] = float32(min(n-1, o+ahead-1) - max(0, o+ahead-window) + 1)
	}
}

// reduce fills the grid from a picture of w x h pixels, both at least 5.
func (s *scratch) reduce(w, h int, luma func(y int, dst []float32)) {
	for i := range lanes {
		s.in[i], s.blur[i] = floats(s.in[i], w), floats(s.blur[i], w)
		s.rows[i], s.again[i] = floats(s.rows[i], w), floats(s.again[i], w)
	}
	s.counts = floats(s.counts, w)
	across, down := window(w), window(h)
	counts(s.counts, across)
	s.first.start(w, h, down)
	s.second.start(side, h, down)

	out := sink{s: s, across: across, columns: samples(w), lines: samples(h)}
	for y := 0; y < h; y += lanes {
		n := min(lanes, h-y)
		for i := range n {
			luma(y+i, s.in[i])
		}
		boxRows(&s.blur, &s.in, across) // past the last row this takes old rows along, and nobody looks
		for i := range n {
			divide(s.blur[i], s.counts)
			if s.first.add(s.blur[i], s.rows[out.held]) {
				out.row()
			}
		}
	}
	for s.first.drain(s.rows[out.held]) {
		out.row()
	}
	out.finish()
}

// sink is the pipeline's second half: it takes the rows that leave the first sweep and fills the grid.
type sink struct {
	s       *scratch
	across  int       // the box along rows
	columns [side]int // the sampled columns
	lines   [side]int // the sampled rows
	held    int       // rows waiting in s.rows
	line    int       // the next row to leave the second sweep
	next    int       // the next row of the grid to be filled
}

// row counts one more row in s.rows, and passes them on when there are four.
func (k *sink) row() {
	if k.held++; k.held == lanes {
		k.pass()
	}
}

// pass sends the held rows through the second round. Only the sampled columns go on after the box.
func (k *sink) pass() {
	s := k.s
	boxRows(&s.again, &s.rows, k.across)
	for i := range k.held {
		var picked, swept [side]float32
		for j, x := range k.columns {
			picked[j] = s.again[i][x] / s.counts[x]
		}
		if s.second.add(picked[:], swept[:]) {
			k.store(&swept)
		}
	}
	k.held = 0
}

// store takes the next row that left the second sweep: a small picture gives one row to several of the grid's.
func (k *sink) store(row *[side]float32) {
	for k.next < side && k.lines[k.next] == k.line {
		copy(k.s.grid[k.next*side:], row[:])
		k.next++
	}
	k.line++
}

func (k *sink) finish() {
	k.pass()
	var swept [side]float32
	for k.s.second.drain(swept[:]) {
		k.store(&swept)
	}
}

// boxRows writes into out, for each of four rows, the sum of the pixels that the box covers at each place: add the one
// on the right, then take away the one on the left, in that order.
func boxRows(out, in *[lanes][]float32, window int) {
	n := len(in[0])
	ahead := (window + 2) / 2
	a, b, c, d := in[0][:n], in[1][:n], in[2][:n], in[3][:n]
	oa, ob, oc, od := out[0][:n], out[1][:n], out[2][:n], out[3][:n]
	var sa, sb, sc, sd float32
	for r := range ahead - 1 { // the box's right end runs in; nothing is written
		sa, sb, sc, sd = sa+a[r], sb+b[r], sc+c[r], sd+d[r]
	}
	for r := ahead - 1; r < window; r++ { // its left end is still outside
		sa, sb, sc, sd = sa+a[r], sb+b[r], sc+c[r], sd+d[r]
		o := r - ahead + 1
		oa[o], ob[o], oc[o], od[o] = sa, sb, sc, sd
	}
	ra, rb, rc, rd := a[window:], b[window:], c[window:], d[window:]
	pa, pb, pc, pd := oa[window-ahead+1:], ob[window-ahead+1:], oc[window-ahead+1:], od[window-ahead+1:]
	for i := range ra {
		sa, sb, sc, sd = sa+ra[i], sb+rb[i], sc+rc[i], sd+rd[i]
		sa, sb, sc, sd = sa-a[i], sb-b[i], sc-c[i], sd-d[i]
		pa[i], pb[i], pc[i], pd[i] = sa, sb, sc, sd
	}
	for l := n - window; l < n-window+ahead-1; l++ { // its right end is outside
		sa, sb, sc, sd = sa-a[l], sb-b[l], sc-c[l], sd-d[l]
		o := l + window - ahead + 1
		oa[o], ob[o], oc[o], od[o] = sa, sb, sc, sd
	}
}

func divide(row, by []float32) {
	by = by[:len(row)]
	for i := range row {
		row[i] /= by[i]
	}
}

// floats returns a slice of n floats, p's own memory where it is long enough.
func floats(p []float32, n int) []float32 {
	if cap(p) < n {
		return make([]float32, n)
	}
	return p[:n]
}
