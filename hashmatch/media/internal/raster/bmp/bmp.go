// Package bmp reads BMP pictures row by row, without memory for more than a row.
//
// It gives the pixels of golang.org/x/image/bmp and reads more: the headers of OS/2, 16 bits a pixel, any bit masks,
// run lengths, pixel data anywhere in the file, and what is left of a file that is cut off. Alpha counts where
// x/image/bmp has it: 32 bits a pixel under a header of at least 56 bytes; otherwise such a byte is padding. A colour
// number beyond the palette, and a pixel that run lengths skip over, has no colour of its own: the first is black, the
// second has number 0.
//
// Sources: BITMAPFILEHEADER to BITMAPV5HEADER and "Bitmap Compression" in Microsoft's Windows GDI documentation.
package bmp

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// How pixels are stored.
const (
	plain      = 0
	runs8      = 1
	runs4      = 2
	masks      = 3
	masksAlpha = 6 // with a fourth mask
)

// Lengths of headers.
const (
	fileHeader = 14
	coreHeader = 12 // of OS/2 1.x
	infoHeader = 40
	headerV3   = 56 // the first that has a mask for alpha
	os2Header  = 64
)

// picture is what the headers say.
type picture struct {
	width, height int64
	topDown       bool
	depth         int // bits a pixel
	storage       uint32
	channels      [4]channel // red, green, blue, alpha; where there is no palette
	colours       []byte
	colourSize    int   // bytes of a colour, blue first
	pixels        int64 // offset
	stride        int64 // of a row; 0 where run lengths are stored
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("bmp: "+format+": %w", append(args, hashmatch.ErrCorrupt)...)
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("bmp: "+format+": %w", append(args, hashmatch.ErrUnsupported)...)
}

// parse reads the headers.
func parse(data []byte) (p picture, err error) {
	if len(data) < fileHeader+coreHeader || string(data[:2]) != "BM" {
		return p, corrupt("no header")
	}
	le := binary.LittleEndian
	size := int64(le.Uint32(data[14:]))
	p.pixels = int64(le.Uint32(data[10:]))
	if fileHeader+size > int64(len(data)) {
		return p, corrupt("a header of %d bytes is cut off", size)
	}
	used := int64(0) // colours of the palette
	switch size {
	case coreHeader:
		p.width, p.height = int64(le.Uint16(data[18:])), int64(le.Uint16(data[20:]))
		p.depth, p.colourSize = int(le.Uint16(data[24:])), 3
	case infoHeader, 52, headerV3, os2Header, 108, 124:
		p.width, p.height = int64(int32(le.Uint32(data[18:]))), int64(int32(le.Uint32(data[22:])))
		p.depth, p.colourSize = int(le.Uint16(data[28:])), 4
		p.storage = le.Uint32(data[30:])
		used = int64(le.Uint32(data[46:]))
		if size == os2Header && p.storage >= masks {
			return p, unsupported("OS/2's compression %d", p.storage)
		}
	default:
		return p, unsupported("a header of %d bytes", size)
	}
	if p.height < 0 {
		p.height, p.topDown = -p.height, true
	}
	if p.width <= 0 || p.height <= 0 {
		return p, corrupt("a picture of %dx%d pixels", p.width, p.height)
	}
	next := fileHeader + size
	if err := p.store(data, size, &next); err != nil {
		return p, err
	}
	if p.depth <= 8 {
		if used == 0 || used > 1<<p.depth {
			used = 1 << p.depth
		}
		end := min(next+used*int64(p.colourSize), int64(len(data)))
		if p.pixels > next {
			end = min(end, p.pixels) // some writers leave out the colours that no pixel has
		}
		p.colours = data[next:end]
	}
	return p, nil
}

// store checks how the pixels are stored, and takes the masks, which stand in the header or behind it.
func (p *picture) store(data []byte, size int64, next *int64) error {
	p.stride = (p.width*int64(p.depth) + 31) / 32 * 4
	if p.storage == masks && p.depth != 16 && p.depth != 32 && size >= 108 && ordinaryMasks(data) {
		p.storage = plain
	}
	switch {
	case p.storage == plain && (p.depth == 1 || p.depth == 2 || p.depth == 4 || p.depth == 8 || p.depth == 24):
		return nil
	case p.storage == plain && p.depth == 16:
		return p.mask(0x7c00, 0x03e0, 0x001f, 0)
	case p.storage == plain && p.depth == 32:
		alpha := uint32(0)
		if size >= headerV3 && size != os2Header {
			alpha = 0xff000000
		}
		return p.mask(0xff0000, 0xff00, 0xff, alpha)
	case p.storage == runs8 && p.depth == 8 || p.storage == runs4 && p.depth == 4:
		if p.topDown {
			return corrupt("run lengths from the top down")
		}
		p.stride = 0
		return nil
	case (p.storage == masks || p.storage == masksAlpha) && (p.depth == 16 || p.depth == 32) && size >= infoHeader:
		n, at := int64(3), int64(fileHeader+infoHeader)
		if p.storage == masksAlpha || size >= headerV3 {
			n = 4
		}
		if end := at + 4*n; end > int64(len(data)) {
			return corrupt("the masks are cut off")
		} else if size == infoHeader {
			*next = end
		}
		var m [4]uint32
		for i := range n {
			m[i] = binary.LittleEndian.Uint32(data[at+4*i:])
		}
		return p.mask(m[0], m[1], m[2], m[3])
	}
	return unsupported("compression %d with %d bits a pixel", p.storage, p.depth)
}

// ordinaryMasks reports whether the header's masks are those of 32 bits a pixel: some writers set them always.
func ordinaryMasks(data []byte) bool {
	return string(data[54:70]) == "\x00\x00\xff\x00\x00\xff\x00\x00\xff\x00\x00\x00\x00\x00\x00\xff"
}

// channel is where a sample lies in a pixel.
type channel struct {
	shift, bits int
}

// mask takes the channels' masks.
func (p *picture) mask(all ...uint32) error {
	for i, m := range all {
		c := channel{shift: bits.TrailingZeros32(m), bits: bits.OnesCount32(m)}
		if bits.Len32(m) > p.depth || m != 0 && m>>c.shift != 1<<c.bits-1 {
			return corrupt("%#08x masks no sample of a pixel of %d bits", m, p.depth)
		}
		p.channels[i] = c
	}
	return nil
}

// least is the fewest bytes behind the headers that hold half of the rows, run lengths excepted: those can skip any
// number of rows.
func (p *picture) least() int64 { return (p.height + 1) / 2 * p.stride }

func (p *picture) header() raster.Header {
	return raster.Header{
		// Sides that no int holds on some processors are above all limits.
		Width: int(min(p.width, 1<<31-1)), Height: int(min(p.height, 1<<31-1)),
		Alpha:   p.channels[3].bits > 0,
		Least:   p.pixels + p.least(),
		Scratch: raster.RowScratch(int(min(p.width, plane.MaxSide)), int(min(p.height, plane.MaxSide)), 4) + 4*p.width,
	}
}

// ReadHeader returns what a BMP claims. It allocates nothing. The error wraps ErrCorrupt or ErrUnsupported.
func ReadHeader(data []byte) (raster.Header, error) {
	p, err := parse(data)
	if err != nil {
		return raster.Header{}, err
	}
	return p.header(), nil
}
