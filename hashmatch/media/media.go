// Package media turns the bytes of a file into a fingerprint: digests, and for pictures the perceptual hashes with their
// quality. It is the only package that sees pixels; it writes nothing and keeps none beyond a call.
//
// Hasher is what is needed here: its zero value computes the default kinds within limits that are safe on an examiner's
// machine.
//
//	var h media.Hasher
//	fp, err := h.Sum(ctx, file)
//
// JPEG, PNG, GIF, BMP, TIFF and WebP are decoded: the first picture where there are several, a GIF's and an animated
// WebP's first frame on its screen. Many other formats are recognised, so that a picture or video that could not be
// examined is told from a file that is neither; Register adds decoders. A format is recognised by content, never by name.
//
// # What is hashed
//
// The pixels as they are stored: no EXIF rotation, no colour profile. Of 16-bit samples the high byte counts, palettes
// are expanded, CMYK goes through RGB. PDQ and the hashes of Python's imagehash drop alpha and take red, green and blue
// as stored; ahash, dhash and phash are what goimagehash gives, which premultiplies. A GIF's transparent and uncovered
// pixels are black. A lossy WebP has the pixels that libwebp gives it.
//
// A picture is drawn by rows onto a plane of luma, whose samples are means of 8x8 or 4x4 pixels where the picture is
// large, and every hash's reference filter is folded onto that plane; where the picture has more detail than the plane
// can tell, a finer one is drawn. The hashes differ from the references' by rounding: of PDQ a bit or none on average,
// and hardly ever more than four. From a JPEG the stored luma is taken, unless many of its colours are clipped.
// Hasher.Exact computes as the references do. PictureHash.Arithmetic and Fingerprint.Decoder say how a hash came about.
// The arithmetic of this package gives the same hash on every processor.
//
// # Errors
//
// An error wraps one of hashmatch's sentinels: ErrCorrupt for a damaged picture, ErrUnsupported, ErrLimit for one that
// is too large, ErrCrashed where a decoder panicked; or context.DeadlineExceeded when Limits.Time is over, or the cause
// of the caller's context; or what the reader returned. Except for the last two, the fingerprint still holds the digests.
package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/digest"
	"github.com/hashmatch/engine/hashmatch/media/internal/views"
)

// Computable returns the kinds that a Hasher can compute, in the order of their numbers.
func Computable() []hashmatch.Kind { return hashmatch.Kinds() }

// Default returns the kinds that the zero Hasher computes. Trimmed digests among them are given where they differ from
// the whole file's.
func Default() []hashmatch.Kind {
	return []hashmatch.Kind{
		hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256,
		hashmatch.PDQ, hashmatch.AHash, hashmatch.DHash, hashmatch.PHash,
		hashmatch.MD5Trimmed, hashmatch.SHA1Trimmed, hashmatch.SHA256Trimmed,
	}
}

// Views says which variants of a picture are hashed besides the picture itself and the thumbnail in its file.
type Views uint8

// The sets of views.
const (
	None Views = 0
	// Light is PDQ of the picture turned and mirrored, as hashmatch.Orientations lists them, and of some parts and extensions
	// of it by which cropped, bordered, turned and embedded copies are found: up to 85 hashes.
	Light Views = 1
	// Dihedral is the orientations alone, as the reference derives it, from the upright picture's coefficients. Such hashes are up to a
	// hundred bits off those of turned pictures: they serve to compare programs, and need Exact.
	Dihedral Views = 2
	// Full is PDQ of all parts, extensions and small turns there are, most of them upright and mirrored: up to 528 hashes.
	Full Views = 3
)

// Hashes returns the most PDQ hashes that a picture gets: what is looked up for it.
func (v Views) Hashes() int {
	switch v {
	case Light:
		return 8 + views.MostLight
	case Full:
		return 8 + views.MostFull
	case Dihedral:
		return 8
	}
	return 1
}

// Hasher computes fingerprints. The zero value is ready for use, and all calls may run concurrently; they share
// Limits.Memory. Its fields must not change after the first call, and it must not be copied then.
type Hasher struct {
	// Kinds are the kinds to compute; none means those of Default. Without a perceptual kind nothing is decoded.
	Kinds []hashmatch.Kind
	// Views adds views to find altered copies by.
	Views Views
	// Limits bounds time and memory.
	Limits Limits
	// Exact takes the references' arithmetic on the full pixels of Go's own decoders, instead of planes of luma. It is
	// many times slower, and meets the same entries. What is cut or damaged is hashed by planes all the same.
	Exact bool
	// Algorithms are the host's own.
	Algorithms []Algorithm

	decoders map[string]decoder // nil: the package's
	pairs    pairs
	once     sync.Once
	budget   *budget
}

// Check returns an error if the Hasher cannot work as it is set up: one that wraps ErrUnsupported for a kind that is not
// computed here, ErrFormat for a limit below zero, views that there are not, or an algorithm that is not whole. Sum
// returns the same error.
func (h *Hasher) Check() error {
	for _, k := range h.Kinds {
		if !slices.Contains(Computable(), k) {
			return fmt.Errorf("media: kind %s cannot be computed here: %w", k, hashmatch.ErrUnsupported)
		}
	}
	if h.Views > Full || h.Views == Dihedral && !h.Exact {
		return fmt.Errorf("media: %w: views number %d", hashmatch.ErrFormat, h.Views)
	}
	for i := range h.Algorithms {
		if err := h.Algorithms[i].check(); err != nil {
			return err
		}
	}
	return h.Limits.check()
}

var defaultKinds = Default()

// kinds returns the kinds that were asked for.
func (h *Hasher) kinds() []hashmatch.Kind {
	if len(h.Kinds) == 0 {
		return defaultKinds
	}
	return h.Kinds
}

