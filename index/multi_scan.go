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
	if s.all == nil {
		s.all = new(multiScan)
	}
	if m := s.m; m.codes != nil {
		for done := 0; done < len(m.codes); {
			n, more := hamming.Scan256(s.all.found[:], m.codes[done:], s.q, s.plan.radius)
			s.place(s.all.found[:n], done)
			done += more
		}
		return
	}
	s.m.wholeCodes(s.all.codes[:], func(codes []uint64, from int) {
		for done := 0; done < len(codes); {
			n, more := hamming.Scan64(s.all.found[:], codes[done:], s.q[0], s.plan.radius)
			s.place(s.all.found[:n], from+done)
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

// place adds what a scan found among the codes from a position on.
func (s *multiSearch) place(near []hamming.Found, from int) {
	for _, f := range near {
		s.placed = append(s.placed, found{s.query, uint32(from) + f.Position, f.Distance})
	}
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
