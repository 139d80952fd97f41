package jpegluma

import "encoding/binary"

// order takes the place behind a coefficient, in the zigzag, to the coefficient's place in the block. What lies behind a
// block's end goes to place 0, which is DC's and is written last.
var order = func() (t [256]uint8) {
	for i, n := range natural {
		t[i+1] = n
	}
	return t
}()

// load is refill for functions that keep bits in registers.
func load(w *window, acc uint64, n uint, p int) (uint64, uint, int) {
	i := p & windowMask
	return acc | binary.BigEndian.Uint64(w[i:i+8:i+8])>>(n&63), n | 56, p + int(63-n)>>3
}

// slowDC takes a DC difference that firstTable or startTable has not. acc holds at least 27 bits.
func (c *codes) slowDC(acc uint64) (taken uint, diff int32, ok bool) {
	l, symbol := c.dc.next(acc)
	n := uint(symbol)
	if l == 0 || n > maxDCBits {
		return 0, 0, false
	}
	return l + n, extend(uint32(acc<<l>>32>>(32-n)), n), true
}

// slowAC takes an AC coefficient that the tables have not. acc holds at least 31 bits. advance is eob for the end of a
// block, 0 for what is no code here.
func (c *codes) slowAC(acc uint64) (taken uint, advance uint32, value int32) {
	l, symbol := c.ac.next(acc)
	run, n := uint32(symbol>>4), uint(symbol&15)
	switch {
	case l == 0, n == 0 && run != 0 && run != 15:
		return 0, 0, 0
	case n == 0 && run == 0:
		return l, eob, 0
	}
	return l + n, run + 1, extend(uint32(acc<<l>>32>>(32-n)), n)
}

// skipBlock steps over a block and returns its DC difference. A block that is damaged is not ok.
func skipBlock(w *window, b bits, c *codes) (_ bits, diff int32, ok bool) {
	acc, n, p := load(w, b.acc, b.n, b.p)
	k := uint32(1)
	if e := c.start[acc>>(64-startBits)]; e != 0 {
		acc <<= e & 31
		n -= uint(e & 31)
		k = e >> 8 & 255
		diff = int32(e) >> 16
	} else {
		taken, v, ok := c.slowDC(acc)
		if !ok {
			return b, 0, false
		}
		acc <<= taken & 63
		n -= taken
		diff = v
		acc, n, p = load(w, acc, n, p)
	}
	t := &c.step
	for k < 64 {
		before := acc
		e := uint32(t[acc>>(64-stepBits)]) // the start and three steps take at most 51 bits
		acc <<= e & 15
		n -= uint(e & 15)
		k += e >> 4
		if k < 64 {
			before = acc
			e = uint32(t[acc>>(64-stepBits)])
			acc <<= e & 15
			n -= uint(e & 15)
			k += e >> 4
			if k < 64 {
				before = acc
				e = uint32(t[acc>>(64-stepBits)])
				acc <<= e & 15
				n -= uint(e & 15)
				k += e >> 4
				if k < 64 {
					acc, n, p = load(w, acc, n, p)
					continue
				}
			}
		}
		advance := e >> 4
		if k == 64 || advance >= stepEnd && advance != stepNone && k < 128 {
			break
		}
		// No whole symbol in the window, or the step went past the block's end: one symbol by itself.
		acc, n, p = load(w, before, n+uint(e&15), p)
		k -= advance
		taken, one, _ := c.slowAC(acc)
		acc <<= taken & 63
		n -= taken
		if one == eob {
			break
		}
		if k += one; one == 0 || k > 64 {
			return b, 0, false
		}
		acc, n, p = load(w, acc, n, p)
	}
	return bits{acc, n, p}, diff, true
}

// readBlock decodes a block's AC coefficients into block, which is zero before, and returns its DC difference. flat says
// that all coefficients are zero. Of a block that is damaged, which is not ok, something may have been written.
func readBlock(w *window, b bits, c *codes, block *[64]int16) (_ bits, diff int32, flat, ok bool) {
	acc, n, p := load(w, b.acc, b.n, b.p)
	if e := c.first[acc>>(64-firstBits)]; e != 0 {
		acc <<= e & 31
		n -= uint(e & 31)
		diff = int32(e) >> 16
	} else {
		taken, v, ok := c.slowDC(acc)
		if !ok {
			return b, 0, false, false
		}
		acc <<= taken & 63
		n -= taken
		diff = v
	}
	t := &c.pair
	k := uint32(1)
	for {
		acc, n, p = load(w, acc, n, p)
		before, k0 := acc, k
		e := t[acc>>(64-pairBits)]
		acc <<= e & 31
		n -= uint(e & 31)
		block[order[uint8(k+uint32(e>>8))]&63] = int16(e >> 32)
		k += uint32(e>>16) & 255
		block[order[uint8(k)]&63] = int16(e >> 48)
		if k < 64 {
			before, k0 = acc, k
			e = t[acc>>(64-pairBits)]
			acc <<= e & 31
			n -= uint(e & 31)
			block[order[uint8(k+uint32(e>>8))]&63] = int16(e >> 32)
			k += uint32(e>>16) & 255
			block[order[uint8(k)]&63] = int16(e >> 48)
			if k < 64 {
				continue
			}
		}
		if k == 64 || k > eob && k < eob+64 {
			break
		}
		acc, n, p = load(w, before, n+uint(e&31), p)
		taken, advance, v := c.slowAC(acc)
		acc <<= taken & 63
		n -= taken
		if advance == eob {
			break
		}
		if k = k0 + advance; advance == 0 || k > 64 {
			return b, 0, false, false
		}
		block[order[uint8(k)]&63] = int16(v)
		if k == 64 {
			break
		}
	}
	return bits{acc, n, p}, diff, k == eob+1, true
}
