// Package imagehash computes the 64-bit hashes of github.com/corona10/goimagehash v1.1.0 with that library itself, behind
// guards for what it does not check:
//
//   - a nil picture inside an interface makes it panic;
//   - a picture of no pixels gets a hash that depends on the picture before it, and no error;
//   - where no resizing is needed it reads from (0, 0) whatever the picture's bounds;
//   - it resizes in goroutines of its own, where a panic cannot be recovered and ends the process: so buffers shorter
//     than their bounds claim and palette indices without a colour must never reach it;
//   - its sums have 32 bits: they overflow above 262,144 pixels a side, and far above that it divides by zero.
//
// Its remaining oddities are part of the kinds: alpha is premultiplied, blue is divided by 256 where red and green are
// divided by 257, and a blank picture, or one a pixel wide, gets a hash that says nothing. PDQ's quality tells those.
package imagehash

import (
	"fmt"
	"image"

	"github.com/corona10/goimagehash"

	"github.com/hashmatch/engine/hashmatch"
)

// MaxSide is the longest side, in pixels, that goimagehash can sum up.
const MaxSide = 1 << 18

// Sum returns the hash of kind k, which must be AHash, DHash or PHash. The picture must be of one of the types that
// Go's own decoders return. An error wraps ErrUnsupported, ErrLimit or, for a picture that is not sound, ErrCorrupt.
//
// Sum may be called concurrently, and uses up to GOMAXPROCS goroutines, which have ended when it returns. For a YCbCr
// picture it allocates 3 bytes a pixel each time.
func Sum(img image.Image, k hashmatch.Kind) (hashmatch.Hash, error) {
	img, err := sound(img)
	if err != nil {
		return hashmatch.Hash{}, fmt.Errorf("imagehash: %w", err)
	}
	var sum *goimagehash.ImageHash
	switch k {
	case hashmatch.AHash:
		sum, err = goimagehash.AverageHash(img)
	case hashmatch.DHash:
		sum, err = goimagehash.DifferenceHash(img)
	case hashmatch.PHash:
		sum, err = goimagehash.PerceptionHash(img)
	default:
		err = fmt.Errorf("kind %s: %w", k, hashmatch.ErrUnsupported)
	}
	if err != nil {
		return hashmatch.Hash{}, fmt.Errorf("imagehash: %w", err)
	}
	return hashmatch.Hash64(k, sum.GetHash()), nil
}

// sound returns img moved to the origin, sharing its pixels, or an error if goimagehash must not see it.
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
			return paletted(*m)
		}
	case *image.YCbCr:
		if m != nil {
			return ycbcr(*m)
		}
	}
	return nil, fmt.Errorf("a picture of type %T: %w", img, hashmatch.ErrUnsupported)
}

// extent checks a picture's sides.
func extent(r image.Rectangle) error {
	if r.Dx() <= 0 || r.Dy() <= 0 {
		return fmt.Errorf("a picture of %dx%d pixels: %w", r.Dx(), r.Dy(), hashmatch.ErrCorrupt)
	}
	if r.Dx() > MaxSide || r.Dy() > MaxSide {
		return fmt.Errorf("a picture of %dx%d pixels, at most %d a side: %w", r.Dx(), r.Dy(), MaxSide, hashmatch.ErrLimit)
	}
	return nil
}

// holds reports whether a plane of w x h samples of size bytes lies inside pix. The sides are at most MaxSide.
func holds(pix []byte, stride, size, w, h int) bool {
	row := w * size
	return stride >= row && int64(stride)*int64(h-1)+int64(row) <= int64(len(pix))
}

// packed checks a picture of one plane and moves its bounds, r, to the origin: its first byte is its first pixel.
func packed(img image.Image, pix []byte, stride, size int, r *image.Rectangle) (image.Image, error) {
	if err := extent(*r); err != nil {
		return nil, err
	}
	*r = r.Sub(r.Min)
	if !holds(pix, stride, size, r.Dx(), r.Dy()) {
		return nil, fmt.Errorf("%d bytes are too few for %dx%d pixels: %w", len(pix), r.Dx(), r.Dy(), hashmatch.ErrCorrupt)
	}
	return img, nil
}

func paletted(m image.Paletted) (image.Image, error) {
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

// ycbcr does for a picture of three planes what packed does for one. Bounds that begin inside a chroma sample cannot be
// moved; no decoder returns such.
func ycbcr(m image.YCbCr) (image.Image, error) {
	if err := extent(m.Rect); err != nil {
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
