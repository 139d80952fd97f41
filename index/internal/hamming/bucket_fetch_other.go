//go:build purego || !amd64

package hamming

func prefetch([]uint32, uint32, []uint32) {}

func gather(dst []Range, offsets []uint32, key uint32, masks []uint32, _ []byte) {
	gatherGo(dst, offsets, key, masks)
}

func expand(dst []Entry, chunks []Chunk, _ []byte, _ int) (n, done int) { return expandGo(dst, chunks) }

func positions(entries []Entry, packed []byte, stride, size int, _ [][4]uint64) {
	positionsGo(entries, packed, stride, size)
}
