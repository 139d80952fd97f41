package jpegluma

// The widths of the tables' windows. Wider ones take more symbols at once and more of the first cache.
const (
	firstBits = 10
	startBits = 12
	stepBits  = 13
	pairBits  = 12
	bandBits  = 11
)

const (
	maxDCBits = 11  // a difference of DC in a file of 8 bits
	eob       = 128 // added to an advance: the block ends
	long      = 192 // an advance that no block has: the table does not know
)

// firstTable takes a DC difference in one step. Bits 0-7: bits taken, 0 for the long way; 16-31: the difference.
type firstTable [1 << firstBits]uint32

// bandTable takes one AC coefficient in one step. Bits 0-7: bits taken, 0 for the long way; 8-15: how far it takes the
// next coefficient's place, eob for the end of a block; 16-31: the value.
type bandTable [1 << bandBits]uint32

// pairTable takes one or two AC coefficients in one step. Bits 0-7: bits taken; 8-15: the advance of the first; 16-23: of
// both, eob included, or long for the long way; 32-47 and 48-63: their values. If there is only one, it is the second,
// and the first a zero at the same place.
type pairTable [1 << pairBits]uint64

// stepTable steps over as many AC coefficients as its window holds whole. Bits 0-3: bits taken; 4-10: the advance, plus
// stepEnd with the end of the block; stepNone for no whole symbol.
type stepTable [1 << stepBits]uint16

const (
	stepEnd  = 64
	stepMost = 62 // the largest advance without an end
	stepNone = 127
)

// startTable steps over the beginning of a block, often all of it. Bits 0-7: bits taken, 0 for the long way; 8-15: the
// next coefficient's place, 64 or more when the block is done; 16-31: the DC difference.
type startTable [1 << startBits]uint32

func (t *firstTable) build(dc *spec) {
	clear(t[:])
	dc.each(firstBits, func(at uint32, length uint, symbol byte) {
		n := uint(symbol)
		if length+n > firstBits {
			return
		}
		rest := firstBits - length - n
		for v := range uint32(1) << n {
			e := uint32(length+n) | uint32(uint16(extend(v, n)))<<16
			for i := range uint32(1) << rest {
				t[at+v<<rest+i] = e
			}
		}
	})
}

// build makes the table of a progressive band, where a block's end may be that of many: those go the long way.
func (t *bandTable) build(ac *spec) { buildBand(t[:], bandBits, ac) }

// buildBand fills a table of a window of width bits with single coefficients.
func buildBand(t []uint32, width uint, ac *spec) {
	clear(t)
	ac.each(width, func(at uint32, length uint, symbol byte) {
		run, n := uint32(symbol>>4), uint(symbol&15)
		advance := run + 1
		if n == 0 && run != 15 {
			if run != 0 {
				return
			}
			advance = eob
		}
		if length+n > width {
			return
		}
		rest := width - length - n
		for v := range uint32(1) << n {
			e := uint32(length+n) | advance<<8 | uint32(uint16(extend(v, n)))<<16
			for i := range uint32(1) << rest {
				t[at+v<<rest+i] = e
			}
		}
	})
}

// build needs scratch of its own size.
func (t *pairTable) build(single *[1 << pairBits]uint32, ac *spec) {
	buildBand(single[:], pairBits, ac)
	for i := range t {
		first := uint64(single[i])
		taken, advance, value := first&255, first>>8&255, first>>16
		t[i] = taken | advance<<8 | advance<<16 | value<<48
		if taken == 0 {
			t[i] = long<<8 | long<<16
			continue
		}
		if advance == eob {
			continue
		}
		second := uint64(single[uint64(i)<<taken&(1<<pairBits-1)])
		if n := second & 255; n != 0 && taken+n <= pairBits {
			t[i] = (taken + n) | advance<<8 | (advance+second>>8&255)<<16 | value<<32 | second>>16<<48
		}
	}
}

// steps builds the tables that step over coefficients. at[b] is the table for a window of b bits, 0 for no whole symbol:
// each is made of narrower ones, since behind the first symbol lies a narrower window.
type steps struct {
	all [1 << (stepBits + 1)]uint16
}

func (s *steps) at(b uint) []uint16 { return s.all[1<<b : 2<<b] }

func (s *steps) build(ac *spec) {
	clear(s.all[:])
	for b := uint(1); b <= stepBits; b++ {
		t := s.at(b)
		ac.each(b, func(at uint32, length uint, symbol byte) {
			run, n := uint16(symbol>>4), uint(symbol&15)
			switch {
			case n == 0 && run == 0:
				for i := range uint32(1) << (b - length) {
					t[at+i] = uint16(length) | stepEnd<<4
				}
				return
			case n == 0 && run != 15, length+n > b:
				return
			}
			add := uint16(length+n) | (run+1)<<4
			rest := b - length - n
			behind := s.at(rest)
			for v := range uint32(1) << n {
				to := t[at+v<<rest:][:len(behind)]
				for i, e := range behind {
					if e>>4&(stepEnd-1)+run+1 > stepMost {
						e = 0
					}
					to[i] = e + add
				}
			}
		})
	}
}

func (t *stepTable) build(s *steps) {
	for i, e := range s.at(stepBits) {
		if e == 0 {
			e = stepNone << 4
		}
		t[i] = e
	}
}

func (t *startTable) build(dc *spec, s *steps) {
	clear(t[:])
	dc.each(startBits, func(at uint32, length uint, symbol byte) {
		n := uint(symbol)
		if n > maxDCBits || length+n > startBits {
			return
		}
		rest := startBits - length - n
		behind := s.at(rest)
		for v := range uint32(1) << n {
			to := t[at+v<<rest:][:len(behind)]
			add := uint32(length+n) | 1<<8 | uint32(uint16(extend(v, n)))<<16
			for i, e := range behind {
				to[i] = add + uint32(e&15) + uint32(e>>4)<<8
			}
		}
	})
}
