// Package synth makes benign pictures, and the edits that people and programs make to pictures, from seeds. Tests, the
// demo and the benchmarks draw on it instead of on files, so that no real picture is ever needed.
//
// The same arguments give the same pixels on every processor and system: what decides a pixel is integer arithmetic
// (floating point may be fused into one rounding on some processors), or a root or an angle that is rounded to an integer
// at once, and the random numbers are our own. Only the pixels of Reencode and the bytes of encoded files also depend on
// the Go version. Every function may be called concurrently, and none changes the picture it is given.
package synth

import (
	"fmt"
	"image"
)

// Style is a family of pictures.
type Style uint8

const (
	Landscape Style = iota // photo-like: a sky, ridges, ground, grain; any two seeds are unrelated to a perceptual hash
	Shapes                 // ellipses, rectangles and polygons over one another, shaded
	Text                   // a page: lines of small marks on paper
	Flat                   // one colour, on which no perceptual hash has anything to hold on to
)

// Styles returns every style.
func Styles() []Style { return []Style{Landscape, Shapes, Text, Flat} }

// String returns the style's name in lower case.
func (s Style) String() string {
	switch s {
	case Landscape:
		return "landscape"
	case Shapes:
		return "shapes"
	case Text:
		return "text"
	case Flat:
		return "flat"
	}
	return fmt.Sprintf("Style(%d)", uint8(s))
}

// MaxSide is the longest side of a picture, in pixels. Fixed-point positions are exact up to it.
const MaxSide = 1 << 15

// Picture returns an opaque picture of w x h pixels, each 1 to MaxSide. A landscape or shapes of the same seed is the same
// scene at every size, with more detail in a larger picture. It panics on a size out of range or an unknown style.
func Picture(s Style, seed uint64, w, h int) *image.RGBA {
	checkSize(w, h)
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := newSource(seed, uint64(s))
	switch s {
	case Landscape:
		landscape(img, r)
	case Shapes:
		shapes(img, r)
	case Text:
		text(img, r)
	case Flat:
		fill(img, img.Rect, randomColour(r, 0, 255))
	default:
		panic("synth: unknown " + s.String())
	}
	return img
}

func checkSize(w, h int) {
	if w < 1 || h < 1 || w > MaxSide || h > MaxSide {
		panic(fmt.Sprintf("synth: a picture of %d x %d pixels; each side is 1 to %d", w, h, MaxSide))
	}
}
