package media

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
)

// Luma is the luma of a picture, 0 (black) to 255: of full-range RGB, 0.299 R + 0.587 G + 0.114 B.
type Luma struct {
	Pix           []byte // row y begins at y*Stride
	Stride        int
	Width, Height int // in samples
	Scale         int // a sample is the mean of Scale x Scale pixels; 0 and 1 mean that samples are pixels
}

// Algorithm computes a kind of hash that this package does not, such as PhotoDNA in the hands of a licensee. Its values
// are carried as they are, in Fingerprint.Extras under the algorithm's name.
type Algorithm struct {
	// Name of the values, as entries' extras name them: "photodna".
	Name string
	// Coarsest is the largest scale of the luma that will do: 8, 4 or 1. 0 means 1, every pixel; a larger one is faster.
	Coarsest int
	// Sum returns the value of a picture, which it must not keep or change; nil if the picture has none. It is called for
	// whole upright pictures only, after the hashes of this package, and may be called concurrently. ctx ends with
	// Limits.Time. An error is that of the file, unchanged, and a panic ErrCrashed; the other hashes stay.
	Sum func(ctx context.Context, luma Luma) ([]byte, error)
}

// check returns an error if the algorithm is not whole.
func (a *Algorithm) check() error {
	if a.Name == "" || a.Sum == nil || !slices.Contains([]int{0, 1, 4, 8}, a.Coarsest) {
		return fmt.Errorf("media: %w: an algorithm needs a name, a function and a scale of 1, 4 or 8: %q, %d", hashmatch.ErrFormat, a.Name, a.Coarsest)
	}
	return nil
}

// coarsest returns the largest scale of a plane that all that is computed can do with.
func (h *Hasher) coarsest() int {
	scale := 8
	for _, a := range h.Algorithms {
		scale = min(scale, max(a.Coarsest, 1))
	}
	return scale
}

// algorithms adds to the fingerprint what the host's algorithms make of the picture, whose luma the worker still holds.
func (j *job) algorithms(ctx context.Context) error {
	if len(j.hasher.Algorithms) == 0 || j.view != hashmatch.Upright || j.fp.Partial > 0 {
		return nil
	}
	ctx, cancel := context.WithDeadline(ctx, j.until)
	defer cancel()
	p := &j.w.luma
	for _, a := range j.hasher.Algorithms {
		value, err := a.sum(ctx, Luma{Pix: p.Pix, Stride: p.Stride, Width: p.Width, Height: p.Height, Scale: p.Scale})
		if err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		if value != nil {
			j.fp.Extras = append(j.fp.Extras, hashmatch.Extra{Name: a.Name, Data: bytes.Clone(value)})
		}
	}
	return nil
}

// sum calls Sum and ends a panic of it.
func (a *Algorithm) sum(ctx context.Context, luma Luma) (value []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %.200s", hashmatch.ErrCrashed, fmt.Sprint(p))
		}
	}()
	return a.Sum(ctx, luma)
}

// SumLuma returns the perceptual hashes of a picture that the caller has decoded. Of the fingerprint it fills in what a
// picture without a file has: no digests, no format. The hashes are those of a gray PNG of these pixels.
//
// A Luma that does not hold what it says gives an error that wraps hashmatch.ErrCorrupt; one over Limits, ErrLimit; and
// one whose Scale is above 1, ErrUnsupported: only whole pictures have a hash.
func (h *Hasher) SumLuma(ctx context.Context, luma Luma) (hashmatch.Fingerprint, error) {
	if err := h.Check(); err != nil {
		return hashmatch.Fingerprint{}, err
	}
	j := h.start()
	err := j.given(ctx, luma)
	if err == nil {
		err = j.algorithms(ctx)
	}
	if err != nil {
		err = fmt.Errorf("media: a picture of %dx%d samples: %w", luma.Width, luma.Height, err)
	}
	return j.finish(), err
}

// given hashes the host's picture.
func (j *job) given(ctx context.Context, l Luma) error {
	if l.Scale > 1 {
		return fmt.Errorf("samples of %d pixels a side, and only pixels have a hash: %w", l.Scale, hashmatch.ErrUnsupported)
	}
	j.fp.Width, j.fp.Height, j.fp.Decoder = l.Width, l.Height, "host"
	h := header{width: l.Width, height: l.Height}
	return j.charged(ctx, "the host's picture", 0, hashing(&h, j.turns()), func(ctx context.Context) error {
		if l.Stride < l.Width || int64(l.Stride) > int64(len(l.Pix)) || int64(l.Stride)*int64(l.Height-1)+int64(l.Width) > int64(len(l.Pix)) {
			return fmt.Errorf("%d bytes with rows %d apart are too few: %w", len(l.Pix), l.Stride, hashmatch.ErrCorrupt)
		}
		return j.image(ctx, grayImage(l))
	})
}
