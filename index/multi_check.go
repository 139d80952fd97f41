package index

import (
	"math/bits"

	"github.com/hashmatch/engine/index/internal/layout"
)

// contradiction returns an error when some table does not hold what it must of the codes.
func (m *multi) contradiction(r *layout.Reader) error {
	wrong := make([]bool, len(m.tables))
	eachPart(len(m.tables), 1, func(from, to int) {
		for i := from; i < to; i++ {
			wrong[i] = !m.holds(i)
		}
	})
	for i := range wrong {
		if wrong[i] {
			r.Fail("tables", 0, "table %d contradicts the codes", i)
		}
	}
	return r.Err()
}

// holds tells whether the i-th table has an entry for each code, in the bucket of its key, with its fingerprints. Entries
// of a bucket stand in the order of positions, so that none is there twice; as their keys are right, none stands in two
// buckets; as there are as many as codes, none is missing.
func (m *multi) holds(i int) bool {
	t := &m.tables[i]
	for key := range uint32(1) << t.width {
		var before [4]uint64
		last := -1
		for e := t.offsets[key]; e < t.offsets[key+1]; e++ {
			position, c, ok := m.entry(i, key, e)
			if !ok || position <= last || cut(&c, t.bit, t.width) != key || !m.rightPrints(t, key, e, &c) {
				return false
			}
			if i == 0 && last >= 0 && compareWords(&before, &c) >= 0 {
				return false // equal codes are held once, and in order
			}
			last, before = position, c
		}
	}
	return true
}

// entry is the position and the code of an entry of the i-th table.
func (m *multi) entry(i int, key, e uint32) (position int, c [4]uint64, ok bool) {
	t := &m.tables[i]
	if m.codes == nil {
		code := bits.RotateLeft64(t.whole(key, e), t.bit)
		if t.restAt(e)>>(64-t.width-fingerprintBits) != 0 {
			return 0, c, false
		}
		p, ok := e, true
		if i > 0 {
			p, ok = m.position(code)
		}
		return int(p), [4]uint64{code}, ok
	}
	p := e
	if i > 0 {
		p = 0
		size := positionSize(m.unique)
		for k, b := range t.packed[int(e)*size:][:size] {
			p |= uint32(b) << (8 * k)
		}
	}
	if int(p) >= len(m.codes) {
		return 0, c, false
	}
	return int(p), m.codes[p], true
}

// rightPrints tells whether an entry has the fingerprints of its code.
func (m *multi) rightPrints(t *multiTable, key, e uint32, c *[4]uint64) bool {
	if m.second {
		return t.apart(key, e, m.prints(t, c)) == 0
	}
	return t.fingerprint(key, e) == m.prints(t, c)
}

// compareWords orders codes as sortBucket does: the first word is the lowest.
func compareWords(a, b *[4]uint64) int {
	for i := 3; i >= 0; i-- {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}
