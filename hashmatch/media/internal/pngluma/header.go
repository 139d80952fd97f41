package pngluma

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/exif"
	"github.com/hashmatch/engine/hashmatch/media/internal/pngluma/inflate"
)

// Header is what the chunks before the pixels say.
type Header struct {
	Width, Height int // in pixels, each 1 to 2^31-1, their product below 2^60
	Depth         int // bits of a sample: 1, 2, 4, 8, 16
	Colour        int // type: 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha
	Interlaced    bool
	HasAlpha      bool // pixels may be other than opaque: type 4 or 6, or a tRNS chunk
	Orientation   int  // as EXIF counts, 1..8; 0 if there is no eXIf chunk before the pixels, or none of these in it
}

// The colour types.
const (
	gray      = 0
	rgb       = 2
	indexed   = 3
	grayAlpha = 4
	rgbAlpha  = 6
)

// ReadHeader reads the chunks before the pixels. The error wraps hashmatch.ErrCorrupt or ErrUnsupported; with a width
// above 0 the header is nevertheless what the file claims, and it is what follows that is damaged or missing.
func ReadHeader(data []byte) (Header, error) {
	var p picture
	err := p.read(context.Background(), data)
	return p.Header, err
}

// samples returns how many samples a pixel has.
func (h *Header) samples() int {
	switch h.Colour {
	case rgb:
		return 3
	case grayAlpha:
		return 2
	case rgbAlpha:
		return 4
	}
	return 1
}

// rowLength returns the bytes of a row of width pixels, without its filter.
func (h *Header) rowLength(width int) int64 {
	return (int64(width)*int64(h.Depth*h.samples()) + 7) / 8
}

// maxMemory is what Memory must not exceed, so that every size fits an int.
const maxMemory = math.MaxInt / 2

// Memory returns the most bytes that Decode allocates at a scale, planes included, as if nothing were collected: about a
// byte for each sample of the plane, twice that with alpha, and five times and fourteen times if the picture is interlaced
// and the scale is not 1. It does not depend on the file's length. A Decoder itself takes about 22 KiB.
func (h *Header) Memory(scale int) int64 {
	s := int64(scale)
	across, down := (int64(h.Width)+s-1)/s, (int64(h.Height)+s-1)/s
	row := h.rowLength(h.Width)
	sum := across*down + // the plane
		2*(row+1) + inflate.Memory + // unused output
		row + slack + // the row above
		2*(row+slack) // sums of columns
	if h.Depth < 8 {
		sum += int64(h.Width) + slack
	}
	sums := int64(0)
	if h.Interlaced {
		sum += 4 * int64(h.Width)
		if scale > 1 {
			sums = across * down
		}
	} else {
		sums = across
	}
	sum += 4 * sums
	if h.HasAlpha {
		sum += across*down + 8*sums + 5*int64(h.Width)
	}
	return sum
}

// picture is a header and what else decoding needs from the chunks before the pixels.
type picture struct {
	Header
	palette [256]colour
	key     [6]byte // of a pixel of gray or RGB that is transparent, as keyLength bytes of an unpacked row
	keyed   bool
	pixels  int   // where the first IDAT begins
	fault   error // the first that does not touch the pixels
}

// colour is one of a palette.
type colour struct{ r, g, b, a uint8 }

// stage is how far the chunks have come, in the order that the specification gives them.
type stage uint8

const (
	atStart stage = iota
	afterHeader
	afterPalette
	afterTransparency
)

const signature = "\x89PNG\r\n\x1a\n"

// read reads the chunks before the first IDAT, and refuses what image/png refuses there, but for what does not touch the
// pixels: that is noted.
func (p *picture) read(ctx context.Context, data []byte) error {
	*p = picture{}
	if len(data) < len(signature) || string(data[:len(signature)]) != signature {
		return fmt.Errorf("pngluma: no PNG signature: %w", hashmatch.ErrCorrupt)
	}
	at := atStart
	for pos := len(signature); ctx.Err() == nil; {
		c, ok := nextChunk(data, pos)
		if ok && c.name == idat && at >= afterHeader && (p.Colour != indexed || at >= afterPalette) {
			p.pixels = pos
			return nil
		}
		if !ok || c.cut {
			return fmt.Errorf("pngluma: the file ends at byte %d, before the pixels: %w", len(data), hashmatch.ErrCorrupt)
		}
		if fatal, err := p.chunk(ctx, &c, &at); err != nil && (fatal || p.fault == nil) {
			p.fault = fmt.Errorf("pngluma: chunk %q at byte %d: %w", c.title(), pos, err)
			if fatal {
				return p.fault
			}
		}
		pos = c.end
	}
	return context.Cause(ctx)
}

