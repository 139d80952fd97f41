// Package blocked is a Bloom filter each of whose keys lies in one block of 512 bits, a cache line: a look-up waits for
// memory once (Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007). A key sets a bit in each
// of the block's 8 words. With 16 bits a key, about one absent key in 1,100 passes.
package blocked

import "math/bits"

const (
	// KeysPerBlock is the mean number of keys in a block: 16 bits for each.
	KeysPerBlock = 32
	// Words is the number of words of a block.
	Words = 8

	// group is the number of keys whose blocks are fetched at the same time.
	group = 64
)

// Filter holds keys of one width, 16 to 32 bytes. It is safe for concurrent use while nothing is added.
type Filter struct {
	hasher
	words []uint64
	count uint64 // of blocks, at least 1
}

// Blocks is the number of blocks that New gives a filter of n keys.
func Blocks(n int) int { return max(1, (n+KeysPerBlock-1)/KeysPerBlock) }

// New makes an empty filter for n keys. Filters of the same keys and seed have the same words.
func New(n int, seed [32]byte) *Filter {
	return Of(alignedWords(Blocks(n)*Words), seed)
}

// Of makes a filter of words, at least one block of them, that are another filter's with the same seed. It keeps words.
func Of(words []uint64, seed [32]byte) *Filter {
	return &Filter{newHasher(seed), words, uint64(len(words) / Words)}
}

// Words are the filter's bits: all that Of needs beside the seed.
func (f *Filter) Words() []uint64 { return f.words }

// place returns the number of a key's block and the bits in it: of word i, the one that the uppermost 6 bits of pattern
// << 6i number.
func (f *Filter) place(key []byte) (block, pattern uint64) {
	h := f.of(key)
	block, _ = bits.Mul64(h, f.count)
	return block, h * f.spin
}

// block is the i-th block.
func (f *Filter) block(i uint64) *[Words]uint64 { return (*[Words]uint64)(f.words[i*Words:]) }

// AddBetween adds those of keys, which lie one after the other, whose block is one of from to to-1. Calls for blocks that
// do not overlap may run at the same time. While bits are set in the blocks of a group of keys, those of the next are on
// their way from memory.
func (f *Filter) AddBetween(keys []byte, width, from, to int) {
	var both [2]places
	this, next, n := &both[0], &both[1], 0
	ready := 0 // keys in this, of which the blocks are being fetched
	for ; len(keys) >= width; keys = keys[width:] {
		block, pattern := f.place(keys[:width])
		if block-uint64(from) >= uint64(to-from) {
			continue
		}
		next.offsets[n], next.patterns[n] = block*(Words*8), pattern
		if n++; n == group {
			Fetch(bytesOf(f.words), next.offsets[:])
			f.set(this, ready)
			this, next, n, ready = next, this, 0, n
		}
	}
	f.set(this, ready)
	f.set(next, n)
}

// set sets the bits of n keys.
func (f *Filter) set(p *places, n int) {
	for i, offset := range p.offsets[:n] {
		b := f.block(offset / (Words * 8))
		pattern := p.patterns[i]
		for w := range b {
			b[w] |= 1 << (pattern >> 58)
			pattern <<= 6
		}
	}
}

// Test tells whether key may have been added; if it was, it does.
func (f *Filter) Test(key []byte) bool {
	n, pattern := f.place(key)
	return holds(f.block(n), pattern)
}

// holds tells whether all bits of pattern are in the block. It looks at all words, as a branch at each would cost more.
func holds(b *[Words]uint64, p uint64) bool {
	return b[0]>>(p>>58)&(b[1]>>(p>>52&63))&(b[2]>>(p>>46&63))&(b[3]>>(p>>40&63))&
		(b[4]>>(p>>34&63))&(b[5]>>(p>>28&63))&(b[6]>>(p>>22&63))&(b[7]>>(p>>16&63))&1 != 0
}
