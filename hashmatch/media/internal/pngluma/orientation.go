package pngluma

import "encoding/binary"

// orientation returns the orientation tag of the first directory of an eXIf chunk, which holds a TIFF header and what
// follows; 0 if there is none, or none of 1..8. Source: Exif 2.32 (CIPA DC-008-2019), 4.5.2 and 4.6.4.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > int64(len(tiff)) {
		return 0
	}
	directory := tiff[at+2:]
	for range min(int(order.Uint16(tiff[at:])), len(directory)/12) {
		entry := directory[:12]
		directory = directory[12:]
		if order.Uint16(entry) != 0x0112 || order.Uint32(entry[4:]) != 1 {
			continue
		}
		value := uint32(0)
		switch order.Uint16(entry[2:]) {
		case 3: // a short, as the standard has it
			value = uint32(order.Uint16(entry[8:]))
		case 4: // a long, as some software writes
			value = order.Uint32(entry[8:])
		}
		if value >= 1 && value <= 8 {
			return int(value)
		}
		return 0
	}
	return 0
}
