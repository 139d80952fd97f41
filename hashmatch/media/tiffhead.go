package media

import "encoding/binary"

// tiffHeader is what a TIFF's first directory says about the memory that the decoder takes for a strip or tile.
type tiffHeader struct {
	block        int64 // pixels; the whole picture where the directory does not say, or says it in an odd way
	uncompressed bool
}

// readTIFFHeader reads the first directory of a picture of width x height pixels. The decoder has accepted it, so it is
// there in full and holds no tag twice.
func readTIFFHeader(data []byte, width, height int) tiffHeader {
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	h := tiffHeader{uncompressed: true}
	var rows, tileWidth, tileHeight int64
	at := int64(order.Uint32(data[4:]))
	entries := data[at+2:]
	for i := range int(order.Uint16(data[at:])) {
		entry := entries[12*i:][:12]
		var value int64 = 1 << 32 // more than one, standing elsewhere: take the worst
		if order.Uint32(entry[4:]) == 1 {
			switch order.Uint16(entry[2:]) {
			case 1: // byte
				value = int64(entry[8])
			case 3: // short
				value = int64(order.Uint16(entry[8:]))
			case 4: // long
				value = int64(order.Uint32(entry[8:]))
			}
		}
		switch order.Uint16(entry) {
		case 259: // Compression; the decoder takes 0 for none too
			h.uncompressed = value <= 1
		case 278: // RowsPerStrip
			rows = value
		case 322: // TileWidth
			tileWidth = value
		case 323: // TileLength
			tileHeight = value
		}
	}
	w, full := int64(width), int64(height)
	switch {
	case tileWidth > 0: // the decoder refuses tiles larger than these
		h.block = min(tileWidth, max(w+16, 1024)) * min(tileHeight, max(full+16, 1024))
	case rows > 0 && rows < full:
		h.block = rows * w
	default:
		h.block = w * full
	}
	return h
}
