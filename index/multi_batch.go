package index

import (
	"math/bits"
	"slices"

	"github.com/hashmatch/engine/index/internal/hamming"
)

const (
	// multiBlock is the number of queries that are answered together: enough that several ask the same buckets.
	multiBlock = 1 << 15

	// sliceBytes is about the size of the part of a table that all queries ask before the next part is asked. It must
	// stay in a core's own cache with what else is needed.
	sliceBytes = 192 << 10

	// roomForQueries is the least number of queries that share the work of putting codes of 64 bits together.
	roomForQueries = 32

	// roomForBatch is the number of chunks for one call of ScanPairs.
	roomForBatch = 4096
)

// multiBatch is the scratch for a block of queries.
type multiBatch struct {
	all    [][4]uint64 // the block's queries, permuted
	qs     [][4]uint64 // those that are being answered
	pairs  []hamming.Pair
	ends   []int // of each slice's pairs
	chunks []hamming.Chunk
}

// sliced is the number of queries from which on it pays to ask the tables slice by slice: that brings every slice into the
// cache once for all, and then each bucket costs less.
func (m *multi) sliced(probes int) int { return 16 + m.unique/max(1, 16*probes) }

// blockSize implements blockEngine.
func (m *Multi[C]) blockSize(n, radius int) int {
	p := m.m.plan(max(0, min(radius, m.m.bits)))
	cost := p.cost
	if p.scan {
		cost = uint64(m.m.unique) * costsOf(m.m.bits).codeBlock
	}
	return blockQueries(n, multiBlock, cost)
}

// block implements blockEngine.
func (m *Multi[C]) block(dst []found, qs []C, radius int) (hits []found, ok bool) {
	if radius < 0 || m.m.unique == 0 {
		return dst, true
	}
	s := m.m.search()
	defer m.m.scratch.Put(s)
	all := s.batch.all[:0]
	for i := range qs {
		q := words(&qs[i])
		m.m.order.apply(&q)
		all = append(all, q)
	}
	s.batch.all = all
	s.placed, s.full = s.placed[:0], false
	if p := m.m.plan(min(radius, m.m.bits)); !s.askFamilies(all, p) {
		s.ask(all, p)
	}
	for i := range s.placed {
		if s.full = s.full || len(dst) > mostHits; s.full {
			break
		}
		dst = m.m.owner.addFound(dst, &s.placed[i])
	}
	if s.full { // scratch that has grown so much is not kept
		s.placed, s.near = nil, nil
	}
	return dst, !s.full
}

// ask adds to s.placed what lies within the plan's radius of permuted queries, which it numbers from 0. When that is more
// than may wait it stops, and s.full is set.
func (s *multiSearch) ask(qs [][4]uint64, p *plan) {
	s.plan = p
	switch {
	case p.scanBlock && len(qs) >= s.m.scanPays():
		s.scanBlocks(qs)
	case p.scan || len(qs) < p.sliced:
		for i := range qs {
			s.find(uint32(i), &qs[i], p)
			if s.full = s.full || len(s.placed) > mostHits; s.full {
				return
			}
		}
	default:
		s.askSlices(qs)
	}
}

// askSlices is ask with the tables cut into slices. When more entries pass than queries at random would let, it compares
// with all codes instead: that bounds what crafted queries cost.
func (s *multiSearch) askSlices(qs [][4]uint64) {
	from := len(s.placed)
	s.batch.qs = qs
	s.passed, s.budget = 0, s.plan.blockBudget*len(qs)
	for i, t := range s.plan.threshold {
		if t >= 0 && !s.full && s.passed <= s.budget {
			s.slices(i, int(t))
		}
	}
	if s.passed > s.budget && !s.full {
		s.placed = s.placed[:from]
		s.scanBlocks(qs)
	}
}

// scanPays is the number of queries from which on it pays to compare a block of them with all codes: codes of 64 bits
// have to be put together for that.
func (m *multi) scanPays() int {
	if m.codes == nil {
		return roomForQueries
	}
	return flatBatch
}

// slices asks one table for all queries of a block, one slice of it after the other. Keys with equal high bits are a
// slice. A query asks each slice that its own high bits differ from in at most threshold bits, for the keys in it whose
// low bits differ in at most what is left.
func (s *multiSearch) slices(table, threshold int) {
	m, b, t := s.m, &s.batch, &s.m.tables[table]
	high := min(t.width-1, bits.Len(uint(2*m.unique/sliceBytes)))
	low := t.width - high
	highs, lows := maskSets[high](), maskSets[low]()
	reach := min(threshold, high)

	b.ends = append(b.ends[:0], make([]int, 1<<high+1)...)
	for i := range b.qs {
		slice := cut(&b.qs[i], t.bit+low, high)
		for _, mask := range highs.within(int8(reach)) {
			b.ends[slice^mask+1]++
		}
	}
	for i := range 1 << high {
		b.ends[i+1] += b.ends[i]
	}
	b.pairs = slices.Grow(b.pairs[:0], b.ends[1<<high])[:b.ends[1<<high]]
	for i := range b.qs {
		q := &b.qs[i]
		key, prints := cut(q, t.bit, t.width), m.prints(t, q)
		from := 0
		for weight := range reach + 1 {
			to := highs.upTo(weight)
			p := hamming.Pair{
				Fingerprint: prints,
				Most:        int32(s.plan.bound[0][table]) - int32(weight),
				Levels:      uint32(min(threshold-weight, low)) + 1,
				Query:       uint32(i),
				Weight:      uint32(weight),
			}
			for _, mask := range highs.masks[from:to] {
				p.Key = key ^ mask<<low
				end := &b.ends[p.Key>>low]
				b.pairs[*end] = p
				*end++
			}
			from = to
		}
	}
	from := 0
	for i := range 1 << high {
		if s.full || s.passed > s.budget {
			return
		}
		if pairs := b.ends[i] - from; pairs > 0 {
			s.warm(t, t.offsets[i<<low], t.offsets[(i+1)<<low])
		}
		s.slice(table, lows, b.pairs[from:b.ends[i]])
		from = b.ends[i]
	}
}

