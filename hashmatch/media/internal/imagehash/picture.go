package imagehash

import (
	"fmt"
	"image"
)

// Picture returns the hashes of a picture, which must be of one of the types that Go's own decoders return. An error wraps
// ErrUnsupported, ErrLimit or, for a picture that is not sound, ErrCorrupt.
func (h *Hasher) Picture(img image.Image) (average, difference, perception uint64, err error) {
	img, err = sound(img)
	if err != nil {
		return 0, 0, 0, fmt.Errorf("imagehash: %w", err)
	}
	switch m := img.(type) {
	case *image.Gray:
		err = h.rows(m.Pix, m.Stride, m.Rect, Gray)
	case *image.Gray16:
		err = h.rows(m.Pix, m.Stride, m.Rect, Gray16)
	case *image.RGBA:
		err = h.rows(m.Pix, m.Stride, m.Rect, RGBA)
	case *image.NRGBA:
		err = h.rows(m.Pix, m.Stride, m.Rect, NRGBA)
	case *image.RGBA64:
		err = h.rows(m.Pix, m.Stride, m.Rect, RGBA64)
	case *image.NRGBA64:
		err = h.rows(m.Pix, m.Stride, m.Rect, NRGBA64)
	case *image.CMYK:
		err = h.rows(m.Pix, m.Stride, m.Rect, CMYK)
	case *image.Paletted:
		h.table.set(m.Palette)
		err = h.rows(m.Pix, m.Stride, m.Rect, indexed)
	case *image.YCbCr:
		err = h.ycbcr(m)
	}
	if err != nil {
		return 0, 0, 0, err
	}
	average, difference, perception = h.Sums()
	return average, difference, perception, nil
}

// rows takes a picture of one plane.
func (h *Hasher) rows(pix []byte, stride int, r image.Rectangle, f Form) error {
	if err := h.Start(r.Dx(), r.Dy(), f); err != nil {
		return err
	}
	for y := range h.h {
		h.Row(pix[y*stride:])
	}
	return nil
}

// ycbcr takes a picture of three planes. goimagehash resizes chroma at the size of luma, each of its samples repeated;
// here a chroma row is reduced once, with the weights of all the pixels that share a sample.
func (h *Hasher) ycbcr(m *image.YCbCr) error {
	w, height := m.Rect.Dx(), m.Rect.Dy()
	if err := h.Start(w, height, ycc); err != nil {
		return err
	}
	across, down := subsampling(m.SubsampleRatio)
	for i := range h.channels[1:] {
		h.channels[1+i].begin(&h.shelf, w, across)
	}
	cw := (w + across - 1) / across
	for y := range height {
		h.channels[0].reduce(m.Y[y*m.YStride:][:w])
		if y%down == 0 {
			h.channels[1].reduce(m.Cb[y/down*m.CStride:][:cw])
			h.channels[2].reduce(m.Cr[y/down*m.CStride:][:cw])
		}
		h.add()
	}
	return nil
}
