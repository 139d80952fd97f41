package webp

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/webp"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// Decoder decodes one picture at a time. It keeps its memory, but not that of x/image/webp, for the next. The zero value
// is ready for use.
type Decoder struct {
	cells raster.Cells
	pace  raster.Pace
	row   []byte
}

// Decode fills dst with the picture's luma at scale 1, 4 or 8, and over with that over black if a pixel is not opaque,
// unless over is nil. It allocates what the header's Memory says; the caller has allowed for that.
//
// There is no part of a picture: it is decoded whole or not at all. The error wraps ErrCorrupt, or ErrLimit for a side
// above plane.MaxSide; or it is the cause of ctx's end, which is looked at while the data is read and the rows are taken.
func (d *Decoder) Decode(ctx context.Context, data []byte, scale int, dst, over *plane.Plane) (raster.Result, error) {
	p, err := parse(data)
	if err != nil {
		return raster.Result{}, err
	}
	head := p.header()
	if err := head.Check(len(data)); err != nil {
		return raster.Result{}, fmt.Errorf("webp: %w", err)
	}
	rows, layout, err := p.decode(ctx)
	if err != nil {
		return raster.Result{}, err
	}
	d.pace.Start(ctx)
	d.row = raster.Grow(d.row, 4*p.canvasWidth)
	clear(d.row)
	d.cells.Begin(p.canvasWidth, p.canvasHeight, scale, dst, over)
	for y := range p.canvasHeight {
		if y == p.y+p.height {
			clear(d.row)
		}
		if y >= p.y && y < p.y+p.height {
			rows(y-p.y, d.row[4*p.x:][:4*p.width])
		}
		d.cells.Row(y, d.row, layout)
		if err := d.pace.Spend(4 * p.canvasWidth); err != nil {
			return raster.Result{}, err
		}
	}
	_, opaque := d.cells.End()
	return raster.Result{Share: 1, End: p.end, Opaque: opaque}, nil
}

// Picture returns the whole canvas, for those who need pixels and not their luma: an *image.RGBA if the format has no
// alpha, else an *image.NRGBA. It takes four bytes for each pixel of the canvas besides what the header says, less the
// planes. Errors are those of Decode.
func Picture(ctx context.Context, data []byte) (image.Image, error) {
	p, err := parse(data)
	if err != nil {
		return nil, err
	}
	head := p.header()
	if err := head.Check(len(data)); err != nil {
		return nil, fmt.Errorf("webp: %w", err)
	}
	rows, layout, err := p.decode(ctx)
	if err != nil {
		return nil, err
	}
	canvas := image.NewNRGBA(image.Rect(0, 0, p.canvasWidth, p.canvasHeight))
	for y := range p.height {
		rows(y, canvas.Pix[canvas.PixOffset(p.x, p.y+y):][:4*p.width])
	}
	if layout.A < 0 {
		return &image.RGBA{Pix: canvas.Pix, Stride: canvas.Stride, Rect: canvas.Rect}, nil
	}
	return canvas, nil
}

// decode returns what writes row y of the frame as four bytes a pixel, and the layout of those.
func (p *picture) decode(ctx context.Context) (rows func(y int, dst []byte), l *raster.Layout, err error) {
	padding := func(b []byte) io.Reader { return bytes.NewReader(make([]byte, len(b)&1)) }
	data := io.MultiReader(bytes.NewReader(p.container()),
		bytes.NewReader(p.alpha), padding(p.alpha), bytes.NewReader(p.stream), padding(p.stream))
	img, err := webp.Decode(reader{ctx, data})
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("webp: %w: %w", hashmatch.ErrCorrupt, err)
	}
	if size := img.Bounds().Size(); size != image.Pt(p.width, p.height) {
		return nil, nil, corrupt("decoded to %dx%d pixels, not %dx%d", size.X, size.Y, p.width, p.height)
	}
	switch m := img.(type) {
	case *image.YCbCr:
		return func(y int, dst []byte) { convert(m, y, dst) }, &raster.RGBX, nil
	case *image.NYCbCrA:
		return func(y int, dst []byte) {
			convert(&m.YCbCr, y, dst)
			for x, a := range m.A[y*m.AStride:][:p.width] {
				dst[4*x+3] = a
			}
		}, &raster.NRGBA, nil
	case *image.NRGBA:
		return func(y int, dst []byte) { copy(dst, m.Pix[y*m.Stride:]) }, &raster.NRGBA, nil
	}
	return nil, nil, corrupt("decoded to a picture of type %T", img)
}

// reader hands data to the decoder until ctx is over.
type reader struct {
	ctx  context.Context
	data io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.data.Read(p)
}
