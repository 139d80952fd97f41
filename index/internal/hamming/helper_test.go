package hamming

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

// paths are the sets of instructions that can run here, in ascending order.
func paths() (all []cpu.Path) {
	for p := cpu.Go; p <= cpu.AVX512; p++ {
		if cpu.Has(p) {
			all = append(all, p)
		}
	}
	return all
}

// onEveryPath runs f once for each set of instructions that can run here.
func onEveryPath(t *testing.T, f func(t *testing.T)) {
	testkit.AtLeast(t, 1, len(paths()), "paths")
	for _, p := range paths() {
		t.Run(p.String(), func(t *testing.T) {
			defer Use(p)()
			f(t)
		})
	}
	if !cpu.Has(Path()) || Path() != cpu.Best() {
		t.Errorf("the path is %v afterwards", Path())
	}
}

// guarded returns room for n values with canaries behind it, and a function that tells whether they live.
func guarded[T comparable](n int, canary T) (room []T, intact func() bool) {
	all := make([]T, n+64)
	for i := range all {
		all[i] = canary
	}
	return all[:n:n], func() bool {
		return !slices.ContainsFunc(all[n:], func(v T) bool { return v != canary })
	}
}

// atPageEnd copies s to where reading or writing past its end faults.
func atPageEnd[T any](t *testing.T, s []T) []T {
	if len(s) == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(s[0]))
	copied := unsafe.Slice((*T)(unsafe.Pointer(&testkit.Fenced(t, size*len(s))[0])), len(s))
	copy(copied, s)
	return copied
}

func heap(n int) []byte { return make([]byte, n) }

func fenced(t *testing.T) func(n int) []byte {
	return func(n int) []byte { return testkit.Fenced(t, n) }
}

// heapOrFenced allocates on the heap in odd rounds, and in even ones where reading past the end faults.
func heapOrFenced(t *testing.T, round int) func(n int) []byte {
	if round%2 == 0 {
		return fenced(t)
	}
	return heap
}
