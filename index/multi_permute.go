package index

import (
	"math/bits"
)

// sampleCodes is the number of codes by which the order of bits is chosen.
const sampleCodes = 4000

// permutation is an order of a code's bits, chosen so that the bits of each table's key depend on each other as little as
// possible. Pictures make the neighbouring bits of their codes depend on each other, which makes some buckets long; long
// buckets are what a search in a multi-index waits for.
type permutation struct {
	order []uint8         // bit i of the new code is bit order[i] of the old one
	parts [][16][4]uint64 // the new code's bits for each value of each four bits of the old one
}

// newPermutation prepares an order of bits; nil stays nil, which leaves codes as they are.
func newPermutation(order []uint8) *permutation {
	if order == nil {
		return nil
	}
	p := &permutation{order, make([][16][4]uint64, len(order)/4)}
	for to, from := range order {
		part := &p.parts[from/4]
		for value := range part {
			if value>>(from%4)&1 == 1 {
				part[value][to/64] |= 1 << (to % 64)
			}
		}
	}
	return p
}

// apply permutes a code of four words, or of one, with zeros behind it.
func (p *permutation) apply(c *[4]uint64) {
	if p == nil {
		return
	}
	if len(p.parts) == 16 {
		w, out := c[0], uint64(0)
		for i := range 16 {
			out |= p.parts[i][w>>(4*i)&15][0]
		}
		c[0] = out
		return
	}
	var out [4]uint64
	for k, w := range c {
		parts := p.parts[16*k:][:16]
		for i := range parts {
			bits := &parts[i][w>>(4*i)&15]
			out[0] |= bits[0]
			out[1] |= bits[1]
			out[2] |= bits[2]
			out[3] |= bits[3]
		}
	}
	*c = out
}

// spread chooses an order of bits for tables of the given key widths from a sample of codes: the tables take turns, and
// each takes the bit that depends least on those that it has. It returns nil when the codes' own order is no worse by a
// tenth, as with codes that are uniform. The same codes always give the same order: sums are exact, and each product is
// rounded before it is added.
func spread(sample [][4]uint64, widths []int) []uint8 {
	n := 0
	for _, w := range widths {
		n += w
	}
	depends := dependence(sample, n)
	keys := make([][]int, len(widths))
	weight := make([][]float64, len(widths)) // how much each bit depends on the bits that a table has
	for i := range weight {
		weight[i] = make([]float64, n)
	}
	used := make([]bool, n)
	for taken, table := 0, 0; taken < n; table = (table + 1) % len(widths) {
		if len(keys[table]) == widths[table] {
			continue
		}
		best := -1
		for bit := range n {
			if !used[bit] && (best < 0 || weight[table][bit]+depends[bit][bit] < weight[table][best]+depends[best][best]) {
				best = bit
			}
		}
		used[best] = true
		keys[table] = append(keys[table], best)
		for bit := range n {
			weight[table][bit] += depends[best][bit]
		}
		taken++
	}
	order := make([]uint8, 0, n)
	for _, bits := range keys {
		for _, bit := range bits {
			order = append(order, uint8(bit))
		}
	}
	own := make([]uint8, n)
	for i := range own {
		own[i] = uint8(i)
	}
	if 10*collisions(sample, order, widths) >= 9*collisions(sample, own, widths) {
		return nil
	}
	return order
}

// dependence is the squared correlation of each two of the first n bits, and for a bit with itself how unevenly it is set,
// from 0 to 1/2.
func dependence(sample [][4]uint64, n int) [][]float64 {
	words := (len(sample) + 63) / 64
	columns := make([][]uint64, n)
	set := make([]int, n)
	for bit := range columns {
		columns[bit] = make([]uint64, words)
		for i := range sample {
			columns[bit][i/64] |= sample[i][bit/64] >> (bit % 64) & 1 << (i % 64)
		}
		for _, w := range columns[bit] {
			set[bit] += bits.OnesCount64(w)
		}
	}
	depends := make([][]float64, n)
	size := len(sample)
	variance := func(bit int) float64 { return float64(set[bit]*(size-set[bit])) / float64(size*size) }
	for a := range depends {
		depends[a] = make([]float64, n)
		for b := range a {
			both := 0
			for w, x := range columns[a] {
				both += bits.OnesCount64(x & columns[b][w])
			}
			if v := variance(a) * variance(b); v > 0 {
				cov := float64(both*size-set[a]*set[b]) / float64(size*size)
				depends[a][b] = cov * cov / v
				depends[b][a] = depends[a][b]
			}
		}
		depends[a][a] = 0.5 - float64(2*variance(a))
	}
	return depends
}

// collisions is the number of pairs of different codes in the sample with equal keys, summed over the tables.
func collisions(sample [][4]uint64, order []uint8, widths []int) int {
	p := newPermutation(order)
	permuted := make([][4]uint64, len(sample))
	for i, c := range sample {
		p.apply(&c)
		permuted[i] = c
	}
	sum, at := 0, 0
	for _, w := range widths {
		seen := map[uint32]int{}
		for i := range permuted {
			key := cut(&permuted[i], at, w)
			sum += seen[key]
			seen[key]++
		}
		at += w
	}
	return sum
}

// cut is the n bits, at most 32, of a code of four words from bit at on, none of them behind its last.
func cut(c *[4]uint64, at, n int) uint32 {
	if n == 0 {
		return 0
	}
	w, shift := at/64, uint(at%64)
	x := c[w] >> shift
	if int(shift)+n > 64 {
		x |= c[w+1] << (64 - shift)
	}
	return uint32(x & (1<<n - 1))
}

// cutRing is the n bits, at most 32, of a code of so many bits from bit at on; after the last comes the first again.
func cutRing(c *[4]uint64, bits, at, n int) uint32 {
	at %= bits
	if over := at + n - bits; over > 0 {
		return cut(c, at, n-over) | cut(c, 0, over)<<(n-over)
	}
	return cut(c, at, n)
}
