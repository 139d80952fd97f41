//go:build !amd64 || purego

package plane

const useAVX2 = false

func mixAVX2(dst *float32, n int, pix *byte, stride int, by *float32, taps int) {
	panic("plane: no AVX2")
}

func sumAVX2(sums, columns *float32, first, taps *int32, by *float32, samples int) {
	panic("plane: no AVX2")
}

func turnAVX2(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, blocks int) {
	panic("plane: no AVX2")
}
