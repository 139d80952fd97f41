package views

const (
	leastGround = 12 // percent of a screenshot that have its background colour
	mostGround  = 75 // percent of a line within a picture that may have it
	gap         = 2  // lines of background that may run through a picture
)

// band returns the largest part that stands out from the commonest colour: first of all rows, then of the columns within
// those. It is what shows a picture on a screen, among text and buttons.
func (b *Base) band() (box, bool) {
	var count [tones]int
	for _, v := range b.cells {
		count[tone(v)]++
	}
	ground := 0
	for i, n := range count {
		if n > count[ground] {
			ground = i
		}
	}
	if 100*count[ground] < leastGround*Side*Side {
		return box{}, false
	}
	isGround := func(v float32) bool { d := tone(v) - ground; return d >= -2 && d <= 2 }
	r := all
	r.top, r.bottom = longest(func(y int) bool {
		n := 0
		for _, v := range b.row(y) {
			if isGround(v) {
				n++
			}
		}
		return 100*n < mostGround*Side
	})
	if r.bottom-r.top < Side/6 {
		return box{}, false
	}
	r.left, r.right = longest(func(x int) bool {
		n := 0
		for y := r.top; y < r.bottom; y++ {
			if isGround(b.row(y)[x]) {
				n++
			}
		}
		return 100*n < mostGround*(r.bottom-r.top)
	})
	return r, r.right-r.left >= Side/6 && r != all
}

// longest returns the longest run of lines in a picture, over gaps.
func longest(in func(line int) bool) (from, to int) {
	begin, end := -1, 0 // of the run that is looked at
	for i := range Side {
		if !in(i) {
			continue
		}
		if begin < 0 || i-end > gap {
			begin = i
		}
		if end = i + 1; end-begin > to-from {
			from, to = begin, end
		}
	}
	return from, to
}
