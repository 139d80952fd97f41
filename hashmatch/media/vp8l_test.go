package media

import (
	"image/color"
	"strings"
)

// bitString is a string of bits, the lowest of a byte first, as VP8L has them.
type bitString struct {
	out  []byte
	free int
}

func (b *bitString) put(value, width int) {
	for i := range width {
		if b.free == 0 {
			b.out, b.free = append(b.out, 0), 8
		}
		b.out[len(b.out)-1] |= byte(value>>i&1) << (8 - b.free)
		b.free--
	}
}

// simple writes a Huffman code of the one symbol 0.
func (b *bitString) simple() { b.put(0b0001, 4) }

// full writes a code in which all 256 symbols have eight bits, in 42 bits: the lengths are all the same symbol.
func (b *bitString) full() {
	b.put(0, 1)
	b.put(12-4, 4)
	for range 11 {
		b.put(0, 3)
	}
	b.put(1, 3) // length 8 is the only symbol among lengths
	b.put(0, 1)
}

// green writes a code for greens, lengths and the colour cache in which the first 256 symbols have eight bits.
func (b *bitString) green(cache int) {
	b.put(0, 1)
	b.put(12-4, 4)
	for i := range 12 {
		length := 0
		if i == 1 || i == 11 { // a run of zeros, and length 8
			length = 1
		}
		b.put(length, 3)
	}
	b.put(0, 1)
	for range 256 {
		b.put(0, 1) // length 8 has the lower code
	}
	for rest := 24 + cache; rest > 0; {
		n := min(rest, 138)
		if rest-n > 0 && rest-n < 11 {
			n -= 11
		}
		b.put(1, 1)
		b.put(n-11, 7)
		rest -= n
	}
}

// reversed returns the eight bits of a code in the order in which they are written.
func reversed(v int) (r int) {
	for i := range 8 {
		r |= v >> i & 1 << (7 - i)
	}
	return r
}

// hugeCodes makes a lossless WebP of w x h pixels with as many Huffman groups as the decoder takes, and no pixels.
func hugeCodes(w, h int) string {
	b := &bitString{}
	b.put(0, 1) // no transform
	b.put(1, 1)
	b.put(11, 4) // a colour cache of 2048
	b.put(1, 1)
	b.put(0, 3) // groups for tiles of 4x4
	b.put(0, 1) // the picture of groups has no cache
	b.green(0)
	b.full() // red
	b.simple()
	b.simple()
	b.simple()
	for i := range (w + 3) / 4 * ((h + 3) / 4) {
		group := min(i, 2599)
		b.put(reversed(group&255), 8)
		b.put(reversed(group>>8), 8)
	}
	for range 2600 {
		b.green(2048)
		b.full()
		b.full()
		b.full()
		b.simple()
	}
	return rawWebP("VP8L", "\x2f"+le(4, uint64(w-1)|uint64(h-1)<<14)+string(b.out)+strings.Repeat("\x00", 8))
}

func paletteOf(n int) (p color.Palette) {
	for i := range n {
		p = append(p, color.NRGBA{uint8(40 * i), uint8(255 - 90*i), 77, 255})
	}
	return p
}
