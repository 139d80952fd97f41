//go:build amd64 && !purego

package jpegluma

import "github.com/hashmatch/engine/internal/cpu"

// setAVX2 forces the choice of the inverse DCT and tells whether there is one.
func setAVX2(on bool) bool {
	useAVX2 = on && cpu.Has(cpu.AVX2)
	return cpu.Has(cpu.AVX2)
}
