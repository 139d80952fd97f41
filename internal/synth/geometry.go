package synth

import (
	"image"
	"image/color"
	"math"
)

// Crop returns m without percent (0 to 49) of its width on the left and right and of its height above and below.
func Crop(m image.Image, percent int) *image.RGBA {
	p := pixels(m)
	dx, dy := p.Rect.Dx()*percent/100, p.Rect.Dy()*percent/100
	return copied(p.SubImage(image.Rect(dx, dy, p.Rect.Dx()-dx, p.Rect.Dy()-dy)))
}

// CropTo returns the part of m that lies in rect, which is relative to m's upper left corner.
func CropTo(m image.Image, rect image.Rectangle) *image.RGBA { return copied(pixels(m).SubImage(rect)) }

// Border returns m in a frame: percent of its width on the left and right, of its height above and below.
func Border(m image.Image, percent int, c color.Color) *image.RGBA {
	p := pixels(m)
	dx, dy := p.Rect.Dx()*percent/100, p.Rect.Dy()*percent/100
	out := image.NewRGBA(image.Rect(0, 0, p.Rect.Dx()+2*dx, p.Rect.Dy()+2*dy))
	fill(out, out.Rect, color.RGBAModel.Convert(c).(color.RGBA))
	for y := range p.Rect.Dy() {
		copy(out.Pix[out.PixOffset(dx, dy+y):], p.Pix[y*p.Stride:][:4*p.Rect.Dx()])
	}
	return out
}

// Mirror returns m with left and right exchanged.
func Mirror(m image.Image) *image.RGBA {
	p := pixels(m)
	w, h := p.Rect.Dx(), p.Rect.Dy()
	return placed(p, w, h, func(x, y int) (int, int) { return w - 1 - x, y })
}

// Turn returns m turned clockwise by quarters of a full turn (any number, negative ones the other way).
func Turn(m image.Image, quarters int) *image.RGBA {
	p := pixels(m)
	w, h := p.Rect.Dx(), p.Rect.Dy()
	switch quarters & 3 {
	case 1:
		return placed(p, h, w, func(x, y int) (int, int) { return y, h - 1 - x })
	case 2:
		return placed(p, w, h, func(x, y int) (int, int) { return w - 1 - x, h - 1 - y })
	case 3:
		return placed(p, h, w, func(x, y int) (int, int) { return w - 1 - y, x })
	}
	return copied(p)
}

// placed returns a picture of w x h pixels whose pixel x, y is the pixel from(x, y) of p.
func placed(p *image.RGBA, w, h int, from func(x, y int) (int, int)) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := from(x, y)
			copy(out.Pix[y*out.Stride+4*x:][:4], p.Pix[v*p.Stride+4*u:][:4])
		}
	}
	return out
}

// Rotate returns m turned clockwise about its middle by an angle in degrees, in a canvas of the same size: what turns out
// of it is lost, what is turned into it has the colour c. Pixels are interpolated linearly.
func Rotate(m image.Image, degrees float64, c color.Color) *image.RGBA {
	p := pixels(m)
	w, h := p.Rect.Dx(), p.Rect.Dy()
	out := image.NewRGBA(p.Rect)
	// Fixed point with 16 bits after the point. Rounding makes the angle's sine the same on every processor, whose last
	// bit is not.
	sin, cos := math.Sincos(degrees * (math.Pi / 180))
	s, k := int64(math.RoundToEven(sin*(1<<16))), int64(math.RoundToEven(cos*(1<<16)))
	t := tap{p, color.RGBAModel.Convert(c).(color.RGBA)}
	for y := range h {
		for x := range w {
			dx, dy := int64(2*x+1-w), int64(2*y+1-h) // in half pixels from the middle
			u := (k*dx+s*dy)>>1 + int64(w-1)<<15
			v := (k*dy-s*dx)>>1 + int64(h-1)<<15
			put(out.Pix[y*out.Stride+4*x:][:4], t.between(u, v))
		}
	}
	return out
}

// tap reads pixels of a picture that has a colour beyond its edges.
type tap struct {
	*image.RGBA
	beyond color.RGBA
}

func (t *tap) at(x, y int) color.RGBA {
	if uint(x) >= uint(t.Rect.Dx()) || uint(y) >= uint(t.Rect.Dy()) {
		return t.beyond
	}
	p := t.Pix[y*t.Stride+4*x:][:4]
	return color.RGBA{p[0], p[1], p[2], p[3]}
}

// between interpolates at u, v, which have 16 bits after the point.
func (t *tap) between(u, v int64) color.RGBA {
	x, y, fx, fy := int(u>>16), int(v>>16), int(u>>8&255), int(v>>8&255)
	a, b, c, d := t.at(x, y), t.at(x+1, y), t.at(x, y+1), t.at(x+1, y+1)
	mix := func(a, b, c, d uint8) uint8 {
		above, below := int(a)*(256-fx)+int(b)*fx, int(c)*(256-fx)+int(d)*fx
		return uint8((above*(256-fy) + below*fy + 1<<15) >> 16)
	}
	return color.RGBA{mix(a.R, b.R, c.R, d.R), mix(a.G, b.G, c.G, d.G), mix(a.B, b.B, c.B, d.B), mix(a.A, b.A, c.A, d.A)}
}
