//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

//go:noescape
func scanBothNEON(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int)

//go:noescape
func scanPairsBothNEON(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int)

func scanBoth(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int) {
	if path == cpu.NEON {
		return scanBothNEON(dst, ranges, planes, seconds, fp, most, more, chunks)
	}
	return scanBothGo(dst, ranges, planes, seconds, fp, most, more, chunks)
}

func scanPairsBoth(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int) {
	if path == cpu.NEON {
		return scanPairsBothNEON(dst, pairs, offsets, masks, levels, planes, seconds, more, chunks)
	}
	return scanPairsBothGo(dst, pairs, offsets, masks, levels, planes, seconds, more, chunks)
}
