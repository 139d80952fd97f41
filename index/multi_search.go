package index

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"

	"github.com/hashmatch/engine/index/internal/hamming"
)

// multiSearch is the scratch of one goroutine that searches.
type multiSearch struct {
	m    *multi
	plan *plan

	own    [4]uint64  // room for one query
	q      *[4]uint64 // the query, permuted
	query  uint32     // its number
	key    [maxTables]uint32
	prints [maxTables]uint32 // both fingerprints
	rest   [maxTables]uint64
	placed []found // with positions for IDs, which follow at last

	ranges  []hamming.Range
	chunks  []hamming.Chunk
	groups  []group
	entries []hamming.Entry
	passed  int  // entries that fingerprints let pass
	budget  int  // more of them than this, and a scan of all codes is cheaper
	full    bool // a block has too many hits

	batch    multiBatch
	families families
	near     []found // of the first of each family
	all      *multiScan
	whole    []uint64 // codes of 64 bits
	warmed   byte     // what warm read, so that it is not left out
	narrow   []uint64 // queries of 64 bits
}

// group is a run of chunks, or of the entries made of them, from the buckets of one table at one distance.
type group struct {
	table, weight int
	masks         []uint32 // of the buckets, by the source of a chunk
	end           int      // of the run
}

const (
	roomForChunks  = 1024
	roomForEntries = 1024
)

// search returns scratch, which goes back to m.scratch after use.
func (m *multi) search() *multiSearch {
	if s, ok := m.scratch.Get().(*multiSearch); ok {
		return s
	}
	return &multiSearch{
		m:       m,
		chunks:  make([]hamming.Chunk, roomForChunks),
		entries: make([]hamming.Entry, roomForEntries),
	}
}

// within appends the hits of one query, not yet permuted, to dst. The radius is from 0 to the width of a code.
func (s *multiSearch) within(dst []Hit, q [4]uint64, radius int) []Hit {
	s.own = q
	s.m.order.apply(&s.own)
	s.placed = s.placed[:0]
	s.find(0, &s.own, s.m.plan(radius))
	for i := range s.placed {
		dst = s.m.owner.addHits(dst, &s.placed[i])
	}
	return dst
}

// find adds to s.placed what lies within the plan's radius of a permuted query.
func (s *multiSearch) find(query uint32, q *[4]uint64, p *plan) {
	s.query, s.q, s.plan = query, q, p
	if p.scan {
		s.scanAll()
		return
	}
	start := len(s.placed)
	s.gather()
	if !s.scanBuckets() { // a query that was made to be dear, or one that meets a great part of the codes
		s.placed = s.placed[:start]
		s.scanAll()
	}
}

// gather finds the buckets to ask, table by table and by distance, and asks memory for them: all of them before any is
// scanned.
func (s *multiSearch) gather() {
	m, p := s.m, s.plan
	s.ranges = slices.Grow(s.ranges[:0], p.probes)[:p.probes]
	for i := range m.tables {
		if t := &m.tables[i]; p.threshold[i] >= 0 {
			s.key[i] = cut(s.q, t.bit, t.width)
			hamming.Prefetch(t.offsets, s.key[i], t.masks.within(p.threshold[i]))
		}
	}
	at := 0
	for i := range m.tables {
		if t := &m.tables[i]; p.threshold[i] >= 0 {
			masks := t.masks.within(p.threshold[i])
			hamming.Gather(s.ranges[at:at+len(masks)], t.offsets, s.key[i], masks, t.planes)
			at += len(masks)
			s.prints[i], s.rest[i] = m.prints(t, s.q), m.restOf(t, s.q)
		}
	}
}

// scanBuckets scans what gather found and verifies what passes. It gives up, and returns false, when more passes than the
// budget allows.
func (s *multiSearch) scanBuckets() bool {
	p := s.plan
	s.passed, s.budget = 0, p.budget
	s.groups = s.groups[:0]
	ranges := s.ranges
	for i := range s.m.tables {
		set, from := s.m.tables[i].masks, 0
		for weight := range int(p.threshold[i]) + 1 {
			to := set.upTo(weight)
			s.scan(group{table: i, weight: weight, masks: set.masks[from:to]}, ranges[:to-from])
			if s.passed > s.budget {
				s.groups = s.groups[:0]
				return false
			}
			ranges, from = ranges[to-from:], to
		}
	}
	s.flush()
	return s.passed <= s.budget
}

