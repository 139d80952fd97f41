// Package gif reads the first frame of a GIF on its screen, row by row, and finds where a GIF ends.
//
// It gives the pixels of image/gif and reads more: frames that reach past the screen, which becomes as large as they need
// (image viewers show them too, and a wrong size must hide nothing), extensions of any kind, streams without an end, and
// what is left of damaged ones. Transparent pixels, those that no frame covers and numbers beyond
// the palette are black.
//
// Source: GIF89a specification, CompuServe, 1990.
package gif

import (
	"encoding/binary"
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// The blocks of a file.
const (
	extension = 0x21
	frame     = 0x2c
	trailer   = 0x3b

	graphicControl = 0xf9 // an extension's label
)

// picture is what stands before the first frame's data.
type picture struct {
	width, height int // of the screen
	left, top     int
	columns, rows int // of the frame
	interlaced    bool
	colours       []byte // three bytes each
	transparent   int    // colour; -1 for none
	literal       int    // bits
	data          int    // where the first sub-block is
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("gif: "+format+": %w", append(args, hashmatch.ErrCorrupt)...)
}

// screen reads the screen's descriptor and skips the common colours, which it returns.
func screen(data []byte) (p picture, common []byte, at int, err error) {
	if len(data) < 13 || string(data[:3]) != "GIF" || string(data[3:6]) != "87a" && string(data[3:6]) != "89a" {
		return p, nil, 0, corrupt("no header")
	}
	p.width, p.height = int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
	p.transparent = -1
	common, at, err = colours(data, 13, data[10])
	return p, common, at, err
}

// colours returns the table that stands at an offset, if flags say that there is one, and what follows it.
func colours(data []byte, at int, flags byte) (table []byte, next int, err error) {
	if flags&0x80 == 0 {
		return nil, at, nil
	}
	next = at + 3<<(1+flags&7)
	if next > len(data) {
		return nil, 0, corrupt("offset %d: the colours are cut off", at)
	}
	return data[at:next], next, nil
}

// skip returns what follows a chain of sub-blocks, or -1 if it is cut off.
func skip(data []byte, at int) int {
	for at < len(data) {
		n := int(data[at])
		at += 1 + n
		if n == 0 {
			return at
		}
	}
	return -1
}

// first reads up to the first frame's data.
func first(data []byte) (picture, error) {
	p, common, at, err := screen(data)
	if err != nil {
		return p, err
	}
	for at >= 0 && at+2 <= len(data) && data[at] == extension {
		// A control block says things about the frame that follows. What is wrong with it is not worth a refusal.
		if body := data[at+2:]; data[at+1] == graphicControl && len(body) >= 5 && body[0] >= 4 && body[1]&1 != 0 {
			p.transparent = int(body[4])
		}
		at = skip(data, at+2)
	}
	switch {
	case at < 0 || at+11 > len(data) && (at >= len(data) || data[at] == frame):
		return p, corrupt("cut off before the first frame's data")
	case data[at] != frame:
		return p, corrupt("offset %d: block %#02x where the first frame should be", at, data[at])
	}
	d := data[at+1:]
	p.left, p.top = int(binary.LittleEndian.Uint16(d)), int(binary.LittleEndian.Uint16(d[2:]))
	p.columns, p.rows = int(binary.LittleEndian.Uint16(d[4:])), int(binary.LittleEndian.Uint16(d[6:]))
	p.width, p.height = max(p.width, p.left+p.columns), max(p.height, p.top+p.rows)
	if p.width == 0 || p.height == 0 {
		return p, corrupt("a picture of %dx%d pixels", p.width, p.height)
	}
	p.interlaced = d[8]&0x40 != 0
	own, at, err := colours(data, at+10, d[8])
	if err != nil {
		return p, err
	}
	if p.colours = own; own == nil {
		p.colours = common
	}
	if p.colours == nil {
		return p, corrupt("no colours")
	}
	if at >= len(data) || data[at] < 1 || data[at] > 8 {
		return p, corrupt("offset %d: no size of the first code, or not one of 1..8 bits", at)
	}
	p.literal, p.data = int(data[at]), at+1
	return p, nil
}

// header returns what a picture claims. A code of 12 bits stands for at most 4096 pixels.
func (p *picture) header() raster.Header {
	return raster.Header{
		Width: p.width, Height: p.height,
		Least:     int64(p.columns) * int64(p.rows) / (2 * 4096 * 8 / 12),
		Scratch:   raster.RowScratch(p.width, p.height, 1) + int64(p.columns),
		Scattered: p.interlaced,
	}
}

// ReadHeader returns what a GIF claims; the size is the screen's. It walks over the extensions before the first frame,
// and allocates nothing. The error wraps ErrCorrupt.
func ReadHeader(data []byte) (raster.Header, error) {
	p, err := first(data)
	if err != nil {
		return raster.Header{}, err
	}
	return p.header(), nil
}

// End returns the offset behind the trailer, found by walking over the blocks without reading a pixel; 0 if there is
// none.
func End(data []byte) int {
	_, _, at, err := screen(data)
	if err != nil {
		return 0
	}
	frames := 0
	for at >= 0 && at < len(data) {
		switch data[at] {
		case trailer:
			if frames == 0 {
				return 0
			}
			return at + 1
		case extension:
			at = skip(data, at+2)
		case frame:
			if at+10 > len(data) {
				return 0
			}
			if _, at, err = colours(data, at+10, data[at+9]); err != nil {
				return 0
			}
			at = skip(data, at+1)
			frames++
		default:
			return 0
		}
	}
	return 0
}
