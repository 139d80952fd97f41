// Package hamming holds the inner loops of the search: they compare a query, or eight, with codes that lie side by side,
// and a fingerprint with the buckets of a multi-index. Everything else in index decides which codes to compare.
//
// Each kernel has one contract, written at its Go function. That function is always compiled: it answers where there is
// no assembly, and tests hold every other path to it. No kernel allocates, none reads or writes past the end of a slice,
// and all bound what they write: they stop when the output is full and say where to go on.
package hamming

import "github.com/hashmatch/engine/internal/cpu"

// path is the instructions that the kernels use.
var path = best()

// Path tells which instructions the kernels use.
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
