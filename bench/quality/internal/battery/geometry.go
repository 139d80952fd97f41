package battery

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"github.com/hashmatch/engine/internal/synth"
)

// cropped takes percent of the width and height off each side.
func cropped(m *image.RGBA, left, above, right, below float64) *image.RGBA {
	return part(m, box(m, left, above, 100-right, 100-below))
}

// croppedSomewhere leaves off percent of the width and of the height, at a place that chance chooses.
func croppedSomewhere(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	x, y := percent*r.Float64(), percent*r.Float64()
	return cropped(m, x, y, percent-x, percent-y)
}

// croppedTo cuts m to an aspect (width by height), keeping the part that lies at percent of what could be cut.
func croppedTo(m *image.RGBA, aspect, at float64) *image.RGBA {
	w, h := size(m)
	cw, ch := w, h
	if float64(w) > aspect*float64(h) {
		cw = int(aspect*float64(h) + 0.5)
	} else {
		ch = int(float64(w)/aspect + 0.5)
	}
	x, y := share(at, w-cw), share(at, h-ch)
	return part(m, image.Rect(x, y, x+cw, y+ch))
}

// padded puts percent of the width and height on each side.
func padded(m *image.RGBA, left, above, right, below float64, c color.RGBA) *image.RGBA {
	w, h := size(m)
	out := canvas(w+share(left, w)+share(right, w), h+share(above, h)+share(below, h), c)
	paste(m, out, share(left, w), share(above, h))
	return out
}

func framed(m *image.RGBA, percent float64, c color.RGBA) *image.RGBA {
	return padded(m, percent, percent, percent, percent, c)
}

// boxed returns m in the middle of a canvas of an aspect: letterbox or pillarbox.
func boxed(m *image.RGBA, aspect float64, ground func(w, h int) *image.RGBA) *image.RGBA {
	w, h := size(m)
	cw, ch := w, h
	if float64(w) > aspect*float64(h) {
		ch = int(float64(w)/aspect + 0.5)
	} else {
		cw = int(float64(h)*aspect + 0.5)
	}
	out := ground(cw, ch)
	paste(m, out, (cw-w)/2, (ch-h)/2)
	return out
}

// flat returns the ground of one colour for boxed.
func flat(c color.RGBA) func(w, h int) *image.RGBA {
	return func(w, h int) *image.RGBA { return canvas(w, h, c) }
}

// blurredGround returns a ground for boxed that is the picture itself, large and out of focus, as video programs lay it.
func blurredGround(m *image.RGBA) func(w, h int) *image.RGBA {
	return func(w, h int) *image.RGBA {
		small := covering(m, max(w/8, 1), max(h/8, 1))
		return resized(blurred(small, 2.5), w, h)
	}
}

// warped returns a picture of the size of m whose pixel x, y (middles, from the upper left corner) is what m has at
// from(x, y), interpolated linearly; beyond its edges there is one colour.
func warped(m *image.RGBA, beyond color.RGBA, from func(x, y float64) (u, v float64)) *image.RGBA {
	w, h := size(m)
	out := image.NewRGBA(m.Rect)
	at := func(x, y int) [3]float64 {
		if uint(x) >= uint(w) || uint(y) >= uint(h) {
			return [3]float64{float64(beyond.R), float64(beyond.G), float64(beyond.B)}
		}
		p := m.Pix[y*m.Stride+4*x:][:3]
		return [3]float64{float64(p[0]), float64(p[1]), float64(p[2])}
	}
	for y := range h {
		for x := range w {
			u, v := from(float64(x)+0.5, float64(y)+0.5)
			fx, fy := math.Floor(u-0.5), math.Floor(v-0.5)
			s, t := u-0.5-fx, v-0.5-fy
			a, b := at(int(fx), int(fy)), at(int(fx)+1, int(fy))
			c, d := at(int(fx), int(fy)+1), at(int(fx)+1, int(fy)+1)
			p := out.Pix[y*out.Stride+4*x:][:4]
			for i := range 3 {
				p[i] = byteOf((a[i]*(1-s)+b[i]*s)*(1-t) + (c[i]*(1-s)+d[i]*s)*t)
			}
			p[3] = 255
		}
	}
	return out
}

// rotated turns m clockwise by degrees in a canvas of its size.
func rotated(m *image.RGBA, degrees float64, beyond color.RGBA) *image.RGBA {
	return synth.Rotate(m, degrees, beyond)
}

// straightened turns m and cuts it so that no corner is empty, keeping its aspect, as editors do.
func straightened(m *image.RGBA, degrees float64) *image.RGBA {
	w, h := size(m)
	s, c := math.Sincos(math.Abs(degrees) * math.Pi / 180)
	fw, fh := float64(w), float64(h)
	k := min(fw/(fw*c+fh*s), fh/(fw*s+fh*c)) // the largest upright rectangle of that aspect within the turned one
	lost := 50 * (1 - k)
	return cropped(rotated(m, degrees, black), lost, lost, lost, lost)
}

// sheared leans m to a side, by degrees.
func sheared(m *image.RGBA, degrees float64) *image.RGBA {
	_, h := size(m)
	k := math.Tan(degrees * math.Pi / 180)
	return warped(m, black, func(x, y float64) (float64, float64) { return x + (y-float64(h)/2)*k, y })
}

// leaning shows m as a camera that looks down on it: its upper edge is percent shorter than the lower one is longer.
func leaning(m *image.RGBA, percent float64) *image.RGBA {
	w, h := size(m)
	fw, fh := float64(w), float64(h)
	return warped(m, black, func(x, y float64) (float64, float64) {
		k := 1 + percent/50*(y/fh-0.5)
		return (x-fw/2)/k + fw/2, y
	})
}

// barrel bends m as a wide lens does: straight lines bow outwards by percent in the corners.
func barrel(m *image.RGBA, percent float64) *image.RGBA {
	w, h := size(m)
	fw, fh := float64(w), float64(h)
	return warped(m, black, func(x, y float64) (float64, float64) {
		u, v := 2*x/fw-1, 2*y/fh-1
		k := 1 + percent/100*((u*u+v*v)/2-0.5)
		return (u*k + 1) * fw / 2, (v*k + 1) * fh / 2
	})
}

// wavy moves rows from side to side by percent of the width.
func wavy(m *image.RGBA, percent float64) *image.RGBA {
	w, h := size(m)
	return warped(m, black, func(x, y float64) (float64, float64) {
		return x + percent/100*float64(w)*math.Sin(6*math.Pi*y/float64(h)), y
	})
}

// laid returns m in one of the seven other ways to lay a picture.
func laid(m *image.RGBA, quarters int, mirrored bool) *image.RGBA {
	m = synth.Turn(m, quarters)
	if mirrored {
		m = synth.Mirror(m)
	}
	return m
}
