package pdq

import "slices"

// Dihedral fills codes with the hashes that the reference derives from the upright picture's frequencies for the seven
// other orientations, and returns the quality. They are not the hashes of turned pixels: its samples and windows are off
// centre, and these are 9 to 17 bits off those on average, 104 at most; SumEight gives those. It is a form for
// comparison with the reference's. A picture of 64 x 64 pixels is filtered like any other, so that its upright code is
// not Sum's.
//
// Otherwise it is like Sum.
func Dihedral(w, h int, luma func(y int, dst []float32), codes *[8][32]byte) (quality int) {
	*codes = [8][32]byte{}
	if w < leastSide || h < leastSide {
		return 0
	}
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	g := s.upright.filter(w, h, luma)
	b := s.spectrum.transform(g)
	for o := range codes {
		b.derive(&s.derived, Orientation(o))
		codes[o] = s.derived.above(s.spectrum.median(&s.derived)).code()
	}
	return detail(g)
}

// derive fills t with the coefficients that the reference takes for those of the turned picture: cosine i+1 of a side
// that is turned over changes its sign when i is even.
func (b *coefficients) derive(t *coefficients, o Orientation) {
	down := o == Flip || o == Rot180 || o == Rot270 || o == Transverse
	across := o == Mirror || o == Rot180 || o == Rot90 || o == Transverse
	turned := o == Rot90 || o == Rot270 || o == Transpose || o == Transverse
	for i := range bands {
		for j := range bands {
			v := b[i*bands+j]
			if down && i%2 == 0 {
				v = -v
			}
			if across && j%2 == 0 {
				v = -v
			}
			if turned {
				t[j*bands+i] = v
			} else {
				t[i*bands+j] = v
			}
		}
	}
}

// SumEight fills codes with the hashes of a picture in all orientations, each that of Sum of the pixels really turned,
// and returns the quality of the upright one.
//
// luma is as in Sum but is called twice for each row, from the top down and then from the bottom up: sums in float32
// depend on their order, and half of the orientations begin below. Rows are all the memory it takes, about h/21 + 85 of
// them at a time; whoever has each row only once must keep them.
func SumEight(w, h int, luma func(y int, dst []float32), codes *[8][32]byte) (quality int) {
	*codes = [8][32]byte{}
	if w < leastSide || h < leastSide {
		return 0
	}
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	if w == side && h == side {
		for y := range side {
			luma(y, s.whole[y*side:][:side])
		}
		for o := range codes {
			codes[o] = s.spectrum.code(s.whole.turned(Orientation(o)))
		}
		return detail(&s.whole)
	}
	quality = s.four(w, h, luma, [4]Orientation{Upright, Mirror, Transpose, Rot90}, codes)
	up := func(y int, dst []float32) { luma(h-1-y, dst) }
	s.four(w, h, up, [4]Orientation{Flip, Rot180, Rot270, Transverse}, codes)
	return quality
}

// four fills the codes of the picture as its rows come, with the rows turned over, and of both with rows for columns; it
// returns the quality of the first.
func (s *scratch) four(w, h int, luma func(y int, dst []float32), at [4]Orientation, codes *[8][32]byte) int {
	s.row = floats(s.row, w)
	s.upright.start(w, h)
	s.mirrored.start(w, h)
	s.turned.start(w, h)
	s.counter.start(w, h)
	for y := range h {
		luma(y, s.row)
		copy(s.upright.row(), s.row)
		copy(s.turned.row(), s.row)
		slices.Reverse(s.row)
		copy(s.mirrored.row(), s.row)
		copy(s.counter.row(), s.row)
		s.upright.push()
		s.mirrored.push()
		s.turned.push()
		s.counter.push()
	}
	upright := s.upright.finish()
	for i, g := range [4]*grid{upright, s.mirrored.finish(), s.turned.finish(), s.counter.finish()} {
		codes[at[i]] = s.spectrum.code(g)
	}
	return detail(upright)
}

// turned returns a picture of 64 x 64 pixels in another orientation.
func (g *grid) turned(o Orientation) *grid {
	t := new(grid)
	for y := range side {
		for x := range side {
			fromX, fromY := x, y
			switch o {
			case Rot90:
				fromX, fromY = side-1-y, x
			case Rot180:
				fromX, fromY = side-1-x, side-1-y
			case Rot270:
				fromX, fromY = y, side-1-x
			case Flip:
				fromY = side - 1 - y
			case Mirror:
				fromX = side - 1 - x
			case Transpose:
				fromX, fromY = y, x
			case Transverse:
				fromX, fromY = side-1-y, side-1-x
			}
			t[y*side+x] = g[fromY*side+fromX]
		}
	}
	return t
}
