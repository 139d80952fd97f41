//go:build amd64 && !purego

package pngluma

import "testing"

// bothWays runs a test with AVX2, if there is any, and without.
func bothWays(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	before := useAVX2
	defer func() { useAVX2 = before }()
	useAVX2 = false
	t.Run("generic", f)
	if before {
		useAVX2 = true
		t.Run("avx2", f)
	}
}
