// Package hamming holds the inner loops of the search. Everything else in index decides which codes to compare.
//
//   - Scan64 and Scan256 compare one query with codes that lie side by side, a Block many queries with 256 codes at once.
//   - Scan and ScanPairs, ScanBoth and ScanPairsBoth compare fingerprints, which are some bits of a code, with the buckets
//     of a multi-index. Prefetch and Gather come before them; Expand and Positions lead from what they find to codes.
//   - ScanLines does the same with the buckets of a multi-index that grows while it is read.
//
// Each kernel has one contract, written at its exported function, and a twin in Go that is always compiled: it answers
// where there is no assembly, and tests hold every other path to it. No kernel allocates, none writes past the end of a
// slice nor reads there, and those whose output has no bound that the caller knows stop when it is full and say where to
// go on. Lengths that contradict each other panic; offsets, ranges and masks that lie are not noticed: who loads them checks
// them once.
//
// All functions but Use may run concurrently, as long as what they write, dst above all, is theirs alone and nobody writes
// what they read; of a Line others may.
package hamming

import "github.com/hashmatch/engine/internal/cpu"

// path is the instructions that the kernels use: read by every call, set before main and by Use.
var path = best()

// Path tells which instructions the kernels use. What has no kernel for them runs as on the next lesser path.
func Path() cpu.Path { return path }

// Use makes the kernels use the instructions of p and returns a function that undoes it. It serves tests and benchmarks,
// and must not be called while kernels run. Where p cannot run it panics: a test that means to compare two paths must not
// compare one with itself.
func Use(p cpu.Path) (restore func()) {
	if !cpu.Has(p) {
		panic("hamming: no " + p.String() + " here")
	}
	before := path
	path = p
	return func() { path = before }
}
