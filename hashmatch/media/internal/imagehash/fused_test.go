package imagehash

import "testing"

var third = 1.0 / 3

// skipIfFused skips a comparison with goimagehash where the compiler fuses products and sums: goimagehash then rounds
// otherwise than on the processors that its published hashes come from. Ours do not change.
func skipIfFused(t testing.TB) {
	t.Helper()
	if third*third-float64(third*third) != 0 {
		t.Skip("products and sums are fused in this build: goimagehash has other roundings here")
	}
}
