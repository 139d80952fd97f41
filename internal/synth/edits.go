package synth

import (
	"image"
	"image/color"
	"image/draw"
)

// Edit is something that is done to pictures before they turn up again.
type Edit struct {
	Name  string
	Apply func(image.Image) *image.RGBA
	// View says that a landscape is found by a view of the edited picture: turned over, or without its border.
	View bool
	// Near says that a plain, upright PDQ still finds an edited landscape of at least 320 x 240 pixels well within radius
	// 31. (Halving one of that size is not near for sure: PDQ's filter has a width in whole pixels, and moves small
	// pictures by a part of its grid.) The others move the content, and need views (mirrors, turns, trims) to be found.
	Near bool
}

// Edits returns the edits that the demo and the tests make, each with an unchanging name.
func Edits() []Edit {
	return []Edit{
		{Name: "jpeg-q40", Apply: func(m image.Image) *image.RGBA { return Reencode(m, 40) }, Near: true},
		{Name: "resize-75", Apply: func(m image.Image) *image.RGBA { return scaled(m, 75) }, Near: true},
		{Name: "resize-double", Apply: func(m image.Image) *image.RGBA { return scaled(m, 200) }, Near: true},
		{Name: "gray", Apply: Gray, Near: true},
		{Name: "brighter", Apply: func(m image.Image) *image.RGBA { return Brightness(m, 16) }, Near: true},
		{Name: "darker", Apply: func(m image.Image) *image.RGBA { return Brightness(m, -16) }, Near: true},
		{Name: "contrast", Apply: func(m image.Image) *image.RGBA { return Contrast(m, 80) }, Near: true},
		{Name: "overlay-small", Apply: func(m image.Image) *image.RGBA { return Overlay(m, 8) }, Near: true},
		{Name: "crop-10", Apply: func(m image.Image) *image.RGBA { return Crop(m, 10) }},
		{Name: "border-15", Apply: func(m image.Image) *image.RGBA { return Border(m, 15, color.Black) }, View: true},
		{Name: "rotate-10", Apply: func(m image.Image) *image.RGBA { return Rotate(m, 10, color.Black) }},
		{Name: "mirror", Apply: Mirror, View: true},
		{Name: "turn-90", Apply: func(m image.Image) *image.RGBA { return Turn(m, 1) }, View: true},
		{Name: "turn-180", Apply: func(m image.Image) *image.RGBA { return Turn(m, 2) }, View: true},
		{Name: "turn-270", Apply: func(m image.Image) *image.RGBA { return Turn(m, 3) }, View: true},
	}
}

// scaled resizes both sides to percent of what they are.
func scaled(m image.Image, percent int) *image.RGBA {
	size := m.Bounds().Size()
	return Resize(m, max(1, size.X*percent/100), max(1, size.Y*percent/100))
}

// pixels returns m as RGBA with its corner at the origin. It may be m itself and is only to be read.
func pixels(m image.Image) *image.RGBA {
	if p, ok := m.(*image.RGBA); ok && p.Rect.Min == (image.Point{}) {
		return p
	}
	return copied(m)
}

// copied returns a copy of m as RGBA with its corner at the origin.
func copied(m image.Image) *image.RGBA {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, m, b.Min, draw.Src)
	return out
}
