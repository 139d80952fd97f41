package synth

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// Formats returns the names that Encode takes.
func Formats() []string { return []string{"jpeg", "png", "gif", "bmp", "tiff"} }

// Encode writes m in a format: jpeg at quality 90, gif in 252 colours, the others without loss, and of those only png
// compressed (a demo writes thousands).
func Encode(w io.Writer, m image.Image, format string) error {
	switch format {
	case "jpeg":
		return EncodeJPEG(w, m, 90)
	case "png":
		e := png.Encoder{CompressionLevel: png.BestSpeed}
		return e.Encode(w, m)
	case "gif":
		return gif.Encode(w, paletted(m), nil)
	case "bmp":
		return bmp.Encode(w, m)
	case "tiff":
		return tiff.Encode(w, m, nil)
	}
	return fmt.Errorf("synth: cannot encode format %q", format)
}

// EncodeJPEG writes m as a JPEG of a quality from 1 to 100.
func EncodeJPEG(w io.Writer, m image.Image, quality int) error {
	return jpeg.Encode(w, m, &jpeg.Options{Quality: quality})
}

// Reencode returns what is left of m after it was saved as a JPEG of a quality from 1 to 100.
func Reencode(m image.Image, quality int) *image.RGBA {
	var file bytes.Buffer
	if err := EncodeJPEG(&file, m, quality); err != nil {
		panic("synth: " + err.Error()) // only for a side over 65,535 pixels
	}
	back, err := jpeg.Decode(&file)
	if err != nil {
		panic("synth: " + err.Error())
	}
	return copied(back)
}

// cube is a palette of 6 reds, 7 greens and 6 blues.
var cube = func() color.Palette {
	var p color.Palette
	for r := range 6 {
		for g := range 7 {
			for b := range 6 {
				p = append(p, color.RGBA{uint8(r * 255 / 5), uint8(g * 255 / 6), uint8(b * 255 / 5), 255})
			}
		}
	}
	return p
}()

// dither is the 4 x 4 ordered threshold matrix of Bayer, 1973.
var dither = [4][4]uint32{{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}

// paletted returns m in the colours of cube, dithered. The standard library's own way, the nearest of 256 colours with
// error diffusion, takes some forty times as long.
func paletted(m image.Image) *image.Paletted {
	p := pixels(m)
	out := image.NewPaletted(p.Rect, cube)
	for y := range p.Rect.Dy() {
		for x := range p.Rect.Dx() {
			c := p.Pix[y*p.Stride+4*x:][:4]
			threshold := dither[y&3][x&3]*2*255/32 + 255/32
			level := func(v uint8, steps uint32) uint32 { return (uint32(v)*steps + threshold) / 255 }
			out.Pix[y*out.Stride+x] = uint8(level(c[0], 5)*42 + level(c[1], 6)*6 + level(c[2], 5))
		}
	}
	return out
}
