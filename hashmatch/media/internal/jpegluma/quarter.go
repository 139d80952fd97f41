package jpegluma

import "math"

// The mean of a quarter of a block is a weighted sum of its coefficients: of DC, and of those whose horizontal or
// vertical frequency, or both, are odd and the other 0 (even ones cancel out over half a block). The quarters differ in
// the signs of three groups only:
//
//	upper left   DC + across + down + both
//	upper right  DC - across + down - both
//	lower left   DC + across - down - both
//	lower right  DC - across - down + both
//
// where across sums those with vertical frequency 0, down those with horizontal frequency 0, and both the rest. A
// coefficient counts in one group at most, so that the three sums are kept in one int64, a field each.
const (
	weightBits = 8 // behind the point
	downShift  = 22
	bothShift  = 43
)

// halfWeights[u] is how much of a coefficient of frequency u the first half of a row is, DC's being 1:
// sqrt(2) times the mean of cos((2x+1)u pi/16) for x = 0..3.
var halfWeights = func() (w [8]float64) {
	w[0] = 1
	for u := 1; u < 8; u += 2 {
		for x := range 4 {
			w[u] += math.Sqrt2 / 4 * math.Cos(float64((2*x+1)*u)*math.Pi/16)
		}
	}
	return w
}()

// weightsOf makes the weights for sumBlock, by the place behind a coefficient in the zigzag.
func weightsOf(quant *[64]uint16) (t [256]int64) {
	for i := 1; i < 64; i++ {
		at := natural[i]
		u, v := at%8, at/8
		w := int64(math.Round(halfWeights[u] * halfWeights[v] * float64(quant[at]) * (1 << weightBits)))
		switch {
		case u == 0:
			w <<= downShift
		case v != 0:
			w <<= bothShift
		}
		t[i+1] = w
	}
	return t
}

// quarters writes the four means of a block. Sums beyond their fields, which no picture has, give wrong means.
func quarters(dc int32, sums int64, out []byte, stride int) {
	across := sums << (64 - downShift) >> (64 - downShift)
	sums -= across
	down := sums << (64 - bothShift) >> (64 - bothShift + downShift)
	sums -= down << downShift
	both := sums >> bothShift
	const one = weightBits + 3
	base := int64(dc)<<weightBits + 128<<one + 1<<(one-1)
	upper, lower := out[:2], out[stride:stride+2]
	upper[0] = clamp(int32((base + across + down + both) >> one))
	upper[1] = clamp(int32((base - across + down - both) >> one))
	lower[0] = clamp(int32((base + across - down - both) >> one))
	lower[1] = clamp(int32((base - across - down + both) >> one))
}

// sumBlock is readBlock for the sums that quarters wants.
func sumBlock(w *window, b bits, c *codes, weights *[256]int64) (_ bits, diff int32, sums int64, ok bool) {
	acc, n, p := load(w, b.acc, b.n, b.p)
	if e := c.first[acc>>(64-firstBits)]; e != 0 {
		acc <<= e & 31
		n -= uint(e & 31)
		diff = int32(e) >> 16
	} else {
		taken, v, ok := c.slowDC(acc)
		if !ok {
			return b, 0, 0, false
		}
		acc <<= taken & 63
		n -= taken
		diff = v
	}
	t := &c.pair
	k := uint32(1)
	for {
		acc, n, p = load(w, acc, n, p)
		before, k0, sums0 := acc, k, sums
		e := t[acc>>(64-pairBits)]
		acc <<= e & 31
		n -= uint(e & 31)
		sums += int64(int16(e>>32)) * weights[uint8(k+uint32(e>>8))]
		k += uint32(e>>16) & 255
		sums += int64(e) >> 48 * weights[uint8(k)]
		if k < 64 {
			before, k0, sums0 = acc, k, sums
			e = t[acc>>(64-pairBits)]
			acc <<= e & 31
			n -= uint(e & 31)
			sums += int64(int16(e>>32)) * weights[uint8(k+uint32(e>>8))]
			k += uint32(e>>16) & 255
			sums += int64(e) >> 48 * weights[uint8(k)]
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
		sums = sums0
		if advance == eob {
			break
		}
		if k = k0 + advance; advance == 0 || k > 64 {
			return b, 0, 0, false
		}
		sums += int64(v) * weights[uint8(k)]
		if k == 64 {
			break
		}
	}
	return bits{acc, n, p}, diff, sums, true
}
