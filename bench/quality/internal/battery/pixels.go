package battery

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/hashmatch/engine/internal/synth"
)

var (
	black = color.RGBA{0, 0, 0, 255}
	white = color.RGBA{255, 255, 255, 255}
)

func gray(v uint8) color.RGBA { return color.RGBA{v, v, v, 255} }

// size is the width and height of a picture.
func size(m *image.RGBA) (w, h int) { return m.Rect.Dx(), m.Rect.Dy() }

// share returns percent of n, rounded.
func share(percent float64, n int) int { return int(percent*float64(n)/100 + 0.5) }

// canvas returns a picture of one colour, at least a pixel on each side.
func canvas(w, h int, c color.RGBA) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, max(w, 1), max(h, 1)))
	fill(m, m.Rect, c)
	return m
}

func clone(m *image.RGBA) *image.RGBA { return part(m, m.Rect) }

// part returns a copy of a part of m with its corner at the origin.
func part(m *image.RGBA, r image.Rectangle) *image.RGBA {
	r = r.Intersect(m.Rect)
	if r.Empty() {
		r = image.Rect(0, 0, 1, 1)
	}
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, m, r.Min, draw.Src)
	return out
}

// fill paints a rectangle; a colour that is not opaque lets what is there shine through.
func fill(m *image.RGBA, r image.Rectangle, c color.Color) {
	draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Over)
}

// paste puts a picture into another, its corner at x, y.
func paste(m, on *image.RGBA, x, y int) {
	draw.Draw(on, m.Rect.Add(image.Pt(x, y)), m, image.Point{}, draw.Src)
}

// box is the rectangle between shares of a picture's sides, in percent.
func box(m *image.RGBA, x0, y0, x1, y1 float64) image.Rectangle {
	w, h := size(m)
	return image.Rect(share(x0, w), share(y0, h), share(x1, w), share(y1, h))
}

// resized returns m in another size, at least a pixel on each side.
func resized(m *image.RGBA, w, h int) *image.RGBA { return synth.Resize(m, max(w, 1), max(h, 1)) }

// scaled returns m with both sides at percent of what they are.
func scaled(m *image.RGBA, percent float64) *image.RGBA {
	w, h := size(m)
	return resized(m, share(percent, w), share(percent, h))
}

// fitted returns m scaled to lie just within w x h.
func fitted(m *image.RGBA, w, h int) *image.RGBA {
	mw, mh := size(m)
	return scaled(m, 100*min(float64(w)/float64(mw), float64(h)/float64(mh)))
}

// covering returns the middle of m scaled to fill w x h.
func covering(m *image.RGBA, w, h int) *image.RGBA {
	mw, mh := size(m)
	big := scaled(m, 100*max(float64(w)/float64(mw), float64(h)/float64(mh)))
	bw, bh := size(big)
	x, y := max(0, (bw-w)/2), max(0, (bh-h)/2)
	return part(big, image.Rect(x, y, x+w, y+h))
}

// resaved returns what is left of m after it was saved as a JPEG.
func resaved(m *image.RGBA, quality int) *image.RGBA { return synth.Reencode(m, quality) }

// byteOf returns the nearest value of a channel.
func byteOf(v float64) uint8 {
	switch {
	case v <= 0:
		return 0
	case v >= 255:
		return 255
	}
	return uint8(v + 0.5)
}

// lumaOf is Rec. 601 luma.
func lumaOf(p []uint8) int { return (19595*int(p[0]) + 38470*int(p[1]) + 7471*int(p[2]) + 1<<15) >> 16 }

// curve returns m with every channel put through f, which is of 0..255.
func curve(m *image.RGBA, f func(v float64) float64) *image.RGBA {
	var table [256]uint8
	for i := range table {
		table[i] = byteOf(f(float64(i)))
	}
	out := clone(m)
	for i := 0; i+4 <= len(out.Pix); i += 4 {
		p := out.Pix[i : i+4 : i+4]
		p[0], p[1], p[2] = table[p[0]], table[p[1]], table[p[2]]
	}
	return out
}

// matrix returns m with the colours of every pixel multiplied by three rows.
func matrix(m *image.RGBA, k [3][3]float64) *image.RGBA {
	out := clone(m)
	for i := 0; i+4 <= len(out.Pix); i += 4 {
		p := out.Pix[i : i+4 : i+4]
		r, g, b := float64(p[0]), float64(p[1]), float64(p[2])
		for c := range k {
			p[c] = byteOf(k[c][0]*r + k[c][1]*g + k[c][2]*b)
		}
	}
	return out
}
