//go:build !amd64 || purego

package pdq

import "testing"

// force has no choice: both ways are Go's.
func force(testing.TB, bool) {}