// wants reports whether kind k was asked for.
func (h *Hasher) wants(k hashmatch.Kind) bool { return slices.Contains(h.kinds(), k) }

// pictures reports whether pictures have to be decoded.
func (h *Hasher) pictures() bool {
	return len(h.Algorithms) > 0 || slices.ContainsFunc(h.kinds(), hashmatch.Kind.Perceptual)
}

// premultiplied reports whether a kind was asked for that goimagehash computes, which multiplies alpha in.
func (h *Hasher) premultiplied() bool {
	return h.wants(hashmatch.AHash) || h.wants(hashmatch.DHash) || h.wants(hashmatch.PHash)
}

// trims reports whether the end of a picture of this format is looked for.
func (h *Hasher) trims(format string) bool {
	return (format == "jpeg" || format == "png" || format == "gif") && slices.ContainsFunc(h.kinds(), hashmatch.Kind.Trimmed)
}

func (h *Hasher) shared() *budget {
	h.once.Do(func() { h.budget = newBudget(h.Limits) })
	return h.budget
}

// Sum reads r to its end and returns the fingerprint of what it read. Digests are computed as the bytes stream by; only
// a picture that can be decoded is held, and only up to Limits.FileBytes, so a file of any size and any other kind
// takes constant memory.
//
// Of a picture that is damaged or cut short the fingerprint holds what there is, with the share that could be decoded in
// Partial: hashes from half of the picture on. Sum gives no error for it then; hashmatch says what such a fingerprint
// may claim.
//
// On an error the fingerprint holds what was had: size and format; digests, unless reading itself failed; and for a
// picture its claimed width and height and its orientation.
func (h *Hasher) Sum(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	if err := h.Check(); err != nil {
		return hashmatch.Fingerprint{}, err
	}
	j := h.start()
	err := j.read(ctx, r)
	return j.finish(), err
}

// read reads the file and examines it.
func (j *job) read(ctx context.Context, r io.Reader) error {
	h, fp := j.hasher, j.fp
	in := &j.w.intake
	*in = intake{w: j.w, memory: fileMemory{budget: h.shared()}}
	defer in.memory.release()
	err := in.read(ctx, r, func(format string) bool {
		_, ok := h.decoder(format)
		return ok && h.pictures() || h.trims(format)
	})
	j.data, fp.Size, fp.Format = in.data, in.size, in.format
	if err != nil {
		return fmt.Errorf("media: reading, after %d bytes: %w", fp.Size, err)
	}
	if in.tooLong {
		fp.Digests = j.w.digests.AppendSums(nil)
		return fmt.Errorf("media: %s: %w", fp.Format, in.errTooLong())
	}
	return j.examine(ctx)
}

// SumBytes returns the fingerprint of data, which it neither changes nor keeps. Otherwise it is like Sum; data does not
// count towards Limits.FileBytes or Limits.Memory.
func (h *Hasher) SumBytes(ctx context.Context, data []byte) (hashmatch.Fingerprint, error) {
	if err := h.Check(); err != nil {
		return hashmatch.Fingerprint{}, err
	}
	j := h.start()
	j.data, j.fp.Size, j.fp.Format = data, int64(len(data)), sniff(data[:min(len(data), sniffLen)])
	err := j.examine(ctx)
	return j.finish(), err
}

// start begins a call with a worker that is free.
func (h *Hasher) start() *job {
	w := workers.Get().(*worker)
	w.digests.Reset(h.kinds())
	w.job = job{hasher: h, w: w, fp: &w.fp, view: hashmatch.Upright}
	return &w.job
}

// finish returns the fingerprint and gives the worker back for the next call, unless its memory is too large or in disorder.
func (j *job) finish() hashmatch.Fingerprint {
	w, keep := j.w, !j.large && !j.broken
	fp := w.fp
	w.fp, w.job, w.intake, w.deadline = hashmatch.Fingerprint{}, job{}, intake{}, deadline{}
	if cap(w.file) > mostKept {
		w.file = nil
	}
	if keep {
		workers.Put(w)
	}
	return fp
}

// writeAll digests data, and looks at ctx about once a millisecond.
func writeAll(ctx context.Context, d *digest.Digester, data []byte) error {
	for len(data) > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n := min(len(data), 1<<20)
		d.Write(data[:n])
		data = data[n:]
	}
	return nil
}

// examine adds to the fingerprint the digests, what the file holds as a picture, if it is one, and the digests up to its
// end.
func (j *job) examine(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("media: %w", context.Cause(ctx))
	}
	var own *offer
	var err error
	if n := len(j.data); n >= leastPaired && n <= mostPaired {
		own = j.hasher.pairs.begin(&j.w.offer, &j.w.digests, j.data)
	} else if err := writeAll(ctx, &j.w.digests, j.data); err != nil {
		return fmt.Errorf("media: digesting: %w", err)
	}
	switch {
	case j.fp.Format == "":
		j.fp.Format = hashmatch.FormatOther
	case j.hasher.pictures():
		err = j.run(ctx)
	}
	j.hasher.pairs.finish(own)
	j.fp.Digests = j.w.digests.AppendSums(make([]hashmatch.Hash, 0, 3))
	if err == nil && j.fp.Partial == 0 {
		if err = j.trim(ctx); err == nil {
			err = j.appended(ctx)
		}
	}
	switch {
	case err == nil:
		return nil
	case j.fp.Width > 0:
		return fmt.Errorf("media: %s of %dx%d: %w", j.fp.Format, j.fp.Width, j.fp.Height, err)
	}
	return fmt.Errorf("media: %s: %w", j.fp.Format, err)
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
