//go:build !purego

package hamming

import (
	"testing"

	"github.com/hashmatch/engine/internal/cpu"
)

// A processor with AVX-512 whose kernels answer wrongly is one without; what else there is stays as it is.
func TestWrongKernelsAreNotUsed(t *testing.T) {
	wrong := kernelsGo
	wrong.scan = func(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (int, int) {
		return 0, len(ranges)
	}
	for p, want := range map[cpu.Path]cpu.Path{cpu.Go: cpu.Go, cpu.AVX2: cpu.AVX2, cpu.AVX512: cpu.AVX2} {
		if got := bestOf(p, &wrong); got != want {
			t.Errorf("%v becomes %v, not %v", p, got, want)
		}
	}
	if got := bestOf(cpu.AVX512, &kernelsGo); got != cpu.AVX512 {
		t.Errorf("with right kernels AVX-512 becomes %v", got)
	}
}

// Right kernels pass, though they stop elsewhere than those in Go.
func TestSelfTestAcceptsAssembly(t *testing.T) {
	if cpu.Has(cpu.AVX512) && !kernelsAVX512.right() {
		t.Error("the kernels for AVX-512 are wrong")
	}
	if !cpu.Has(cpu.AVX2) {
		t.Skip("no AVX2 here")
	}
	defer Use(cpu.AVX2)()
	k := kernels{scan64, scan256, compare, scan, scanPairs}
	if !k.right() {
		t.Error("the kernels for AVX2 are wrong")
	}
}
