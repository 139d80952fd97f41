package pngluma

import (
	"image"
	"image/color"
	stddraw "image/draw"
)

// kinds returns a picture in the forms that image/png stores in its own ways.
func kinds(img *image.RGBA) map[string]image.Image {
	veiled := image.NewNRGBA(img.Rect)
	stddraw.Draw(veiled, img.Rect, img, image.Point{}, stddraw.Src)
	for i := 3; i < len(veiled.Pix); i += 4 {
		veiled.Pix[i] = 255 - veiled.Pix[i-1]/2
	}
	opaque := image.NewNRGBA(img.Rect) // all but one pixel, so that alpha is stored
	stddraw.Draw(opaque, img.Rect, img, image.Point{}, stddraw.Src)
	opaque.Pix[len(opaque.Pix)-1] = 254
	luma := image.NewGray(img.Rect)
	stddraw.Draw(luma, img.Rect, img, image.Point{}, stddraw.Src)
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i>>5) * 36, uint8(i>>2&7) * 36, uint8(i&3) * 85, 255}
	}
	paletted := image.NewPaletted(img.Rect, palette)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.RGBAAt(x, y)
			paletted.Pix[y*paletted.Stride+x] = c.R>>5<<5 | c.G>>5<<2 | c.B>>6
		}
	}
	deep := image.NewRGBA64(img.Rect)
	stddraw.Draw(deep, img.Rect, img, image.Point{}, stddraw.Src)
	return map[string]image.Image{"rgb": img, "rgba": opaque, "veiled": veiled, "gray": luma, "palette": paletted, "deep": deep}
}
