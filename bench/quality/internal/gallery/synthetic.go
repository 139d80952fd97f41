package gallery

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"github.com/hashmatch/engine/internal/synth"
)

// Landscapes returns n synthetic scenes, numbered from first on.
func Landscapes(first, n int) []Scene {
	all := make([]Scene, n)
	for i := range all {
		number := uint64(first + i)
		name := fmt.Sprintf("synthetic/photograph-%d", number)
		all[i] = Scene{name, "synthetic", func() ([]Picture, error) {
			long := longest(name)
			w, h := long, long*3/4
			switch Stable("shape of "+name) % 4 {
			case 0:
				w, h = long*3/4, long
			case 1:
				h = long * 9 / 16
			}
			return []Picture{{name, Photograph(number, w, h), Synthetic}}, nil
		}}
	}
	return all
}

// Small returns n synthetic scenes of 320 x 240 pixels, numbered from first on: for tests, which have no time.
func Small(first, n int) []Scene {
	all := make([]Scene, n)
	for i := range all {
		number := uint64(first + i)
		name := fmt.Sprintf("synthetic/small-%d", number)
		all[i] = Scene{name, "synthetic", func() ([]Picture, error) {
			return []Picture{{name, Photograph(number, 320, 240), Synthetic}}, nil
		}}
	}
	return all
}

// Drawings returns n synthetic graphics: shapes, pages of text.
func Drawings(first, n int) []Scene {
	all := make([]Scene, n)
	for i := range all {
		number := uint64(first + i)
		name := fmt.Sprintf("synthetic/drawing-%d", number)
		all[i] = Scene{name, "synthetic", func() ([]Picture, error) {
			style := synth.Shapes
			if number%4 == 3 {
				style = synth.Text
			}
			return []Picture{{name, synth.Picture(style, number, longest(name), longest(name)*3/4), Graphic}}, nil
		}}
	}
	return all
}

// Photograph returns a photo-like picture of w x h pixels: a landscape as internal/synth paints it; a part of one, with or
// without a horizon; or things of all sizes, out of focus by as much as they are far, lit by one and textured by another
// landscape. Any two numbers are unrelated.
func Photograph(number uint64, w, h int) *image.RGBA {
	seed := number*3 + 1<<32
	switch number % 3 {
	case 0:
		return synth.Picture(synth.Landscape, seed, w, h)
	case 1:
		big := synth.Picture(synth.Landscape, seed, w*8/5, h*8/5)
		x, y := int(Stable(fmt.Sprint("x", number))%uint64(w*3/5+1)), int(Stable(fmt.Sprint("y", number))%uint64(h*3/5+1))
		return synth.CropTo(big, image.Rect(x, y, x+w, y+h))
	}
	things := synth.Resize(synth.Picture(synth.Shapes, seed, max(w/12, 1), max(h/12, 1)), w, h) // out of focus
	texture, light := synth.Picture(synth.Landscape, seed+1, w, h), synth.Picture(synth.Landscape, seed+2, max(w/16, 1), max(h/16, 1))
	light = synth.Resize(light, w, h)
	for i := range things.Pix {
		if i%4 != 3 {
			v := (5*int(things.Pix[i]) + 3*int(texture.Pix[i])) / 8
			things.Pix[i] = uint8(v * (128 + int(light.Pix[i])) / 384)
		}
	}
	return things
}

// Framed tells whether the blank picture of a number has a frame.
func Framed(number int) bool { return number/6%2 == 1 }

// Blank returns a picture that shows nothing in particular, of one of several sorts: one colour, two, a gradient along a
// line or around a point, a faint noise, any of them in a frame.
func Blank(number int, w, h int) *image.RGBA {
	m := synth.Picture(synth.Flat, uint64(number), w, h)
	base := m.RGBAAt(0, 0)
	shade := func(f func(u, v float64) float64) {
		for y := range h {
			for x := range w {
				d := f(float64(x)/float64(w), float64(y)/float64(h))
				add := func(c uint8) uint8 { return uint8(min(255, max(0, math.Round(float64(c)+d)))) }
				m.SetRGBA(x, y, color.RGBA{add(base.R), add(base.G), add(base.B), 255})
			}
		}
	}
	noise := synth.Noise(uint64(number), w*h)
	switch number % 6 {
	case 1:
		shade(func(u, _ float64) float64 { return 60 * u })
	case 2:
		shade(func(u, v float64) float64 { return 50 * (u + v) })
	case 3:
		shade(func(u, v float64) float64 { return -80 * math.Hypot(u-0.5, v-0.5) })
	case 4:
		shade(func(u, v float64) float64 { return float64(noise[int(v*float64(h))*w+int(u*float64(w))]%5) - 2 })
	case 5:
		shade(func(u, _ float64) float64 {
			if u > 0.5 {
				return 40
			}
			return 0
		})
	}
	if Framed(number) {
		m = synth.Border(m, 8, color.Black)
	}
	return m
}