// slice asks one slice of a table.
func (s *multiSearch) slice(table int, lows *maskSet, pairs []hamming.Pair) {
	b := &s.batch
	if b.chunks == nil {
		b.chunks = make([]hamming.Chunk, roomForBatch)
	}
	for len(pairs) > 0 && !s.full && s.passed <= s.budget {
		n, done := s.scanPairs(table, lows, pairs)
		s.verifyPairs(table, lows, pairs, b.chunks[:n])
		if done == 0 {
			s.probe(table, lows, &pairs[0])
			done = 1
		}
		pairs = pairs[done:]
	}
}

// scanPairs asks with the kernel that the plan asks for.
func (s *multiSearch) scanPairs(table int, lows *maskSet, pairs []hamming.Pair) (n, done int) {
	t, p, b := &s.m.tables[table], s.plan, &s.batch
	if p.both {
		more := int(p.bound[1][table]) - int(p.bound[0][table])
		return hamming.ScanPairsBoth(b.chunks, pairs, t.offsets, lows.masks, lows.levels, t.planes, t.seconds, more, t.chunks)
	}
	return hamming.ScanPairs(b.chunks, pairs, t.offsets, lows.masks, lows.levels, t.planes, t.chunks)
}

// probe asks the buckets of one pair that has too many for a call of ScanPairs.
func (s *multiSearch) probe(table int, lows *maskSet, p *hamming.Pair) {
	t := &s.m.tables[table]
	s.query, s.q = p.Query, &s.batch.qs[p.Query]
	s.key[table] = p.Key
	s.prints[table] = p.Fingerprint
	s.rest[table] = s.m.restOf(t, s.q)
	s.groups = s.groups[:0]
	from := 0
	for weight := range int(p.Levels) {
		masks := lows.masks[from:lows.upTo(weight)]
		from += len(masks)
		s.ranges = slices.Grow(s.ranges[:0], len(masks))[:len(masks)]
		hamming.Gather(s.ranges, t.offsets, p.Key, masks, t.planes)
		s.scan(group{table: table, weight: int(p.Weight) + weight, masks: masks}, s.ranges)
	}
	s.flush()
}

// verifyPairs looks at the entries of the chunks that pairs gave.
func (s *multiSearch) verifyPairs(table int, lows *maskSet, pairs []hamming.Pair, chunks []hamming.Chunk) {
	m, t := s.m, &s.m.tables[table]
	for len(chunks) > 0 {
		n, done := hamming.Expand(s.entries, chunks, s.aux(t), s.stride(t))
		chunks = chunks[done:]
		entries := s.entries[:n]
		s.passed += n
		s.full = s.full || len(s.placed) > mostHits
		if t.rest == nil {
			if m.second && !s.plan.both {
				entries = s.nearPairs(table, lows, pairs, entries)
			}
			m.positions(t, entries)
			for i := range entries {
				e := &entries[i]
				s.query = pairs[e.Source].Query
				s.q = &s.batch.qs[s.query]
				s.verifyPosition(table, e.Position)
			}
			continue
		}
		for i := range entries {
			e := &entries[i]
			p := &pairs[e.Source]
			s.query, s.q = p.Query, &s.batch.qs[p.Query]
			s.prints[table], s.rest[table] = p.Fingerprint, m.restOf(t, s.q)
			s.verifyWhole(table, int(p.Weight)+lows.weightOf(e.Probe), p.Key^lows.masks[e.Probe], e.Entry)
		}
	}
}

// nearPairs keeps the entries that the second fingerprint lets pass.
func (s *multiSearch) nearPairs(table int, lows *maskSet, pairs []hamming.Pair, entries []hamming.Entry) []hamming.Entry {
	t, most := &s.m.tables[table], int(s.plan.bound[1][table])
	kept := entries[:0]
	for i := range entries {
		e := &entries[i]
		p := &pairs[e.Source]
		mask := lows.masks[e.Probe]
		if int(p.Weight)+bits.OnesCount32(mask)+t.apart(p.Key^mask, e.Entry, p.Fingerprint) <= most {
			kept = append(kept, *e)
		}
	}
	return kept
}

// warm reads the fingerprints of a slice once from one end to the other, which takes a fraction of the time that it takes
// to fetch them bucket by bucket.
func (s *multiSearch) warm(t *multiTable, from, to uint32) {
	const line = 64
	planes := t.planes[2*int(from) : 2*int(to)]
	for i := 0; i < len(planes); i += line {
		s.warmed += planes[i]
	}
	if s.plan.both {
		seconds := t.seconds[2*int(from) : 2*int(to)]
		for i := 0; i < len(seconds); i += line {
			s.warmed += seconds[i]
		}
	}
}
