package pngluma

import "encoding/binary"

// The filters of a row.
const (
	filterNone = iota
	filterSub
	filterUp
	filterAverage
	filterPaeth
	filters
)

// unfilter turns above, the row above, into the row that row holds the filtered bytes of. step is how far left of a byte
// the corresponding byte of the pixel before lies. Both have slack bytes behind: row's are of no account, above's may be
// overwritten.
func unfilter(above, row []byte, filter byte, step int) {
	above = above[:len(row)+slack]
	switch filter {
	case filterNone:
		copy(above, row)
	case filterSub:
		sub(above, row, step)
	case filterUp:
		up(above, row)
	case filterAverage:
		average(above, row, step)
	case filterPaeth:
		paeth(above, row, step)
	}
}

// low has all bits of eight bytes but the highest of each.
const low = 0x7f7f7f7f7f7f7f7f

// addBytes adds eight pairs of bytes.
func addBytes(a, b uint64) uint64 { return (a&low + b&low) ^ (a^b)&^low }

// halfBytes returns the means, rounded down, of eight pairs of bytes.
func halfBytes(a, b uint64) uint64 { return a&b + (a^b)>>1&low }

// word returns a row's next bytes, at most eight; there may be fewer at its end.
func word(row []byte) uint64 {
	if len(row) >= 8 {
		return binary.LittleEndian.Uint64(row)
	}
	var w [8]byte
	copy(w[:], row)
	return binary.LittleEndian.Uint64(w[:])
}

// up adds the row above.
func up(above, row []byte) {
	for len(row) >= 8 {
		v := addBytes(binary.LittleEndian.Uint64(above), binary.LittleEndian.Uint64(row))
		binary.LittleEndian.PutUint64(above, v)
		above, row = above[8:], row[8:]
	}
	for x := range row {
		above[x] += row[x]
	}
}

// subGeneric adds the pixel to the left. A pixel of more than a byte is added at once; what is read beyond it is written beyond
// it too, and then overwritten.
func subGeneric(above, row []byte, step int) {
	if step == 1 {
		left := byte(0)
		for x := range row {
			left += row[x]
			above[x] = left
		}
		return
	}
	left := uint64(0)
	for len(row) > 0 {
		left = addBytes(left, word(row))
		binary.LittleEndian.PutUint64(above, left)
		above, row = above[step:], row[step:]
	}
}

// averageGeneric adds the mean of the pixels to the left and above.
func averageGeneric(above, row []byte, step int) {
	if step == 1 {
		left := byte(0)
		for x := range row {
			left = row[x] + byte((uint(left)+uint(above[x]))>>1)
			above[x] = left
		}
		return
	}
	left := uint64(0)
	for len(row) > 0 {
		// The store of the pixel before went beyond it, so what lies above is read before.
		left = addBytes(halfBytes(left, binary.LittleEndian.Uint64(above)), word(row))
		for i := range step {
			above[i] = byte(left >> (8 * i))
		}
		above, row = above[step:], row[step:]
	}
}

// paethGeneric adds whichever of left, above and upper left is nearest to left + above - upper left.
func paethGeneric(above, row []byte, step int) {
	for lane := range step {
		var left, corner int32
		for x := lane; x < len(row); x += step {
			b := int32(above[x])
			pa, pb := b-corner, left-corner
			pc := abs(pa + pb)
			pa, pb = abs(pa), abs(pb)
			if pb < pa {
				pa, left = pb, b
			}
			if pc < pa {
				left = corner
			}
			corner = b
			left = int32(byte(left) + row[x])
			above[x] = byte(left)
		}
	}
}

func abs(x int32) int32 {
	m := x >> 31
	return (x ^ m) - m
}
