//go:build purego || !(amd64 || arm64)

package cpu

func has(Path) bool { return false }
