//go:build !amd64 || purego

package pngluma

import "testing"

// bothWays runs a test the one way there is.
func bothWays(t *testing.T, f func(t *testing.T)) { t.Helper(); t.Run("generic", f) }
