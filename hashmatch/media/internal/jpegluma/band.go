package jpegluma

import mathbits "math/bits"

// longBand takes a symbol that the band table has not. acc holds at least 31 bits. advance is eob for the end of a run of
// blocks, 0 for no code.
func (t *acTable) longBand(acc uint64) (taken uint, advance uint32, value int32, run uint32) {
	l, symbol := t.symbols.next(acc)
	if l == 0 {
		return 0, 0, 0, 0
	}
	high, n := uint32(symbol>>4), uint(symbol&15)
	rest := acc << l
	if n == 0 && high != 15 {
		return l + uint(high), eob, 0, 1<<high | uint32(rest>>32>>(32-high))
	}
	return l + n, high + 1, extend(uint32(rest>>32>>(32-n)), n), 0
}

// firstACRow is row for the first scan of a band of AC.
func (d *Decoder) firstACRow(y, x, stop int) int {
	in, s, t := &d.in, &d.scan, &d.acTable
	stored := &d.stored[s.parts[0].component]
	at := y * stored.across
	w := &in.window
	acc, n, p := in.acc, in.n, in.p
	end := uint32(s.last) + 1
	for ; x < stop; x++ {
		if d.eobRun > 0 {
			run := min(d.eobRun, uint32(stop-x))
			d.eobRun -= run
			x += int(run) - 1
			continue
		}
		block := (*[64]int16)(stored.ac[64*(at+x):])
		var set uint64
		for k := uint32(s.first); k < end; {
			acc, n, p = load(w, acc, n, p)
			e := t.band[acc>>(64-bandBits)]
			taken, advance, v, run := uint(e&31), e>>8&255, int32(e)>>16, uint32(1)
			if e == 0 {
				taken, advance, v, run = t.longBand(acc)
			}
			acc <<= taken & 63
			n -= taken
			if advance == eob {
				d.eobRun = run - 1
				break
			}
			v <<= s.low
			if k += advance; advance == 0 || k > end || v != int32(int16(v)) {
				return x
			}
			if v != 0 {
				block[natural[(k-1)&63]&63] = int16(v)
				set |= 1 << ((k - 1) & 63)
			}
		}
		stored.set[at+x] |= set
		if p > in.edge {
			in.bits = bits{acc, n, p}
			if in.over() {
				return x
			}
			acc, n, p = in.acc, in.n, in.p
		}
	}
	in.bits = bits{acc, n, p}
	return x
}

// refineACRow is row for a scan of a further bit of a band of AC (T.81, G.1.2.3).
func (d *Decoder) refineACRow(y, x, stop int) int {
	in, s, t := &d.in, &d.scan, &d.acTable
	stored := &d.stored[s.parts[0].component]
	at := y * stored.across
	w := &in.window
	b := in.bits
	band := uint64(1)<<s.last<<1 - 1<<s.first // the places of the band
	for ; x < stop; x++ {
		block := (*[64]int16)(stored.ac[64*(at+x):])
		set := stored.set[at+x]
		left, fresh := band, uint64(0)
		for d.eobRun == 0 && left != 0 {
			b.acc, b.n, b.p = load(w, b.acc, b.n, b.p)
			e := t.band[b.acc>>(64-bandBits)]
			taken, advance, v, run := uint(e&31), e>>8&255, int32(e)>>16, uint32(1)
			if e == 0 {
				taken, advance, v, run = t.longBand(b.acc)
			}
			b.acc <<= taken & 63
			b.n -= taken
			if advance == eob {
				d.eobRun = run
				break
			}
			zeros := left &^ set
			for ; advance > 1; advance-- {
				zeros &= zeros - 1
			}
			place := zeros & -zeros
			if zeros == 0 || advance == 0 || uint32(v+1) > 2 {
				return x
			}
			upTo := place | (place - 1)
			if c := left & upTo & set; c != 0 {
				b = correct(w, b, block, c, s.low)
			}
			left &^= upTo
			if v != 0 {
				block[natural[mathbits.TrailingZeros64(place)&63]&63] = int16(v) << s.low
				fresh |= place
			}
		}
		if d.eobRun > 0 {
			d.eobRun--
			if c := left & set; c != 0 {
				b = correct(w, b, block, c, s.low)
			}
		}
		stored.set[at+x] = set | fresh
		if b.p > in.edge {
			in.bits = b
			if in.over() {
				return x
			}
			b = in.bits
		}
	}
	in.bits = b
	return x
}

// correct takes a bit for each coefficient of places, which are not zero: whether its value is larger by bit low.
func correct(w *window, b bits, block *[64]int16, places uint64, low byte) bits {
	acc, n, p := load(w, b.acc, b.n, b.p)
	for ; places != 0; places &= places - 1 {
		if n == 0 {
			acc, n, p = load(w, acc, n, p)
		}
		larger := int16(acc>>63) << low
		acc <<= 1
		n--
		c := &block[natural[mathbits.TrailingZeros64(places)&63]&63]
		sign := *c >> 15
		*c += larger ^ sign - sign
	}
	return bits{acc, n, p}
}
