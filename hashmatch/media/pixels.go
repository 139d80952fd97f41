package media

import (
	"fmt"
	"image"
	"image/color"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
)

// lumaRows returns a function that gives the luma of a picture's rows as PDQ wants it, and the name of the arithmetic:
// "gray", "rgb", or "luma" where the stored luma of separate planes is taken instead of that of their RGB pixels, which
// exact forbids. The picture must be of a type that the decoders return; its bounds may begin anywhere.
func lumaRows(img image.Image, exact bool) (rows func(y int, dst []float32), path string, err error) {
	switch m := img.(type) {
	case *image.Gray:
		return func(y int, dst []float32) { widen(dst, m.Pix[y*m.Stride:]) }, "gray", nil
	case *image.Gray16:
		return func(y int, dst []float32) {
			for x, row := 0, m.Pix[y*m.Stride:][:2*len(dst)]; x < len(dst); x++ {
				dst[x] = float32(row[2*x]) // big-endian: the high byte
			}
		}, "gray", nil
	case *image.YCbCr:
		if exact {
			return func(y int, dst []float32) { ycbcrRow(m, y, dst) }, "rgb", nil
		}
		return func(y int, dst []float32) { widen(dst, m.Y[y*m.YStride:]) }, "luma", nil
	case *image.RGBA:
		return rgbRows(m.Pix, m.Stride, 1), "rgb", nil
	case *image.NRGBA:
		return rgbRows(m.Pix, m.Stride, 1), "rgb", nil
	case *image.RGBA64:
		return rgbRows(m.Pix, m.Stride, 2), "rgb", nil
	case *image.NRGBA64:
		return rgbRows(m.Pix, m.Stride, 2), "rgb", nil
	case *image.CMYK:
		return func(y int, dst []float32) {
			for x, row := 0, m.Pix[y*m.Stride:][:4*len(dst)]; x < len(dst); x++ {
				dst[x] = pdq.Luma(color.CMYKToRGB(row[4*x], row[4*x+1], row[4*x+2], row[4*x+3]))
			}
		}, "rgb", nil
	case *image.Paletted:
		table := paletteLuma(m.Palette)
		return func(y int, dst []float32) {
			for x, index := range m.Pix[y*m.Stride:][:len(dst)] {
				dst[x] = table[index]
			}
		}, "rgb", nil
	}
	return nil, "", fmt.Errorf("a picture of type %T: %w", img, hashmatch.ErrUnsupported)
}

// widen takes samples as they are.
func widen(dst []float32, row []byte) {
	for x, v := range row[:len(dst)] {
		dst[x] = float32(v)
	}
}

// rgbRows takes the first three of four samples a pixel, each of width bytes with the high one first: no type of Go's
// multiplies alpha in or out on the way, so these are red, green and blue as stored.
func rgbRows(pix []byte, stride, width int) func(y int, dst []float32) {
	return func(y int, dst []float32) {
		row := pix[y*stride:][:4*width*len(dst)]
		for x := range dst {
			p := row[4*width*x:][:4*width]
			dst[x] = pdq.Luma(p[0], p[width], p[2*width])
		}
	}
}

// ycbcrRow takes red, green and blue from the planes, each chroma sample for all the pixels that share it.
func ycbcrRow(m *image.YCbCr, y int, dst []float32) {
	y += m.Rect.Min.Y
	for x := range dst {
		at, chroma := m.YOffset(m.Rect.Min.X+x, y), m.COffset(m.Rect.Min.X+x, y)
		dst[x] = pdq.Luma(color.YCbCrToRGB(m.Y[at], m.Cb[chroma], m.Cr[chroma]))
	}
}

// paletteLuma returns the luma of every colour, alpha dropped. An index beyond the palette is black, as PNG decoders
// make it.
func paletteLuma(p color.Palette) (table [256]float32) {
	for i, c := range p[:min(len(p), len(table))] {
		switch c := c.(type) {
		case color.NRGBA: // RGBA() would multiply the alpha in
			table[i] = pdq.Luma(c.R, c.G, c.B)
		default:
			r, g, b, _ := c.RGBA()
			table[i] = pdq.Luma(uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
	return table
}
