// Package raster takes the rows of a picture, in whatever form they are stored, to the samples of a luma plane, so that
// a decoder needs memory for a row and not for a picture. The packages below it read the formats: bmp, gif, tiff, webp.
//
// Luma is 0.299 R + 0.587 G + 0.114 B of the pixels as stored: alpha is dropped, palettes are expanded, of 16-bit samples
// the high byte counts. A sample is the mean of its cell's pixels, rounded once: all sums are of integers, so that the
// result is the same on every processor and in whatever order the pixels come.
//
// A second plane may be asked for, the luma of the picture over black: what premultiplied pixels have. It is made only
// when a pixel is not opaque.
package raster

import (
	"context"
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// Header is what a picture claims, as read before anything is allocated.
type Header struct {
	Width, Height int  // in pixels
	Orientation   int  // as EXIF counts, 1..8; 0 if the file does not say
	Alpha         bool // pixels may be other than opaque, so that a second plane may be needed
	Reduced       bool // it is a smaller copy of another picture in the file, as raw files of cameras begin with
	// Least is the fewest bytes a file has that holds half the picture: a shorter one is not worth decoding, since a
	// picture of which less is there has no hash.
	Least int64
	// Scratch is the most bytes that the decoder and Cells allocate beside the planes, and Scattered says that Cells
	// has to keep the sums of the whole plane, since the rows come in no order.
	Scratch   int64
	Scattered bool
}

// Memory returns the most bytes that decoding at a scale allocates, planes included, as if nothing were collected.
func (h *Header) Memory(scale int) int64 {
	s := int64(scale)
	samples := (int64(h.Width) + s - 1) / s * ((int64(h.Height) + s - 1) / s)
	sum := samples + h.Scratch
	if h.Alpha {
		sum += samples
	}
	if h.Scattered && scale > 1 {
		sum += 4 * samples
	}
	return sum
}

// Check refuses a picture by what it claims and by the length of its file. The error wraps ErrCorrupt or ErrLimit.
func (h *Header) Check(size int) error {
	if h.Width <= 0 || h.Height <= 0 {
		return fmt.Errorf("a picture of %dx%d pixels: %w", h.Width, h.Height, hashmatch.ErrCorrupt)
	}
	if h.Width > plane.MaxSide || h.Height > plane.MaxSide {
		return fmt.Errorf("a picture of %dx%d pixels, at most %d a side: %w", h.Width, h.Height, plane.MaxSide, hashmatch.ErrLimit)
	}
	if int64(size) < h.Least {
		return fmt.Errorf("%d bytes cannot hold half of a picture of %dx%d pixels, that takes at least %d: %w",
			size, h.Width, h.Height, h.Least, hashmatch.ErrCorrupt)
	}
	return nil
}

// RowScratch bounds what Cells allocates for rows of so many pixels and bytes a pixel, in a picture of so many rows.
func RowScratch(width, height, step int) int64 {
	w := int64(width)
	return 4*w*int64(step) + 12*w + int64(height) + 1024
}

// Result says what became of a picture.
type Result struct {
	// Share is how much of the picture was there to decode, above 0 and at most 1. What is missing repeats what is
	// beside it.
	Share float64
	// Fault says what is missing or damaged, and where, and wraps ErrCorrupt; nil if the picture is whole. It can stand
	// beside a Share of 1: a checksum that does not hold says that pixels are wrong, not which.
	Fault error
	// End is where the picture's data ends, if the format says so: bytes from there on are no part of it. Otherwise 0.
	End int
	// Opaque says that alpha changes nothing: the plane over black was not made, and would equal the other.
	Opaque bool
}

// Pace makes a decoder look at its context about once a millisecond, and not for each row.
type Pace struct {
	ctx  context.Context
	left int
}

// quantum is how many bytes the slowest decoder puts out in about half a millisecond.
const quantum = 64 << 10

// Start begins the work on a picture.
func (p *Pace) Start(ctx context.Context) { *p = Pace{ctx: ctx} }

// Spend counts n bytes of work. The error is the cause of the context's end.
func (p *Pace) Spend(n int) error {
	p.left -= n
	if p.left > 0 {
		return nil
	}
	p.left = quantum
	return p.Over()
}

// Over returns the cause of the context's end, nil if it is not over.
func (p *Pace) Over() error {
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	return nil
}

// Grow returns a slice of n values, made of old's memory if that is enough. The values are undefined.
func Grow[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	return old[:n]
}

// Unpack writes samples of 1, 2, 4 or 8 bits, the first in the high bits, a byte each.
func Unpack(dst, packed []byte, depth int) {
	switch depth {
	case 8:
		copy(dst, packed)
	case 4:
		for x := range dst {
			dst[x] = packed[x/2] >> (4 - x%2*4) & 15
		}
	case 2:
		for x := range dst {
			dst[x] = packed[x/4] >> (6 - x%4*2) & 3
		}
	case 1:
		for x := range dst {
			dst[x] = packed[x/8] >> (7 - x%8) & 1
		}
	}
}
