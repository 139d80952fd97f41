//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

//go:noescape
func scanNEON(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)

//go:noescape
func scanPairsNEON(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)

func prefetch([]uint32, uint32, []uint32) {}

func gather(dst []Range, offsets []uint32, key uint32, masks []uint32, _ []byte) {
	gatherGo(dst, offsets, key, masks)
}

func scan(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int) {
	if path == cpu.NEON {
		return scanNEON(dst, ranges, planes, fp, most, chunks)
	}
	return scanGo(dst, ranges, planes, fp, most, chunks)
}

func scanPairs(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int) {
	if path == cpu.NEON {
		return scanPairsNEON(dst, pairs, offsets, masks, levels, planes, chunks)
	}
	return scanPairsGo(dst, pairs, offsets, masks, levels, planes, chunks)
}

func expand(dst []Entry, chunks []Chunk, _ []byte, _ int) (n, done int) { return expandGo(dst, chunks) }

func positions(entries []Entry, packed []byte, stride, size int, _ [][4]uint64) {
	positionsGo(entries, packed, stride, size)
}
