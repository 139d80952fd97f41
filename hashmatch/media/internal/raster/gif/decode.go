package gif

import (
	"context"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/lzw"
)

// Decoder decodes one picture at a time. It keeps its memory for the next. The zero value is ready for use.
type Decoder struct {
	cells   raster.Cells
	palette raster.Palette
	pace    raster.Pace
	lzw     lzw.Reader
	row     []byte
	blocks  blocks
}

// Decode fills dst with the luma of the first frame on its screen, at scale 1, 4 or 8. It allocates what the header's
// Memory says; the caller has allowed for that. over is not used: what is transparent is black.
//
// Of damaged data the rows before the damage are kept, and Result.Fault says so. The error wraps ErrCorrupt if nothing
// can be had or the file is too short for half the frame, ErrLimit for a side above plane.MaxSide; or it is the cause of
// ctx's end.
func (d *Decoder) Decode(ctx context.Context, data []byte, scale int, dst, over *plane.Plane) (raster.Result, error) {
	p, err := first(data)
	if err != nil {
		return raster.Result{}, err
	}
	head := p.header()
	if err := head.Check(len(data)); err != nil {
		return raster.Result{}, fmt.Errorf("gif: %w", err)
	}
	d.pace.Start(ctx)
	d.palette = raster.Palette{}
	for i := 0; 3*i < len(p.colours); i++ {
		if i != p.transparent {
			d.palette.Set(i, p.colours[3*i], p.colours[3*i+1], p.colours[3*i+2], 255)
		}
	}
	d.lzw.ResetGIF(p.literal)
	d.blocks = blocks{data: data, at: p.data}
	d.row = raster.Grow(d.row, p.columns)
	if p.interlaced {
		d.cells.BeginScattered(p.width, p.height, scale, dst)
	} else {
		d.cells.Begin(p.width, p.height, scale, dst, nil)
	}
	return d.screen(&p, data)
}

// screen draws the frame on the screen: what is above it, the frame, what is below.
func (d *Decoder) screen(p *picture, data []byte) (raster.Result, error) {
	if err := d.black(0, p.top); err != nil {
		return raster.Result{}, err
	}
	sound, fault, err := d.frame(p)
	if err != nil {
		return raster.Result{}, err
	}
	if err := d.black(p.top+p.rows, p.height); err != nil {
		return raster.Result{}, err
	}
	if sound == 0 && fault != nil {
		return raster.Result{}, fault
	}
	rows, _ := d.cells.End()
	return raster.Result{Share: float64(rows) / float64(p.height), Fault: fault, End: End(data), Opaque: true}, nil
}

// black feeds rows that the frame does not reach.
func (d *Decoder) black(from, to int) error {
	for y := from; y < to; y++ {
		d.cells.Indices(y, 0, nil, &d.palette)
		if err := d.pace.Spend(64); err != nil {
			return err
		}
	}
	return nil
}

// passes are the first row and the step of each pass over an interlaced frame.
var passes = [4][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}}

// frame feeds the frame's rows, and returns how many there were and why not all.
func (d *Decoder) frame(p *picture) (sound int, fault, err error) {
	order := passes[:]
	if !p.interlaced {
		order = [][2]int{{0, 1}}
	}
	for _, pass := range order {
		for y := pass[0]; y < p.rows; y += pass[1] {
			if fault, err := d.fill(d.row); fault != nil || err != nil {
				if fault != nil {
					fault = fmt.Errorf("row %d of %d: %w", y, p.rows, fault)
				}
				return sound, fault, err
			}
			sound++
			d.cells.Indices(p.top+y, p.left, d.row, &d.palette)
		}
	}
	return sound, nil, nil
}

// fill reads one row. fault says what is wrong with the data; err, that the context is over.
func (d *Decoder) fill(row []byte) (fault, err error) {
	for n := 0; ; {
		got, used, bad := d.lzw.Next(row[n:], d.blocks.rest)
		d.blocks.rest = d.blocks.rest[used:]
		if err := d.pace.Spend(got + used + 1); err != nil {
			return nil, err
		}
		n += got
		switch {
		case n == len(row):
			return nil, nil
		case bad == io.EOF:
			return corrupt("the data ends before the picture does"), nil
		case bad != nil:
			return fmt.Errorf("gif: %w", bad), nil
		case !d.blocks.next():
			return corrupt("the data is cut off"), nil
		}
	}
}

// blocks walks over the sub-blocks of a frame's data.
type blocks struct {
	data []byte
	at   int
	rest []byte // of the present one
}

// next goes to the next sub-block and reports whether there is one. The last may be cut off.
func (b *blocks) next() bool {
	if b.at >= len(b.data) || b.data[b.at] == 0 {
		return false
	}
	n := int(b.data[b.at])
	b.rest = b.data[b.at+1 : min(b.at+1+n, len(b.data))]
	b.at += 1 + len(b.rest)
	return true
}
