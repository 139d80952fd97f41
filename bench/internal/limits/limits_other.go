//go:build purego || !amd64

package limits

func read(words []uint64) uint64 { return readGo(words) }

func compare(words int) uint64 { return compareGo(words) }
