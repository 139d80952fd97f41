// Package webp reads WebP pictures, and of animations the first frame on its canvas. The bit streams are decoded by
// golang.org/x/image/webp, which needs memory for the whole picture; what surrounds them is read here, so that nothing is
// allocated on the word of a chunk, and so that a lossy picture gets the pixels that libwebp gives it.
//
// Where an animation's first frame does not reach, the canvas is black and lets everything through. Pixels that let
// something through keep the colours they are stored with, as in a still picture.
//
// Sources: RFC 9649 (WebP), RFC 6386 (VP8); libwebp, src/dsp/upsampling.c and yuv.h.
package webp

import (
	"encoding/binary"
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("webp: "+format+": %w", append(args, hashmatch.ErrCorrupt)...)
}

// picture is a still picture or an animation's first frame.
type picture struct {
	canvasWidth, canvasHeight int
	x, y                      int // of the frame on the canvas
	width, height             int // of the frame
	extended                  bool
	lossless                  bool
	alpha                     []byte // the chunk that holds a lossy picture's alpha, nil if there is none
	stream                    []byte // the picture's own chunk
	end                       int    // of the file, as its first chunk says; 0 if that cannot be
}

// chunk takes the chunk that begins at an offset: its name, its body, and with its header and body the whole. What the
// file does not have in full is refused.
func chunk(data []byte, at int) (name string, body, whole []byte, err error) {
	data = data[min(at, len(data)):]
	if len(data) < 8 {
		return "", nil, nil, corrupt("offset %d: it ends where a chunk should be", at)
	}
	size := int64(binary.LittleEndian.Uint32(data[4:]))
	if size > int64(len(data)-8) {
		return "", nil, nil, corrupt("offset %d: chunk %q of %d bytes is cut off", at, data[:4], size)
	}
	return string(data[:4]), data[8:][:size], data[:8+size], nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// parse reads chunks up to the picture's own.
func parse(data []byte) (p picture, err error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" {
		return p, corrupt("no header")
	}
	end, err := p.chunks(data, 12, false)
	if err != nil {
		return p, err
	}
	if !p.extended {
		p.canvasWidth, p.canvasHeight = p.width, p.height
	}
	if p.x+p.width > p.canvasWidth || p.y+p.height > p.canvasHeight {
		return p, corrupt("a frame of %dx%d pixels at (%d, %d) on a canvas of %dx%d",
			p.width, p.height, p.x, p.y, p.canvasWidth, p.canvasHeight)
	}
	claimed := 8 + int64(binary.LittleEndian.Uint32(data[4:]))
	if claimed += claimed & 1; claimed >= int64(end) && claimed <= int64(len(data)) {
		p.end = int(claimed)
	}
	return p, nil
}

// chunks reads the chunks of a file, or of a frame, which holds no frames of its own, and returns where the picture ends.
func (p *picture) chunks(data []byte, at int, frame bool) (end int, err error) {
	for {
		name, body, whole, err := chunk(data, at)
		if err != nil {
			return 0, err
		}
		switch {
		case name == "VP8X" && !frame:
			if len(body) < 10 {
				return 0, corrupt("offset %d: chunk VP8X of %d bytes", at, len(body))
			}
			p.extended = true
			p.canvasWidth, p.canvasHeight = 1+uint24(body[4:]), 1+uint24(body[7:])
		case name == "ANMF" && !frame && p.extended:
			return p.frame(data[:at+len(whole)], at+8)
		case name == "ALPH" && p.extended:
			p.alpha = whole
		case name == "VP8 " || name == "VP8L":
			p.stream, p.lossless = whole, name == "VP8L"
			if err := p.size(body); err != nil {
				return 0, err
			}
			// A still picture fills the canvas.
			if !frame && p.extended && (p.width != p.canvasWidth || p.height != p.canvasHeight) {
				return 0, corrupt("a picture of %dx%d pixels where %dx%d are claimed",
					p.width, p.height, p.canvasWidth, p.canvasHeight)
			}
			return at + len(whole), nil
		}
		at += len(whole) + len(whole)&1 // padding
	}
}

