//go:build !purego

package pdq

import "github.com/hashmatch/engine/internal/cpu"

// useAVX2 chooses the assembly; tests turn it off and on.
var useAVX2 = cpu.Has(cpu.AVX2)

// multiplyAVX2 works like multiplyGo. n is a multiple of 16, at least 16.
//
//go:noescape
func multiplyAVX2(c, a, b *float32, n int)

// stepsAVX2 works like stepsGo.
//
//go:noescape
func stepsAVX2(p *float32) int

// slideAVX2 works like slideGo. n is a multiple of 8, at least 8.
//
//go:noescape
func slideAVX2(sum, old, row, out *float32, by float32, n int)

// divideAVX2 works like divideGo. n is a multiple of 8, at least 8.
//
//go:noescape
func divideAVX2(row, by *float32, n int)
