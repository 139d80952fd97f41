// Package index finds codes near a code, and keys equal to a key. It knows no picture, file or case: only numbers in
// memory that it is given.
//
// A code is a binary hash of 64 bits (uint64) or 256 bits ([4]uint64); two codes are as far apart as the number of bits
// in which they differ (Hamming distance). New builds the searcher to use: it holds a BK-tree and a flat scan, and asks
// the one that is cheaper at the radius of a query. NewFlat and NewBKTree build one engine alone. NewTable builds the
// exact side: digests of 16, 20 or 32 bytes and what has them.
//
// Every engine gives the same answers as comparing the query with every code, and is held to that by tests; which engine
// answers changes the time only. Everything here is immutable once built and safe for concurrent use. Nothing is copied
// that need not be: codes and ids that were handed to a constructor must not be changed afterwards. A constructor panics
// when its arguments contradict each other, as when there are more codes than ids. No query panics on a code or radius.
package index

import (
	"fmt"
	"math"
	"math/bits"
)

// A Code is a binary hash as bits: 64 or 256 of them. The order of the words and bits does not matter, as long as it is
// the same in all codes.
type Code interface{ uint64 | [4]uint64 }

// A Hit is one code that was found: its ID, and the number of bits in which it differs from the query.
type Hit struct{ ID, Distance uint32 }

// A Searcher finds the codes near a code. All methods may be called concurrently.
type Searcher[C Code] interface {
	// Len is the number of codes, duplicates counted.
	Len() int

	// Within appends a Hit to dst for each code whose distance to q is at most radius, and returns the extended slice.
	// Two equal codes give two hits, and when an ID was given to several codes it may appear several times. The order of
	// hits is any. A negative radius finds nothing, one of the code's width or more finds everything.
	Within(dst []Hit, q C, radius int) []Hit

	// WithinBatch answers many queries. It calls yield once for each query, in ascending order and never concurrently,
	// with the query's number and its hits, which are valid until yield returns. It ends early when yield returns false.
	WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool)

	// Nearest appends the k smallest hits by (Distance, ID), in that order, to dst, and returns the extended slice: all of
	// them when there are fewer than k, none when k is not positive.
	Nearest(dst []Hit, q C, k int) []Hit
}

// Distance is the number of bits in which a and b differ.
func Distance[C Code](a, b C) int {
	if a, ok := any(&a).(*uint64); ok {
		return bits.OnesCount64(*a ^ *any(&b).(*uint64))
	}
	x, y := any(&a).(*[4]uint64), any(&b).(*[4]uint64)
	return bits.OnesCount64(x[0]^y[0]) + bits.OnesCount64(x[1]^y[1]) +
		bits.OnesCount64(x[2]^y[2]) + bits.OnesCount64(x[3]^y[3])
}

// maxWidth is the width of the widest code in bits.
const maxWidth = 256

// width is the number of bits of a code, and so the greatest distance.
func width[C Code]() int {
	var c C
	if _, ok := any(&c).(*uint64); ok {
		return 64
	}
	return maxWidth
}

// Index is the searcher that New builds: a BK-tree with its filter, and a flat scan over the same arrays.
type Index[C Code] struct {
	flat   *Flat[C]
	tree   *BKTree[C] // nil when there are too few codes for a tree to pay
	radius int        // the greatest radius at which the tree answers; -1 when at none
}

// New builds an index of codes, in which codes[i] is found as ids[i], or as i when ids is nil. Codes and ids may both
// hold duplicates. It panics when their lengths differ, or when there are more codes than an ID can number.
//
// The index takes 4 bytes of memory for each code beside the code itself, and a filter of 14.4 bytes (256 bits) or 3.6
// bytes (64 bits) for each, unless there are only a few thousand. The same arguments always give the same index: the
// choice between the engines is by counting (see treeRadius), not by a clock.
func New[C Code](codes []C, ids []uint32) *Index[C] {
	if len(codes) < treePays {
		return &Index[C]{flat: NewFlat(codes, ids), radius: -1}
	}
	tree := NewBKTree(codes, ids)
	return &Index[C]{
		flat:   &Flat[C]{codes: tree.codes, ids: tree.ids},
		tree:   tree,
		radius: treeRadius(tree),
	}
}

// Engine names the engine that answers Within at a radius: "flat" or "bktree".
func (x *Index[C]) Engine(radius int) string {
	if x.treeAnswers(radius) {
		return "bktree"
	}
	return "flat"
}

func (x *Index[C]) treeAnswers(radius int) bool {
	return x.tree != nil && min(radius, width[C]()) <= x.radius
}

// Len is the number of codes, duplicates counted.
func (x *Index[C]) Len() int { return x.flat.Len() }

// Within implements Searcher.
func (x *Index[C]) Within(dst []Hit, q C, radius int) []Hit {
	if x.treeAnswers(radius) {
		return x.tree.Within(dst, q, radius)
	}
	if x.tree != nil && !x.tree.bands.mayHold(q, radius) {
		return dst
	}
	return x.flat.Within(dst, q, radius)
}

// WithinBatch implements Searcher.
func (x *Index[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	oneByOne(x, qs, radius, yield)
}

// Nearest implements Searcher. It asks the tree up to half the radius at which the tree is the cheaper engine, and if that
// finds too few, the flat scan: up to there a search in vain takes but a part of the time of the scan that must follow.
func (x *Index[C]) Nearest(dst []Hit, q C, k int) []Hit {
	if x.tree != nil {
		if dst, ok := x.tree.nearest(dst, q, k, x.radius/2); ok {
			return dst
		}
	}
	return x.flat.Nearest(dst, q, k)
}

// oneByOne answers a batch with one buffer of hits for all its queries.
func oneByOne[C Code](s Searcher[C], qs []C, radius int, yield func(q int, hits []Hit) bool) {
	var hits []Hit
	for i, q := range qs {
		hits = s.Within(hits[:0], q, radius)
		if !yield(i, hits) {
			return
		}
	}
}

// checkIDs panics unless n things can be found by ids.
func checkIDs(what string, n int, ids []uint32) {
	if ids != nil && len(ids) != n {
		panic(fmt.Sprintf("index: %d %s but %d ids", n, what, len(ids)))
	}
	if uint64(n) > math.MaxUint32 {
		panic(fmt.Sprintf("index: %d %s are more than 32 bits can number", n, what))
	}
}
