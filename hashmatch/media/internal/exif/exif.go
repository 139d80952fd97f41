// Package exif reads the two things that matter here from the notes of a camera: how a picture lies, and the small picture
// beside it. Source: Exif 2.32, CIPA DC-008-2019, sections 4.5 and 4.6.
//
// What does not hold together is left out: a broken note is no reason to refuse a picture.
package exif

import "encoding/binary"

// The tags that are read.
const (
	tagOrientation     = 0x0112
	tagThumbnailOffset = 0x0201
	tagThumbnailLength = 0x0202
)

// Read returns the orientation, 1..8, from the first directory of a TIFF structure, and the JPEG that its second says it
// holds, a part of tiff; 0 and nil where there is none. It allocates nothing.
func Read(tiff []byte) (orientation int, thumbnail []byte) {
	if len(tiff) < 8 {
		return 0, nil
	}
	var order binary.ByteOrder
	switch string(tiff[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 0, nil
	}
	if order.Uint16(tiff[2:]) != 42 {
		return 0, nil
	}
	first := directory{tiff, order, int64(order.Uint32(tiff[4:]))}
	if o := first.value(tagOrientation); o >= 1 && o <= 8 {
		orientation = int(o)
	}
	second := directory{tiff, order, first.next()}
	offset, length := second.value(tagThumbnailOffset), second.value(tagThumbnailLength)
	if offset < 8 || length < 4 || offset+length > int64(len(tiff)) {
		return orientation, nil
	}
	if t := tiff[offset : offset+length : offset+length]; t[0] == 0xff && t[1] == 0xd8 {
		thumbnail = t
	}
	return orientation, thumbnail
}

// directory is a TIFF image file directory, which may lie anywhere and hold anything.
type directory struct {
	tiff  []byte
	order binary.ByteOrder
	at    int64
}

// entries returns the directory's entries of 12 bytes, as many as are there, and where they should end.
func (d *directory) entries() (list []byte, end int64) {
	if d.at < 8 || d.at+2 > int64(len(d.tiff)) {
		return nil, -1
	}
	end = d.at + 2 + 12*int64(d.order.Uint16(d.tiff[d.at:]))
	return d.tiff[d.at+2 : min(end, int64(len(d.tiff)))], end
}

// value returns the number that a tag has, a short or a long; 0 if it has none.
func (d *directory) value(tag uint16) int64 {
	list, _ := d.entries()
	for ; len(list) >= 12; list = list[12:] {
		if d.order.Uint16(list) != tag || d.order.Uint32(list[4:]) != 1 {
			continue
		}
		switch d.order.Uint16(list[2:]) {
		case 3:
			return int64(d.order.Uint16(list[8:]))
		case 4:
			return int64(d.order.Uint32(list[8:]))
		}
		return 0
	}
	return 0
}

// next returns where the next directory lies; 0 for nowhere.
func (d *directory) next() int64 {
	if _, end := d.entries(); end >= 0 && end+4 <= int64(len(d.tiff)) {
		return int64(d.order.Uint32(d.tiff[end:]))
	}
	return 0
}
