package media

import (
	"fmt"
	"image"
	"image/color"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/pyimagehash"
)

// rows gives a picture's pixels as the references want them: red, green and blue as stored, alpha dropped, or gray; of
// 16-bit samples the high byte.
type rows struct {
	channels int // 1 or 3
	read     func(y int, dst []byte)
}

// rowsOf returns the rows of a picture of a type that the decoders return; its bounds may begin anywhere.
func rowsOf(img image.Image) (rows, error) {
	switch m := img.(type) {
	case *image.Gray:
		return rows{1, func(y int, dst []byte) { copy(dst, m.Pix[y*m.Stride:][:len(dst)]) }}, nil
	case *image.Gray16:
		return rows{1, func(y int, dst []byte) {
			for x, row := 0, m.Pix[y*m.Stride:][:2*len(dst)]; x < len(dst); x++ {
				dst[x] = row[2*x] // big-endian: the high byte
			}
		}}, nil
	case *image.YCbCr:
		return rows{3, func(y int, dst []byte) { ycbcrRow(m, y, dst) }}, nil
	case *image.RGBA:
		return rgbRows(m.Pix, m.Stride, 1), nil
	case *image.NRGBA:
		return rgbRows(m.Pix, m.Stride, 1), nil
	case *image.RGBA64:
		return rgbRows(m.Pix, m.Stride, 2), nil
	case *image.NRGBA64:
		return rgbRows(m.Pix, m.Stride, 2), nil
	case *image.CMYK:
		return rows{3, func(y int, dst []byte) {
			row := m.Pix[y*m.Stride:][:len(dst)/3*4]
			for x := 0; 3*x < len(dst); x++ {
				dst[3*x], dst[3*x+1], dst[3*x+2] = color.CMYKToRGB(row[4*x], row[4*x+1], row[4*x+2], row[4*x+3])
			}
		}}, nil
	case *image.Paletted:
		table := paletteColours(m.Palette)
		return rows{3, func(y int, dst []byte) {
			for x, index := range m.Pix[y*m.Stride:][:len(dst)/3] {
				copy(dst[3*x:], table[index][:])
			}
		}}, nil
	}
	return rows{}, fmt.Errorf("a picture of type %T: %w", img, hashmatch.ErrUnsupported)
}

// luma gives PDQ's luma of the rows of a picture so wide.
func (r rows) luma(width int) func(y int, dst []float32) {
	row := make([]byte, r.channels*width)
	return func(y int, dst []float32) {
		r.read(y, row)
		if r.channels == 1 {
			for x := range dst {
				dst[x] = float32(row[x])
			}
			return
		}
		for x := range dst {
			dst[x] = pdq.Luma(row[3*x], row[3*x+1], row[3*x+2])
		}
	}
}

// pillow gives Pillow's luma of the rows of a picture so wide.
func (r rows) pillow(width int) func(y int, dst []byte) {
	if r.channels == 1 {
		return r.read
	}
	row := make([]byte, r.channels*width)
	return func(y int, dst []byte) {
		r.read(y, row)
		for x := range dst {
			dst[x] = pyimagehash.Luma(row[3*x], row[3*x+1], row[3*x+2])
		}
	}
}

// rgbRows takes the first three of four samples a pixel, each of width bytes with the high one first: no type of Go's
// multiplies alpha in or out on the way, so these are red, green and blue as stored.
func rgbRows(pix []byte, stride, width int) rows {
	return rows{3, func(y int, dst []byte) {
		row := pix[y*stride:][:len(dst)/3*4*width]
		for x := 0; 3*x < len(dst); x++ {
			p := row[4*width*x:][:4*width]
			dst[3*x], dst[3*x+1], dst[3*x+2] = p[0], p[width], p[2*width]
		}
	}}
}

// ycbcrRow takes red, green and blue from the planes, each chroma sample for all the pixels that share it.
func ycbcrRow(m *image.YCbCr, y int, dst []byte) {
	y += m.Rect.Min.Y
	left, width := m.Rect.Min.X, len(dst)/3
	luma := m.Y[m.YOffset(left, y):][:width]
	chroma := m.COffset(left, y)
	blue, red := m.Cb[chroma:], m.Cr[chroma:]
	shift, odd := uint(1), left%2 // pixels that share a chroma sample: 2, beginning with the second where left is odd
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440:
		shift, odd = 0, 0
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		shift, odd = 2, left%4
	}
	for x, v := range luma {
		c := (x + odd) >> shift
		dst[3*x], dst[3*x+1], dst[3*x+2] = color.YCbCrToRGB(v, blue[c], red[c])
	}
}

// paletteColours returns red, green and blue of every colour. An index beyond the palette is black, as PNG decoders make
// it.
func paletteColours(p color.Palette) (table [256][3]uint8) {
	for i, c := range p[:min(len(p), len(table))] {
		switch c := c.(type) {
		case color.NRGBA: // RGBA() would multiply the alpha in
			table[i] = [3]uint8{c.R, c.G, c.B}
		default:
			r, g, b, _ := c.RGBA()
			table[i] = [3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}
		}
	}
	return table
}

// grayImage is the host's picture as Go has it, sharing its samples.
func grayImage(l Luma) *image.Gray {
	return &image.Gray{Pix: l.Pix, Stride: l.Stride, Rect: image.Rect(0, 0, l.Width, l.Height)}
}
