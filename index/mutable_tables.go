package index

import (
	"math/bits"
	"sync"

	"github.com/hashmatch/engine/index/internal/hamming"
)

// deltaTables is a multi-index as in multi, into which codes can be put one by one while others search. Buckets are not
// packed: each has a hamming.Line of its own, and further lines when that is full, newest first; word 0 has the number of
// the next. A slot holds the position + 1 in its low bits, and above it the fingerprint, some of the bits that follow the
// key: as many as there is room for. That makes a line hold twice what words of 64 bits would.
//
// Whoever read from an atomic counter that there are n entries sees all slots of the first n. It may see slots of later
// entries too, and has to pass over them.
type deltaTables struct {
	width   int // of a code, in bits
	parts   int // into which codes are cut, of partBits each
	keyBits int // of a part, the low ones: the number of a bucket
	prints  int // of a slot, the high bits: the fingerprint
	masks   *maskSet
	lines   []hamming.Line   // the first of each bucket, table after table
	further [][]hamming.Line // the others, in pieces that need not move; line k is further[(k-1)/linePiece][(k-1)%linePiece]
	last    uint32           // the greatest k; the writer's
	plans   []deltaPlan      // by radius, as long as they are of use
}

const (
	partBits  = 16
	maxParts  = maxWidth / partBits
	linePiece = 1 << 12

	mostPrint = 16 // bits of a fingerprint
	printSpan = 1  // parts that it reaches into behind the key's own

	// mostDelta is the greatest number of codes: positions leave 9 bits to the fingerprint.
	mostDelta = 1<<23 - 1

	// mostInLine bounds the entries of a bucket when the tables are half full: they are from half as many up to so many,
	// on an average, which seldom makes more than a line holds.
	mostInLine = 8
)

// deltaPlan is how a radius is searched; see thresholds and bounds.
type deltaPlan struct {
	threshold, bound [maxParts]int8
	probes           int
}

// newDeltaTables makes tables with room for so many codes.
func newDeltaTables(room, width int) *deltaTables {
	t := &deltaTables{width: width, parts: width / partBits}
	t.keyBits = min(max(bits.Len(uint(room/2/mostInLine)), minKeyBits), partBits)
	t.prints = min(32-bits.Len(uint(room)), mostPrint)
	t.masks = maskSets[t.keyBits]()
	t.lines = make([]hamming.Line, t.parts<<t.keyBits)
	t.further = make([][]hamming.Line, t.parts*room/hamming.LineSlots/linePiece+1) // a further line begins when one is full
	for radius := range width + 1 {
		p, ok := t.newPlan(radius)
		if !ok || p.probes*t.codesPerProbe() > room {
			break
		}
		t.plans = append(t.plans, p)
	}
	return t
}

// minKeyBits bounds the tables from below, which at 8 bits take little memory.
const minKeyBits = 8

func (t *deltaTables) newPlan(radius int) (p deltaPlan, ok bool) {
	threshold := p.threshold[:t.parts]
	ok = thresholds(threshold, radius, func(_, d int) (uint64, bool) {
		if d >= len(t.masks.levels) {
			return 0, false
		}
		if d == 0 {
			return 1, true
		}
		return uint64(t.masks.levels[d] - t.masks.levels[d-1]), true
	})
	if !ok {
		return p, false
	}
	var spans [maxParts]int
	for i := range threshold {
		spans[i] = printSpan
		if threshold[i] >= 0 {
			p.probes += t.masks.upTo(int(threshold[i]))
		}
	}
	bounds(p.bound[:t.parts], threshold, spans[:t.parts], radius)
	return p, true
}

// codesPerProbe is about the number of codes that are compared in the time of asking for a bucket, while the delta stays
// in the cache.
func (t *deltaTables) codesPerProbe() int {
	if t.width == 64 {
		return 16
	}
	return 6
}

// plan is the plan of a radius from 0 to the width among n codes, nil when comparing all of them is cheaper.
func (t *deltaTables) plan(radius int, n uint32) *deltaPlan {
	if radius >= len(t.plans) || t.plans[radius].probes*t.codesPerProbe() > int(n) {
		return nil
	}
	return &t.plans[radius]
}

// key is the number of the bucket of a code in a table, counted from that table's first.
func (t *deltaTables) key(c *[4]uint64, table int) uint32 { return cut(c, table*partBits, t.keyBits) }

// print is the fingerprint of a code in a table, where slots have it.
func (t *deltaTables) print(c *[4]uint64, table int) uint32 {
	return cutRing(c, t.width, table*partBits+t.keyBits, t.prints) << (32 - t.prints)
}

// position is the position that a slot holds.
func (t *deltaTables) position(slot uint32) uint32 { return slot<<t.prints>>t.prints - 1 }

// add puts a code at a position into all tables.
func (t *deltaTables) add(c *[4]uint64, position uint32) {
	var first [maxParts]*hamming.Line
	for i := range t.parts {
		first[i] = &t.lines[i<<t.keyBits|int(t.key(c, i))]
		first[i][hamming.LineSlots].Load() // so that the lines come into the cache at once: a store waits for all before it
	}
	for i := range t.parts {
		t.put(first[i], t.print(c, i)|(position+1))
	}
}

