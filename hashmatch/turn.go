package hashmatch

import "encoding/binary"

// Turned returns the PDQ hash of the picture laid in another orientation, from the bits of h alone; false for hashes of
// other kinds and for views that are no orientation.
//
// Turning a side over changes the sign of every second frequency along it, and rows for columns exchanges them
// ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019, on dihedral hashes). A bit
// says that a frequency is above the median, which is near 0, so that a change of sign changes the bit. As bits, turning
// is exact: the orientations are a group, and turning back gives h again.
//
// It is not quite the hash of the turned picture, whose samples PDQ takes a little off centre on the other side, so that
// a distance measured with it is larger than the pictures' own. Measured on made-up landscapes in the seven orientations:
// 10 bits on average and 24 at most for pictures of 640 x 480 pixels and more, 20 to 26 and 46 at most for those of
// 256 x 256 and less, 0 for Transpose.
func (h Hash) Turned(orientation View) (Hash, bool) {
	turn, ok := turns[orientation]
	if h.kind != PDQ || !ok {
		return Hash{}, false
	}
	c := turn.code(h.Code256())
	for i, word := range c {
		binary.BigEndian.PutUint64(h.b[8*i:], word)
	}
	return h, true
}

// turn says how the frequencies of a picture become those of a turned one: first signs change, then rows and columns are
// exchanged.
type turn struct{ down, across, transpose bool }

var turns = map[View]turn{
	Upright:    {},
	Rot90:      {across: true, transpose: true},
	Rot180:     {down: true, across: true},
	Rot270:     {down: true, transpose: true},
	Flip:       {down: true},
	Mirror:     {across: true},
	Transpose:  {transpose: true},
	Transverse: {down: true, across: true, transpose: true},
}

// code turns a code. Bit j of row i, which is bit 16 i + j counted from the last word's lowest, is that of the frequency
// with i+1 half waves down and j+1 across; where a side is turned over, those with an odd number of them change sign.
func (t turn) code(c [4]uint64) [4]uint64 {
	const evenRows, evenColumns = 0x0000ffff0000ffff, 0x5555555555555555
	signs := uint64(0)
	if t.down {
		signs ^= evenRows
	}
	if t.across {
		signs ^= evenColumns
	}
	for i := range c {
		c[i] ^= signs
	}
	if t.transpose {
		return transposed(c)
	}
	return c
}

// transposed exchanges rows and columns of 16 x 16 bits, by exchanging the corners of squares of 16, 8, 4 and 2 bits
// (Hacker's Delight, 7-3). A word holds four rows, the last word the first four.
func transposed(c [4]uint64) [4]uint64 {
	a, b, m, n := c[3], c[2], c[1], c[0] // rows 0-3, 4-7, 8-11, 12-15
	exchange := func(x, y *uint64, by int, mask uint64) {
		t := (*x>>by ^ *y) & mask
		*x, *y = *x^t<<by, *y^t
	}
	exchange(&a, &m, 8, 0x00ff00ff00ff00ff)
	exchange(&b, &n, 8, 0x00ff00ff00ff00ff)
	exchange(&a, &b, 4, 0x0f0f0f0f0f0f0f0f)
	exchange(&m, &n, 4, 0x0f0f0f0f0f0f0f0f)
	for _, w := range []*uint64{&a, &b, &m, &n} {
		t := (*w ^ *w>>30) & 0x00000000cccccccc // two rows on is 32 bits, two columns back 2
		*w ^= t ^ t<<30
		t = (*w ^ *w>>15) & 0x0000aaaa0000aaaa
		*w ^= t ^ t<<15
	}
	return [4]uint64{n, m, b, a}
}
