//go:build !purego

package taps

import "github.com/hashmatch/engine/internal/cpu"

// useAVX2 chooses the assembly; tests turn it off and on.
var useAVX2 = cpu.Has(cpu.AVX2)

// sumAVX2 does what sumGo does, for n samples, a multiple of group, whose stride weights, a multiple of block, all have a
// byte in row.
//
//go:noescape
func sumAVX2(dst *int32, n int, row *byte, first *int32, weights *int16, stride int)

// addScaledAVX2 does what addScaledGo does to n values, a multiple of 8.
//
//go:noescape
func addScaledAVX2(dst, src *int32, n int, k int32)

// divideAVX2 does what divideGo does to n values, a multiple of 4.
//
//go:noescape
func divideAVX2(dst, sums *int32, inverse *float64, n int)
