package synth

import (
	"image"
	"image/color"
)

// randomColour returns an opaque colour with every channel from lo to hi.
func randomColour(r *source, lo, hi int) color.RGBA {
	return color.RGBA{uint8(r.between(lo, hi)), uint8(r.between(lo, hi)), uint8(r.between(lo, hi)), 255}
}

// clamp returns v as a channel, the nearest there is.
func clamp(v int) uint8 {
	if uint(v) <= 255 {
		return uint8(v)
	}
	if v < 0 {
		return 0
	}
	return 255
}

// blend returns the colour that lies t/256 of the way from a to b, opaque.
func blend(a, b color.RGBA, t int) color.RGBA {
	mix := func(a, b uint8) uint8 { return clamp(int(a) + (int(b)-int(a))*t>>8) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// lighter returns c with delta added to every channel.
func lighter(c color.RGBA, delta int) color.RGBA {
	return color.RGBA{clamp(int(c.R) + delta), clamp(int(c.G) + delta), clamp(int(c.B) + delta), c.A}
}

// fill paints the part of rect that lies in the picture.
func fill(img *image.RGBA, rect image.Rectangle, c color.RGBA) {
	rect = rect.Intersect(img.Rect)
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		row := img.Pix[img.PixOffset(rect.Min.X, y):]
		for i := 0; i < 4*rect.Dx(); i += 4 {
			put(row[i:i+4:i+4], c)
		}
	}
}

// put stores a pixel at the head of p.
func put(p []uint8, c color.RGBA) { p[0], p[1], p[2], p[3] = c.R, c.G, c.B, c.A }

// grain is film grain: a fast, poor generator of its own for every row, since a pixel needs only a few bits.
type grain uint32

func newGrain(r *source) grain { return grain(r.next() | 1) }

// next returns -7 to 7, small values more often.
func (g *grain) next() int {
	v := *g
	v ^= v << 13
	v ^= v >> 17
	v ^= v << 5
	*g = v
	return int(v>>8&7) + int(v>>16&7) - 7
}
