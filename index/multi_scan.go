package index

import "github.com/hashmatch/engine/index/internal/hamming"

// roomForCodes is the number of codes of 64 bits that are put together from their table at a time: half of the smallest
// cache.
const roomForCodes = 2048

// roomForWhole is the same for blocks of queries.
const roomForWhole = 1 << 16

// multiScan is the scratch for comparing with every code.
type multiScan struct {
	codes [roomForCodes]uint64
	found [256]hamming.Found
}

// scanAll compares the query with every code.
func (s *multiSearch) scanAll() {
	s.compareAll(func() int { return s.plan.radius }, func(near hamming.Found) {
		s.placed = append(s.placed, found{s.query, near.Position, near.Distance})
	})
}

// nearest offers to top the codes within its limit, of which it compares each with a query that is not yet permuted.
func (s *multiSearch) nearest(top *nearest, q [4]uint64) {
	s.own = q
	s.m.order.apply(&s.own)
	s.q = &s.own
	hits := hitPool.Get().(*[]Hit)
	defer hitPool.Put(hits)
	s.compareAll(func() int { return top.limit }, func(near hamming.Found) {
		if int(near.Distance) > top.limit {
			return
		}
		*hits = s.m.owner.addHits((*hits)[:0], &found{id: near.Position, distance: near.Distance})
		for _, h := range *hits {
			if int(h.Distance) <= top.limit {
				top.add(h)
			}
		}
	})
}

// compareAll hands over the codes within the radius of the query, by position. The radius may shrink meanwhile: those
// that were found before it did are handed over, too.
func (s *multiSearch) compareAll(radius func() int, take func(near hamming.Found)) {
	if s.all == nil {
		s.all = new(multiScan)
	}
	give := func(n, from int) {
		for _, f := range s.all.found[:n] {
			f.Position += uint32(from)
			take(f)
		}
	}
	if m := s.m; m.codes != nil {
		for done := 0; done < len(m.codes); {
			n, more := hamming.Scan256(s.all.found[:], m.codes[done:], s.q, radius())
			give(n, done)
			done += more
		}
		return
	}
	s.m.wholeCodes(s.all.codes[:], func(codes []uint64, from int) {
		for done := 0; done < len(codes); {
			n, more := hamming.Scan64(s.all.found[:], codes[done:], s.q[0], radius())
			give(n, from+done)
			done += more
		}
	})
}

// scanBlocks compares many queries with every code. Codes of 64 bits are put together from the first table, so many at a
// time that what it takes to prepare the queries for them is little.
func (s *multiSearch) scanBlocks(qs [][4]uint64) {
	if m := s.m; m.codes != nil {
		f := Flat[[4]uint64]{codes: m.codes}
		var ok bool
		s.placed, ok = f.block(s.placed, qs, s.plan.radius)
		s.full = s.full || !ok
		return
	}
	s.narrow = s.narrow[:0]
	for i := range qs {
		s.narrow = append(s.narrow, qs[i][0])
	}
	if s.whole == nil {
		s.whole = make([]uint64, roomForWhole)
	}
	s.m.wholeCodes(s.whole, func(codes []uint64, from int) {
		if s.full {
			return
		}
		f := Flat[uint64]{codes: codes}
		at := len(s.placed)
		var ok bool
		s.placed, ok = f.block(s.placed, s.narrow, s.plan.radius)
		s.full = !ok
		for i := range s.placed[at:] {
			s.placed[at+i].id += uint32(from)
		}
	})
}

// wholeCodes hands out all codes of 64 bits, permuted, in the order of positions: each time a buffer full, and the
// position of the first. Only the first table is read, whose entries have the same order.
func (m *multi) wholeCodes(buf []uint64, yield func(codes []uint64, from int)) {
	t := &m.tables[0]
	n, from := 0, 0
	for key := range uint64(1) << t.width {
		to := t.offsets[key+1]
		for e := t.offsets[key]; e < to; e += hamming.Lanes {
			if n+hamming.Lanes > len(buf) {
				yield(buf[:n], from)
				n, from = 0, from+n
			}
			count := int(min(hamming.Lanes, to-e))
			low := t.planes[2*int(e):][:count]
			high := t.planes[2*int(e)+count:][:count]
			for i, b := range low {
				buf[n+i] = key | (uint64(b)|uint64(high[i])<<8|t.restAt(e+uint32(i))<<fingerprintBits)<<t.width
			}
			n += count
		}
	}
	yield(buf[:n], from)
}
