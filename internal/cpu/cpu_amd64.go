//go:build !purego

package cpu

import "golang.org/x/sys/cpu"

// has looks at what x/sys/cpu found, which counts a register file only where the system saves it.
func has(p Path) bool {
	x := &cpu.X86
	avx2 := x.HasAVX2 && x.HasBMI1 && x.HasBMI2 && x.HasPOPCNT
	switch p {
	case AVX2:
		return avx2
	case AVX512:
		return avx2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512BITALG && x.HasAVX512VPOPCNTDQ
	}
	return false
}
