//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

// kernelsAVX512 are the loops for AVX-512. What is not among them runs as for AVX2.
var kernelsAVX512 = kernels{
	scan64: func(dst []Found, codes []uint64, q uint64, radius int) (n, done int) {
		return scan64AVX512(&dst[0], len(dst), &codes[0], len(codes), q, radius)
	},
	scan256: func(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int) {
		return scan256AVX512(&dst[0], len(dst), &codes[0], len(codes), q, radius)
	},
	compare:   compareAVX512,
	scan:      scanAVX512,
	scanPairs: scanPairsAVX512,
}

// best is the greatest path that can run here and whose answers are right.
//
// The kernels for AVX-512 are asked before they are used, once, when the program starts, because the machines that test
// this package at every change lack the instructions; there they run in an emulator (_emulator). So a mistake in them that
// the questions bring to light costs speed and no hit. Programs pay for it only where there is AVX-512.
func best() cpu.Path {
	return bestOf(cpu.Best(), &kernelsAVX512)
}

func bestOf(p cpu.Path, avx512 *kernels) cpu.Path {
	if p == cpu.AVX512 && !avx512.right() {
		return cpu.AVX2
	}
	return p
}
