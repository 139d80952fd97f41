//go:build !amd64 || purego

package taps

const useAVX2 = false

const noAssembly = "taps: no assembly in this build"

func sumAVX2(dst *int32, n int, row *byte, first *int32, weights *int16, stride int) {
	panic(noAssembly)
}
func addScaledAVX2(dst, src *int32, n int, k int32)        { panic(noAssembly) }
func divideAVX2(dst, sums *int32, inverse *float64, n int) { panic(noAssembly) }
