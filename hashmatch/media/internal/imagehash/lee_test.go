package imagehash

import (
	"math"
	"testing"

	"github.com/corona10/goimagehash/transforms"

	"github.com/hashmatch/engine/internal/testkit"
)

// TestLee compares every coefficient, to the last bit, with goimagehash's own.
func TestLee(t *testing.T) {
	skipIfFused(t)
	rnd := testkit.Rand(t)
	for range 2000 {
		var x, whole [64]float64
		for i := range x {
			x[i] = float64(rnd.IntN(256)) * 0.299
		}
		whole = x
		transforms.DCT1DFast64(whole[:])
		for k, v := range lee64(&x) {
			if math.Float64bits(v) != math.Float64bits(whole[k]) {
				t.Fatalf("coefficient %d: %x, want %x", k, v, whole[k])
			}
		}
	}
}
