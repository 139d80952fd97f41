package synth

import (
	"image"
	"image/color"
)

// Gray returns m without colour: Rec. 601 luma in all three channels.
func Gray(m image.Image) *image.RGBA {
	return mapped(m, func(c color.RGBA) color.RGBA {
		y := uint8((19595*uint32(c.R) + 38470*uint32(c.G) + 7471*uint32(c.B) + 1<<15) >> 16)
		return color.RGBA{y, y, y, c.A}
	})
}

// Brightness returns m with delta (-255 to 255) added to every channel.
func Brightness(m image.Image, delta int) *image.RGBA {
	return mapped(m, func(c color.RGBA) color.RGBA { return lighter(c, delta) })
}

// Contrast returns m with every channel's distance from middle gray scaled to percent: above 100 is more contrast.
func Contrast(m image.Image, percent int) *image.RGBA {
	scale := func(v uint8) uint8 { return clamp(128 + (int(v)-128)*percent/100) }
	return mapped(m, func(c color.RGBA) color.RGBA { return color.RGBA{scale(c.R), scale(c.G), scale(c.B), c.A} })
}

// mapped returns m with every pixel put through f.
func mapped(m image.Image, f func(color.RGBA) color.RGBA) *image.RGBA {
	out := copied(m)
	for i := 0; i+4 <= len(out.Pix); i += 4 {
		p := out.Pix[i : i+4 : i+4]
		put(p, f(color.RGBA{p[0], p[1], p[2], p[3]}))
	}
	return out
}

// Overlay returns m with a part-transparent white plate in its lower right corner, percent of the picture wide and half
// that share high, and on it a dark word as of a logo.
func Overlay(m image.Image, percent int) *image.RGBA {
	out := copied(m)
	w, h := out.Rect.Dx(), out.Rect.Dy()
	plate := image.Rect(w-w*percent/100, h-h*percent/200, w, h).Sub(image.Pt(w/50, h/50)).Intersect(out.Rect)
	const letters = 4
	dot := plate.Dx() / (6*letters + 2)
	word := image.NewRGBA(plate)
	fill(word, plate, color.RGBA{255, 255, 255, 255})
	r := newSource(0, 'o')
	alphabet := newAlphabet(r)
	for i := range letters {
		x := plate.Min.X + (1+6*i)*dot + dot
		alphabet[i].paint(word, x, plate.Min.Y+(plate.Dy()-7*dot)/2, dot, color.RGBA{30, 30, 30, 255})
	}
	for y := plate.Min.Y; y < plate.Max.Y; y++ {
		for x := plate.Min.X; x < plate.Max.X; x++ {
			out.SetRGBA(x, y, blend(out.RGBAAt(x, y), word.RGBAAt(x, y), 100))
		}
	}
	return out
}
