//go:build !amd64 || purego

package pdq

const useAVX2 = false

func multiplyAVX2(c, a, b *float32, n int) { panic("pdq: no AVX2") }

func stepsAVX2(p *float32) int { panic("pdq: no AVX2") }

func slideAVX2(sum, old, row, out *float32, by float32, n int) { panic("pdq: no AVX2") }

func divideAVX2(row, by *float32, n int) { panic("pdq: no AVX2") }
