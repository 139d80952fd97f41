//go:build !race

package testkit

// Race tells that the race detector is on: everything is five to fifty times slower and allocates differently, so tests
// that count allocations, and long ones that start no goroutine of ours, are left out of such a run.
const Race = false
