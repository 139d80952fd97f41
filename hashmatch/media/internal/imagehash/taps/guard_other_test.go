//go:build !linux

package taps

import "testing"

// guarded returns plain memory: only on Linux do the tests know how to fence it in.
func guarded(_ testing.TB, n int) []byte { return make([]byte, n) }
