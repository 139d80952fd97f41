//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

//go:noescape
func prefetchAVX2(offsets []uint32, key uint32, masks []uint32)

//go:noescape
func gatherAVX2(dst []Range, offsets []uint32, key uint32, masks []uint32, planes []byte)

//go:noescape
func expandAVX2(dst []Entry, chunks []Chunk, aux []byte, stride int) (n, done int)

//go:noescape
func positionsAVX2(entries []Entry, packed []byte, stride, size int, codes [][4]uint64)

func prefetch(offsets []uint32, key uint32, masks []uint32) {
	if path >= cpu.AVX2 {
		prefetchAVX2(offsets, key, masks)
	}
}

func gather(dst []Range, offsets []uint32, key uint32, masks []uint32, planes []byte) {
	if path >= cpu.AVX2 {
		gatherAVX2(dst, offsets, key, masks, planes)
		return
	}
	gatherGo(dst, offsets, key, masks)
}

func expand(dst []Entry, chunks []Chunk, aux []byte, stride int) (n, done int) {
	if path >= cpu.AVX2 {
		return expandAVX2(dst, chunks, aux, stride)
	}
	return expandGo(dst, chunks)
}

func positions(entries []Entry, packed []byte, stride, size int, codes [][4]uint64) {
	if path >= cpu.AVX2 {
		positionsAVX2(entries, packed, stride, size, codes)
		return
	}
	positionsGo(entries, packed, stride, size)
}
