package index

import (
	"cmp"
	"slices"
	"sort"
)

// sealed is the immutable part of a Mutable: entries in the order of (ID, code), and an engine that finds their positions.
//
// By position a hit is one entry, which tells whether it is dead. The order finds the entries of an ID, and makes the
// order of hits by (Distance, position) that by (Distance, ID).
type sealed[C Code] struct {
	codes  []C
	ids    []uint32 // nil: positions
	engine *Index[C]
}

// newSealed seals entries of any order. It copies them unless they are in the right one.
func newSealed[C Code](codes []C, ids []uint32) *sealed[C] {
	if ids != nil {
		codes, ids = inOrder(codes, ids)
	}
	return &sealed[C]{codes, ids, New(codes, nil)}
}

// inOrder returns the entries in the order of (ID, code): the same slices if they are in it already.
func inOrder[C Code](codes []C, ids []uint32) ([]C, []uint32) {
	order := make([]uint64, len(codes)) // ID, then position: numbers are sorted several times as fast as entries
	sorted := true
	for i, id := range ids {
		order[i] = uint64(id)<<32 | uint64(i)
		sorted = sorted && (i == 0 || compareEntries(ids[i-1], &codes[i-1], id, &codes[i]) <= 0)
	}
	if sorted {
		return codes, ids
	}
	slices.Sort(order)
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && order[to]>>32 == order[from]>>32 {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(order[from:to], func(a, b uint64) int { return compareCodes(&codes[uint32(a)], &codes[uint32(b)]) })
		}
		from = to
	}
	toCodes, toIDs := make([]C, len(codes)), make([]uint32, len(codes))
	for i, o := range order {
		toCodes[i], toIDs[i] = codes[uint32(o)], uint32(o>>32)
	}
	return toCodes, toIDs
}

// compareCodes is any total order of codes.
func compareCodes[C Code](a, b *C) int {
	if a, ok := any(a).(*uint64); ok {
		return cmp.Compare(*a, *any(b).(*uint64))
	}
	return slices.Compare(any(a).(*[4]uint64)[:], any(b).(*[4]uint64)[:])
}

// compareEntries orders entries by ID, then code.
func compareEntries[C Code](id uint32, code *C, otherID uint32, other *C) int {
	if id != otherID {
		return cmp.Compare(id, otherID)
	}
	return compareCodes(code, other)
}

// withID is the range of the positions of an ID.
func (s *sealed[C]) withID(id uint32) (from, to int) {
	from = sort.Search(len(s.codes), func(i int) bool { return idAt(s.ids, i) >= id })
	to = from + sort.Search(len(s.codes)-from, func(i int) bool { return idAt(s.ids, from+i) > id })
	return from, to
}

// withPair is the range of the positions of an ID and a code.
func (s *sealed[C]) withPair(id uint32, code *C) (from, to int) {
	from, to = s.withID(id)
	codes := s.codes[from:to]
	lo := sort.Search(len(codes), func(i int) bool { return compareCodes(&codes[i], code) >= 0 })
	hi := lo + sort.Search(len(codes)-lo, func(i int) bool { return compareCodes(&codes[lo+i], code) > 0 })
	return from + lo, from + hi
}

// keep makes hits of hits[from:], which have positions: those that are not dead, in the same order, with their IDs.
func (s *sealed[C]) keep(hits []Hit, from int, dead *deadSet) []Hit {
	if dead.len() == 0 {
		if s.ids != nil {
			for i := range hits[from:] {
				h := &hits[from+i]
				h.ID = s.ids[h.ID]
			}
		}
		return hits
	}
	kept := hits[:from]
	for _, h := range hits[from:] {
		if !dead.has(h.ID) {
			kept = append(kept, Hit{idAt(s.ids, int(h.ID)), h.Distance})
		}
	}
	return kept
}

// nearest appends the k nearest entries that are not dead to dst, in order. As the engine does not know the dead it is
// asked for more until enough of its answer live.
func (s *sealed[C]) nearest(dst []Hit, q C, k int, dead *deadSet) []Hit {
	from := len(dst)
	for ask := min(k, len(s.codes)); ; ask = min(2*ask, len(s.codes)) {
		dst = s.keep(s.engine.Nearest(dst[:from], q, ask), from, dead)
		if len(dst)-from >= k || ask == len(s.codes) {
			return dst[:from+min(len(dst)-from, k)]
		}
	}
}