// prints is a code's fingerprint for a table, and above it the second where there is one.
func (m *multi) prints(t *multiTable, c *[4]uint64) uint32 {
	if m.second {
		return cutRing(c, m.bits, t.bit+t.width, 2*fingerprintBits)
	}
	return cutRing(c, m.bits, t.bit+t.width, fingerprintBits)
}

// restOf is what follows key and fingerprint in a code of which t holds that, 0 otherwise.
func (m *multi) restOf(t *multiTable, c *[4]uint64) uint64 {
	if t.rest == nil {
		return 0
	}
	return bits.RotateLeft64(c[0], -t.bit) >> (t.width + fingerprintBits)
}

// restSize is the number of bytes that hold what follows the key, of at least 8 bits, and the fingerprint in 64 bits.
func (t *multiTable) restSize() int {
	if t.width >= 64-fingerprintBits-32 {
		return 4
	}
	return 5
}

// restAt is what follows key and fingerprint in the code of an entry.
func (t *multiTable) restAt(entry uint32) uint64 {
	if t.restSize() == 4 {
		return uint64(binary.LittleEndian.Uint32(t.rest[4*int(entry):]))
	}
	b := t.rest[5*int(entry):][:5]
	return uint64(binary.LittleEndian.Uint32(b)) | uint64(b[4])<<32
}

// filled is the number of chunks that wait.
func (s *multiSearch) filled() int {
	if len(s.groups) == 0 {
		return 0
	}
	return s.groups[len(s.groups)-1].end
}

// scan scans the buckets of a group; what passes waits in s.chunks.
func (s *multiSearch) scan(g group, ranges []hamming.Range) {
	most := int(s.plan.bound[0][g.table]) - g.weight
	for {
		from := s.filled()
		n, done := s.scanRanges(g.table, s.chunks[from:], ranges, most)
		g.end = from + n
		s.groups = append(s.groups, g)
		ranges, g.masks = ranges[done:], g.masks[done:]
		if len(s.chunks)-g.end < hamming.MinChunks {
			s.flush()
		}
		if len(ranges) == 0 || s.passed > s.budget {
			return
		}
		if g.end == from {
			s.flush() // there was too little room
		}
	}
}

// scanRanges scans buckets with the kernel that the plan asks for.
func (s *multiSearch) scanRanges(table int, dst []hamming.Chunk, ranges []hamming.Range, most int) (n, done int) {
	t, p := &s.m.tables[table], s.plan
	if p.both {
		more := int(p.bound[1][table]) - int(p.bound[0][table])
		return hamming.ScanBoth(dst, ranges, t.planes, t.seconds, s.prints[table], most, more, t.chunks)
	}
	return hamming.Scan(dst, ranges, t.planes, s.prints[table], most, t.chunks)
}

// flush verifies what waits in s.chunks.
func (s *multiSearch) flush() {
	from := 0
	for _, g := range s.groups {
		s.verify(g, s.chunks[from:g.end])
		from = g.end
	}
	s.groups = s.groups[:0]
}

// position finds a code of 64 bits in the first table. Only damaged bytes do not have it.
func (m *multi) position(c uint64) (position uint32, ok bool) {
	t := &m.tables[0]
	key := uint32(c & (1<<t.width - 1))
	lo, hi := t.offsets[key], t.offsets[key+1]
	for lo < hi {
		mid := lo + (hi-lo)/2
		switch have := t.whole(key, mid); {
		case have == c:
			return mid, true
		case have < c:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0, false
}

// code is the permuted code at a position.
func (m *multi) code(position uint32) [4]uint64 {
	if m.codes != nil {
		return m.codes[position]
	}
	t := &m.tables[0]
	key := sort.Search(1<<t.width, func(key int) bool { return t.offsets[key+1] > position })
	return [4]uint64{t.whole(uint32(key), position)}
}

// whole is the code of 64 bits, permuted, of an entry of the first table.
func (t *multiTable) whole(key, entry uint32) uint64 {
	return uint64(key) | uint64(t.fingerprint(key, entry))<<t.width | t.restAt(entry)<<(t.width+fingerprintBits)
}
