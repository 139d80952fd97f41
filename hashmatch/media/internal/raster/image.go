package raster

import (
	"fmt"
	"image"
	"image/color"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// FromImage fills the planes of a picture that a decoder has made whole, at scale 1, 4 or 8: dst, and over where a pixel
// is not opaque, unless it is nil. The picture must be of a type that Go's decoders return; its bounds may begin
// anywhere. Planes of YCbCr and CMYK go through RGB, pixel by pixel. A colour number beyond the palette is black.
//
// An error wraps ErrUnsupported, ErrLimit or, for a picture that is not sound, ErrCorrupt. FromImage may be called
// concurrently.
func FromImage(img image.Image, scale int, dst, over *plane.Plane) (opaque bool, err error) {
	var c Cells
	rows, err := rowsOf(img)
	if err != nil {
		return false, fmt.Errorf("raster: %w", err)
	}
	size := img.Bounds().Size()
	c.Begin(size.X, size.Y, scale, dst, over)
	for y := range size.Y {
		rows(&c, y)
	}
	_, opaque = c.End()
	return opaque, nil
}

// rowsOf returns what feeds Cells a row of a picture, or an error if the picture is not sound.
func rowsOf(img image.Image) (func(c *Cells, y int), error) {
	switch m := img.(type) {
	case *image.Gray:
		if m != nil {
			return packed(m.Pix, m.Stride, m.Rect, &Gray)
		}
	case *image.Gray16:
		if m != nil {
			return packed(m.Pix, m.Stride, m.Rect, &Gray16)
		}
	case *image.RGBA:
		if m != nil {
			return packed(m.Pix, m.Stride, m.Rect, &RGBX)
		}
	case *image.NRGBA:
		if m != nil {
			return packed(m.Pix, m.Stride, m.Rect, &NRGBA)
		}
	case *image.RGBA64:
		if m != nil {
			return packed(m.Pix, m.Stride, m.Rect, &RGBX64)
		}
	case *image.NRGBA64:
		if m != nil {
			return packed(m.Pix, m.Stride, m.Rect, &NRGBA64)
		}
	case *image.CMYK:
		if m != nil {
			return cmyk(m)
		}
	case *image.Paletted:
		if m != nil {
			return paletted(m)
		}
	case *image.YCbCr:
		if m != nil {
			return ycbcr(m, nil, 0)
		}
	case *image.NYCbCrA:
		if m != nil {
			return ycbcr(&m.YCbCr, m.A, m.AStride)
		}
	}
	return nil, fmt.Errorf("a picture of type %T: %w", img, hashmatch.ErrUnsupported)
}

// holds returns an error unless a plane of w x h samples of size bytes, of sides that are allowed, lies inside pix.
func holds(pix []byte, stride, size, w, h int) error {
	if w <= 0 || h <= 0 {
		return fmt.Errorf("a picture of %dx%d pixels: %w", w, h, hashmatch.ErrCorrupt)
	}
	if w > plane.MaxSide || h > plane.MaxSide {
		return fmt.Errorf("a picture of %dx%d pixels, at most %d a side: %w", w, h, plane.MaxSide, hashmatch.ErrLimit)
	}
	if row := w * size; stride < row || int64(stride)*int64(h-1)+int64(row) > int64(len(pix)) {
		return fmt.Errorf("%d bytes are too few for %dx%d pixels: %w", len(pix), w, h, hashmatch.ErrCorrupt)
	}
	return nil
}

func packed(pix []byte, stride int, r image.Rectangle, l *Layout) (func(c *Cells, y int), error) {
	if err := holds(pix, stride, l.Step, r.Dx(), r.Dy()); err != nil {
		return nil, err
	}
	return func(c *Cells, y int) { c.Row(y, pix[y*stride:], l) }, nil
}

func cmyk(m *image.CMYK) (func(c *Cells, y int), error) {
	w := m.Rect.Dx()
	if err := holds(m.Pix, m.Stride, 4, w, m.Rect.Dy()); err != nil {
		return nil, err
	}
	row := make([]byte, 3*w)
	return func(c *Cells, y int) {
		CMYKRow(row, m.Pix[y*m.Stride:][:4*w])
		c.Row(y, row, &RGB)
	}, nil
}

// CMYKRow converts pixels of four samples, of which 0 is no ink, to RGB.
func CMYKRow(dst, pix []byte) {
	for len(pix) >= 4 && len(dst) >= 3 {
		dst[0], dst[1], dst[2] = color.CMYKToRGB(pix[0], pix[1], pix[2], pix[3])
		dst, pix = dst[3:], pix[4:]
	}
}

func paletted(m *image.Paletted) (func(c *Cells, y int), error) {
	w := m.Rect.Dx()
	if err := holds(m.Pix, m.Stride, 1, w, m.Rect.Dy()); err != nil {
		return nil, err
	}
	p := new(Palette)
	for i, colour := range m.Palette[:min(len(m.Palette), 256)] {
		switch v := colour.(type) {
		case nil:
		case color.NRGBA: // RGBA() would multiply the alpha in
			p.Set(i, v.R, v.G, v.B, v.A)
		default:
			r, g, b, _ := v.RGBA()
			p.Set(i, uint8(r>>8), uint8(g>>8), uint8(b>>8), 255)
		}
	}
	return func(c *Cells, y int) { c.Indices(y, 0, m.Pix[y*m.Stride:][:w], p) }, nil
}

// ycbcr converts each row, with a plane of alpha if there is one.
func ycbcr(m *image.YCbCr, alpha []byte, alphaStride int) (func(c *Cells, y int), error) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if err := holds(m.Y, m.YStride, 1, w, h); err != nil {
		return nil, err
	}
	last := m.COffset(m.Rect.Max.X-1, m.Rect.Max.Y-1)
	if first := m.COffset(m.Rect.Min.X, m.Rect.Min.Y); first < 0 || last >= min(len(m.Cb), len(m.Cr)) || m.CStride < 0 {
		return nil, fmt.Errorf("%d and %d bytes of chroma are too few for %dx%d pixels: %w",
			len(m.Cb), len(m.Cr), w, h, hashmatch.ErrCorrupt)
	}
	layout := &RGBX
	if alpha != nil {
		if err := holds(alpha, alphaStride, 1, w, h); err != nil {
			return nil, err
		}
		layout = &NRGBA
	}
	row := make([]byte, 4*w)
	return func(c *Cells, y int) {
		at := y * m.YStride
		for x := range w {
			chroma := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			p := row[4*x:][:4]
			p[0], p[1], p[2] = color.YCbCrToRGB(m.Y[at+x], m.Cb[chroma], m.Cr[chroma])
			if alpha != nil {
				p[3] = alpha[y*alphaStride+x]
			}
		}
		c.Row(y, row, layout)
	}, nil
}