// frame reads an animation's first frame, whose body begins at an offset and ends data.
func (p *picture) frame(data []byte, at int) (end int, err error) {
	body := data[at:]
	if len(body) < 16 {
		return 0, corrupt("offset %d: chunk ANMF of %d bytes", at, len(body))
	}
	p.x, p.y = 2*uint24(body), 2*uint24(body[3:])
	p.alpha = nil
	if end, err = p.chunks(data, at+16, true); err != nil {
		return 0, err
	}
	if w, h := 1+uint24(body[6:]), 1+uint24(body[9:]); p.width != w || p.height != h {
		return 0, corrupt("a frame of %dx%d pixels where %dx%d are claimed", p.width, p.height, w, h)
	}
	return end, nil
}

// size reads the size from the picture's own chunk.
func (p *picture) size(body []byte) error {
	if p.lossless {
		p.alpha = nil
		if len(body) < 5 || body[0] != 0x2f {
			return corrupt("no lossless picture")
		}
		bits := int(binary.LittleEndian.Uint32(body[1:]) & (1<<28 - 1))
		p.width, p.height = 1+bits&0x3fff, 1+bits>>14
		return nil
	}
	if len(body) < 10 || body[0]&1 != 0 || string(body[3:6]) != "\x9d\x01\x2a" {
		return corrupt("no lossy picture")
	}
	p.width = int(binary.LittleEndian.Uint16(body[6:]) & 0x3fff)
	p.height = int(binary.LittleEndian.Uint16(body[8:]) & 0x3fff)
	if p.width == 0 || p.height == 0 {
		return corrupt("a picture of %dx%d pixels", p.width, p.height)
	}
	return nil
}

// header returns what the picture claims and what x/image/webp takes for it: planes; the copy that it makes of a lossy
// picture's bytes; alpha, which is decoded as a lossless picture of its own. What is lossless brings its own Huffman
// codes, up to 2,600 groups of them, 80 KiB each at worst, from a few dozen bytes of file.
func (p *picture) header() raster.Header {
	h := raster.Header{Width: p.canvasWidth, Height: p.canvasHeight, Alpha: p.lossless || p.alpha != nil}
	h.Scratch = raster.RowScratch(min(p.canvasWidth, plane.MaxSide), min(p.canvasHeight, plane.MaxSide), 4) +
		4*int64(p.canvasWidth) + 64<<10
	area := int64(p.width) * int64(p.height)
	codes := func(stream []byte) int64 { return min(2048*int64(len(stream)), 208<<20) }
	if p.lossless {
		h.Scratch += 9*area + codes(p.stream)
		return h
	}
	blocks := int64((p.width+15)/16) * int64((p.height+15)/16)
	h.Scratch += 400*blocks + int64(len(p.stream))
	if p.alpha != nil {
		h.Scratch += 10*area + codes(p.alpha)
	}
	return h
}

// ReadHeader returns what a WebP claims; the size is the canvas's. It allocates nothing. The error wraps ErrCorrupt.
func ReadHeader(data []byte) (raster.Header, error) {
	p, err := parse(data)
	if err != nil {
		return raster.Header{}, err
	}
	return p.header(), nil
}

// container returns what stands before the picture's chunks in a still picture of the frame alone.
func (p *picture) container() []byte {
	size := 4 + len(p.alpha) + len(p.alpha)&1 + len(p.stream) + len(p.stream)&1
	if p.alpha == nil {
		return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size)), "WEBP"...)
	}
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size+18))
	b = append(b, "WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
	w, h := p.width-1, p.height-1
	return append(b, byte(w), byte(w>>8), byte(w>>16), byte(h), byte(h>>8), byte(h>>16))
}
