//go:build amd64 && !purego

package jpegluma

import "golang.org/x/sys/cpu"

// setAVX2 forces the choice of the inverse DCT and tells whether there is one.
func setAVX2(on bool) bool {
	useAVX2 = on && cpu.X86.HasAVX2
	return cpu.X86.HasAVX2
}
