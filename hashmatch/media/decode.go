package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/imagehash"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
)

// decoder reads pictures of one format. Neither function may keep or change data.
type decoder struct {
	name string // package, as Fingerprint.Decoder gives it
	// header reads what is known before any pixel: it must be quick and allocate little whatever the file says.
	header func(r io.Reader, data []byte) (header, error)
	// decode returns the picture, of the header's size.
	decode func(r io.Reader, data []byte, h header) (image.Image, error)
}

// header is what a picture claims.
type header struct {
	width, height int
	orientation   int   // EXIF, 1..8; 0 for none
	memory        int64 // the most bytes that decoding allocates
	least         int64 // the fewest bytes that a file of such a picture has; 0 if nobody can say
	ycbcr         bool  // the picture is expected to come as separate planes, which goimagehash converts for each hash
}

// job is the work on one picture.
type job struct {
	hasher  *Hasher
	decoder decoder
	data    []byte
	fp      *hashmatch.Fingerprint
}

// run fills in the picture's part of the fingerprint.
func (j *job) run(ctx context.Context) error {
	head, err := j.header(ctx)
	if err != nil {
		return err
	}
	j.fp.Width, j.fp.Height, j.fp.Orientation = head.width, head.height, head.orientation
	budget := j.hasher.shared()
	if err := admit(head, int64(len(j.data)), budget.limits); err != nil {
		return err
	}
	cost := head.memory + hashing(head, j.hasher.kinds())
	if err := budget.picture(ctx, cost); err != nil {
		return err
	}
	defer budget.pixels.Release(cost)

	ctx, cancel := context.WithTimeout(ctx, budget.limits.Time)
	defer cancel()
	return j.guarded(ctx, func() error { return j.hash(ctx, head) })
}

func (j *job) header(ctx context.Context) (head header, err error) {
	err = j.guarded(ctx, func() error {
		head, err = j.decoder.header(&reader{ctx: ctx, data: j.data}, j.data)
		return err
	})
	return head, err
}

// admit refuses a picture by what it claims.
func admit(h header, size int64, l Limits) error {
	if h.width <= 0 || h.height <= 0 {
		return fmt.Errorf("a picture of %dx%d pixels: %w", h.width, h.height, hashmatch.ErrCorrupt)
	}
	if h.width > imagehash.MaxSide || h.height > imagehash.MaxSide {
		return fmt.Errorf("a side of more than %d pixels: %w", imagehash.MaxSide, hashmatch.ErrLimit)
	}
	if n := int64(h.width) * int64(h.height); n > l.Pixels {
		return fmt.Errorf("%d pixels, and Limits.Pixels is %d: %w", n, l.Pixels, hashmatch.ErrLimit)
	}
	if size < h.least {
		return fmt.Errorf("%d bytes cannot hold it, it takes at least %d: %w", size, h.least, hashmatch.ErrCorrupt)
	}
	return nil
}

// hashing returns the most bytes that hashing a picture allocates.
//
// goimagehash resizes along rows first, so that it has a picture of the hash's width and the full height in between, of
// at most 8 bytes a pixel; a YCbCr picture is first copied at 3 bytes a pixel. (A JPEG that turns out to hold RGB is
// converted at 4 instead, once.)
func hashing(h header, kinds []hashmatch.Kind) int64 {
	w, rows := int64(h.width), int64(h.height)
	sum := 4 * w * (18 + (rows+127)/128) // PDQ's rows
	copies := int64(0)
	for k, across := range map[hashmatch.Kind]int64{hashmatch.AHash: 8, hashmatch.DHash: 9, hashmatch.PHash: 64} {
		if slices.Contains(kinds, k) {
			sum += 8*across*rows + 16*(w+rows)
			copies += 3
		}
	}
	if h.ycbcr {
		sum += max(copies, 4) * w * rows
	}
	return sum + fixed
}

// fixed is what a picture costs besides its pixels: decoders' tables and buffers, and goimagehash's small pictures.
const fixed = 512 << 10

// hash decodes the picture and computes its hashes.
func (j *job) hash(ctx context.Context, head header) error {
	img, err := j.decoder.decode(&reader{ctx: ctx, data: j.data}, j.data, head)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	if size := img.Bounds().Size(); size != image.Pt(head.width, head.height) {
		return fmt.Errorf("decoded to %dx%d pixels: %w", size.X, size.Y, hashmatch.ErrCorrupt)
	}
	luma, path, err := lumaRows(img, j.hasher.Exact)
	if err != nil {
		return err
	}
	code, quality := pdq.Sum(head.width, head.height, luma)
	var hashes []hashmatch.PictureHash
	for _, k := range hashmatch.Kinds() {
		if !k.Perceptual() || !slices.Contains(j.hasher.kinds(), k) {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sum, err := j.sum(k, img, code)
		if err != nil {
			return err
		}
		hashes = append(hashes, hashmatch.PictureHash{
			Hash: sum, View: hashmatch.Upright, Quality: hashmatch.QualityOf(quality),
		})
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	j.fp.Hashes, j.fp.Decoder = hashes, j.decoder.name+", "+path
	return nil
}

// sum returns the hash of a perceptual kind; code is the picture's PDQ, which is computed for its quality in any case.
func (j *job) sum(k hashmatch.Kind, img image.Image, code [32]byte) (hashmatch.Hash, error) {
	if k == hashmatch.PDQ {
		return hashmatch.NewHash(k, code[:])
	}
	return imagehash.Sum(img, k)
}

// guarded runs f behind the wall: a panic becomes an error that wraps ErrCrashed, and every other error gets its class.
// When ctx is over, that is the error, whatever the decoder made of it.
func (j *job) guarded(ctx context.Context, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w in %s: %.200s", hashmatch.ErrCrashed, j.decoder.name, fmt.Sprint(p))
		}
	}()
	err = f()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case known(err):
		return err
	case unsupported(err):
		return fmt.Errorf("%w: %w", hashmatch.ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", hashmatch.ErrCorrupt, err)
}

// reader hands data to a decoder until ctx is over, which is how a decoder is stopped.
type reader struct {
	ctx  context.Context
	data []byte
	at   int
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.ReadAt(p, int64(r.at))
	r.at += n
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// ReadAt spares the TIFF decoder a copy of the file.
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	if off < 0 {
		return 0, errors.New("media: a decoder reads before the file's beginning")
	}
	if off >= int64(len(r.data)) {
		return 0, io.EOF
	}
	n := copy(p, r.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
