//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

//go:noescape
func scanNEON(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)

//go:noescape
func scanPairsNEON(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)

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
