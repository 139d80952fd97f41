package index

import (
	"math/bits"
	"math/rand/v2"
)

// dataset is a shape of codes, with queries that have hits among them.
type dataset[C Code] struct {
	name  string
	codes []C
	ids   []uint32
	qs    []C
}

// datasets makes n codes of each shape. Each has queries that are random, that are codes, and that are near codes.
func datasets[C Code](rnd *rand.Rand, n int) []dataset[C] {
	list := []dataset[C]{
		{name: "uniform", codes: uniform[C](rnd, n)},
		{name: "clustered", codes: clustered[C](rnd, n), ids: randomIDs(rnd, n, 1<<32-1)},
		{name: "duplicates", codes: duplicates[C](rnd, n), ids: randomIDs(rnd, n, uint32(n/10))},
		{name: "all zero", codes: make([]C, n)},
		{name: "all one", codes: fill(n, ones[C]()), ids: randomIDs(rnd, n, 3)},
		{name: "unit vectors", codes: units[C](n)},
		{name: "zeros and ones", codes: append(make([]C, n/2), fill(n-n/2, ones[C]())...)},
		{name: "codewords", codes: codewords[C](n)},
	}
	for i := range list {
		d := &list[i]
		var zero C
		d.qs = append(d.qs, zero, ones[C](), units[C](6)[5], randomCode[C](rnd), randomCode[C](rnd))
		for _, flips := range []int{0, 1, 2, 5, 9, 30} {
			d.qs = append(d.qs, near(rnd, d.codes[rnd.IntN(n)], flips))
		}
	}
	return list
}

func ones[C Code]() C { return ofWords[C](func(int) uint64 { return 1<<64 - 1 }) }

func fill[C Code](n int, c C) []C {
	codes := make([]C, n)
	for i := range codes {
		codes[i] = c
	}
	return codes
}

func uniform[C Code](rnd *rand.Rand, n int) []C {
	codes := make([]C, n)
	for i := range codes {
		codes[i] = randomCode[C](rnd)
	}
	return codes
}

// clustered codes lie around centres, up to a fifth of their bits away: altered copies of some pictures.
func clustered[C Code](rnd *rand.Rand, n int) []C {
	centres := uniform[C](rnd, n/50+1)
	codes := make([]C, n)
	for i := range codes {
		codes[i] = centres[rnd.IntN(len(centres))]
		for range rnd.IntN(width[C]()/5 + 1) {
			flip(&codes[i], rnd.IntN(width[C]()))
		}
	}
	return codes
}

// duplicates are few codes many times, some of them much oftener than others.
func duplicates[C Code](rnd *rand.Rand, n int) []C {
	some := uniform[C](rnd, n/100+1)
	codes := make([]C, n)
	for i := range codes {
		codes[i] = some[rnd.IntN(rnd.IntN(len(some))+1)]
	}
	return codes
}

// units are vectors of one set bit: all at distance 2 from each other, so that a pivot tells none of them apart.
func units[C Code](n int) []C {
	codes := make([]C, n)
	for i := range codes {
		flip(&codes[i], i%width[C]())
	}
	return codes
}

// codewords are those of the Hadamard code and their complements: from each pivot, all others but one are at half the
// width.
func codewords[C Code](n int) []C {
	w := width[C]()
	codes := make([]C, n)
	for i := range codes {
		row := i / 2 % w
		for bit := range w {
			if (bits.OnesCount(uint(row&bit))+i)%2 == 1 {
				flip(&codes[i], bit)
			}
		}
	}
	return codes
}

func randomIDs(rnd *rand.Rand, n int, below uint32) []uint32 {
	ids := make([]uint32, n)
	for i := range ids {
		ids[i] = rnd.Uint32N(max(1, below))
	}
	return ids
}
