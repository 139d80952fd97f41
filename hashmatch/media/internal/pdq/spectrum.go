package pdq

// coefficients are the lowest 16 x 16 frequencies of a grid without the constant ones, row by row.
type coefficients [bands * bands]float32

// spectrum is memory for the transform. It belongs to one call at a time.
type spectrum struct {
	half [bands * side]float32
	b    coefficients
	sort coefficients
}

// transform returns D A D^T, where row i of D is cosine i+1. Products are summed in the order of k. The result is good
// until the next call.
func (s *spectrum) transform(g *grid) *coefficients {
	multiply(s.half[:], &dct, g[:], side)
	multiply(s.b[:], &s.half, dctColumns[:], bands)
	return &s.b
}

// code returns the hash of a grid.
func (s *spectrum) code(g *grid) [32]byte {
	b := s.transform(g)
	return b.above(s.median(b)).code()
}

// median returns the lower median.
func (s *spectrum) median(b *coefficients) float32 {
	s.sort = *b
	return smallest(s.sort[:], len(b)/2-1)
}

// smallest returns the k-th smallest of p, from 0, and leaves p in another order (Hoare's FIND).
func smallest(p []float32, k int) float32 {
	low, high := 0, len(p)-1
	for low < high {
		pivot := p[(low+high)/2]
		i, j := low, high
		for i <= j {
			for p[i] < pivot {
				i++
			}
			for p[j] > pivot {
				j--
			}
			if i <= j {
				p[i], p[j] = p[j], p[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return p[k]
		}
	}
	return p[k]
}

// bits are those of a hash: bit j of word i is that of coefficient 16 i + j.
type bits [bands]uint16

// above returns a bit for every coefficient that is strictly above the median, so that at most 128 are set.
func (b *coefficients) above(median float32) (set bits) {
	for i := range set {
		row := (*[bands]float32)(b[i*bands:])
		word := uint16(0)
		for j, v := range row {
			bit := uint16(0)
			if v > median {
				bit = 1
			}
			word |= bit << j
		}
		set[i] = word
	}
	return set
}

// transposed returns the bits of the transposed coefficients.
func (b bits) transposed() (t bits) {
	for i := range t {
		for j, word := range b {
			t[i] |= word >> i & 1 << j
		}
	}
	return t
}

// code writes the bits, the last first.
func (b bits) code() (code [32]byte) {
	for i, word := range b {
		code[31-2*i], code[30-2*i] = byte(word), byte(word>>8)
	}
	return code
}

// detail is PDQ's quality: the sum of the steps between neighbours, in percent of the range and cut to integers, scaled
// so that photographs reach 100.
func detail(g *grid) int { return min(steps(g)/90, 100) }
