package index

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wordsOf are the words of a code.
func wordsOf[C Code](c C) []uint64 {
	if c, ok := any(c).([4]uint64); ok {
		return c[:]
	}
	return []uint64{any(c).(uint64)}
}

// ofWords is the code of the given words.
func ofWords[C Code](word func(i int) uint64) C {
	var c C
	switch c := any(&c).(type) {
	case *uint64:
		*c = word(0)
	case *[4]uint64:
		for i := range c {
			c[i] = word(i)
		}
	}
	return c
}

func randomCode[C Code](rnd *rand.Rand) C {
	return ofWords[C](func(int) uint64 { return rnd.Uint64() })
}

func xor[C Code](a, b C) C {
	x, y := wordsOf(a), wordsOf(b)
	return ofWords[C](func(i int) uint64 { return x[i] ^ y[i] })
}

// near is c with exactly n different bits flipped.
func near[C Code](rnd *rand.Rand, c C, n int) C {
	for _, bit := range rnd.Perm(width[C]())[:n] {
		flip(&c, bit)
	}
	return c
}

// slowDistance counts bit by bit, without the bit tricks of what it judges.
func slowDistance[C Code](a, b C) int {
	x, y := wordsOf(a), wordsOf(b)
	d := 0
	for i := range x {
		for bit := range 64 {
			if x[i]>>bit&1 != y[i]>>bit&1 {
				d++
			}
		}
	}
	return d
}

// oracle knows all answers for one query, from its distance to every code.
type oracle struct {
	sorted []Hit       // of all codes
	prints [][2]uint64 // the fingerprint of the first n of sorted
}

func newOracle[C Code](codes []C, ids []uint32, q C) *oracle {
	o := &oracle{prints: make([][2]uint64, 1, len(codes)+1)}
	d := 0
	for i, c := range codes {
		id := uint32(i)
		if ids != nil {
			id = ids[i]
		}
		if i == 0 || c != codes[i-1] { // a million times one code is counted once
			d = slowDistance(c, q)
		}
		o.sorted = append(o.sorted, Hit{id, uint32(d)})
	}
	slices.SortFunc(o.sorted, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.ID, b.ID))
	})
	for i := range o.sorted {
		one := fingerprint(o.sorted[i : i+1])
		o.prints = append(o.prints, [2]uint64{o.prints[i][0] + one[0], o.prints[i][1] + one[1]})
	}
	return o
}

// within is the number of hits within a radius: the first so many of o.sorted.
func (o *oracle) within(radius int) int {
	n := 0
	for n < len(o.sorted) && int(o.sorted[n].Distance) <= radius {
		n++
	}
	return n
}

// nearest are the k nearest hits in order.
func (o *oracle) nearest(k int) []Hit { return o.sorted[:max(0, min(k, len(o.sorted)))] }

// check describes how hits differ from the n first in any order; it is empty when they do not.
func (o *oracle) check(n int, hits []Hit) string {
	if fingerprint(hits) == o.prints[n] {
		return ""
	}
	got := slices.Clone(hits)
	slices.SortFunc(got, compareHits)
	for i := range min(n, len(got)) {
		if o.sorted[i] != got[i] {
			return fmt.Sprintf("%d hits, want %d; hit %d in order is %v, want %v", len(got), n, i, got[i], o.sorted[i])
		}
	}
	return fmt.Sprintf("%d hits, want %d", len(got), n)
}

// fingerprint is the same for the same hits in any order, and practically never for others: it takes no sorting to
// compare a million of them.
func fingerprint(hits []Hit) [2]uint64 {
	sum := uint64(0)
	for _, h := range hits {
		x := uint64(h.ID)<<32 | uint64(h.Distance)
		x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		sum += x ^ x>>31
	}
	return [2]uint64{uint64(len(hits)), sum}
}

// engine is a searcher under test.
type engine[C Code] struct {
	name string
	Searcher[C]
}

// engines builds every engine in the forms that matter: trees with small leaves, which are deep where that of NewBKTree is
// a single leaf, and indexes that switch from tree to scan at radii at which New would not.
func engines[C Code](codes []C, ids []uint32) []engine[C] {
	list := []engine[C]{
		{"Flat", NewFlat(codes, ids)},
		{"BKTree", NewBKTree(codes, ids)},
		{"Index", New(codes, ids)},
		{"Multi", NewMulti(codes, ids)},
	}
	for _, leaf := range []int{1, 12} {
		tree := newBKTree(codes, ids, leaf)
		flat := &Flat[C]{codes: tree.codes, ids: tree.ids}
		list = append(list,
			engine[C]{fmt.Sprintf("BKTree with leaves of %d", leaf), tree},
			engine[C]{fmt.Sprintf("Index with leaves of %d", leaf), &Index[C]{flat: flat, tree: tree, upTo: leaf / 2}})
	}
	return list
}
