package pngluma

// adler is a running Adler-32 (RFC 1950, 8.2).
type adler struct{ a, b uint32 }

func (s *adler) reset() { s.a, s.b = 1, 0 }

func (s *adler) sum() uint32 { return s.b<<16 | s.a }

const (
	adlerPrime = 65521
	// adlerBlock is how many bytes can be added before the sums must be reduced.
	adlerBlock = 5552
)

// write adds bytes.
func (s *adler) write(p []byte) {
	for len(p) > 0 {
		block := p[:min(len(p), adlerBlock)]
		p = p[len(block):]
		a, b := s.a, s.b
		if sum, weighted, n := adlerSums(block); n > 0 {
			a, b = a+sum, b+uint32(n)*a+weighted
			block = block[n:]
		}
		for _, c := range block {
			a += uint32(c)
			b += a
		}
		s.a, s.b = a%adlerPrime, b%adlerPrime
	}
}
