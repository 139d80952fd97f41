package index

import (
	"encoding/binary"
	"sync"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/hashmatch/engine/index/internal/layout"
)

// bandBits is the width of a band. Bands of 32 bits hold few of the possible values even in millions of codes, so that a
// band of an unrelated query is seldom there by chance; narrower ones would serve larger radii but reject nothing.
const bandBits = 32

// bandFalsePositives is the share of absent bands that a filter takes for present; it costs 14.4 bits for each.
const bandFalsePositives = 0.001

// bands tells of most queries, without a look at the codes, that nothing is near them: a code is cut into bands (8 of a
// 256-bit code, 2 of a 64-bit code), and a Bloom filter for each band holds what the codes have there.
//
// It is lossless where the radius r is less than the number of bands b: a code within r of the query differs from it in
// at most r bits, which lie in at most r bands. The other b-r bands or more are equal in both, and a Bloom filter never
// denies what was added. So a query of which more than r bands are denied has no such code. From r = b on this says
// nothing, as every band may differ.
type bands[C Code] struct {
	filters []*bloom.BloomFilter // one for each band
}

// newBands builds the filters, each in a goroutine of its own: a filter may not be added to by two.
func newBands[C Code](codes []C) *bands[C] {
	b := &bands[C]{make([]*bloom.BloomFilter, width[C]()/bandBits)}
	var wg sync.WaitGroup
	for i := range b.filters {
		wg.Go(func() {
			f := bloom.NewWithEstimates(uint(max(1, len(codes))), bandFalsePositives)
			var key [4]byte
			for _, c := range codes {
				binary.LittleEndian.PutUint32(key[:], band(&c, i))
				f.Add(key[:])
			}
			b.filters[i] = f
		})
	}
	wg.Wait()
	return b
}

// mayHold is false only when no code lies within the radius of q.
func (b *bands[C]) mayHold(q C, radius int) bool {
	if radius >= len(b.filters) {
		return true
	}
	var key [4]byte
	denied := 0
	for i, f := range b.filters {
		binary.LittleEndian.PutUint32(key[:], band(&q, i))
		if !f.Test(key[:]) {
			denied++
		}
		if denied > radius {
			return false
		}
	}
	return true
}

// band is the i-th band of a code.
func band[C Code](c *C, i int) uint32 {
	var word uint64
	switch c := any(c).(type) {
	case *uint64:
		word = *c
	case *[4]uint64:
		word = c[i/2]
	}
	return uint32(word >> (i % 2 * bandBits))
}

// bytes is the memory that the filters take.
func (b *bands[C]) bytes() (n int) {
	for _, f := range b.filters {
		n += int(f.Cap()+63) / 64 * 8
	}
	return n
}

// append writes the filters: their sizes, then their bits.
func (b *bands[C]) append(w *layout.Writer) {
	for _, f := range b.filters {
		w.Uint(uint64(f.Cap()))
		w.Uint(uint64(f.K()))
	}
	for _, f := range b.filters {
		layout.Append(w, f.BitSet().Words())
	}
}

// mostHashes bounds how long a filter that was read may take to answer. Ours have 10.
const mostHashes = 64

// loadBands reads the filters, whose bits stay where they are. The library's own reader must not see bytes from outside:
// it allocates what they say.
func loadBands[C Code](r *layout.Reader) *bands[C] {
	b := &bands[C]{make([]*bloom.BloomFilter, width[C]()/bandBits)}
	var size, hashes [maxWidth / bandBits]uint64
	for i := range b.filters {
		size[i] = r.Uint("filter", 1, 1<<40)
		hashes[i] = r.Uint("filter", 1, mostHashes)
	}
	for i := range b.filters {
		words := layout.Slice[uint64](r, "filter", (size[i]+63)/64)
		b.filters[i] = bloom.FromWithM(words, uint(size[i]), uint(hashes[i]))
	}
	return b
}
