// Package imagehash computes the 64-bit hashes of github.com/corona10/goimagehash v1.1.0 (on github.com/nfnt/resize), bit for
// bit, without that library, which resizes the whole picture for each hash, copies it first if it is YCbCr, and does so
// in goroutines of its own, where a panic ends the process. The tests hold every path to it.
//
// Picture and rows (Start, Row, Sums) are exact. All takes a plane of luma, whole or reduced, and comes near.
//
// What goimagehash does not check is checked here: a nil picture, one of no pixels, buffers shorter than their bounds
// claim, palette indices without a colour, and sides of more than 262,144 pixels, above which its sums of 32 bits
// overflow. A picture's pixels are hashed wherever its bounds begin; goimagehash reads from (0, 0) where it need not
// resize.
//
// Its remaining oddities are part of the kinds: alpha is premultiplied, blue is divided by 256 where red and green are
// divided by 257, and a blank picture, or one a pixel wide, gets a hash that says nothing. PDQ's quality tells those. On
// processors where Go fuses products and sums goimagehash itself may round otherwise; the hashes here are those of amd64,
// everywhere.
package imagehash

import (
	"fmt"
	"image"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// sound returns img moved to the origin, sharing its pixels, or an error if there is no hash for it.
func sound(img image.Image) (image.Image, error) {
	switch m := img.(type) {
	case *image.Gray:
		if m != nil {
			n := *m
			return packed(&n, n.Pix, n.Stride, 1, &n.Rect)
		}
	case *image.Gray16:
		if m != nil {
			n := *m
			return packed(&n, n.Pix, n.Stride, 2, &n.Rect)
		}
	case *image.RGBA:
		if m != nil {
			n := *m
			return packed(&n, n.Pix, n.Stride, 4, &n.Rect)
		}
	case *image.NRGBA:
		if m != nil {
			n := *m
			return packed(&n, n.Pix, n.Stride, 4, &n.Rect)
		}
	case *image.RGBA64:
		if m != nil {
			n := *m
			return packed(&n, n.Pix, n.Stride, 8, &n.Rect)
		}
	case *image.NRGBA64:
		if m != nil {
			n := *m
			return packed(&n, n.Pix, n.Stride, 8, &n.Rect)
		}
	case *image.CMYK:
		if m != nil {
			n := *m
			return packed(&n, n.Pix, n.Stride, 4, &n.Rect)
		}
	case *image.Paletted:
		if m != nil {
			return soundPalette(*m)
		}
	case *image.YCbCr:
		if m != nil {
			return soundPlanes(*m)
		}
	}
	return nil, fmt.Errorf("a picture of type %T: %w", img, hashmatch.ErrUnsupported)
}

// extent checks a picture's sides.
func extent(w, h int) error {
	if w <= 0 || h <= 0 {
		return fmt.Errorf("a picture of %dx%d pixels: %w", w, h, hashmatch.ErrCorrupt)
	}
	if w > plane.MaxSide || h > plane.MaxSide {
		return fmt.Errorf("a picture of %dx%d pixels, at most %d a side: %w", w, h, plane.MaxSide, hashmatch.ErrLimit)
	}
	return nil
}

// holds reports whether a plane of w x h samples of size bytes lies inside pix. The sides are at most plane.MaxSide.
func holds(pix []byte, stride, size, w, h int) bool {
	row := w * size
	return stride >= row && int64(stride)*int64(h-1)+int64(row) <= int64(len(pix))
}

// packed checks a picture of one plane and moves its bounds, r, to the origin: its first byte is its first pixel.
func packed(img image.Image, pix []byte, stride, size int, r *image.Rectangle) (image.Image, error) {
	if err := extent(r.Dx(), r.Dy()); err != nil {
		return nil, err
	}
	*r = r.Sub(r.Min)
	if !holds(pix, stride, size, r.Dx(), r.Dy()) {
		return nil, fmt.Errorf("%d bytes are too few for %dx%d pixels: %w", len(pix), r.Dx(), r.Dy(), hashmatch.ErrCorrupt)
	}
	return img, nil
}

func soundPalette(m image.Paletted) (image.Image, error) {
	img, err := packed(&m, m.Pix, m.Stride, 1, &m.Rect)
	if err != nil {
		return nil, err
	}
	for y := range m.Rect.Dy() {
		for _, index := range m.Pix[y*m.Stride:][:m.Rect.Dx()] {
			if int(index) >= len(m.Palette) {
				return nil, fmt.Errorf("colour %d of a palette of %d: %w", index, len(m.Palette), hashmatch.ErrCorrupt)
			}
		}
	}
	return img, nil
}

// soundPlanes does for a picture of three planes what packed does for one. Bounds that begin inside a chroma sample cannot be
// moved; no decoder returns such.
func soundPlanes(m image.YCbCr) (image.Image, error) {
	if err := extent(m.Rect.Dx(), m.Rect.Dy()); err != nil {
		return nil, err
	}
	across, down := subsampling(m.SubsampleRatio)
	if across == 0 {
		return nil, fmt.Errorf("chroma subsampling %v: %w", m.SubsampleRatio, hashmatch.ErrUnsupported)
	}
	if m.Rect.Min.X%across != 0 || m.Rect.Min.Y%down != 0 {
		return nil, fmt.Errorf("bounds %v inside a chroma sample: %w", m.Rect, hashmatch.ErrUnsupported)
	}
	m.Rect = m.Rect.Sub(m.Rect.Min)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := (w+across-1)/across, (h+down-1)/down
	if !holds(m.Y, m.YStride, 1, w, h) || !holds(m.Cb, m.CStride, 1, cw, ch) || !holds(m.Cr, m.CStride, 1, cw, ch) {
		return nil, fmt.Errorf("planes of %d, %d and %d bytes are too few for %dx%d pixels: %w",
			len(m.Y), len(m.Cb), len(m.Cr), w, h, hashmatch.ErrCorrupt)
	}
	return &m, nil
}

// subsampling returns how many pixels share a chroma sample along each axis; 0 if the ratio is unknown.
func subsampling(r image.YCbCrSubsampleRatio) (across, down int) {
	switch r {
	case image.YCbCrSubsampleRatio444:
		return 1, 1
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 0, 0
}
