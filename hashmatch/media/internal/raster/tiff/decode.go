package tiff

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// Decoder decodes one picture at a time. It keeps its memory for the next. The zero value is ready for use.
type Decoder struct {
	picture   picture
	cells     raster.Cells
	palette   raster.Palette
	pace      raster.Pace
	expanders []expander // one for each plane
	raw       []byte     // a block's row of one plane, as it was stored
	pix       []byte     // a row of a strip, or a row of tiles
	rgb       []byte     // a row of CMYK
	sound     int64      // pixels
	fault     error      // the first
}

// Decode fills dst with the luma of the file's first picture at scale 1, 4 or 8, and over with that over black if a
// pixel is not opaque, unless over is nil. It allocates what the header's Memory says; the caller has allowed for that.
//
// Of damaged data what is sound is kept: rows and tiles that are missing repeat what is above them, and Result.Fault
// says what the first was. The error wraps ErrCorrupt if nothing is sound or the file is too short for half the picture,
// ErrUnsupported, or ErrLimit for a side above plane.MaxSide; or it is the cause of ctx's end.
func (d *Decoder) Decode(ctx context.Context, data []byte, scale int, dst, over *plane.Plane) (raster.Result, error) {
	p := &d.picture
	if err := p.read(data); err != nil {
		return raster.Result{}, err
	}
	head := p.header()
	if err := head.Check(len(data)); err != nil {
		return raster.Result{}, fmt.Errorf("tiff: %w", err)
	}
	d.pace.Start(ctx)
	d.sound, d.fault = 0, nil
	d.setPalette()
	d.expanders = raster.Grow(d.expanders, p.planes)
	d.raw = raster.Grow(d.raw, int(p.rowBytes()))
	d.cells.Begin(p.width, p.height, scale, dst, over)
	blocks := d.strips
	if p.tiled {
		blocks = d.tiles
	}
	if err := blocks(data); err != nil {
		return raster.Result{}, err
	}
	if d.sound == 0 {
		return raster.Result{}, d.fault
	}
	_, opaque := d.cells.End()
	share := float64(d.sound) / (float64(p.width) * float64(p.height))
	return raster.Result{Share: share, Fault: d.fault, Opaque: opaque}, nil
}

// setPalette makes the table of colours, or of grey levels of fewer than eight bits.
func (d *Decoder) setPalette() {
	p := &d.picture
	d.palette = raster.Palette{}
	if p.photometric == palette {
		table := p.field(tagColours)
		n := table.count / 3
		for i := range min(n, 256) {
			d.palette.Set(i, uint8(table.at(i)>>8), uint8(table.at(i+n)>>8), uint8(table.at(i+2*n)>>8), 255)
		}
		return
	}
	if p.depth < 8 {
		most := 1<<p.depth - 1
		for i := range most + 1 {
			v := uint8(i * 255 / most)
			if p.photometric == whiteIsZero {
				v = ^v
			}
			d.palette.Set(i, v, v, v, 255)
		}
	}
}

// note keeps the first fault of the data. It returns an error only if the context is over, whatever became of the data
// then.
func (d *Decoder) note(bad error, what string, n, row int) error {
	if bad == nil {
		return nil
	}
	if over := d.pace.Over(); over != nil {
		return over
	}
	if d.fault != nil {
		return nil
	}
	if bad == io.EOF || bad == io.ErrUnexpectedEOF {
		bad = errors.New("the data is cut off")
	}
	d.fault = fmt.Errorf("tiff: %s %d, row %d: %w: %w", what, n, row, hashmatch.ErrCorrupt, bad)
	return nil
}

// open begins a block in every plane.
func (d *Decoder) open(data []byte, n, rows int) error {
	for i := range d.expanders {
		if err := d.expanders[i].open(&d.picture, d.picture.block(data, i, n), rows, &d.pace); err != nil {
			return err
		}
	}
	return nil
}

// close ends a block of which so many rows were not read.
func (d *Decoder) close(unread int) error {
	for i := range d.expanders {
		if err := d.expanders[i].close(unread, d.raw); err != nil {
			return err
		}
	}
	return nil
}

