package index

import (
	"math/bits"
	"sync"
)

// maxTables bounds the number of tables of a Multi, so that what belongs to a query has its room on the stack.
const maxTables = 32

// fingerprintBits is the number of bits behind the key that stand with each entry of a bucket.
const fingerprintBits = 16

// maxProbes bounds the buckets that a query may ask of one table. Beyond it a scan is cheaper by far.
const maxProbes = 1 << 14

// thresholds sets t[i] to the greatest distance at which keys of table i are asked for, given what it costs to raise a
// threshold: step(i, d) is the cost of asking table i for keys at distance d, rising with d. It returns false when some
// table would have to be asked for more than maxProbes keys.
//
// The general pigeonhole principle (Qin et al., GPH: Similarity Search in Hamming Space, ICDE 2018) asks for t[i] >= -1
// with a sum of radius-m+1 for m tables: were every part of a code at distance t[i]+1 or more from the query's, the sum
// would be radius+1 at least. A table with -1 is not asked. So there are radius+1 steps to hand out, and handing each to
// the table where it costs least is the cheapest way in all, since the costs of a table rise.
func thresholds(t []int8, radius int, step func(table, distance int) (cost uint64, ok bool)) bool {
	for i := range t {
		t[i] = -1
	}
	for range radius + 1 {
		best, least := -1, uint64(0)
		for i := range t {
			if cost, ok := step(i, int(t[i])+1); ok && (best < 0 || cost < least) {
				best, least = i, cost
			}
		}
		if best < 0 {
			return false
		}
		t[best]++
	}
	return true
}

// bounds sets b[i] to the greatest distance that the key and the fingerprint of a candidate in table i may have together:
// what is beyond it is found in another table, or not within the radius at all.
//
// That is the pigeonring principle (Qin and Xiao, Pigeonring: A Principle for Faster Thresholded Similarity Search, VLDB
// 2018). The sum of d[j]-t[j]-1 over the ring of tables is negative for a code within the radius, so some table begins a
// run of which every prefix is negative: for each length, the distances sum up to at most the thresholds and one less
// than the length. The fingerprint reaches into the span[i] parts that follow the key; that it may hold only some bits of
// the last makes its distance smaller and the bound no less true.
func bounds(b, t []int8, span []int, radius int) {
	m := len(t)
	for i := range b {
		sum := int(t[i])
		for k := 1; k <= span[i]; k++ {
			sum += 1 + int(t[(i+k)%m])
		}
		b[i] = int8(min(sum, radius, 127))
	}
}

// maskSet holds the masks of a number of bits in the order of their weight: those of weight w end at levels[w]. Levels
// that would take more than maxProbes masks are left out.
type maskSet struct {
	masks  []uint32
	levels []uint32
}

// maskSets are made when they are first asked for.
var maskSets = func() (sets [maxWidth/8 + 1]func() *maskSet) {
	for width := range sets {
		sets[width] = sync.OnceValue(func() *maskSet { return newMaskSet(width) })
	}
	return sets
}()

func newMaskSet(width int) *maskSet {
	s := &maskSet{masks: []uint32{0}, levels: []uint32{1}}
	for weight, count := 1, uint64(1); weight <= width; weight++ {
		count = count * uint64(width-weight+1) / uint64(weight)
		if uint64(len(s.masks))+count > maxProbes {
			break
		}
		// Gosper's way from one mask to the next greater of the same weight.
		for mask := uint64(1)<<weight - 1; mask < 1<<width; {
			s.masks = append(s.masks, uint32(mask))
			low := mask & -mask
			up := mask + low
			mask = up | (mask^up)/low>>2
		}
		s.levels = append(s.levels, uint32(len(s.masks)))
	}
	return s
}

// upTo is the number of masks of at most a weight.
func (s *maskSet) upTo(weight int) int { return int(s.levels[weight]) }

// within are the masks of at most a weight, which is not negative.
func (s *maskSet) within(weight int8) []uint32 { return s.masks[:s.upTo(int(weight))] }

// weightOf is the weight of the i-th mask.
func (s *maskSet) weightOf(i uint32) int { return bits.OnesCount32(s.masks[i]) }
