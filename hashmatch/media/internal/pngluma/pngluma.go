// Package pngluma reads a PNG straight into a luma plane, row by row: it never holds the picture, and needs memory for
// two rows and their sums, the plane, and 96 KiB and two rows of inflated data.
//
// Luma is 0.299 R + 0.587 G + 0.114 B of the pixels as stored: alpha is dropped, palettes are expanded, of 16-bit
// samples (alpha too) the high byte counts. A sample of the plane is the mean of its cell's pixels, rounded once; all
// sums are of integers, so that the result is the same on every processor.
//
// What image/png accepts is whole; what it refuses is not. Of a file that is cut or damaged the rows are kept that can be
// vouched for, see Result.
//
// Source: Portable Network Graphics, third edition (W3C); RFC 1950 and 1951.
package pngluma

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/pngluma/inflate"
)

// Result says what became of a picture.
type Result struct {
	// Share is how much of the picture is in the plane, 0..1. It may be 1 although the file is damaged: see Fault.
	//
	// Rows count up to the first fault. A file that is cut keeps all it has. A chunk of pixels whose checksum is wrong
	// is not looked at, since nobody knows which of its bytes are wrong: rows that end in an earlier chunk count. Where
	// checksums are right and yet the data makes no sense, rows before that place count; if only the checksum over all
	// data (Adler-32) is wrong, all rows, for each chunk has vouched for them. What is missing repeats the last row.
	//
	// In an interlaced picture rows come seven times, from coarse to fine. At scale 1 the share is that of pixels. At 4
	// and 8 the fifth pass counts, after which a cell has at least a quarter of its pixels, evenly spread; samples are
	// means of the pixels that are there. A missing pixel repeats its neighbour of an earlier pass.
	Share float64
	// Fault says what is missing or damaged, and where; nil if the file is whole. It wraps hashmatch.ErrCorrupt.
	Fault error
	// End is where the bytes after the picture begin: behind IEND, or the file's length if there is no IEND.
	End int
	// Opaque says that no pixel let anything through, so that the plane of premultiplied pixels would be the same and
	// was not made.
	Opaque bool
}

// Decoder decodes pictures, one at a time. The zero value is ready; it keeps its memory for the next picture.
type Decoder struct {
	picture  picture
	source   source
	inflater inflate.Decoder
	adler    adler
	rows     rows
	cells    cells
}

// Decode makes dst the plane of a PNG's luma at scale 1, 4 or 8. If over is not nil and the picture is not opaque, over
// becomes the plane of the luma of premultiplied pixels, luma times alpha.
//
// The error wraps hashmatch.ErrCorrupt if there is nothing to show, ErrUnsupported, or is the cause of the context's
// end; dst and over are undefined then. Before it allocates anything that depends on the picture's size, Decode looks
// only at whether an int can hold it: the caller compares Header.Memory with what there is.
func (d *Decoder) Decode(ctx context.Context, data []byte, scale int, dst, over *plane.Plane) (Result, error) {
	p := &d.picture
	if err := p.read(ctx, data); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return Result{End: len(data)}, err
	}
	if p.Memory(scale) > maxMemory {
		return Result{End: len(data)}, fmt.Errorf("pngluma: a picture of %dx%d pixels does not fit into memory: %w",
			p.Width, p.Height, hashmatch.ErrLimit)
	}
	d.source = source{ctx: ctx, data: data, at: p.pixels}
	d.cells.begin(p, scale, dst, over)
	d.rows.begin(p)
	d.inflater.Reset(&d.source, 2*int(p.rowLength(p.Width)+1))

	stream, fault := d.decode(ctx)
	end, tailFault := p.tail(ctx, data, stream)
	if ctx.Err() != nil {
		return Result{End: len(data)}, context.Cause(ctx)
	}
	fault = cmp.Or(fault, p.fault, tailFault)
	r := Result{Share: d.rows.share(scale), Fault: fault, End: end, Opaque: d.cells.opaque}
	if r.Share == 0 {
		return Result{End: end}, fault
	}
	if err := d.cells.end(ctx, &d.rows); err != nil {
		return Result{End: len(data)}, err
	}
	return r, nil
}

// decode inflates the pixels and hands on their rows. It returns the number of compressed bytes, and what is wrong.
func (d *Decoder) decode(ctx context.Context) (int64, error) {
	if err := d.zlibHeader(); err != nil {
		return 0, err
	}
	d.adler.reset()
	used, kept := 0, 0
	for {
		piece, err := d.inflater.Next(used)
		d.adler.write(piece[kept:])
		var fault error
		if used, fault = d.take(piece); fault != nil {
			return 0, fault
		}
		kept = len(piece) - used
		switch {
		case d.rows.done() && kept > 0:
			return 0, d.damaged("more pixel data than rows")
		case err == nil:
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			continue
		case err != io.EOF:
			return 0, d.why(err)
		case !d.rows.done():
			return 0, d.damaged("the pixel data ends before the last row")
		}
		return d.zlibTrailer()
	}
}

// take hands on the rows that are whole and returns how many bytes they are.
func (d *Decoder) take(piece []byte) (used int, fault error) {
	r := &d.rows
	for !r.done() {
		n := r.length + 1
		if len(piece)-used < n {
			break
		}
		row := piece[used:][:n]
		if row[0] >= filters {
			return used, d.damaged(fmt.Sprintf("row %d has filter %d", r.y, row[0]))
		}
		unfilter(r.above, row[1:], row[0], r.step)
		used += n
		if d.picture.Interlaced {
			d.cells.scatter(&r.grid, r.y, r.pixels())
		} else {
			d.cells.add(r.y, r.pixels())
		}
		r.advance()
	}
	return used, nil
}
