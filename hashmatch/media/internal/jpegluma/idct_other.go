//go:build !amd64 || purego

package jpegluma

// useAVX2 is false where there is no assembly.
const useAVX2 = false

func inverseAVX2(*[64]int16, *[64]uint16, *byte, int) { panic("jpegluma: no assembly") }
