//go:build !unix

package testkit

import "testing"

// Fenced returns n bytes. Only on Unix do tests know how to fence them in.
func Fenced(_ testing.TB, n int) []byte { return make([]byte, n) }