// chunk reads one chunk. A fatal error leaves nothing to decode.
func (p *picture) chunk(ctx context.Context, c *chunk, at *stage) (fatal bool, err error) {
	fatal = c.name == ihdr || c.name == idat || c.name == iend || c.name == plte && p.Colour == indexed
	if !c.sound(ctx) {
		return fatal, errChecksum
	}
	switch c.name {
	case ihdr:
		if *at != atStart {
			return true, errOrder
		}
		*at = afterHeader
		return true, p.header(c.body)
	case plte:
		if *at != afterHeader {
			return fatal, errOrder
		}
		*at = afterPalette
		return fatal, p.readPalette(c.body)
	case trns:
		if *at < afterHeader || *at >= afterTransparency ||
			*at == afterHeader && p.Colour == indexed || *at == afterPalette && p.Colour == gray {
			return false, errOrder
		}
		*at = afterTransparency
		return false, p.readTransparency(c.body)
	case idat, iend:
		return true, errOrder
	case exifChunk:
		p.Orientation, _ = exif.Read(c.body)
	}
	if c.length > math.MaxInt32 {
		return false, errLength
	}
	return false, nil
}

// header reads IHDR.
func (p *picture) header(b []byte) error {
	if len(b) != 13 {
		return errLength
	}
	w, h := int32(binary.BigEndian.Uint32(b)), int32(binary.BigEndian.Uint32(b[4:]))
	depth, colour := int(b[8]), int(b[9])
	switch {
	case b[10] != 0 || b[11] != 0:
		return fmt.Errorf("compression method %d, filter method %d: %w", b[10], b[11], hashmatch.ErrUnsupported)
	case b[12] > 1:
		return fmt.Errorf("interlace method %d: %w", b[12], hashmatch.ErrCorrupt)
	case w <= 0 || h <= 0:
		return fmt.Errorf("a picture of %dx%d pixels: %w", w, h, hashmatch.ErrCorrupt)
	case int64(w)*int64(h) >= 1<<60:
		return fmt.Errorf("a picture of %dx%d pixels: %w", w, h, hashmatch.ErrUnsupported)
	}
	ok := false
	switch depth {
	case 1, 2, 4:
		ok = colour == gray || colour == indexed
	case 8:
		ok = colour == gray || colour == rgb || colour == indexed || colour == grayAlpha || colour == rgbAlpha
	case 16:
		ok = colour == gray || colour == rgb || colour == grayAlpha || colour == rgbAlpha
	}
	if !ok {
		return fmt.Errorf("colour type %d with %d bits a sample: %w", colour, depth, hashmatch.ErrUnsupported)
	}
	p.Width, p.Height, p.Depth, p.Colour, p.Interlaced = int(w), int(h), depth, colour, b[12] == 1
	p.HasAlpha = colour == grayAlpha || colour == rgbAlpha
	return nil
}

// readPalette reads PLTE. Colours that are not there are black.
func (p *picture) readPalette(b []byte) error {
	n := len(b) / 3
	if len(b)%3 != 0 || n == 0 || n > 256 || n > 1<<p.Depth {
		return errLength
	}
	switch p.Colour {
	case gray, grayAlpha:
		return fmt.Errorf("a palette for gray: %w", hashmatch.ErrCorrupt)
	case indexed:
		for i := range p.palette {
			p.palette[i] = colour{a: 255}
		}
		for i := range n {
			p.palette[i] = colour{b[3*i], b[3*i+1], b[3*i+2], 255}
		}
	}
	return nil
}

// readTransparency reads tRNS. As in image/png, of a key only the bits count that samples of 8 bits would have, and the
// one of 1, 2 or 4 bits is spread as the samples are.
func (p *picture) readTransparency(b []byte) error {
	switch p.Colour {
	case indexed:
		if len(b) > 256 {
			return errLength
		}
		for i, a := range b {
			p.palette[i].a = a
		}
	case gray, rgb:
		if len(b) != 2*p.samples() {
			return errLength
		}
		for i := range p.samples() {
			if p.Depth == 16 {
				p.key[2*i], p.key[2*i+1] = b[2*i], b[2*i+1]
			} else {
				p.key[i] = b[2*i+1] * uint8(255/(1<<p.Depth-1))
			}
		}
		p.keyed = true
	default:
		return fmt.Errorf("a transparent colour beside alpha: %w", hashmatch.ErrCorrupt)
	}
	p.HasAlpha = true
	return nil
}
