package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// decoder reads pictures of one format. Neither function may keep or change data.
type decoder struct {
	name string // package, as Fingerprint.Decoder gives it
	// header reads what is known before any pixel: it must be quick and allocate little whatever the file says.
	header func(r *reader, data []byte) (header, error)
	// decode returns the picture, of the header's size.
	decode func(r *reader, data []byte, h header) (image.Image, error)
}

// header is what a picture claims.
type header struct {
	width, height int
	orientation   int            // EXIF, 1..8; 0 for none
	thumbnail     []byte         // a JPEG inside the file
	memory        int64          // the most bytes that decoding allocates
	least         int64          // the fewest bytes that a file of such a picture has; 0 if nobody can say
	view          hashmatch.View // what decode will give: "" and Upright are the picture itself
}

// job is the work on one picture.
type job struct {
	hasher  *Hasher
	w       *worker
	data    []byte
	fp      *hashmatch.Fingerprint
	view    hashmatch.View // of the picture that is hashed
	end     int            // where the picture's data ends; 0 if it is not known
	inside  []byte         // the thumbnail in the file
	until   time.Time      // when the work on the picture has to end
	graphic bool           // the view that is hashed looks drawn
	gaudy   bool           // so many colours are clipped that the whole picture is decoded for them, though its luma could be had
	large   bool           // the worker's memory has grown too much to be kept
	broken  bool           // something panicked in the worker's memory
}

// run fills in the picture's part of the fingerprint.
func (j *job) run(ctx context.Context) error {
	if err := j.picture(ctx); err != nil {
		return err
	}
	if err := j.algorithms(ctx); err != nil {
		return err
	}
	return j.thumbnail(ctx)
}

// picture hashes the picture itself. The fast way is tried first, unless the reference's arithmetic is asked for; what is
// damaged goes that way too, since decoders of whole pictures give nothing of it.
func (j *job) picture(ctx context.Context) error {
	draw, fast := drawers[j.fp.Format]
	decoder, readable := j.hasher.decoder(j.fp.Format)
	fast = fast && j.hasher.decoders == nil
	if fast && !j.hasher.Exact {
		if err := j.draw(ctx, &draw); !errors.Is(err, errWhole) {
			return err
		}
		err := j.decode(ctx, &decoder)
		if err != nil && j.gaudy && ctx.Err() == nil { // its luma will do
			return j.draw(ctx, &draw)
		}
		return err
	}
	if !readable {
		return fmt.Errorf("no decoder: %w", hashmatch.ErrUnsupported)
	}
	err := j.decode(ctx, &decoder)
	if fast && errors.Is(err, hashmatch.ErrCorrupt) {
		j.gaudy = true // its colours are not to be had
		if again := j.draw(ctx, &draw); !errors.Is(again, errWhole) {
			return again
		}
	}
	return err
}

// decode is the way through a whole picture.
func (j *job) decode(ctx context.Context, d *decoder) error {
	var head header
	err := j.guarded(ctx, d.name, func() (err error) {
		head, err = d.header(&reader{ctx: ctx, data: j.data}, j.data)
		return err
	})
	if err != nil {
		return err
	}
	j.fp.Width, j.fp.Height, j.fp.Orientation = head.width, head.height, head.orientation
	if head.thumbnail != nil {
		j.inside = head.thumbnail
	}
	return j.charged(ctx, d.name, head.least, head.memory+hashing(&head, j.turns()), func(ctx context.Context) error {
		img, err := d.decode(&reader{ctx: ctx, data: j.data}, j.data, head)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		size := img.Bounds().Size()
		if head.view != "" && head.view != hashmatch.Upright {
			j.view = head.view // a smaller picture than the file's
		} else if size != image.Pt(head.width, head.height) {
			return fmt.Errorf("decoded to %dx%d pixels: %w", size.X, size.Y, hashmatch.ErrCorrupt)
		}
		j.fp.Decoder = d.name
		return j.image(ctx, img)
	})
}

