package imagehash

import (
	"encoding/binary"
	"image/color"
)

// Form is how the pixels of a row are written: as in the Pix of the type of that name in package image.
type Form uint8

const (
	Gray    Form = iota // 1 byte a pixel
	RGB                 // 3 bytes: what Go's decoders make RGBA of
	RGBA                // 4 bytes, premultiplied
	NRGBA               // 4 bytes
	Gray16              // 2 bytes, the high one first
	RGBA64              // 8 bytes, premultiplied
	NRGBA64             // 8 bytes
	CMYK                // 4 bytes

	indexed // 1 byte, by StartPaletted
	ycc     // three planes, by Picture
)

// deep reports whether nfnt/resize computes f in 16 bits.
func (f Form) deep() bool { return f >= Gray16 && f != ycc }

// Row takes the next row of the picture: its pixels in the form that was given to Start. Anything behind them is left
// alone. It panics on a row that is too short or too many.
func (h *Hasher) Row(pix []byte) {
	if h.y >= h.h {
		panic("imagehash: more rows than the picture has")
	}
	if h.form.deep() {
		h.unpackDeep(pix)
		for i := range h.wides[:h.planes] {
			h.wides[i].reduce(h.deep[i])
		}
	} else {
		row := [3][]byte{pix[:h.w]}
		if h.form != Gray {
			h.unpack(pix)
			row = h.bytes
		}
		for i := range h.channels[:h.planes] {
			h.channels[i].reduce(row[i])
		}
	}
	h.add()
}

// sized returns n elements in s's memory, if there is enough; they are undefined.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// unpack takes a row of 8-bit pixels apart, premultiplying as nfnt/resize does.
func (h *Hasher) unpack(pix []byte) {
	for i := range h.bytes {
		h.bytes[i] = sized(h.bytes[i], h.w)
	}
	red, green, blue := h.bytes[0], h.bytes[1][:h.w], h.bytes[2][:h.w]
	switch h.form {
	case RGB:
		pix = pix[:3*h.w]
		for x := range red {
			p := pix[3*x:][:3]
			red[x], green[x], blue[x] = p[0], p[1], p[2]
		}
	case RGBA:
		pix = pix[:4*h.w]
		for x := range red {
			p := pix[4*x:][:4]
			red[x], green[x], blue[x] = p[0], p[1], p[2]
		}
	case NRGBA:
		pix = pix[:4*h.w]
		for x := range red {
			p := pix[4*x:][:4]
			red[x], green[x], blue[x] = p[0], p[1], p[2]
			if a := uint32(p[3]); a != 255 {
				red[x], green[x], blue[x] = byte(uint32(p[0])*a/255), byte(uint32(p[1])*a/255), byte(uint32(p[2])*a/255)
			}
		}
		if h.direct != nil {
			for x := range h.w {
				r, g, b, _ := color.NRGBA{R: pix[4*x], G: pix[4*x+1], B: pix[4*x+2], A: pix[4*x+3]}.RGBA()
				h.direct[h.y*h.w+x] = luma16(r, g, b)
			}
		}
	}
}

// unpackDeep takes a row apart that is computed in 16 bits.
func (h *Hasher) unpackDeep(pix []byte) {
	for i := range h.deep[:h.planes] {
		h.deep[i] = sized(h.deep[i], h.w)
	}
	at := binary.BigEndian.Uint16
	if h.form == Gray16 {
		for x := range h.deep[0] {
			h.deep[0][x] = at(pix[2*x:])
		}
		return
	}
	red, green, blue := h.deep[0], h.deep[1], h.deep[2]
	switch h.form {
	case RGBA64:
		for x := range red {
			p := pix[8*x:][:8]
			red[x], green[x], blue[x] = at(p), at(p[2:]), at(p[4:])
		}
	case NRGBA64:
		for x := range red {
			p := pix[8*x:][:8]
			a := uint32(at(p[6:]))
			red[x] = uint16(uint32(at(p)) * a / 0xffff)
			green[x] = uint16(uint32(at(p[2:])) * a / 0xffff)
			blue[x] = uint16(uint32(at(p[4:])) * a / 0xffff)
		}
	case CMYK:
		for x := range red {
			p := pix[4*x:][:4]
			r, g, b, _ := color.CMYK{C: p[0], M: p[1], Y: p[2], K: p[3]}.RGBA()
			red[x], green[x], blue[x] = uint16(r), uint16(g), uint16(b)
		}
	case indexed:
		for x, index := range pix[:h.w] {
			c := &h.table[index]
			red[x], green[x], blue[x] = c[0], c[1], c[2]
		}
	}
}

// palette holds the 16-bit colours, premultiplied, of all 256 indices.
type palette [256][3]uint16

func (t *palette) set(p color.Palette) {
	*t = palette{}
	for i, c := range p[:min(len(p), len(t))] {
		r, g, b, _ := c.RGBA()
		t[i] = [3]uint16{uint16(r), uint16(g), uint16(b)}
	}
}
