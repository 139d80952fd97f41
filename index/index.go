// Package index finds codes near a code, and keys equal to a key. It knows no picture, file or case: only numbers in
// memory that it is given.
//
// A code is a binary hash of 64 bits (uint64) or 256 bits ([4]uint64); two codes are as far apart as the number of bits
// in which they differ (Hamming distance). New builds the searcher to use and plans which engine answers: NewMulti, the
// multi-index hash for large sets; NewBKTree, the tree that takes less memory; or NewFlat, the scan of all codes.
// NewMutable is searched while codes come and go. NewTable builds the exact side: digests of 16, 20 or 32 bytes and what
// has them.
//
// Every engine gives the same answers as comparing the query with every code, and is held to that by tests; which engine
// answers, and by which instructions, changes the time only. Everything but Mutable is immutable once built; all of it is
// safe for concurrent use. Nothing is copied that need not be: codes and ids that were handed to a constructor must not
// be changed afterwards. A constructor panics when its arguments contradict each other, as when there are more codes than
// ids. No query panics on a code or radius.
//
// Engines append themselves to bytes (AppendBinary) and are used in place from bytes (LoadIndex, LoadMulti, LoadTable
// and so on), mapped from a file or not. Damaged bytes give an error.
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

// A Searcher finds the codes near a code. All methods may be called concurrently. All engines are Limiters, too.
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

// checkIDs panics unless n things can be found by ids.
func checkIDs(what string, n int, ids []uint32) {
	if ids != nil && len(ids) != n {
		panic(fmt.Sprintf("index: %d %s but %d ids", n, what, len(ids)))
	}
	if uint64(n) > math.MaxUint32 {
		panic(fmt.Sprintf("index: %d %s are more than 32 bits can number", n, what))
	}
}
