package index

import (
	"math/rand/v2"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/cpu"
)

// costs are what the steps of a search take, in picoseconds. The planner compares sums of these: only their ratios matter.
// They are integers so that no CPU rounds a sum in its own way. costs.go holds the measured ones.
type costs struct {
	code      uint64 // to compare one code in a scan
	codeBlock uint64 // the same for one query of a block
	leaf      uint64 // to reach a leaf of a tree
	node      uint64 // to compare with a pivot and find the children to visit

	whole  uint64 // to put a code of 64 bits together from a table
	query  uint64 // what any search in a multi-index takes
	probe  uint64 // to find a bucket and scan its first entries
	chunk  uint64 // to scan 32 more
	sorted uint64 // to find a bucket and scan its first entries for one query of a block, slice by slice
	verify uint64 // to look at an entry that the fingerprint let pass
}

// costsOf are the costs for codes of so many bits by the instructions of the kernels.
func costsOf(codeBits int) *costs {
	of, ok := measuredCosts[hamming.Path()]
	if !ok {
		of = measuredCosts[cpu.AVX2] // not measured yet: its ratios are nearer than those of Go
	}
	if codeBits == 64 {
		return &of[0]
	}
	return &of[1]
}

// fingerprintPasses[k] is in how many of 65,536 cases a random fingerprint is at most at distance k.
var fingerprintPasses = func() (passes [fingerprintBits + 1]uint64) {
	count, sum := uint64(1), uint64(0)
	for k := range passes {
		sum += count
		passes[k] = sum
		count = count * uint64(fingerprintBits-k) / uint64(k+1)
	}
	return passes
}()

// sampleQueries is the number of queries by which the planner judges a tree.
const sampleQueries = 32

// treeRadius returns the greatest radius at which a search in the tree is cheaper than a scan of all its codes, -1 when
// it never is. What a search visits grows with the radius, so the tree is cheaper at all smaller ones too.
//
// It has no clock. It counts the nodes and codes that the tree would visit for a sample of queries and weighs them with
// measured costs, so that the same codes get the same plan on every machine. The filter of bands is left out of account,
// as it stands before both engines.
func treeRadius[C Code](t *BKTree[C]) int {
	c := costsOf(width[C]())
	var byRadius [maxWidth + 1]uint64
	need := make([]uint16, len(t.nodes))
	rnd := rand.New(rand.NewPCG(0, 0))
	for i := range sampleQueries {
		t.price(sampleQuery(rnd, t.codes, i), c, need, &byRadius)
	}
	scan := sampleQueries * (c.leaf + c.code*uint64(len(t.codes)))
	tree := uint64(0)
	for radius := range width[C]() + 1 {
		if tree += byRadius[radius]; tree >= scan {
			return radius - 1
		}
	}
	return width[C]()
}

// sampleQuery makes the i-th query of a sample: by turns one of codes with up to 8 bits flipped, and a random code.
func sampleQuery[C Code](rnd *rand.Rand, codes []C, i int) C {
	q := codes[rnd.IntN(len(codes))]
	if i%2 == 0 {
		for range rnd.IntN(9) {
			flip(&q, rnd.IntN(width[C]()))
		}
		return q
	}
	for bit := range width[C]() {
		if rnd.IntN(2) == 0 {
			flip(&q, bit)
		}
	}
	return q
}

// flip inverts one bit of a code.
func flip[C Code](c *C, bit int) {
	switch c := any(c).(type) {
	case *uint64:
		*c ^= 1 << bit
	case *[4]uint64:
		c[bit/64] ^= 1 << (bit % 64)
	}
}

// price adds to byRadius[r], for each r, the cost of what a search for q visits at a radius of r but not at r-1. One pass
// over all nodes tells it for every radius. need is scratch, with room for each node: the radius from which it is visited.
func (t *BKTree[C]) price(q C, c *costs, need []uint16, byRadius *[maxWidth + 1]uint64) {
	need[0] = 0
	for i := range t.nodes {
		n := &t.nodes[i]
		switch {
		case n.same:
			byRadius[need[i]] += c.leaf
		case n.child == 0:
			byRadius[need[i]] += c.leaf + c.code*uint64(n.hi-n.lo)
		default:
			byRadius[need[i]] += c.node
			d := uint16(Distance(q, t.codes[n.lo]))
			for j := n.child; j < n.child+uint32(n.children); j++ {
				need[j] = need[i]
				if child := &t.nodes[j]; d < child.near {
					need[j] = max(need[j], child.near-d)
				} else if d > child.far {
					need[j] = max(need[j], d-child.far)
				}
			}
		}
	}
}
