// Package media turns the bytes of a file into a fingerprint: digests, and for pictures the perceptual hashes with their
// quality. It is the only package that sees pixels; it writes nothing and keeps none beyond a call.
//
// Hasher is what is needed here: its zero value computes the default kinds within limits that are safe on an examiner's
// machine.
//
//	var h media.Hasher
//	fp, err := h.Sum(ctx, file)
//
// JPEG, PNG, GIF (the first frame on its screen), BMP, TIFF (the first picture) and WebP (no animation) are decoded, with
// Go's standard library and golang.org/x/image. Many other formats are recognised, so that a picture or video that could
// not be examined is told from a file that is neither. A format is recognised by content, never by name.
//
// # What is hashed
//
// The pixels as they are stored: no EXIF rotation, no colour profile. Of 16-bit samples the high byte counts, palettes
// are expanded, CMYK goes through RGB. PDQ drops alpha and takes red, green and blue as stored; ahash, dhash and phash
// are what goimagehash gives, which premultiplies. A GIF's transparent and uncovered pixels are black. A lossy WebP has
// the pixels that libwebp gives it.
//
// From a JPEG, PDQ takes the stored luma. That differs from the luma of its RGB pixels where saturated colours are
// clipped; Hasher.Exact takes the RGB way. Fingerprint.Decoder says which it was. The arithmetic of this package gives
// the same hash on every processor.
//
// # Errors
//
// An error wraps one of hashmatch's sentinels: ErrCorrupt for a damaged picture, ErrUnsupported, ErrLimit for one that
// is too large, ErrCrashed where a decoder panicked; or context.DeadlineExceeded when Limits.Time is over, or the cause
// of the caller's context; or what the reader returned. Except for the last two, the fingerprint still holds the digests.
package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/digest"
)

// Computable returns the kinds that a Hasher can compute, which are also those of the zero Hasher, in the order of their
// numbers.
func Computable() []hashmatch.Kind {
	return []hashmatch.Kind{
		hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256,
		hashmatch.PDQ, hashmatch.AHash, hashmatch.DHash, hashmatch.PHash,
	}
}

// Hasher computes fingerprints. The zero value is ready for use, and all calls may run concurrently; they share
// Limits.Memory. Its fields must not change after the first call, and it must not be copied then.
type Hasher struct {
	// Kinds are the kinds to compute; none means all of Computable. Without a perceptual kind nothing is decoded.
	Kinds []hashmatch.Kind
	// Limits bounds time and memory.
	Limits Limits
	// Exact computes PDQ from the RGB pixels of JPEGs too, as the reference does, instead of from their stored luma.
	Exact bool

	decoders map[string]decoder // nil: the package's
	once     sync.Once
	budget   *budget
}

// Check returns an error if the Hasher cannot work as it is set up: one that wraps ErrUnsupported for a kind that is not
// computed here, ErrFormat for a limit below zero. Sum returns the same error.
func (h *Hasher) Check() error {
	for _, k := range h.Kinds {
		if !slices.Contains(Computable(), k) {
			return fmt.Errorf("media: kind %s cannot be computed here: %w", k, hashmatch.ErrUnsupported)
		}
	}
	return h.Limits.check()
}

// kinds returns the kinds that were asked for.
func (h *Hasher) kinds() []hashmatch.Kind {
	if len(h.Kinds) == 0 {
		return Computable()
	}
	return h.Kinds
}

// decoder returns the decoder of a format.
func (h *Hasher) decoder(format string) (decoder, bool) {
	table := h.decoders
	if table == nil {
		table = decoders
	}
	d, ok := table[format]
	return d, ok
}

func (h *Hasher) shared() *budget {
	h.once.Do(func() { h.budget = newBudget(h.Limits) })
	return h.budget
}

// Sum reads r to its end and returns the fingerprint of what it read. Digests are computed as the bytes stream by; only
// a picture that can be decoded is held, and only up to Limits.FileBytes, so a file of any size and any other kind
// takes constant memory.
//
// On an error the fingerprint holds what was had: size and format; digests, unless reading itself failed; and for a
// picture its claimed width and height and its orientation.
func (h *Hasher) Sum(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	if err := h.Check(); err != nil {
		return hashmatch.Fingerprint{}, err
	}
	in := intake{digests: digest.New(h.kinds()), memory: fileMemory{budget: h.shared()}}
	defer in.memory.release()
	perceptual := slices.ContainsFunc(h.kinds(), hashmatch.Kind.Perceptual)
	err := in.read(ctx, r, func(format string) bool {
		_, ok := h.decoder(format)
		return ok && perceptual
	})
	fp := hashmatch.Fingerprint{Size: in.digests.Size(), Format: in.format}
	if err != nil {
		return fp, fmt.Errorf("media: reading, after %d bytes: %w", fp.Size, err)
	}
	fp.Digests = in.digests.Sums()
	if in.tooLong {
		return fp, fmt.Errorf("media: %s: %w", fp.Format, in.errTooLong())
	}
	return fp, h.picture(ctx, in.data, &fp)
}

// SumBytes returns the fingerprint of data, which it neither changes nor keeps. Otherwise it is like Sum; data does not
// count towards Limits.FileBytes or Limits.Memory.
func (h *Hasher) SumBytes(ctx context.Context, data []byte) (hashmatch.Fingerprint, error) {
	if err := h.Check(); err != nil {
		return hashmatch.Fingerprint{}, err
	}
	in := intake{digests: digest.New(h.kinds()), memory: fileMemory{budget: h.shared()}}
	err := in.read(ctx, bytes.NewReader(data), func(string) bool { return false })
	fp := hashmatch.Fingerprint{Size: in.digests.Size(), Format: in.format}
	if err != nil {
		return fp, fmt.Errorf("media: reading, after %d bytes: %w", fp.Size, err)
	}
	fp.Digests = in.digests.Sums()
	return fp, h.picture(ctx, data, &fp)
}

// picture adds to fp what data holds as a picture, if it is one and any perceptual kind was asked for.
func (h *Hasher) picture(ctx context.Context, data []byte, fp *hashmatch.Fingerprint) error {
	if fp.Format == "" {
		fp.Format = hashmatch.FormatOther
		return nil
	}
	if !slices.ContainsFunc(h.kinds(), hashmatch.Kind.Perceptual) {
		return nil
	}
	d, ok := h.decoder(fp.Format)
	if !ok {
		return fmt.Errorf("media: %s: no decoder: %w", fp.Format, hashmatch.ErrUnsupported)
	}
	job := job{hasher: h, decoder: d, data: data, fp: fp}
	err := job.run(ctx)
	if err == nil {
		return nil
	}
	if fp.Width > 0 {
		return fmt.Errorf("media: %s of %dx%d: %w", fp.Format, fp.Width, fp.Height, err)
	}
	return fmt.Errorf("media: %s: %w", fp.Format, err)
}

// known reports whether err already says what class it is of.
func known(err error) bool {
	for _, class := range []error{
		hashmatch.ErrCorrupt, hashmatch.ErrUnsupported, hashmatch.ErrLimit, hashmatch.ErrCrashed,
	} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}