// expect brings the lines that add will write to towards the cache.
func (t *deltaTables) expect(c *[4]uint64) {
	for i := range t.parts {
		hamming.PrefetchLines(t.table(i), t.key(c, i), t.masks.masks[:1])
	}
}

// put stores a slot in a bucket. A bucket's further lines stand in the order of their age, the newest first, so that no
// bucket is so long that this takes longer.
func (t *deltaTables) put(line *hamming.Line, slot uint32) {
	if line[hamming.LineSlots].Load() != 0 {
		first := line
		k := first[0].Load()
		if k == 0 || t.line(k)[hamming.LineSlots].Load() != 0 {
			t.last++
			if piece := &t.further[(t.last-1)/linePiece]; *piece == nil {
				*piece = make([]hamming.Line, linePiece)
			}
			t.line(t.last)[0].Store(k)
			t.line(t.last)[1].Store(slot)
			first[0].Store(t.last)
			return
		}
		line = t.line(k)
	}
	i := 1
	for line[i].Load() != 0 {
		i++
	}
	line[i].Store(slot)
}

// line is a further line.
func (t *deltaTables) line(k uint32) *hamming.Line {
	return &t.further[(k-1)/linePiece][(k-1)%linePiece]
}

// first tells that no table before this one has a code as a candidate that differs from the query by x.
func (t *deltaTables) first(x *[4]uint64, table int, p *deltaPlan) bool {
	for j := range table {
		d := bits.OnesCount32(t.key(x, j))
		if d <= int(p.threshold[j]) && d+bits.OnesCount32(t.print(x, j)) <= int(p.bound[j]) {
			return false
		}
	}
	return true
}

// prefetch brings the lines that a search for q looks at towards the cache.
func (t *deltaTables) prefetch(q *[4]uint64, p *deltaPlan) {
	for i := range t.parts {
		if p.threshold[i] >= 0 {
			hamming.PrefetchLines(t.table(i), t.key(q, i), t.masks.masks[:t.masks.upTo(int(p.threshold[i]))])
		}
	}
}

// table is the first lines of a table's buckets.
func (t *deltaTables) table(i int) []hamming.Line { return t.lines[i<<t.keyBits : (i+1)<<t.keyBits] }

// deltaScratch is what one search needs.
type deltaScratch struct {
	passed     []hamming.Passed
	links      []deltaLink
	candidates []deltaCandidate
}

// deltaLink is a further line to be looked at, and the most bits in which fingerprints that pass differ.
type deltaLink struct {
	line uint32
	most int
}

// deltaCandidate is an entry that passed in a table.
type deltaCandidate struct{ position, table uint32 }

var deltaScratches = sync.Pool{New: func() any { return new(deltaScratch) }}

// candidates sets s.candidates to the entries that pass, in the order of tables. They are a few in most cases.
func (t *deltaTables) candidates(s *deltaScratch, q *[4]uint64, p *deltaPlan) {
	s.candidates = s.candidates[:0]
	t.prefetch(q, p)
	for i := range t.parts {
		if p.threshold[i] >= 0 {
			t.search(s, q, i, p)
		}
	}
}

// search adds the entries that pass in one table.
func (t *deltaTables) search(s *deltaScratch, q *[4]uint64, table int, p *deltaPlan) {
	lines, key, print, most := t.table(table), t.key(q, table), t.print(q, table), int(p.bound[table])
	which := ^uint32(0) << (32 - t.prints)
	levels := t.masks.levels[:p.threshold[table]+1]
	masks := t.masks.masks[:levels[len(levels)-1]]
	if len(s.passed) < len(masks) {
		s.passed = make([]hamming.Passed, len(masks))
	}
	s.links = s.links[:0]
	for _, l := range s.passed[:hamming.ScanLines(s.passed, lines, key, print, which, masks, levels, most)] {
		line := &lines[l.Bucket]
		t.take(s, line, l.Bits, table)
		if l.Bits&1 != 0 {
			s.links = append(s.links, deltaLink{line[0].Load(), most - bits.OnesCount32(l.Bucket^key)})
		}
	}
	// The next lines of all buckets, then those after them, and so on: a bucket at a time would wait for each line alone.
	for from := 0; from < len(s.links); {
		to := len(s.links)
		for _, l := range s.links[from:to] {
			if k := t.line(l.line)[0].Load(); k != 0 {
				s.links = append(s.links, deltaLink{k, l.most})
			}
		}
		for _, l := range s.links[from:to] {
			line := t.line(l.line)
			t.take(s, line, hamming.ScanLine(line, print, which, l.most), table)
		}
		from = to
	}
}

// take adds the slots of a line whose bits are set.
func (t *deltaTables) take(s *deltaScratch, line *hamming.Line, slots uint32, table int) {
	for slots &^= 1; slots != 0; slots &= slots - 1 {
		position := t.position(line[bits.TrailingZeros32(slots)].Load())
		s.candidates = append(s.candidates, deltaCandidate{position, uint32(table)})
	}
}
