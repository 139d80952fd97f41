package jpegluma

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/hashmatch/engine/hashmatch/media/internal/exif"
)

// Model is how the components of a file make a colour.
type Model uint8

// The models. Which one a file has is decided as image/jpeg does.
const (
	Gray  Model = iota + 1
	YCbCr       // three components, unless they are RGB
	RGB         // three components, no JFIF, and either Adobe's transform 0 or the identifiers 'R', 'G', 'B'
	CMYK        // four components with Adobe's transform 0, or without a word of Adobe's
	YCCK        // four components with another of Adobe's transforms
)

// String returns the name that is used in the field.
func (m Model) String() string {
	if names := [...]string{"none", "gray", "YCbCr", "RGB", "CMYK", "YCCK"}; int(m) < len(names) {
		return names[m]
	}
	return "unknown"
}

// Header is what the segments before the first scan say.
type Header struct {
	Width, Height, Components int // in pixels; a height of 0 means that it follows the first scan (DNL)
	Progressive               bool
	Model                     Model
	Orientation               int    // EXIF, 1..8; 0 for none
	Thumbnail                 []byte // the JPEG in EXIF's second directory, a part of the file; nil for none
	MCUWidth, MCUHeight       int    // pixels of a minimum coded unit
	Blocks                    int64  // of 8x8 samples in the whole picture, all components together
	LumaBlocks                int64  // those of the first component

	head head
}

// Memory returns the most bytes that decoding at a scale (1, 4 or 8) takes: the plane, and what the Decoder holds.
func (h *Header) Memory(scale int) int64 { return h.head.memory(scale) }

// ReadHeader reads the segments up to the first scan. It touches no pixel, and allocates nothing but errors. An error
// wraps hashmatch.ErrCorrupt or hashmatch.ErrUnsupported; the header then holds what was read up to there.
func ReadHeader(data []byte) (h Header, err error) {
	if len(data) < 2 || data[0] != 0xff || data[1] != markerSOI {
		return h, corrupt("no JPEG", 0)
	}
	for pos := 2; ; {
		marker, at := nextMarker(data, pos)
		if marker == 0 || marker == markerEOI {
			return h, corrupt("the file ends before its first scan", at)
		}
		segment, after := segmentAt(data, at)
		if after < 0 {
			return h, corrupt("a segment is cut", at)
		}
		switch {
		case marker == markerSOS:
			if h.head.n == 0 {
				return h, corrupt("a scan comes before its frame", at)
			}
			return h, nil
		case marker == markerAPP1:
			if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00")); ok && len(tiff) > 0 {
				h.notes(tiff[1:]) // a padding byte, zero in the standard and anything in the wild
			}
		default:
			if err := h.head.take(marker, segment, at); err != nil {
				return h, err
			}
		}
		h.describe()
		pos = after
	}
}

// describe fills in what is known of the frame.
func (h *Header) describe() {
	f := &h.head.frame
	if f.n == 0 {
		return
	}
	h.Width, h.Height, h.Components, h.Progressive, h.Model = f.width, f.height, f.n, f.progressive, h.head.model()
	h.MCUWidth, h.MCUHeight = 8*f.hmax, 8*f.vmax
	h.Blocks = 0
	for i := range f.n {
		h.Blocks += int64(f.comps[i].across) * int64(f.comps[i].down)
	}
	h.LumaBlocks = int64(f.comps[0].across) * int64(f.comps[0].down)
}

// head is what both ReadHeader and Decode take from the segments before a scan.
type head struct {
	frame
	jfif      bool
	adobe     bool
	transform byte
}

// take takes what a segment says of the frame or its colours. Segments of other kinds are none of its business, but
// markers that no JPEG has at this place are corrupt.
func (h *head) take(marker byte, segment []byte, at int) error {
	switch {
	case marker == markerAPP0 && len(segment) >= 5:
		h.jfif = string(segment[:5]) == "JFIF\x00"
	case marker == markerAPP14 && len(segment) >= 12:
		if string(segment[:5]) == "Adobe" {
			h.adobe, h.transform = true, segment[11]
		}
	case marker >= 0xc0 && marker <= 0xcf && marker != markerDHT && marker != 0xc8 && marker != 0xcc:
		if h.n != 0 {
			return corrupt("a second frame", at)
		}
		return h.frame.parse(marker, segment, at)
	case marker < 0xc0 || marker == markerSOI:
		return corrupt(fmt.Sprintf("marker %02x in a place for segments", marker), at)
	}
	return nil
}

// model follows image/jpeg.
func (h *head) model() Model {
	switch {
	case h.n == 1:
		return Gray
	case h.n == 4 && h.adobe && h.transform != 0:
		return YCCK
	case h.n == 4:
		return CMYK
	case !h.jfif && (h.adobe && h.transform == 0 || h.comps[0].id == 'R' && h.comps[1].id == 'G' && h.comps[2].id == 'B'):
		return RGB
	}
	return YCbCr
}

