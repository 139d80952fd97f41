package index

import (
	"math/bits"
	"unsafe"

	"github.com/hashmatch/engine/index/internal/hamming"
)

// verify looks at the entries of a group's chunks, all bits of them.
func (s *multiSearch) verify(g group, chunks []hamming.Chunk) {
	t := &s.m.tables[g.table]
	for len(chunks) > 0 {
		n, done := hamming.Expand(s.entries, chunks, s.aux(t), s.stride(t))
		chunks = chunks[done:]
		entries := s.entries[:n]
		if s.passed += n; s.passed > s.budget {
			return
		}
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
				if t.apart(s.key[g.table]^g.masks[e.Source], e.Entry, s.prints[g.table]) <= most {
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
func (s *multiSearch) aux(t *multiTable) []byte {
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

func (s *multiSearch) stride(t *multiTable) int {
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
func (m *multi) positions(t *multiTable, entries []hamming.Entry) {
	if size := positionSize(m.unique); t.packed != nil {
		hamming.Positions(entries, t.packed, size, size, m.codes)
		return
	}
	for i := range entries {
		entries[i].Position = entries[i].Entry
	}
}

// apart is the distance of an entry's two fingerprints, in the bucket of key, from a query's.
func (t *multiTable) apart(key, entry, prints uint32) int {
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
	fingerprint := t.fingerprint(key, entry) ^ s.prints[table]
	if d += bits.OnesCount32(fingerprint); d > s.plan.radius {
		return
	}
	x := [4]uint64{bits.RotateLeft64(
		uint64(key^cut(s.q, t.bit, t.width))|uint64(fingerprint)<<t.width|rest<<(t.width+fingerprintBits), t.bit)}
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
func (m *multi) candidate(t *multiTable, x *[4]uint64, d int, p *plan, table int) bool {
	d += bits.OnesCount32(cutRing(x, m.bits, t.bit+t.width, fingerprintBits))
	if d > int(p.bound[0][table]) {
		return false
	}
	return !m.second ||
		d+bits.OnesCount32(cutRing(x, m.bits, t.bit+t.width+fingerprintBits, fingerprintBits)) <= int(p.bound[1][table])
}
