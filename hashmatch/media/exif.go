package media

import (
	"bytes"
	"encoding/binary"
	"image"
)

// jpegHeader is what the segments before a JPEG's first scan say about memory and orientation. Nothing else is taken
// from it: the decoder reads the header for itself.
type jpegHeader struct {
	components  int
	progressive bool
	mcu         image.Point // pixels of a minimum coded unit
	blocks      int         // of 8x8 samples in a unit, all components together
	orientation int         // EXIF, 1..8; 0 for none
}

// readJPEGHeader reads segments up to the first scan, as the decoder does. It never fails: what cannot be read is left
// zero, and the decoder says what is wrong.
func readJPEGHeader(data []byte) (h jpegHeader) {
	for rest := data[min(2, len(data)):]; len(rest) >= 4; {
		marker := rest[1]
		if rest[0] != 0xff || marker == 0 || marker == 0xff || marker >= 0xd0 && marker <= 0xd7 {
			rest = rest[1:] // a stray byte, or a marker without a segment
			continue
		}
		n := int(binary.BigEndian.Uint16(rest[2:]))
		if marker == 0xd9 || marker == 0xda || n < 2 || 2+n > len(rest) {
			break
		}
		segment := rest[4 : 2+n]
		switch {
		case marker == 0xe1 && h.orientation == 0:
			h.orientation = exifOrientation(segment)
		case marker >= 0xc0 && marker <= 0xc2 && h.components == 0:
			h.frame(segment)
			h.progressive = marker == 0xc2
		}
		rest = rest[2+n:]
	}
	return h
}

// frame takes the sampling factors of a start-of-frame segment.
func (h *jpegHeader) frame(segment []byte) {
	if len(segment) < 6 || int(segment[5]) > 4 || len(segment) < 6+3*int(segment[5]) {
		return
	}
	h.components = int(segment[5])
	largest := image.Pt(1, 1)
	for i := range h.components {
		x, y := int(segment[7+3*i]>>4), int(segment[7+3*i]&15)
		if h.components == 1 {
			x, y = 1, 1 // a lone component is not interleaved, whatever its factors
		}
		h.blocks += x * y
		largest = image.Pt(max(largest.X, x), max(largest.Y, y))
	}
	h.mcu = largest.Mul(8)
}

// planes returns how many samples the decoder makes of a picture of w x height pixels: as for CMYK without
// subsampling, the most there is, if the header could not be read.
func (h *jpegHeader) planes(w, height int) int64 {
	if h.components == 0 {
		return 4 * int64(w+7) * int64(height+7)
	}
	across, down := (w+h.mcu.X-1)/h.mcu.X, (height+h.mcu.Y-1)/h.mcu.Y
	return int64(across) * int64(down) * int64(h.blocks) * 64
}

const orientationTag = 0x0112

// exifOrientation reads the orientation tag from the first directory of an APP1 segment; 0 if there is none, or none of
// 1..8. Source: Exif 2.32 (CIPA DC-008-2019), sections 4.5.2 and 4.6.4.
func exifOrientation(segment []byte) int {
	tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00"))
	if !ok || len(tiff) < 9 {
		return 0
	}
	tiff = tiff[1:] // a padding byte, zero in the standard and anything in the wild
	var order binary.ByteOrder
	switch string(tiff[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:8]))
	if order.Uint16(tiff[2:4]) != 42 || at < 8 || at+2 > int64(len(tiff)) {
		return 0
	}
	directory := tiff[at+2:]
	entries := min(int(order.Uint16(tiff[at:])), len(directory)/12)
	for i := range entries {
		entry := directory[12*i:][:12]
		if order.Uint16(entry) != orientationTag || order.Uint32(entry[4:]) != 1 {
			continue
		}
		value := 0
		switch order.Uint16(entry[2:]) {
		case 3: // a short, as the standard has it
			value = int(order.Uint16(entry[8:]))
		case 4: // a long, as some software writes
			value = int(min(order.Uint32(entry[8:]), 9))
		}
		if value >= 1 && value <= 8 {
			return value
		}
		return 0
	}
	return 0
}
