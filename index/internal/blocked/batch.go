package blocked

import (
	"slices"

	"github.com/hashmatch/engine/internal/cpu"
)

// path is the instruction set of the kernels; tests change it.
var path = cpu.Best()

// places are where the bits of a group of keys are.
type places struct {
	offsets  [group]uint64 // of the block, in bytes
	patterns [group]uint64
}

// TestBatch appends to dst the numbers of those of keys, which lie one after the other, that may have been added. While
// the blocks of a group of keys are tested, those of the next group are on their way from memory.
func (f *Filter) TestBatch(dst []uint32, keys []byte, width int) []uint32 {
	n := len(keys) / width
	dst = slices.Grow(dst, n)
	var both [2]places
	f.placeGroup(&both[0], keys[:min(n, group)*width], width)
	for from := 0; from < n; from += group {
		to := min(n, from+group)
		this, next := &both[from/group%2], &both[(from/group+1)%2]
		if to < n {
			f.placeGroup(next, keys[to*width:min(n, to+group)*width], width)
		}
		passed := testGroup(dst[len(dst):cap(dst)], f.words, this, uint32(from), to-from)
		dst = dst[:len(dst)+passed]
	}
	return dst
}

// placeGroup finds where the bits of at most group keys are, and begins to fetch them.
func (f *Filter) placeGroup(p *places, keys []byte, width int) {
	if path >= cpu.AVX2 && len(keys) > 0 {
		placeAVX2(p, &keys[0], len(keys)/width, width, &f.hasher, &f.words[0], f.count)
		return
	}
	f.placeGo(p, keys, width)
}

// testGroup writes to dst the numbers of those of the n keys placed in p that may have been added, counted from first,
// and returns how many there are. It may write all over dst[:n].
func testGroup(dst []uint32, words []uint64, p *places, first uint32, n int) int {
	if path >= cpu.AVX2 {
		_ = dst[n-1]
		return testAVX2(&dst[0], &words[0], p, first, n)
	}
	return testGo(dst, words, p, first, n)
}

// placeGo works like placeAVX2. A load has the effect of a prefetch as long as nothing waits for its value, and the fewer
// instructions there are between two of them, the more are under way.
func (f *Filter) placeGo(p *places, keys []byte, width int) {
	n := len(keys) / width
	for i := range n {
		block, pattern := f.place(keys[i*width:][:width])
		p.offsets[i], p.patterns[i] = block*(Words*8), pattern
	}
	fetched := uint64(0)
	for _, offset := range p.offsets[:n] {
		fetched |= f.words[offset/8]
	}
	keep(fetched)
}

// keep lets the compiler not leave out what v was computed for.
//
//go:noinline
func keep(v uint64) {}

// testGo works like testAVX2.
func testGo(dst []uint32, words []uint64, p *places, first uint32, n int) int {
	passed := 0
	for i := range n {
		dst[passed] = first + uint32(i)
		if holds((*[Words]uint64)(words[p.offsets[i]/8:]), p.patterns[i]) {
			passed++
		}
	}
	return passed
}