// strips decodes a row at a time.
func (d *Decoder) strips(data []byte) error {
	p := &d.picture
	d.pix = raster.Grow(d.pix, p.width*p.step())
	for n := range p.down {
		top := n * p.blockHeight
		rows := min(p.blockHeight, p.height-top)
		bad := d.open(data, n, rows)
		y := 0
		for ; y < rows && bad == nil; y++ {
			if bad = d.row(d.pix); bad == nil {
				d.feed(top+y, d.pix)
				d.sound += int64(p.width)
			}
		}
		if bad == nil {
			bad = d.close(0)
		}
		if err := d.note(bad, "strip", n, y); err != nil {
			return err
		}
	}
	return nil
}

// tiles decodes a row of tiles at a time.
func (d *Decoder) tiles(data []byte) error {
	p := &d.picture
	rows := min(p.blockHeight, p.height)
	d.pix = raster.Grow(d.pix, rows*p.width*p.step())
	clear(d.pix)
	for down := range p.down {
		top := down * p.blockHeight
		rows = min(rows, p.height-top)
		before := d.sound
		for across := range p.across {
			if err := d.tile(data, down*p.across+across, across*p.blockWidth, rows); err != nil {
				return err
			}
		}
		if d.sound == before {
			continue
		}
		for y := range rows {
			d.feed(top+y, d.pix[y*p.width*p.step():][:p.width*p.step()])
			if err := d.pace.Spend(p.width); err != nil {
				return err
			}
		}
	}
	return nil
}

// tile decodes the rows of tile n that lie in the picture, from x on. Those that are missing repeat the one above,
// which for a tile's first is the last of the row of tiles before.
func (d *Decoder) tile(data []byte, n, x, rows int) error {
	p := &d.picture
	step, stride := p.step(), p.width*p.step()
	width := min(p.blockWidth, p.width-x)
	above := d.pix[(min(p.blockHeight, p.height)-1)*stride+x*step:][:width*step]
	bad := d.open(data, n, p.blockHeight)
	reached := 0
	for y := range rows {
		row := d.pix[y*stride+x*step:][:width*step]
		if bad == nil {
			bad = d.row(row)
		}
		if bad == nil {
			d.sound += int64(width)
			reached++
		} else {
			copy(row, above)
		}
		above = row
	}
	if bad == nil {
		bad = d.close(p.blockHeight - rows)
	}
	return d.note(bad, "tile", n, reached)
}

// row reads a block's next row: its first pixels, as many as fit.
func (d *Decoder) row(pix []byte) error {
	p := &d.picture
	bytes := p.depth / 8
	for i := range d.expanders {
		raw := d.raw
		if p.planes == 1 && bytes > 0 && len(pix) == len(raw) {
			raw = pix
		}
		if err := d.expanders[i].read(raw); err != nil {
			return err
		}
		if p.differences {
			d.sum(raw)
		}
		switch {
		case bytes == 0:
			raster.Unpack(pix, raw, p.depth)
		case p.planes > 1:
			for x, at := 0, i*bytes; at < len(pix); x, at = x+bytes, at+p.samples*bytes {
				copy(pix[at:], raw[x:x+bytes])
			}
		default:
			copy(pix, raw) // nothing, if they are the same
		}
	}
	if p.photometric == whiteIsZero && bytes > 0 {
		for i := range pix {
			pix[i] = ^pix[i]
		}
	}
	return nil
}

// sum replaces the differences in a row of one plane. Source: TIFF 6.0, section 14.
func (d *Decoder) sum(raw []byte) {
	p := &d.picture
	n := p.samples / p.planes
	if p.depth == 8 {
		for i := n; i < len(raw); i++ {
			raw[i] += raw[i-n]
		}
		return
	}
	var order binary.ByteOrder = binary.LittleEndian
	if p.big {
		order = binary.BigEndian
	}
	for i := 2 * n; i+2 <= len(raw); i += 2 {
		order.PutUint16(raw[i:], order.Uint16(raw[i:])+order.Uint16(raw[i-2*n:]))
	}
}

// feed hands row y of the picture to the cells.
func (d *Decoder) feed(y int, pix []byte) {
	p := &d.picture
	switch {
	case p.photometric == palette || p.depth < 8:
		d.cells.Indices(y, 0, pix, &d.palette)
	case p.photometric == cmyk:
		d.rgb = raster.Grow(d.rgb, 3*p.width)
		raster.CMYKRow(d.rgb, pix)
		d.cells.Row(y, d.rgb, &raster.RGB)
	default:
		d.cells.Row(y, pix, &p.layout)
	}
}
