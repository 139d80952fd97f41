package synth

import (
	"image"
	"image/color"
	"math"
)

// unit is the side of the square in which shapes are drawn, whatever the picture's size: positions of a scene do not
// depend on it.
const unit = 1 << 12

type point struct{ x, y int }

// shape is an ellipse or a convex polygon, shaded from one colour to another.
type shape struct {
	min, max point   // its box
	corners  []point // none: the ellipse in the box
	from, to color.RGBA
	upright  bool // shaded from top to bottom, else from left to right
}

// shapes paints a shaded ground and a few dozen shapes over one another, the small ones last.
func shapes(img *image.RGBA, r *source) {
	ground := newShape(r, unit)
	ground.min, ground.max = point{0, 0}, point{unit, unit}
	ground.corners = []point{{0, 0}, {unit, 0}, {unit, unit}, {0, unit}}
	ground.paint(img)
	n := r.between(18, 32)
	for i := range n {
		s := newShape(r, unit*2/3*(n-i)/n+unit/12)
		s.paint(img)
	}
}

// newShape returns a shape whose box has sides of at most size.
func newShape(r *source, size int) shape {
	sw, sh := r.between(size/3, size), r.between(size/3, size)
	s := shape{from: randomColour(r, 0, 255), to: randomColour(r, 0, 255), upright: r.chance(50)}
	s.to = blend(s.from, s.to, 128)
	s.min = point{r.between(-sw/2, unit-sw/2), r.between(-sh/2, unit-sh/2)}
	s.max = point{s.min.x + sw, s.min.y + sh}
	x := func() int { return r.between(s.min.x, s.max.x) }
	y := func() int { return r.between(s.min.y, s.max.y) }
	switch r.between(0, 3) {
	case 0: // ellipse
	case 1: // rectangle
		s.corners = []point{s.min, {s.max.x, s.min.y}, s.max, {s.min.x, s.max.y}}
	case 2: // a corner on each side of the box
		s.corners = []point{{x(), s.min.y}, {s.max.x, y()}, {x(), s.max.y}, {s.min.x, y()}}
	case 3:
		s.corners = []point{{x(), s.min.y}, {s.max.x, s.max.y}, {s.min.x, y()}}
	}
	return s
}

// paint draws the shape. A pixel belongs to it when its centre does.
func (s *shape) paint(img *image.RGBA) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		at := (2*y + 1) * unit / (2 * h)
		left, right, ok := s.span(at)
		if !ok {
			continue
		}
		// The pixels whose centre, (2x+1)*unit/2w, lies from left to right.
		x0, x1 := max(0, (2*w*left+unit-1)/(2*unit)), min(w, (2*w*right+unit)/(2*unit))
		row := img.Pix[y*img.Stride:]
		c := blend(s.from, s.to, 256*(at-s.min.y)/(s.max.y-s.min.y))
		for x := x0; x < x1; x++ {
			if !s.upright {
				c = blend(s.from, s.to, 256*((2*x+1)*unit/(2*w)-s.min.x)/(s.max.x-s.min.x))
			}
			put(row[4*x:4*x+4:4*x+4], c)
		}
	}
}

// span returns where the shape begins and ends at the height y.
func (s *shape) span(y int) (left, right int, ok bool) {
	if y < s.min.y || y > s.max.y {
		return 0, 0, false
	}
	if s.corners == nil {
		// (dx/rx)^2 + (dy/ry)^2 = 1 in doubled coordinates. Square roots are exact on every processor, and these are of
		// integers below 1<<53.
		dy, ry, rx := int64(2*y-s.min.y-s.max.y), int64(s.max.y-s.min.y), int64(s.max.x-s.min.x)
		half := int(rx * int64(math.Sqrt(float64(ry*ry-dy*dy))) / ry)
		middle := s.min.x + s.max.x
		return (middle - half) / 2, (middle + half) / 2, true
	}
	left, right = math.MaxInt, math.MinInt
	for i, a := range s.corners {
		b := s.corners[(i+1)%len(s.corners)]
		if a.y > b.y {
			a, b = b, a
		}
		if y < a.y || y > b.y || a.y == b.y {
			continue
		}
		x := a.x + (b.x-a.x)*(y-a.y)/(b.y-a.y)
		left, right = min(left, x), max(right, x)
	}
	return left, right, left < right
}
