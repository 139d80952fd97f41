// Package jpegluma decodes the luma of a JPEG, whole or reduced to one sample for each 8x8 or 4x4 pixels, and nothing
// else: chroma is stepped over.
//
// ReadHeader tells what a file holds before anything is allocated. A Decoder decodes; it keeps its scratch memory from
// file to file and belongs to one call at a time. It reads baseline, extended sequential and progressive files of 8
// bits with Huffman coding in gray, YCbCr or RGB, whatever their sampling and however their scans are ordered; what is
// better left to a decoder of colours (CMYK, luma that is coarser than chroma, a height that comes after the picture)
// gives an error that wraps ErrColour before any work is done. Source: ITU-T T.81.
//
// Files are hostile. Sizes are checked before memory is taken, no bytes make a call panic or hang, and what is cut or
// damaged gives what can be had together with its share of the picture (Result).
package jpegluma

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// ErrColour says that a file may well be sound, but that its luma cannot be had without its colours.
var ErrColour = errors.New("needs the colour decoder")

// Result is what became of a picture.
type Result struct {
	// Share of the picture that was decoded, 1 for all of it. The rest of the plane repeats the samples above it, or is
	// mid-grey where there are none.
	//
	// Of a sequential file it is the share of its MCUs. Of a progressive one, at scale 8, it is that of the luma blocks
	// that the first DC scan reached. At finer scales a row of a progressive file counts nine tenths once it has its DC,
	// 0.08 more with coefficients 1 to 5 and 0.02 with all others, in proportion; scans that sharpen what is there
	// already and are missing or damaged cost a thousandth. (PDQ looks at no more than 8 waves across a picture: of one
	// 128 pixels wide or more, that is nearly all DC.)
	//
	// Damage in what is never looked at does not count: scans of chroma alone, scans of AC coefficients at scale 8, what
	// follows the last scan of luma, and values that are wrong but well-formed.
	Share float64
	// End is the offset behind the picture's EOI marker, before any bytes that follow; the length of the file if there
	// is none.
	End int
	// Clipped is an estimate of the share of pixels whose red, green or blue is out of 0..255 by more than
	// clipMargin, from the means of blocks: such pixels are another grey than the luma says. 0 for gray and RGB.
	Clipped float64
}

// Decoder is the scratch memory of decoding. The zero value is ready. It belongs to one call at a time.
type Decoder struct {
	head
	in       stream
	quant    [4][64]uint16 // in natural order
	hasQuant [4]bool
	specs    [2][4]spec // DC and AC
	interval int        // units between restart markers, 0 for none

	scale  int
	out    [3]surface // what becomes the plane: luma, or red, green and blue
	mean   [3]surface // a byte for each block: what it is on average
	stored [3]coefficients
	kept   struct{ out, mean [3][]byte } // the memory of surfaces, but for the caller's
	seen   [3]progress

	codes    codeCache
	scan     scan
	block    [64]int16
	steps    [3][64]uint16 // of the components' coefficients; 1 for DC, which is dequantized when it is decoded
	weights  [3][256]int64 // the same for scale 4
	eobRun   uint32
	dcTables [4]dcTable
	acTable  acTable
	damaged  bool // in what was looked at
}

// surface is a rectangle of samples that has room for whole MCUs.
type surface struct {
	pix    []byte
	stride int
}

// grow returns a slice of n elements that are undefined, with the memory of s where that is enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Decode decodes the luma of the JPEG that data begins with into dst, at scale 1, 4 or 8 (any other panics): each
// sample is the mean of that many pixels squared, those of the cells at the edges included that the file fills up its
// blocks with. At scale 1 the samples are bit for bit those of libjpeg's accurate integer method.
//
// A file of which nothing can be decoded gives an error that wraps hashmatch.ErrCorrupt, hashmatch.ErrUnsupported,
// hashmatch.ErrLimit or ErrColour, and one whose context ends that of the context; dst is then undefined. A file that is
// cut or damaged is no error: see Result.Share. Memory is taken as Header.Memory says, at most about 10 KB for each
// byte of the file, so that it is for the caller to compare it with a budget first.
func (d *Decoder) Decode(ctx context.Context, data []byte, scale int, dst *plane.Plane) (Result, error) {
	if scale != 1 && scale != 4 && scale != 8 {
		panic(fmt.Sprintf("jpegluma: no scale %d", scale))
	}
	d.reset(data, scale)
	defer d.release()
	end, err := d.segments(ctx, dst)
	if err != nil {
		return Result{}, err
	}
	share := d.share(end >= 0)
	if share == 0 {
		return Result{}, corrupt("no block of luma can be read", d.in.pos)
	}
	if d.progressive {
		if err := d.finish(ctx); err != nil {
			return Result{}, err
		}
	}
	if d.model() == RGB {
		d.blend()
	}
	if end < 0 {
		end = len(data)
	}
	return Result{Share: share, End: end, Clipped: d.clipped()}, nil
}

