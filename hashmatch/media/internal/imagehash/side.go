package imagehash

import "github.com/hashmatch/engine/hashmatch/media/internal/imagehash/taps"

// side is an axis of 8-bit samples made ready for work: its taps in a bank, its divisions as multiplications.
type side struct {
	axis
	bank    taps.Bank
	edges   []int     // samples that take more of the first or last cell than their taps say
	inverse []float64 // by sample, then zeros up to the bank's room
}

func newSide(full, fold, samples int) *side {
	s := &side{axis: newAxis(full, fold, samples, unit8)}
	s.bank.Set(s.cells, s.rows)
	s.inverse = make([]float64, s.bank.Room())
	for i, sum := range s.sum {
		s.inverse[i] = 1 / float64(sum)
		if s.left[i] != 0 || s.right[i] != 0 {
			s.edges = append(s.edges, i)
		}
	}
	return s
}

// sums writes the weighted sums of a row to dst, which must have room for the bank's.
func (s *side) sums(dst []int32, row []byte) {
	s.bank.Sum(dst, row)
	for _, i := range s.edges {
		dst[i] += int32(s.left[i]*uint32(row[0]) + s.right[i]*uint32(row[len(row)-1]))
	}
}

// shelf keeps what was made for a size of picture for the next ones of that size.
type shelf struct {
	sides map[fit]*side
	axes  map[fit]*axis // of 16-bit samples
	held  int
}

// fit is what an axis depends on.
type fit struct{ full, fold, samples int }

// shelfSize is how many cells the axes on a shelf may span, about 8 bytes each, before it is emptied.
const shelfSize = 1 << 17

func (s *shelf) side(full, fold, samples int) *side {
	f := fit{full, fold, samples}
	found, ok := s.sides[f]
	if !ok {
		found = newSide(full, fold, samples)
		s.room(found.span())
		s.sides[f] = found
	}
	return found
}

func (s *shelf) axis16(full, samples int) *axis {
	f := fit{full, 1, samples}
	found, ok := s.axes[f]
	if !ok {
		a := newAxis(full, 1, samples, unit16)
		found = &a
		s.room(found.span())
		s.axes[f] = found
	}
	return found
}

// room makes room for an axis of n cells.
func (s *shelf) room(n int) {
	if s.held += n; s.sides == nil || s.held > shelfSize {
		s.sides, s.axes, s.held = map[fit]*side{}, map[fit]*axis{}, n
	}
}
