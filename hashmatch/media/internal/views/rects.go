package views

import "slices"

const (
	leastStep  = 4         // the luma that changes across an edge, over what changes beside it
	mostLines  = 8         // on either axis, that may be sides of a rectangle
	leastSides = 50        // percent of each side of a rectangle that must lie on an edge
	mostInside = 70        // percent of a line through a rectangle that may lie on an edge
	mostAspect = 5         // halves by which a picture is longer one way than the other, at most
	splitLoss  = 30        // percent by which a rectangle that such a line runs through goes behind others
	nearby     = 3         // cells in which there is but one line
	shortest   = Side / 10 // cells of a rectangle's side
)

// lines are straight lines that may be sides of a rectangle: at each place, whether there is an edge.
type lines struct {
	at    [mostLines + 2]int // line i lies between cells at[i]-1 and at[i]; the first and the last are the picture's own
	upTo  [mostLines + 2][Side + 1]uint8
	found int
}

// along returns the percentage of a line between two places at which there is an edge.
func (l *lines) along(i, from, to int) int {
	return 100 * int(l.upTo[i][to]-l.upTo[i][from]) / (to - from)
}

// corners is along of a line's ends: one that ends before a corner is the side of another rectangle.
func (l *lines) corners(i, from, to int) int {
	corner := max((to-from)/8, 4)
	return min(l.along(i, from, from+corner), l.along(i, to-corner, to))
}

// split reports whether another line runs through between two, so that what lies between these is likely to be two pictures.
func (l *lines) split(first, last, from, to int) bool {
	for i := first + 1; i < last; i++ {
		if l.at[i]-l.at[first] > nearby && l.at[last]-l.at[i] > nearby && l.along(i, from, to) >= mostInside {
			return true
		}
	}
	return false
}

// edges is where luma changes: edges[i][j] is 1 if it does at line i at place j, else 0.
type edges [Side][Side]uint8

// isEdge returns 1 if luma changes from the cell before to the cell behind, beyond what it changes by on either side. An
// edge may run through the cell between the two, which then has a share of either colour. Luma is in units of 1/fine. It is
// asked 32,000 times a picture, and has no branches.
func isEdge(before2, before, behind, behind2 int32) uint8 {
	across, first, second := before-behind, before2-before, behind-behind2
	across = across ^ across>>31 - across>>31
	first = first ^ first>>31 - first>>31
	second = second ^ second>>31 - second>>31
	least := across - leastStep*fine
	return uint8(1 &^ (uint32(least-2*first)>>31 | uint32(least-2*second)>>31))
}

// fine is what luma is multiplied by in whole numbers.
const fine = 64

// edgesDown finds the edges across rows, edgesAcross those across columns.
func (b *Base) edgesDown(e *edges) {
	for y := 2; y < Side-2; y++ {
		r0, r1, r3, r4 := b.line(y-2), b.line(y-1), b.line(y+1), b.line(y+2)
		to := &e[y]
		for x := range to {
			to[x] = isEdge(int32(r0[x]), int32(r1[x]), int32(r3[x]), int32(r4[x]))
		}
	}
}

func (b *Base) edgesAcross(e *edges) {
	for y := range Side {
		r := b.line(y)
		for x := 2; x < Side-2; x++ {
			e[x][y] = isEdge(int32(r[x-2]), int32(r[x-1]), int32(r[x+1]), int32(r[x+2]))
		}
	}
}

// choose takes the lines on which most edges lie, and the picture's own.
func (l *lines) choose(e *edges) {
	var count [Side]int
	for i := range e {
		for _, there := range e[i] {
			count[i] += int(there)
		}
	}
	l.at[0], l.found = 0, 1
	for l.found <= mostLines {
		best := slices.Index(count[:], slices.Max(count[:]))
		if count[best] < shortest {
			break
		}
		l.at[l.found] = best
		l.found++
		for i := max(0, best-nearby+1); i < min(Side, best+nearby); i++ {
			count[i] = 0
		}
	}
	l.at[l.found] = Side
	l.found++
	slices.Sort(l.at[:l.found])
	for i, line := range l.at[:l.found] {
		sum := uint8(0)
		for j := range Side {
			if line == 0 || line == Side {
				sum++
			} else {
				sum += e[line][j] | e[line-1][j] | e[min(line+1, Side-1)][j]
			}
			l.upTo[i][j+1] = sum
		}
	}
}

// rect is a rectangle, and how much of its weakest side lies on an edge, in percent.
type rect struct {
	box
	sides int
}

// rectangles returns what may be pictures within the picture: panels of a collage, what is framed by a bar or a blurred
// border, a window on a screen. Those whose sides are seen best come first, and of equal ones the largest.
func (b *Base) rectangles() []rect {
	b.edgesDown(&b.edges)
	b.rows.choose(&b.edges)
	b.edgesAcross(&b.edges)
	b.columns.choose(&b.edges)
	b.found = b.found[:0]
	for t := range b.rows.found {
		for l := range b.columns.found {
			for bottom := t + 1; bottom < b.rows.found; bottom++ {
				for right := l + 1; right < b.columns.found; right++ {
					b.consider(t, l, bottom, right)
				}
			}
		}
	}
	slices.SortStableFunc(b.found, func(a, b rect) int {
		if a.sides != b.sides {
			return b.sides - a.sides
		}
		return b.area() - a.area()
	})
	return b.found
}

// consider adds a rectangle between lines, if it is one.
func (b *Base) consider(top, left, bottom, right int) {
	r := rect{box: box{b.columns.at[left], b.rows.at[top], b.columns.at[right], b.rows.at[bottom]}}
	if r.box == all || r.right-r.left < shortest || r.bottom-r.top < shortest || leastPart*r.area() < all.area() {
		return
	}
	if w, h := (r.right-r.left)*b.Width, (r.bottom-r.top)*b.Height; mostAspect*min(w, h) < max(w, h)*2 {
		return // bars and lists
	}
	r.sides = min(b.rows.along(top, r.left, r.right), b.rows.along(bottom, r.left, r.right),
		b.columns.along(left, r.top, r.bottom), b.columns.along(right, r.top, r.bottom))
	if r.sides < leastSides {
		return
	}
	corners := min(b.rows.corners(top, r.left, r.right), b.rows.corners(bottom, r.left, r.right),
		b.columns.corners(left, r.top, r.bottom), b.columns.corners(right, r.top, r.bottom))
	r.sides = (r.sides + corners) / 2
	if b.rows.split(top, bottom, r.left, r.right) || b.columns.split(left, right, r.top, r.bottom) {
		r.sides -= splitLoss
	}
	r.sides = r.sides / 10 * 10 // what is as good as equal
	b.found = append(b.found, r)
}
