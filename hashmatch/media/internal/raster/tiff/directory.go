// Package tiff reads the first picture of a TIFF row by row, whatever the size of its strips and tiles.
//
// It reads all that golang.org/x/image/tiff reads rightly, with the same pixels: bilevel, gray, palette, RGB and RGBA, of
// 1, 8 or 16 bits; uncompressed, PackBits, LZW, Deflate, CCITT Group 3 and 4; horizontal differences; both byte orders.
// And besides: 2 and 4 bits, gray with alpha, further samples (dropped), CMYK, planes stored one after the other,
// directories in any order, and what is left of damaged files. JPEG inside TIFF, YCbCr, Lab, floating point and BigTIFF
// are not read.
//
// x/image/tiff overlooks some fields and then takes other bytes for pixels. Planes one after the other and several
// samples of which the depth is given once are read as they are meant here; bits in reverse order (but for CCITT),
// colour numbers of 16 bits and unknown predictors are unsupported.
//
// Sources: TIFF 6.0, Adobe, 1992; TIFF Technical Note 2 and Adobe Photoshop TIFF Technical Notes, 2002.
package tiff

import (
	"encoding/binary"
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
)

// The fields that are read.
const (
	tagSubfile      = 254
	tagWidth        = 256
	tagHeight       = 257
	tagBits         = 258
	tagCompression  = 259
	tagPhotometric  = 262
	tagFillOrder    = 266
	tagStripOffsets = 273
	tagOrientation  = 274
	tagSamples      = 277
	tagRowsPerStrip = 278
	tagStripCounts  = 279
	tagPlanar       = 284
	tagT4Options    = 292
	tagPredictor    = 317
	tagColours      = 320
	tagTileWidth    = 322
	tagTileHeight   = 323
	tagTileOffsets  = 324
	tagTileCounts   = 325
	tagExtra        = 338
	tagFormat       = 339
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("tiff: "+format+": %w", append(args, hashmatch.ErrCorrupt)...)
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("tiff: "+format+": %w", append(args, hashmatch.ErrUnsupported)...)
}

// field is an array of integers somewhere in the file. It is read where it stands: it may claim any number.
type field struct {
	data  []byte
	big   bool
	size  int // bytes of a value: 1, 2 or 4
	count int // as many values as the file has of those claimed
}

// at returns value i, 0 if there is none.
func (f *field) at(i int) uint32 {
	if i >= f.count {
		return 0
	}
	b := f.data[i*f.size:]
	switch {
	case f.size == 1:
		return uint32(b[0])
	case f.size == 2 && f.big:
		return uint32(binary.BigEndian.Uint16(b))
	case f.size == 2:
		return uint32(binary.LittleEndian.Uint16(b))
	case f.big:
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// or returns the first value, or another if there is none.
func (f *field) or(other uint32) uint32 {
	if f.count == 0 {
		return other
	}
	return f.at(0)
}

// sizeOf returns the bytes of a value of a type, 0 if it is no integer without sign.
func sizeOf(kind uint16) int64 {
	switch kind {
	case 1:
		return 1
	case 3:
		return 2
	case 4:
		return 4
	}
	return 0
}

// directory is a file's first, with its fields by tag: those that are read lie in one narrow range.
type directory struct {
	big    bool
	fields [tagFormat - tagSubfile + 1]field
}

func (d *directory) field(tag int) *field { return &d.fields[tag-tagSubfile] }

// read finds the first directory, into an empty one. Of fields that stand there twice the first counts. One of a type that is no integer is
// ignored, as if it were not there.
func (d *directory) read(data []byte) error {
	if len(data) < 8 {
		return corrupt("no header")
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(data[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order, d.big = binary.BigEndian, true
	default:
		return corrupt("no header")
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return corrupt("offset %d: the directory is cut off", at)
	}
	n := int(order.Uint16(data[at:]))
	entries := data[at+2:]
	if len(entries) < 12*n {
		return corrupt("offset %d: a directory of %d fields is cut off", at, n)
	}
	for i := range n {
		e := entries[12*i:][:12]
		tag := int(order.Uint16(e))
		if tag < tagSubfile || tag > tagFormat || d.field(tag).count > 0 {
			continue
		}
		size := sizeOf(order.Uint16(e[2:]))
		if size == 0 {
			continue
		}
		count := int64(order.Uint32(e[4:]))
		values := e[8:]
		if count*size > 4 {
			values = data[min(int64(order.Uint32(e[8:])), int64(len(data))):]
		}
		*d.field(tag) = field{values, d.big, int(size), int(min(count, int64(len(values))/size))}
	}
	return nil
}