// refuse returns the error for a picture whose luma is not to be had here.
func (h *head) refuse() error {
	reason := ""
	switch luma := &h.comps[0]; {
	case h.n == 4:
		reason = "four components"
	case h.height == 0:
		reason = "the height comes after the picture"
	case luma.h != h.hmax || luma.v != h.vmax:
		reason = "luma is coarser than chroma"
	case h.model() == RGB && (h.comps[1].h != luma.h || h.comps[1].v != luma.v || h.comps[2].h != luma.h || h.comps[2].v != luma.v):
		reason = "RGB with reduced components"
	default:
		return nil
	}
	return fmt.Errorf("jpegluma: %s: %w", reason, ErrColour)
}

// fixedMemory is what a Decoder takes for any file: window, tables and what builds them.
const fixedMemory = 1 << 20

// memory is Header.Memory.
func (h *head) memory(scale int) int64 {
	total := int64(fixedMemory)
	side := int64(8 / scale)
	for i := range min(h.n, 3) {
		c := &h.comps[i]
		blocks := int64(c.across) * int64(c.down)
		total += blocks // the mean
		if i > 0 && h.model() != RGB {
			continue
		}
		total += blocks * side * side
		if h.progressive {
			total += blocks * 2
			if scale < 8 {
				total += blocks * (64*2 + 8)
			}
		}
	}
	return total
}

// component is one of the frame's.
type component struct {
	id, tq       byte
	h, v         int // sampling factors
	across, down int // blocks, filled up to whole MCUs
	// Blocks of a scan that holds this component alone: those that touch the picture.
	loneAcross, loneDown int
}

// frame is a start-of-frame segment.
type frame struct {
	width, height         int
	n                     int // components
	comps                 [4]component
	hmax, vmax            int
	mcusAcross, mcusDown  int
	baseline, progressive bool
}

// parse reads a start-of-frame segment (T.81, B.2.2).
func (f *frame) parse(marker byte, segment []byte, at int) error {
	switch {
	case marker == 0xc3 || marker == 0xc7 || marker == 0xcb || marker == 0xcf:
		return unsupported("lossless", at)
	case marker > 0xc8:
		return unsupported("arithmetic coding", at)
	case marker > 0xc2:
		return unsupported("a hierarchical file", at)
	case len(segment) < 6:
		return corrupt("a short frame header", at)
	case segment[0] != 8:
		return unsupported(fmt.Sprintf("%d bits a sample", segment[0]), at)
	}
	n := int(segment[5])
	switch {
	case len(segment) != 6+3*n:
		return corrupt("a frame header of the wrong length", at)
	case n != 1 && n != 3 && n != 4:
		return unsupported(fmt.Sprintf("%d components", n), at)
	}
	f.height, f.width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
	if f.width == 0 {
		return corrupt("no width", at)
	}
	f.hmax, f.vmax = 1, 1
	for i := range n {
		s := segment[6+3*i:][:3]
		c := component{id: s[0], h: int(s[1] >> 4), v: int(s[1] & 15), tq: s[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.tq > 3 {
			return corrupt(fmt.Sprintf("component %d has the sampling %d x %d and quantization table %d", i, c.h, c.v, c.tq), at)
		}
		for _, other := range f.comps[:i] {
			if other.id == c.id {
				return corrupt(fmt.Sprintf("two components are called %d", c.id), at)
			}
		}
		if n == 1 {
			c.h, c.v = 1, 1 // a lone component is not interleaved, whatever its factors
		}
		f.hmax, f.vmax = max(f.hmax, c.h), max(f.vmax, c.v)
		f.comps[i] = c
	}
	f.n, f.baseline, f.progressive = n, marker == 0xc0, marker == 0xc2
	f.mcusAcross, f.mcusDown = ceil(f.width, 8*f.hmax), ceil(f.height, 8*f.vmax)
	for i := range n {
		c := &f.comps[i]
		c.across, c.down = f.mcusAcross*c.h, f.mcusDown*c.v
		c.loneAcross, c.loneDown = ceil(f.width*c.h, 8*f.hmax), ceil(f.height*c.v, 8*f.vmax)
	}
	return nil
}

// ceil is a/b, rounded up.
func ceil(a, b int) int { return (a + b - 1) / b }

// notes takes orientation and thumbnail from a segment of EXIF, unless an earlier one gave them.
func (h *Header) notes(tiff []byte) {
	orientation, thumbnail := exif.Read(tiff)
	if h.Orientation == 0 {
		h.Orientation = orientation
	}
	if h.Thumbnail == nil {
		h.Thumbnail = thumbnail
	}
}
