package index

import (
	"encoding/binary"
	"math/bits"
	"sort"
	"unsafe"

	"github.com/hashmatch/engine/index/internal/hamming"
)

// plan is how a radius is searched.
type plan struct {
	radius    int
	scan      bool // every code is compared: the buckets to ask are too many
	threshold []int8
	bound     [2][]int8 // of key and fingerprint together, and with the second fingerprint
	probes    int       // buckets to ask
	cost      uint64    // of one query, in picoseconds
	both      bool      // second fingerprints are compared at once: the first let many entries pass
	sliced    int       // queries from which on a block is asked slice by slice
	scanBlock bool      // in a block, every code is compared
}

// plan returns the plan of a radius from 0 to the width of a code.
func (m *multi) plan(radius int) *plan {
	if p := m.plans[radius].Load(); p != nil {
		return p
	}
	p := m.newPlan(radius)
	m.plans[radius].Store(p)
	return p
}

func (m *multi) newPlan(radius int) *plan {
	n := len(m.tables)
	p := &plan{radius: radius, threshold: make([]int8, n), bound: [2][]int8{make([]int8, n), make([]int8, n)}}
	c := costsOf(m.bits)
	if !thresholds(p.threshold, radius, func(i, d int) (uint64, bool) { return m.tables[i].stepCost(c, d) }) {
		p.scan, p.scanBlock = true, true
		return p
	}
	spans := make([]int, n)
	for both := range p.bound {
		for i := range spans {
			spans[i] = m.tables[i].span[both]
		}
		bounds(p.bound[both], p.threshold, spans, radius)
	}
	p.cost = c.query
	sorted := uint64(0) // for one query of a block
	for i := range m.tables {
		t := &m.tables[i]
		if p.threshold[i] < 0 {
			continue
		}
		count := t.masks.upTo(int(p.threshold[i]))
		p.probes += count
		p.cost += uint64(count) * (c.probe + c.chunk*t.moreChunks())
		sorted += uint64(count) * c.sorted * (2 + t.moreChunks()) / 2 // slices are in the cache: 32 entries more take half as long
	}
	passing := m.passing(p)
	if p.both = m.second && passing > uint64(p.probes)/bothPays; p.both {
		p.cost, sorted = p.cost+p.cost*3/4, sorted+sorted*3/4
	} else {
		p.cost, sorted = p.cost+passing*c.verify, sorted+passing*c.verify
	}
	all := uint64(m.unique)
	p.scan = p.cost > c.query+all*c.code
	p.scanBlock = min(p.cost, sorted) > all*c.codeBlock
	p.sliced = m.sliced(p.probes)
	return p
}

// passing is how many entries the fingerprint lets pass, when those of other keys are random.
func (m *multi) passing(p *plan) (n uint64) {
	for i := range m.tables {
		t := &m.tables[i]
		for d := range int(p.threshold[i]) + 1 {
			most := min(fingerprintBits, int(p.bound[0][i])-d)
			n += t.stepCount(d) * t.crowd / 16 * fingerprintPasses[most] >> fingerprintBits
		}
	}
	return n
}

// bothPays is the number of buckets in which one entry may pass before it pays to compare both fingerprints of all, which
// takes some 1.7 times as long.
const bothPays = 5

// stepCount is the number of keys at a distance.
func (t *table) stepCount(distance int) uint64 {
	if distance == 0 {
		return 1
	}
	return uint64(t.masks.levels[distance] - t.masks.levels[distance-1])
}

// stepCost is the time to ask table t for the keys at a distance, in picoseconds. It is not ok when these are too many.
func (t *table) stepCost(c *costs, distance int) (cost uint64, ok bool) {
	if distance >= len(t.masks.levels) {
		return 0, false
	}
	return t.stepCount(distance) * (c.probe + c.chunk*t.moreChunks()), true
}

// moreChunks is how many chunks more than one a bucket has.
func (t *table) moreChunks() uint64 { return t.crowd / 16 / hamming.Lanes }

