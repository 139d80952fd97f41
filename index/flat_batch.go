package index

import (
	"math/bits"
	"sync"

	"github.com/hashmatch/engine/index/internal/hamming"
)

const (
	// flatBatch is the number of queries from which a batch's way is faster than as many scans.
	flatBatch = 5

	// flatBlock is the number of queries that share the work of turning a block of codes, so that it is some per cent of
	// the comparing, and whose picks still lie in the second cache.
	flatBlock = 512
)

// WithinBatch implements Searcher.
func (f *Flat[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	batch(f, qs, radius, yield)
}

// blockSize implements blockEngine.
func (f *Flat[C]) blockSize(n, _ int) int {
	return blockQueries(n, flatBlock, uint64(len(f.codes))*costsOf(width[C]()).codeBlock)
}

// flatScratch is what a block of queries needs.
type flatScratch struct {
	block hamming.Block
	masks [flatBlock]hamming.Mask
	picks [flatBlock * hamming.MaxSteps256 * hamming.StepBits / 6]uint64
}

var flatPool = sync.Pool{New: func() any { return new(flatScratch) }}

// blockKernels are the kernels for codes of a width.
type blockKernels[C Code] struct {
	steps  func(radius int) int
	most   int
	pick   func(dst []uint64, q C, steps int)
	fill   func(b *hamming.Block, codes []C, steps int)
	verify func(dst []found, codes []C, ids []uint32, at int, masks []hamming.Mask, qs []C, first, radius int) (hits []found, vain int)
}

var (
	blockKernels64 = blockKernels[uint64]{
		hamming.Steps64, hamming.MaxSteps64, hamming.Pick64, (*hamming.Block).Fill64, verify64,
	}
	blockKernels256 = blockKernels[[4]uint64]{
		hamming.Steps256, hamming.MaxSteps256,
		func(dst []uint64, q [4]uint64, steps int) { hamming.Pick256(dst, &q, steps) },
		(*hamming.Block).Fill256, verify256,
	}
)

func blockKernelsOf[C Code]() *blockKernels[C] {
	if width[C]() == 64 {
		return any(&blockKernels64).(*blockKernels[C])
	}
	return any(&blockKernels256).(*blockKernels[C])
}

// block implements blockEngine.
func (f *Flat[C]) block(dst []found, qs []C, radius int) (hits []found, ok bool) {
	if radius < 0 {
		return dst, true
	}
	radius = min(radius, width[C]())
	if len(qs) < flatBatch || !hamming.BlocksPay(len(qs), blockKernelsOf[C]().steps(radius)) {
		dst = f.oneByOne(dst, qs, radius)
		return dst, len(dst) <= mostHits
	}
	s := flatPool.Get().(*flatScratch)
	defer flatPool.Put(s)
	for from := 0; from < len(qs) && len(dst) <= mostHits; from += flatBlock {
		dst = f.turned(dst, qs[from:min(from+flatBlock, len(qs))], from, radius, s)
	}
	return dst, len(dst) <= mostHits
}

// oneByOne scans all codes for each query.
func (f *Flat[C]) oneByOne(dst []found, qs []C, radius int) []found {
	var room [scanRoom]hamming.Found
	for i := range qs {
		for lo := 0; lo < len(f.codes) && len(dst) <= mostHits; {
			n, done := nearCodes(room[:], f.codes[lo:], &qs[i], radius)
			for _, h := range room[:n] {
				dst = append(dst, found{uint32(i), idAt(f.ids, lo+int(h.Position)), h.Distance})
			}
			lo += done
		}
	}
	return dst
}

// turned compares at most flatBlock queries with one block of codes after the other. The number of the first is first.
//
// When the bits that it begins with rule out too little, as those of codes that begin alike do, it looks at more of them.
func (f *Flat[C]) turned(dst []found, qs []C, first, radius int, s *flatScratch) []found {
	k := blockKernelsOf[C]()
	steps := k.steps(radius)
	picks := pickAll(s, k, qs, steps)
	for at := 0; at < len(f.codes) && len(dst) <= mostHits; at += hamming.BlockCodes {
		codes := f.codes[at:min(at+hamming.BlockCodes, len(f.codes))]
		k.fill(&s.block, codes, steps)
		n := s.block.Compare(s.masks[:len(qs)], picks, radius)
		var vain int
		dst, vain = k.verify(dst, codes, f.ids, at, s.masks[:n], qs, first, radius)
		if vain > 2*len(qs) && steps < k.most { // to verify two codes takes about as long as two steps
			steps = min(steps+2, k.most)
			picks = pickAll(s, k, qs, steps)
		}
	}
	return dst
}

// pickAll makes the picks of all queries.
func pickAll[C Code](s *flatScratch, k *blockKernels[C], qs []C, steps int) []uint64 {
	size := hamming.PickSize(steps)
	for i, q := range qs {
		k.pick(s.picks[i*size:], q, steps)
	}
	return s.picks[:len(qs)*size]
}

// verify64 appends a hit for each code of a mask that is within the radius of the mask's query, and returns how many
// others there are. first is the number of the first query, at the position of the block's first code among all.
func verify64(dst []found, codes []uint64, ids []uint32, at int, masks []hamming.Mask, qs []uint64, first, radius int) (hits []found, vain int) {
	for i := range masks {
		m := &masks[i]
		q := qs[m.Query]
		for w, word := range m.Codes {
			for ; word != 0; word &= word - 1 {
				i := 4*bits.TrailingZeros64(word) + w
				d := bits.OnesCount64(codes[i] ^ q)
				if d > radius {
					vain++
					continue
				}
				dst = append(dst, found{uint32(first) + uint32(m.Query), idAt(ids, at+i), uint32(d)})
			}
		}
	}
	return dst, vain
}

// verify256 works like verify64.
func verify256(dst []found, codes [][4]uint64, ids []uint32, at int, masks []hamming.Mask, qs [][4]uint64, first, radius int) (hits []found, vain int) {
	for i := range masks {
		m := &masks[i]
		q := &qs[m.Query]
		for w, word := range m.Codes {
			for ; word != 0; word &= word - 1 {
				i := 4*bits.TrailingZeros64(word) + w
				c := &codes[i]
				d := bits.OnesCount64(c[0]^q[0]) + bits.OnesCount64(c[1]^q[1]) + bits.OnesCount64(c[2]^q[2]) + bits.OnesCount64(c[3]^q[3])
				if d > radius {
					vain++
					continue
				}
				dst = append(dst, found{uint32(first) + uint32(m.Query), idAt(ids, at+i), uint32(d)})
			}
		}
	}
	return dst, vain
}
