package bmp

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// Decoder decodes one picture at a time. It keeps its memory for the next. The zero value is ready for use.
type Decoder struct {
	cells   raster.Cells
	palette raster.Palette
	pace    raster.Pace
	row     []byte
	layout  raster.Layout
	levels  [4][256]byte // of each channel: the sample of a masked value, of which at most the upper eight bits count
}

// Decode fills dst with the picture's luma at scale 1, 4 or 8, and over with that over black if a pixel is not opaque,
// unless over is nil. It allocates what the header's Memory says; the caller has allowed for that.
//
// Of a file that is cut off the rows that are there in full are kept, and Result.Fault says so. The error wraps
// ErrCorrupt if fewer than half are there, ErrUnsupported, or ErrLimit for a side above plane.MaxSide; or it is the
// cause of ctx's end.
func (d *Decoder) Decode(ctx context.Context, data []byte, scale int, dst, over *plane.Plane) (raster.Result, error) {
	p, err := parse(data)
	if err != nil {
		return raster.Result{}, err
	}
	head := p.header()
	if err := head.Check(len(data)); err != nil {
		return raster.Result{}, fmt.Errorf("bmp: %w", err)
	}
	d.pace.Start(ctx)
	d.palette = raster.Palette{}
	for i := range min(len(p.colours)/p.colourSize, 256) {
		c := p.colours[i*p.colourSize:]
		d.palette.Set(i, c[2], c[1], c[0], 255)
	}
	d.cells.Begin(head.Width, head.Height, scale, dst, over)
	end := 0
	if p.stride == 0 {
		end, err = d.runs(&p, data[p.pixels:])
	} else {
		end, err = d.plain(&p, data[p.pixels:])
	}
	if err != nil {
		return raster.Result{}, err
	}
	rows, opaque := d.cells.End()
	r := raster.Result{Share: float64(rows) / float64(head.Height), End: int(p.pixels) + end, Opaque: opaque}
	if rows < head.Height {
		r.Fault = corrupt("cut off after row %d of %d", rows, head.Height)
	}
	if rows == 0 {
		return raster.Result{}, r.Fault
	}
	return r, nil
}

// place returns where the row that is stored as number n stands in the picture.
func (p *picture) place(n int) int {
	if p.topDown {
		return n
	}
	return int(p.height) - 1 - n
}

// plain feeds rows that are stored as they are, and returns where they end.
func (d *Decoder) plain(p *picture, data []byte) (end int, err error) {
	whole := d.prepare(p)
	stride, used := int(p.stride), int((p.width*int64(p.depth)+7)/8)
	for n := range int(p.height) {
		if len(data)-end < used { // the last row may lack its padding
			return len(data), nil
		}
		y, stored := p.place(n), data[end:][:used]
		switch {
		case p.depth <= 8:
			d.indices(y, stored, p)
		case whole:
			d.cells.Row(y, stored, &d.layout)
		default:
			d.unmask(p, stored)
			d.cells.Row(y, d.row, &d.layout)
		}
		end = min(end+stride, len(data))
		if err := d.pace.Spend(used); err != nil {
			return 0, err
		}
	}
	return end, nil
}

// prepare sets the layout of rows without a palette, and reports whether they can be taken as they are stored.
func (d *Decoder) prepare(p *picture) (whole bool) {
	if p.depth == 24 {
		d.layout = raster.BGR
		return true
	}
	if d.layout, whole = p.layout(); whole || p.depth <= 8 {
		return whole
	}
	for i, c := range p.channels {
		d.levels[i] = c.levels()
	}
	d.row = raster.Grow(d.row, 4*int(p.width))
	d.layout = raster.RGBX
	if p.channels[3].bits > 0 {
		d.layout = raster.NRGBA
	}
	return false
}

// indices feeds a row of colour numbers, of a byte each or packed with the first in the high bits.
func (d *Decoder) indices(y int, stored []byte, p *picture) {
	if p.depth == 8 {
		d.cells.Indices(y, 0, stored, &d.palette)
		return
	}
	d.row = raster.Grow(d.row, int(p.width))
	raster.Unpack(d.row, stored, p.depth)
	d.cells.Indices(y, 0, d.row, &d.palette)
}

// layout returns the layout of pixels whose samples are whole bytes.
func (p *picture) layout() (l raster.Layout, ok bool) {
	at := [4]int{0, 0, 0, -1}
	for i, c := range p.channels {
		switch {
		case c.bits == 8 && c.shift%8 == 0:
			at[i] = c.shift / 8
		case i < 3 || c.bits != 0:
			return l, false
		}
	}
	return raster.Layout{Step: p.depth / 8, R: at[0], G: at[1], B: at[2], A: at[3]}, true
}

// levels returns the samples of the values that the channel's upper eight bits can have. A channel of no bits is 0.
func (c channel) levels() (table [256]byte) {
	most := 1<<min(c.bits, 8) - 1
	for v := 1; v <= most; v++ {
		table[v] = uint8((v*255 + most/2) / most)
	}
	return table
}

// unmask makes a row of samples from one of masked pixels.
func (d *Decoder) unmask(p *picture, stored []byte) {
	var shift, mask [4]uint32
	for i, c := range p.channels {
		shift[i] = uint32(c.shift + max(c.bits-8, 0))
		mask[i] = 1<<min(c.bits, 8) - 1
	}
	size := p.depth / 8
	for x := range int(p.width) {
		var pixel uint32
		if size == 2 {
			pixel = uint32(binary.LittleEndian.Uint16(stored[2*x:]))
		} else {
			pixel = binary.LittleEndian.Uint32(stored[4*x:])
		}
		out := d.row[4*x:][:4]
		for i := range out {
			out[i] = d.levels[i][pixel>>shift[i]&mask[i]]
		}
	}
}