// multiSearch is the scratch of one goroutine that searches.
type multiSearch struct {
	m    *multi
	plan *plan

	own    [4]uint64  // room for one query
	q      *[4]uint64 // the query, permuted
	query  uint32     // its number
	key    [maxTables]uint32
	print  [maxTables]uint32 // both fingerprints
	rest   [maxTables]uint64
	placed []found // with positions for IDs, which follow at last

	ranges  []hamming.Range
	chunks  []hamming.Chunk
	groups  []group
	entries []hamming.Entry

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
		dst = s.m.owner.hits(dst, &s.placed[i])
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
	if cap(s.ranges) < p.probes {
		s.ranges = make([]hamming.Range, p.probes)
	}
	s.ranges = s.ranges[:p.probes]
	m := s.m
	for i := range m.tables {
		if t := &m.tables[i]; p.threshold[i] >= 0 {
			s.key[i] = cut(q, t.bit, t.width)
			hamming.Prefetch(t.offsets, s.key[i], t.masks.masks[:t.masks.upTo(int(p.threshold[i]))])
		}
	}
	at := 0
	for i := range m.tables {
		t := &m.tables[i]
		if p.threshold[i] < 0 {
			continue
		}
		masks := t.masks.masks[:t.masks.upTo(int(p.threshold[i]))]
		hamming.Gather(s.ranges[at:at+len(masks)], t.offsets, s.key[i], masks, t.planes)
		at += len(masks)
		s.print[i], s.rest[i] = m.prints(t, q), m.restOf(t, q)
	}
	s.groups = s.groups[:0]
	at = 0
	for i := range m.tables {
		if p.threshold[i] < 0 {
			continue
		}
		set, from := m.tables[i].masks, 0
		for weight := range int(p.threshold[i]) + 1 {
			to := set.upTo(weight)
			s.scan(group{table: i, weight: weight, masks: set.masks[from:to]}, s.ranges[at+from:at+to])
			from = to
		}
		at += from
	}
	s.flush()
}

// prints is a code's fingerprint for a table, and above it the second where there is one.
func (m *multi) prints(t *table, c *[4]uint64) uint32 {
	if m.second {
		return cutRing(c, m.bits, t.bit+t.width, 2*fingerprintBits)
	}
	return cutRing(c, m.bits, t.bit+t.width, fingerprintBits)
}

// restOf is what follows key and fingerprint in a code of which t holds that, 0 otherwise.
func (m *multi) restOf(t *table, c *[4]uint64) uint64 {
	if t.rest == nil {
		return 0
	}
	return bits.RotateLeft64(c[0], -t.bit) >> (t.width + fingerprintBits)
}

// restSize is the number of bytes that hold what follows the key, of at least 8 bits, and the fingerprint in 64 bits.
func (t *table) restSize() int {
	if t.width >= 64-fingerprintBits-32 {
		return 4
	}
	return 5
}

// restAt is what follows key and fingerprint in the code of an entry.
func (t *table) restAt(entry uint32) uint64 {
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
		if len(ranges) == 0 {
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
		return hamming.ScanBoth(dst, ranges, t.planes, t.seconds, s.print[table], most, more, t.chunks)
	}
	return hamming.Scan(dst, ranges, t.planes, s.print[table], most, t.chunks)
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

// verify looks at the entries of a group's chunks, all bits of them.
func (s *multiSearch) verify(g group, chunks []hamming.Chunk) {
	t := &s.m.tables[g.table]
	for len(chunks) > 0 {
		n, done := hamming.Expand(s.entries, chunks, s.aux(t), s.stride(t))
		chunks = chunks[done:]
		entries := s.entries[:n]
		if t.rest != nil {
			for i := range entries {
				e := &entries[i]
				s.verifyWhole(g.table, g.weight, s.key[g.table]^g.masks[e.Source], e.Entry)
			}
			continue
		}
		if s.m.second && !s.plan.both {
			kept, most := entries[:0], int(s.plan.bound[1][g.table])-g.weight
			for i := range entries {
				e := &entries[i]
				if t.apart(s.key[g.table]^g.masks[e.Source], e.Entry, s.print[g.table]) <= most {
					kept = append(kept, *e)
				}
			}
			entries = kept
		}
		s.m.positions(t, entries)
		for i := range entries {
			s.verifyPosition(g.table, entries[i].Position)
		}
	}
}

// aux is what verifying an entry of t reads first, and stride the bytes of each entry there.
func (s *multiSearch) aux(t *table) []byte {
	switch {
	case t.rest != nil:
		return t.rest
	case s.m.second && !s.plan.both:
		return t.seconds
	case t.packed != nil:
		return t.packed
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s.m.codes))), len(s.m.codes)*int(unsafe.Sizeof([4]uint64{})))
}

