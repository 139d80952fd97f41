package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/jpegluma"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/pngluma"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/bmp"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/gif"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/tiff"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/webp"
)

// drawer takes pictures of one format straight to a luma plane, without ever holding their pixels.
type drawer struct {
	name string // with its version, as Fingerprint.Decoder gives it
	// outline reads what is known before any pixel: it must be quick and allocate little whatever the file says.
	outline func(data []byte, coarsest int) (outline, error)
	// draw fills w.luma, and w.over if alpha is true and the picture is not opaque.
	draw func(ctx context.Context, w *worker, data []byte, scale int, alpha bool) (drawn, error)
}

// outline is what a picture claims, and what drawing it will cost.
type outline struct {
	width, height int
	orientation   int            // EXIF, 1..8; 0 for none
	scale         int            // at which it is to be drawn
	memory        int64          // the most bytes that drawing at that scale allocates
	least         int64          // the fewest bytes that a file of half such a picture has; 0 if nobody can say
	thumbnail     []byte         // a JPEG inside the file
	view          hashmatch.View // what is drawn; "" is the picture itself
}

// drawn is what became of a picture.
type drawn struct {
	share   float64 // of the picture that is sound, in (0, 1]
	end     int     // where the picture's data ends; 0 if it is not known
	opaque  bool    // w.over was not made, and would equal w.luma
	clipped bool    // so many colours are clipped that the stored luma is not that of the pixels
}

// errWhole is what a drawer says of a picture that a decoder of whole pictures has to read.
var errWhole = errors.New("the whole picture is needed")

// drawers holds the drawer of each format that has one.
var drawers = map[string]drawer{
	"jpeg": {"jpegluma 1", jpegOutline, drawJPEG},
	"png":  {"pngluma 1", pngOutline, drawPNG},
	"bmp":  {"bmp 1", rasterOutline(bmp.ReadHeader), drawBMP},
	"gif":  {"gif 1", rasterOutline(gif.ReadHeader), drawGIF},
	"tiff": {"tiff 1", rasterOutline(tiff.ReadHeader), drawTIFF},
	"webp": {"x/image/webp" + xVersion, rasterOutline(webp.ReadHeader), drawWebP},
}

// mostClipped is the share of a JPEG's pixels that may be clipped before PDQ takes the way through RGB. Up to there its
// hash was never more than 4 bits off on 400 photographs and graphics, the most saturated ones included.
const mostClipped = 0.25

func jpegOutline(data []byte, coarsest int) (outline, error) {
	h, err := jpegluma.ReadHeader(data)
	if err != nil {
		return outline{}, err
	}
	o := outline{width: h.Width, height: h.Height, orientation: h.Orientation, thumbnail: h.Thumbnail}
	o.scale = min(coarsest, plane.ScaleOf(o.width, o.height))
	o.memory = h.Memory(o.scale)
	o.least = int64(o.width) * int64(o.height) / (2 * 64 * 8)
	return o, nil
}

func drawJPEG(ctx context.Context, w *worker, data []byte, scale int, _ bool) (drawn, error) {
	r, err := w.jpeg.Decode(ctx, data, scale, &w.luma)
	if errors.Is(err, jpegluma.ErrColour) {
		return drawn{}, errWhole
	}
	share := r.Share
	if r.End < len(data) || bytes.HasSuffix(data, []byte("\xff\xd9")) {
		share = trusted(share, share < 1)
	} else {
		share = min(share, mostEndless)
	}
	return drawn{share: share, end: r.End, opaque: true, clipped: r.Clipped > mostClipped}, err
}

func pngOutline(data []byte, coarsest int) (outline, error) {
	h, err := pngluma.ReadHeader(data)
	if err != nil {
		return outline{}, err
	}
	o := outline{width: h.Width, height: h.Height, orientation: h.Orientation}
	o.scale = min(coarsest, plane.ScaleOf(o.width, o.height))
	o.memory = h.Memory(o.scale)
	return o, nil
}

func drawPNG(ctx context.Context, w *worker, data []byte, scale int, alpha bool) (drawn, error) {
	r, err := w.png.Decode(ctx, data, scale, &w.luma, w.overIf(alpha))
	ended := r.End >= 8 && r.End <= len(data) && string(data[r.End-8:r.End-4]) == "IEND"
	return drawn{share: trusted(r.Share, r.Fault != nil && ended), end: r.End, opaque: r.Opaque}, err
}

// rasterOutline reads the header of a format of package raster.
func rasterOutline(read func([]byte) (raster.Header, error)) func([]byte, int) (outline, error) {
	return func(data []byte, coarsest int) (outline, error) {
		h, err := read(data)
		if err != nil {
			return outline{}, err
		}
		o := outline{width: h.Width, height: h.Height, orientation: h.Orientation, least: h.Least}
		o.scale = min(coarsest, plane.ScaleOf(o.width, o.height))
		o.memory = h.Memory(o.scale)
		if h.Reduced {
			o.view = hashmatch.Thumbnail
		}
		return o, nil
	}
}

