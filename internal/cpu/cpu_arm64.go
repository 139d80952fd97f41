//go:build !purego

package cpu

func has(p Path) bool { return p == NEON }
