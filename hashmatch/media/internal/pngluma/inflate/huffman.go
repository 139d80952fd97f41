package inflate

import (
	"math/bits"
	"slices"
)

// A table maps the next bits of a stream, as many as its root says, to an entry. An entry holds
//
//	bits 0..5    how many bits it takes from the stream in all, codes and extra bits
//	bit 31       set for literals; then also
//	bits 8..15   the first literal
//	bits 16..23  the second, if there is one
//	bits 24..25  how many there are
//
// or else, for a length or distance,
//
//	bits 8..11   how many of the bits that it takes are the code
//	bits 16..30  the base, to which the extra bits are added
//
// and if bit 15 is set it is neither: the end of a block, a link, or with neither flag an error. A link leads to a table
// for the codes longer than the root that begin with it: bits 16..30 its place, bits 8..11 how many bits index it.
const (
	literal = 1 << 31
	single  = 1 << 24
	special = 1 << 15
	isLink  = 1 << 14
	isEnd   = 1 << 13
)

const (
	maxBits = 15 // of a code

	litRoot  = 11
	distRoot = 8
	metaRoot = 7 // of the code that code lengths are written in; it has no longer codes

	// The tables of 288 codes with a root of 11 have at most 2342 entries, those of 32 with a root of 8 at most 402, as
	// zlib's examples/enough.c computes them. Powers of two, so that a masked index needs no check.
	litSize  = 4096
	distSize = 512

	codeBits = 0x101 // times a code's length, added to a symbol: the bits it takes, and the bits that are the code
)

// The symbols of RFC 1951, 3.2.5, as entries without the length of their codes. Two of each alphabet have codes in the
// fixed tables and no meaning.
var (
	litSymbols  [288]uint32
	distSymbols [32]uint32
	metaSymbols [19]uint32
)

func init() {
	for i := range 256 {
		litSymbols[i] = literal | single | uint32(i)<<8
	}
	litSymbols[256] = special | isEnd
	base := uint32(3)
	for i := range 28 {
		extra := uint32(max(0, i/4-1))
		litSymbols[257+i] = base<<16 | extra
		base += 1 << extra
	}
	litSymbols[285] = 258 << 16
	litSymbols[286], litSymbols[287] = special, special

	base = 1
	for i := range 30 {
		extra := uint32(max(0, i/2-1))
		distSymbols[i] = base<<16 | extra
		base += 1 << extra
	}
	distSymbols[30], distSymbols[31] = special, special

	for i := range metaSymbols {
		metaSymbols[i] = uint32(i) << 16
	}
}

// build fills the table for a code that is given by the lengths of its codes, 0 for a symbol that has none. It reports
// false for lengths that compress/flate refuses too: all but those of a complete code, of no code at all, and of a
// single code of one bit.
//
// The codes come in ascending order, so the table is made for the shortest first and doubled whenever they get longer.
func build(table []uint32, root int, lengths []uint8, symbols []uint32) bool {
	var count [maxBits + 1]int
	for _, l := range lengths {
		count[l]++
	}
	used := len(lengths) - count[0]
	count[0] = 0
	free := 1
	for l := 1; l <= maxBits; l++ {
		if free = 2*free - count[l]; free < 0 {
			return false
		}
	}
	if used == 0 || used == 1 && count[1] == 1 {
		for i := range 1 << root {
			table[i] = special
		}
		for symbol, l := range lengths {
			for i := 0; l == 1 && i < 1<<root; i += 2 {
				table[i] = withCode(symbols[symbol], 1)
			}
		}
		return true
	}
	if free > 0 {
		return false
	}

	var sorted [288]uint16 // symbols by the length of their codes
	var next [maxBits + 2]int
	for l := 1; l <= maxBits; l++ {
		next[l+1] = next[l] + count[l]
	}
	for symbol, l := range lengths {
		if l > 0 {
			sorted[next[l]] = uint16(symbol)
			next[l]++
		}
	}
	b := builder{table: table, root: root, symbols: symbols, count: count, end: 1 << root}
	end := 1 // of the table made so far
	length := 0
	for _, symbol := range sorted[:used] {
		for b.count[length] == 0 {
			length++
			if length <= root {
				copy(table[end:], table[:end])
				end *= 2
			}
		}
		b.add(int(symbol), length)
		b.count[length]--
	}
	for ; length < root; length++ {
		copy(table[end:], table[:end])
		end *= 2
	}
	return true
}

// withCode returns the entry of a symbol whose code has so many bits.
func withCode(symbol uint32, length int) uint32 {
	if symbol&literal != 0 {
		return symbol + uint32(length)
	}
	return symbol + uint32(length)*codeBits
}

// pair makes one entry of two literals where the table's root has bits enough for both. That is worth its time where the
// shortest literals are short, as those of filtered photographs are.
func pair(table []uint32, root uint, lengths []uint8) {
	short := uint8(root / 2)
	if !slices.ContainsFunc(lengths[:256], func(l uint8) bool { return l > 0 && l <= short }) {
		return
	}
	// Downwards, so that the second entry, which is at a lower place, is still a single one.
	for i := 1<<root - 1; i >= 0; i-- {
		first := table[i]
		if first&literal == 0 {
			continue
		}
		second := table[i>>(first&63)]
		if bits := first&63 + second&63; second&literal != 0 && bits <= uint32(root) {
			table[i] = literal | 2*single | second<<8&0xff0000 | first&0xff00 | bits
		}
	}
}

// builder adds codes to a table in ascending order.
type builder struct {
	table   []uint32
	root    int
	symbols []uint32
	count   [maxBits + 1]int // codes of each length that are still to come

	code uint // the next one, its first bit lowest
	end  int  // of the tables so far
	link struct{ prefix, start, bits int }
}

// add adds the next code: in the table itself once, in one behind a link as often as it has bits that do not matter.
func (b *builder) add(symbol, length int) {
	entry := withCode(b.symbols[symbol], length)
	if length <= b.root {
		b.table[b.code] = entry
	} else {
		if prefix := int(b.code & (1<<b.root - 1)); b.end == 1<<b.root || prefix != b.link.prefix {
			b.open(prefix, length)
		}
		for i := int(b.code >> b.root); i < 1<<b.link.bits; i += 1 << (length - b.root) {
			b.table[b.link.start+i] = entry
		}
	}
	// The next code: bits count from the first down, so the last zero becomes one and what follows it zero.
	if zeros := ^b.code & (1<<length - 1); zeros != 0 {
		bit := uint(1) << (bits.Len(zeros) - 1)
		b.code = b.code&(bit-1) | bit
	}
}

// open starts the table of all codes that begin with prefix, of which the next one is the shortest: it has just the bits
// that these codes fill.
func (b *builder) open(prefix, length int) {
	n := length - b.root
	for filled := b.count[length]; filled < 1<<n; {
		n++
		filled = 2*filled + b.count[b.root+n]
	}
	b.link.prefix, b.link.start, b.link.bits = prefix, b.end, n
	b.end += 1 << n
	b.table[prefix] = special | isLink | uint32(b.link.start)<<16 | uint32(n)<<8
}
