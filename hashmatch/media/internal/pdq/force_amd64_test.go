//go:build !purego

package pdq

import (
	"testing"

	"github.com/hashmatch/engine/internal/cpu"
)

// force chooses the way until the test ends. Where a processor lacks AVX2 both ways are Go's.
func force(t testing.TB, avx2 bool) {
	t.Helper()
	before := useAVX2
	t.Cleanup(func() { useAVX2 = before })
	useAVX2 = avx2 && cpu.Has(cpu.AVX2)
}
