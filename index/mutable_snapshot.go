package index

import "slices"

// Snapshot is a Mutable at one moment: an immutable searcher, safe for concurrent use, that later changes leave alone. It
// stays valid after the Mutable is closed.
type Snapshot[C Code] struct {
	*state[C]
	n uint32 // entries of the delta
}

// Len is the number of entries.
func (s *Snapshot[C]) Len() int {
	return len(s.sealed.codes) - s.dead.len() + int(s.n) - s.deltaDead.len()
}

// Within implements Searcher.
func (s *Snapshot[C]) Within(dst []Hit, q C, radius int) []Hit {
	from := len(dst)
	dst = s.sealed.keep(s.sealed.engine.Within(dst, q, radius), from, s.dead)
	return s.delta.within(dst, s.n, s.deltaDead, q, radius)
}

// WithinBatch implements Searcher. Large batches are answered by all cores.
func (s *Snapshot[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	batch(s, qs, radius, yield)
}

// blockSize implements blockEngine.
func (s *Snapshot[C]) blockSize(n, radius int) int {
	return s.sealed.engine.engine().blockSize(n, radius)
}

// block implements blockEngine. Only the engine of the sealed part shares work between queries.
func (s *Snapshot[C]) block(dst []found, qs []C, radius int) (hits []found, ok bool) {
	from := len(dst)
	if dst, ok = s.sealed.engine.engine().block(dst, qs, radius); !ok {
		return dst, false
	}
	kept := dst[:from]
	for _, f := range dst[from:] {
		if !s.dead.has(f.id) {
			kept = append(kept, found{f.query, idAt(s.sealed.ids, int(f.id)), f.distance})
		}
	}
	return eachAlone(kept, qs, func(dst []Hit, q C) []Hit { return s.delta.within(dst, s.n, s.deltaDead, q, radius) })
}

// Nearest implements Searcher.
func (s *Snapshot[C]) Nearest(dst []Hit, q C, k int) []Hit {
	if k <= 0 {
		return dst
	}
	top := newNearest(dst, k, width[C]())
	top.dst = s.sealed.nearest(dst, q, k, s.dead)
	slices.Reverse(top.dst[top.from:]) // a heap: none is greater than one before it
	if top.full() {
		top.limit = int(top.dst[top.from].Distance)
	}
	s.delta.nearest(&top, s.n, s.deltaDead, q)
	return top.sorted()
}

// WithinLimit implements Limiter.
func (s *Snapshot[C]) WithinLimit(dst []Hit, q C, radius, limit int) (hits []Hit, more int) {
	return withinLimit(s, dst, q, radius, limit)
}

// WithinBatchLimit implements Limiter.
func (s *Snapshot[C]) WithinBatchLimit(qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool) {
	withinBatchLimit(s, qs, radius, limit, yield)
}

// AppendBinary implements encoding.BinaryAppender: it builds Index() and appends that, for LoadIndex. It returns no error.
func (s *Snapshot[C]) AppendBinary(dst []byte) ([]byte, error) { return s.Index().AppendBinary(dst) }

// Index builds an immutable Index of the entries, which is faster to search, and which can be written.
func (s *Snapshot[C]) Index() *Index[C] {
	codes, ids, _ := s.entries(func() bool { return false })
	return New(codes, ids)
}

// entries are the codes and IDs in the order of (ID, code). It returns false when stop became true meanwhile.
func (s *Snapshot[C]) entries(stop func() bool) (codes []C, ids []uint32, ok bool) {
	added, addedIDs := s.delta.living(s.n, s.deltaDead)
	added, addedIDs = inOrder(added, addedIDs)
	n := s.Len()
	codes, ids = make([]C, 0, n), make([]uint32, 0, n)
	for i := range s.sealed.codes {
		if i%(1<<16) == 0 && stop() {
			return nil, nil, false
		}
		if s.dead.has(uint32(i)) {
			continue
		}
		code, id := &s.sealed.codes[i], idAt(s.sealed.ids, i)
		for len(added) > 0 && compareEntries(addedIDs[0], &added[0], id, code) < 0 {
			codes, ids = append(codes, added[0]), append(ids, addedIDs[0])
			added, addedIDs = added[1:], addedIDs[1:]
		}
		codes, ids = append(codes, *code), append(ids, id)
	}
	return append(codes, added...), append(ids, addedIDs...), true
}