// reducedTIFF reports whether what a TIFF begins with is a smaller copy of another picture in it.
func reducedTIFF(data []byte) bool {
	h, err := tiff.ReadHeader(data)
	return err == nil && h.Reduced
}

func drawBMP(ctx context.Context, w *worker, data []byte, scale int, alpha bool) (drawn, error) {
	r, err := w.bmp.Decode(ctx, data, scale, &w.luma, w.overIf(alpha))
	return drawn{share: r.Share, end: r.End, opaque: r.Opaque}, err // without compression, what is there is right
}

func drawGIF(ctx context.Context, w *worker, data []byte, scale int, alpha bool) (drawn, error) {
	r, err := w.gif.Decode(ctx, data, scale, &w.luma, w.overIf(alpha))
	return drawn{share: trusted(r.Share, r.Fault != nil && r.End > 0), end: r.End, opaque: r.Opaque}, err
}

func drawTIFF(ctx context.Context, w *worker, data []byte, scale int, alpha bool) (drawn, error) {
	r, err := w.tiff.Decode(ctx, data, scale, &w.luma, w.overIf(alpha))
	return drawn{share: trusted(r.Share, r.Fault != nil), opaque: r.Opaque}, err // its end is nowhere in particular
}

func drawWebP(ctx context.Context, w *worker, data []byte, scale int, alpha bool) (drawn, error) {
	r, err := w.webp.Decode(ctx, data, scale, &w.luma, w.overIf(alpha))
	return drawn{share: r.Share, end: r.End, opaque: r.Opaque}, err // whole or nothing
}

// trusted returns the share of a picture that is to be told. What was cut off says how much is missing; but where bytes
// in the middle are damaged, decoders notice late, and what came before the place may be wrong already: such a picture
// can match, and is never taken for the whole.
func trusted(share float64, damaged bool) float64 {
	if damaged {
		return min(share, mostDamaged)
	}
	return share
}

// mostDamaged is below hashmatch.EnoughShare.
const mostDamaged = 0.96

// mostEndless is the share of a JPEG that has no end, though nothing that was looked for is missing: scans that sharpen it
// may have been cut off.
const mostEndless = 0.999

// overIf returns where the premultiplied luma goes, if anybody wants it.
func (w *worker) overIf(alpha bool) *plane.Plane {
	if alpha {
		return &w.over
	}
	return nil
}

// draw is the fast way: to a plane, and from there to the hashes. A picture that turns out to have more detail than its
// plane can tell is drawn again at a finer scale. It returns errWhole if the picture has to be decoded whole.
func (j *job) draw(ctx context.Context, d *drawer) error {
	for coarsest := j.hasher.coarsest(); ; coarsest = finer(j.w.luma.Scale) {
		err := j.drawAt(ctx, d, coarsest)
		if !errors.Is(err, errCoarse) {
			return err
		}
	}
}

// errCoarse says that a plane is too coarse for its picture.
var errCoarse = errors.New("the plane is too coarse")

// finer returns the next finer scale.
func finer(scale int) int {
	if scale == 8 {
		return 4
	}
	return 1
}

// drawAt is draw at no more than a scale.
func (j *job) drawAt(ctx context.Context, d *drawer, coarsest int) error {
	var o outline
	err := j.guarded(ctx, d.name, func() (err error) {
		o, err = d.outline(j.data, coarsest)
		return err
	})
	if err != nil {
		return err
	}
	j.fp.Width, j.fp.Height, j.fp.Orientation = o.width, o.height, o.orientation
	j.inside = o.thumbnail
	if o.view != "" {
		j.view = o.view
	}
	return j.charged(ctx, d.name, o.least, o.memory+folding(o.width, o.height, o.scale), func(ctx context.Context) error {
		return j.hashDrawing(ctx, d, &o)
	})
}

// hashDrawing draws the picture and hashes what there is of it.
func (j *job) hashDrawing(ctx context.Context, d *drawer, o *outline) error {
	r, err := d.draw(ctx, j.w, j.data, o.scale, j.hasher.premultiplied())
	if err != nil {
		return err
	}
	luma := &j.w.luma
	if luma.FullWidth != o.width || luma.FullHeight != o.height {
		return fmt.Errorf("decoded to %dx%d pixels: %w", luma.FullWidth, luma.FullHeight, hashmatch.ErrCorrupt)
	}
	j.end = r.end
	j.fp.Decoder, j.fp.Partial = d.name, 0
	if r.share < 1 {
		j.fp.Partial = r.share
	}
	if r.share < leastShare {
		return nil
	}
	if r.clipped && r.share >= mostEndless && !j.gaudy { // if that cannot be done, this is the answer
		j.gaudy = true
		return errWhole
	}
	over := luma
	if !r.opaque {
		over = &j.w.over
	}
	return j.hash(ctx, luma, over)
}

// leastShare is the share of a picture below which what there is has another hash than the whole.
const leastShare = 0.5

// folding returns the most bytes that hashing a plane allocates: rows, and the weights of axes that are not cached yet.
func folding(width, height, scale int) int64 {
	cells := int64(width+height) / int64(scale)
	return 320*cells + 16*int64(width+height) + fixed
}