// charged does work behind the wall, with memory for the picture of the fingerprint's size and within its time.
func (j *job) charged(ctx context.Context, name string, least, cost int64, work func(ctx context.Context) error) error {
	budget := j.hasher.shared()
	if err := admit(j.fp.Width, j.fp.Height, least, int64(len(j.data)), budget.limits); err != nil {
		return err
	}
	if err := budget.picture(ctx, cost); err != nil {
		return err
	}
	defer budget.pixels.Release(cost)
	j.large = j.large || cost > mostKept
	j.until = time.Now().Add(budget.limits.Time)
	j.w.deadline = deadline{ctx, j.until}
	return j.guarded(&j.w.deadline, name, func() error { return work(&j.w.deadline) })
}

// image hashes a whole picture: by a plane of its luma, or by the references' arithmetic and only its parts by the plane.
func (j *job) image(ctx context.Context, img image.Image) error {
	size := img.Bounds().Size()
	scale := min(j.hasher.coarsest(), plane.ScaleOf(size.X, size.Y))
	if j.view == hashmatch.Thumbnail {
		scale = 1
	}
	for ; ; scale = finer(scale) {
		opaque, err := raster.FromImage(img, scale, &j.w.luma, j.w.overIf(j.hasher.premultiplied()))
		if err != nil {
			return err
		}
		if j.hasher.Exact {
			return j.reference(ctx, img)
		}
		if j.view == hashmatch.Thumbnail {
			asCells(&j.w.luma, j.fp.Width)
			asCells(&j.w.over, j.fp.Width)
		}
		over := &j.w.luma
		if !opaque {
			over = &j.w.over
		}
		if err := j.hash(ctx, &j.w.luma, over); !errors.Is(err, errCoarse) {
			return err
		}
	}
}

// admit refuses a picture by what it claims.
func admit(width, height int, least, size int64, l Limits) error {
	if width <= 0 || height <= 0 {
		return fmt.Errorf("a picture of %dx%d pixels: %w", width, height, hashmatch.ErrCorrupt)
	}
	if width > plane.MaxSide || height > plane.MaxSide {
		return fmt.Errorf("a side of more than %d pixels: %w", plane.MaxSide, hashmatch.ErrLimit)
	}
	if n := int64(width) * int64(height); n > l.Pixels {
		return fmt.Errorf("%d pixels, and Limits.Pixels is %d: %w", n, l.Pixels, hashmatch.ErrLimit)
	}
	if size < least {
		return fmt.Errorf("%d bytes cannot hold it, it takes at least %d: %w", size, least, hashmatch.ErrCorrupt)
	}
	return nil
}

// hashing returns the most bytes that hashing a whole picture allocates: rows of luma and of colours for the reference's
// arithmetic, in all orientations four times as many, or two planes; and the weights of the small hashes.
func hashing(h *header, turned bool) int64 {
	w, rows := int64(h.width), int64(h.height)
	pdq := 4 * w * (18 + (rows+127)/128)
	if turned {
		pdq = 4*w*(100+rows/16) + 4*rows*(100+w/16)
	}
	return pdq + 2*w*rows + 800*rows + 420*(w+rows) + fixed
}

// fixed is what a picture costs besides its pixels: decoders' tables and buffers, and the small pictures of hashes.
const fixed = 512 << 10

// guarded runs f behind the wall: a panic becomes an error that wraps ErrCrashed, and every other error gets its class.
// When ctx is over, that is the error, whatever the decoder made of it.
func (j *job) guarded(ctx context.Context, name string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			j.broken = true
			j.fp.Hashes, j.fp.Extras, j.fp.Decoder = nil, nil, ""
			err = fmt.Errorf("%w in %s: %.200s", hashmatch.ErrCrashed, name, fmt.Sprint(p))
		}
	}()
	err = f()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errWhole), errors.Is(err, errCoarse):
		return err
	}
	j.fp.Hashes, j.fp.Extras, j.fp.Decoder = nil, nil, ""
	switch {
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
