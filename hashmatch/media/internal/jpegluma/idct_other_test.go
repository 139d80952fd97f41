//go:build !amd64 || purego

package jpegluma

// setAVX2 tells that there is no choice.
func setAVX2(bool) bool { return false }