func (s *multiSearch) stride(t *table) int {
	switch {
	case t.rest != nil:
		return t.restSize()
	case s.m.second && !s.plan.both:
		return fingerprintBits / 8
	case t.packed != nil:
		return positionSize(s.m.unique)
	}
	return int(unsafe.Sizeof([4]uint64{}))
}

// positions sets the positions of entries of t.
func (m *multi) positions(t *table, entries []hamming.Entry) {
	if size := positionSize(m.unique); t.packed != nil {
		hamming.Positions(entries, t.packed, size, size, m.codes)
		return
	}
	for i := range entries {
		entries[i].Position = entries[i].Entry
	}
}

// apart is the distance of an entry's two fingerprints, in the bucket of key, from a query's.
func (t *table) apart(key, entry, prints uint32) int {
	low, high := t.lanes(key, entry)
	have := uint32(t.planes[low]) | uint32(t.planes[high])<<8 | uint32(t.seconds[low])<<16 | uint32(t.seconds[high])<<24
	return bits.OnesCount32(have ^ prints)
}

// verifyPosition compares the query with the code that an entry of a table stands for.
func (s *multiSearch) verifyPosition(table int, position uint32) {
	if int(position) >= len(s.m.codes) {
		return // only in bytes that were damaged
	}
	c, q := &s.m.codes[position], s.q
	x := [4]uint64{c[0] ^ q[0], c[1] ^ q[1], c[2] ^ q[2], c[3] ^ q[3]}
	d := bits.OnesCount64(x[0]) + bits.OnesCount64(x[1]) + bits.OnesCount64(x[2]) + bits.OnesCount64(x[3])
	if d <= s.plan.radius && s.first(&x, table) {
		s.placed = append(s.placed, found{s.query, position, uint32(d)})
	}
}

// verifyWhole compares the query with an entry of which the table holds the whole code, in the bucket of key.
func (s *multiSearch) verifyWhole(table, weight int, key, entry uint32) {
	t := &s.m.tables[table]
	rest := t.restAt(entry) ^ s.rest[table]
	d := weight + bits.OnesCount64(rest)
	if d > s.plan.radius {
		return
	}
	print := t.fingerprint(key, entry) ^ s.print[table]
	if d += bits.OnesCount32(print); d > s.plan.radius {
		return
	}
	x := [4]uint64{bits.RotateLeft64(
		uint64(key^cut(s.q, t.bit, t.width))|uint64(print)<<t.width|rest<<(t.width+fingerprintBits), t.bit)}
	if !s.first(&x, table) {
		return
	}
	position, ok := entry, true
	if table > 0 {
		position, ok = s.m.position(x[0] ^ s.q[0])
	}
	if ok {
		s.placed = append(s.placed, found{s.query, position, uint32(d)})
	}
}

// first tells that no table before this one has a code as a candidate that differs from the query by x. It takes the
// place of a memory of what was found already.
func (s *multiSearch) first(x *[4]uint64, table int) bool {
	for j := range table {
		threshold := int(s.plan.threshold[j])
		if threshold < 0 {
			continue
		}
		t := &s.m.tables[j]
		if d := bits.OnesCount32(cut(x, t.bit, t.width)); d <= threshold && s.m.candidate(t, x, d, s.plan, j) {
			return false
		}
	}
	return true
}

// candidate tells that fingerprints let pass a code that differs by x from the query, and by d of it in the key.
func (m *multi) candidate(t *table, x *[4]uint64, d int, p *plan, table int) bool {
	d += bits.OnesCount32(cutRing(x, m.bits, t.bit+t.width, fingerprintBits))
	if d > int(p.bound[0][table]) {
		return false
	}
	return !m.second ||
		d+bits.OnesCount32(cutRing(x, m.bits, t.bit+t.width+fingerprintBits, fingerprintBits)) <= int(p.bound[1][table])
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
func (t *table) whole(key, entry uint32) uint64 {
	return uint64(key) | uint64(t.fingerprint(key, entry))<<t.width | t.restAt(entry)<<(t.width+fingerprintBits)
}
