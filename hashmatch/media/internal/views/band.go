package views

const (
	leastGround = 12 // percent of a screenshot that have its background colour
	mostGround  = 75 // percent of a line within a picture that may have it
	gap         = 2  // lines of background that may run through a picture
)

// band returns the largest part that stands out from the commonest colour: first of all rows, then of the columns within
// those. It is what shows a picture on a screen, among text and buttons.
func (b *Base) band() (box, bool) {
	count, of := b.count(all)
	ground := 0
	for i, n := range count {
		if n > count[ground] {
			ground = i
		}
	}
	if 100*count[ground] < leastGround*of {
		return box{}, false
	}
	var isGround [tones]int
	for i := max(0, ground-2); i <= min(ground+2, tones-1); i++ {
		isGround[i] = 1
	}
	r := all
	r.top, r.bottom = longest(func(y int) bool {
		n := 0
		for _, v := range b.line(y) {
			n += isGround[tone(v)]
		}
		return 100*n < mostGround*Side
	})
	if r.bottom-r.top < Side/6 {
		return box{}, false
	}
	var down [Side]int
	for y := r.top; y < r.bottom; y++ {
		for x, v := range b.line(y) {
			down[x] += isGround[tone(v)]
		}
	}
	r.left, r.right = longest(func(x int) bool { return 100*down[x] < mostGround*(r.bottom-r.top) })
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
