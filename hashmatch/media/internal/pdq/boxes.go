package pdq

const lanes = 4 // rows that one pass of the box takes together

// boxes is the box along rows, for four rows at once: a running sum is a chain in which every addition waits for the one
// before, and four of them hide the wait.
type boxes struct {
	window  int
	counts  []float32 // how many pixels the box covers at each place
	in, out [lanes][]float32
	held    int // rows that wait in in
}

func (b *boxes) start(width int) {
	b.window, b.held = window(width), 0
	b.counts = floats(b.counts, width)
	for o := range b.counts {
		first, last := box(width, o)
		b.counts[o] = float32(last - first + 1)
	}
	for i := range lanes {
		b.in[i], b.out[i] = floats(b.in[i], width), floats(b.out[i], width)
	}
}

// row returns where the next row goes.
func (b *boxes) row() []float32 { return b.in[b.held] }

// push takes the row and reports whether four wait now, so that pass is due.
func (b *boxes) push() bool {
	b.held++
	return b.held == lanes
}

// pass returns the sums of the rows that wait, which then wait no longer. They are to be divided by counts.
func (b *boxes) pass() [][]float32 {
	n := b.held
	b.held = 0
	if n == 0 {
		return nil
	}
	boxRows(&b.out, &b.in, b.window) // past the last row this takes old rows along, and nobody looks
	return b.out[:n]
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
