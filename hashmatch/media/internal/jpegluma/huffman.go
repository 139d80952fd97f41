package jpegluma

// natural takes a coefficient's place in the zigzag to its place in the block, row by row (T.81, figure A.6).
var natural = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// spec is a Huffman table as a DHT segment has it: sixteen counts of codes by length, then their symbols.
type spec struct {
	n     int // bytes, 0 for no table
	bytes [16 + 256]byte
}

// set takes a table, and tells whether its codes are no more than there can be.
func (s *spec) set(table []byte) bool {
	left := 1 << 16
	for i, c := range table[:16] {
		left -= int(c) << (15 - i)
	}
	s.n = copy(s.bytes[:], table)
	if s.n == 16 {
		s.n = 0 // no code: as if it were not there
	}
	return left >= 0
}

func (s *spec) equal(t *spec) bool {
	return s.n == t.n && string(s.bytes[:s.n]) == string(t.bytes[:t.n])
}

const shortBits = 9

// symbols finds symbols one by one. It serves where the tables of many symbols give up.
type symbols struct {
	spec  spec
	short [1 << shortBits]uint16 // length << 8 | symbol; 0 for longer codes, and for none
	limit [17]uint32             // limit[l]: the first 16 bits that begin no code of at most l bits
	delta [17]int32              // of the l bits of a code to its place among all
}

// build makes t the symbols of s.
func (t *symbols) build(s *spec) {
	t.spec = *s
	clear(t.short[:])
	code, place := uint32(0), uint32(0)
	for l := uint32(1); l <= 16; l++ {
		t.delta[l] = int32(place) - int32(code)
		for range s.bytes[l-1] {
			if l <= shortBits {
				from := code << (shortBits - l)
				for i := range uint32(1) << (shortBits - l) {
					t.short[from+i] = uint16(l)<<8 | uint16(s.bytes[16+place])
				}
			}
			code++
			place++
		}
		t.limit[l] = code << (16 - l)
		code <<= 1
	}
}

// next returns the symbol that begins acc, which holds at least 16 bits, and the length of its code; 0 for no code.
func (t *symbols) next(acc uint64) (length uint, symbol byte) {
	if e := t.short[acc>>(64-shortBits)]; e != 0 {
		return uint(e >> 8), byte(e)
	}
	prefix := uint32(acc >> 48)
	for l := uint(shortBits + 1); l <= 16; l++ {
		if prefix < t.limit[l] {
			return l, t.spec.bytes[16+uint8(int32(prefix>>(16-l))+t.delta[l])]
		}
	}
	return 0, 0
}

// each calls f for each code of at most max bits, ascending: its first place in a table of max bits, its length and
// its symbol.
func (s *spec) each(max uint, f func(at uint32, length uint, symbol byte)) {
	code, place := uint32(0), 16
	for l := uint(1); l <= min(max, 16); l++ {
		for range s.bytes[l-1] {
			f(code<<(max-l), l, s.bytes[place])
			code++
			place++
		}
		code <<= 1
	}
}

// extend is EXTEND of T.81, F.2.2.1: the value that n bits stand for.
func extend(v uint32, n uint) int32 {
	if n == 0 || v>>(n-1) != 0 {
		return int32(v)
	}
	return int32(v) - 1<<n + 1
}