// reset forgets the last file.
func (d *Decoder) reset(data []byte, scale int) {
	d.head = head{}
	d.in.src, d.in.pos = data, 0
	d.scale, d.interval, d.damaged = scale, 0, false
	d.quant, d.hasQuant = [4][64]uint16{}, [4]bool{}
	d.seen = [3]progress{}
	for class := range d.specs {
		for i := range d.specs[class] {
			d.specs[class][i].n = 0
		}
	}
}

// release lets go of what belongs to the caller.
func (d *Decoder) release() {
	d.in.src = nil
	d.out, d.mean = [3]surface{}, [3]surface{}
	for i := range d.scan.lanes {
		d.scan.lanes[i] = lane{}
	}
}

// Shrink lets go of the memory for samples and coefficients if it is more than limit bytes, as it may be after an
// unusually large picture. What is left is at most 1 MiB.
func (d *Decoder) Shrink(limit int) {
	if d.held() > limit {
		d.kept.out, d.kept.mean, d.stored = [3][]byte{}, [3][]byte{}, [3]coefficients{}
	}
}

// held is how much memory Shrink can let go of.
func (d *Decoder) held() (n int) {
	for i := range d.stored {
		s := &d.stored[i]
		n += cap(d.kept.out[i]) + cap(d.kept.mean[i]) + 2*cap(s.dc) + 2*cap(s.ac) + 8*cap(s.set)
	}
	return n
}

// begin checks that the picture is one for this package and makes room for it.
func (d *Decoder) begin(dst *plane.Plane) error {
	f := &d.frame
	if err := d.refuse(); err != nil {
		return err
	}
	// A block of luma takes at least a bit. A file too small for half of them is a bomb, or of no use.
	if blocks := int64(f.comps[0].across) * int64(f.comps[0].down); int64(len(d.in.src))*8 < blocks/2 {
		return corrupt(fmt.Sprintf("%d bytes are too few for half of %d x %d pixels", len(d.in.src), f.width, f.height), 0)
	}
	if d.memory(d.scale) > math.MaxInt/2 {
		return fmt.Errorf("jpegluma: %d x %d pixels: %w", f.width, f.height, hashmatch.ErrLimit)
	}
	side := 8 / d.scale
	luma := &f.comps[0]
	dst.Reset(f.width, f.height, d.scale, luma.across*side, luma.down*side)
	d.out[0] = surface{dst.Pix, dst.Stride}
	for i := range min(f.n, 3) {
		c, wanted := &f.comps[i], d.wanted(i)
		if wanted && i > 0 {
			d.kept.out[i] = grow(d.kept.out[i], len(dst.Pix))
			d.out[i] = surface{d.kept.out[i], dst.Stride}
		}
		if wanted && d.scale == 8 {
			d.mean[i] = d.out[i]
		} else {
			d.kept.mean[i] = grow(d.kept.mean[i], c.across*c.down)
			d.mean[i] = surface{d.kept.mean[i], c.across}
		}
		fill(d.mean[i].pix, 128)
		if d.progressive && wanted {
			d.stored[i].reset(c, d.scale < 8)
		}
	}
	return nil
}

// wanted tells whether component i goes into the plane.
func (d *Decoder) wanted(i int) bool { return i == 0 || d.model() == RGB && i < 3 }

// quantize makes ready what dequantizes component i's coefficients at the scale.
func (d *Decoder) quantize(i int) {
	quant := &d.quant[d.comps[i].tq]
	switch d.scale {
	case 4:
		d.weights[i] = weightsOf(quant)
	case 1:
		d.steps[i] = *quant
		d.steps[i][0] = 1
	}
}

// fill sets all of s to v.
func fill(s []byte, v byte) {
	for i := range s {
		s[i] = v
	}
}

// blend makes the luma of red, green and blue, as Pillow does: (19595 R + 38470 G + 7471 B) / 65536, rounded.
func (d *Decoder) blend() {
	r, g, b := d.out[0].pix, d.out[1].pix, d.out[2].pix
	g, b = g[:len(r)], b[:len(r)]
	for i := range r {
		r[i] = byte((19595*uint32(r[i]) + 38470*uint32(g[i]) + 7471*uint32(b[i]) + 1<<15) >> 16)
	}
}

// corrupt is the error for bytes that do not hold together.
func corrupt(what string, offset int) error {
	return fmt.Errorf("jpegluma: %s (at offset %d): %w", what, offset, hashmatch.ErrCorrupt)
}

// unsupported is the error for what is sound, as far as one can tell, and of a kind that nobody here decodes.
func unsupported(what string, offset int) error {
	return fmt.Errorf("jpegluma: %s (at offset %d): %w", what, offset, hashmatch.ErrUnsupported)
}
