//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

//go:noescape
func scanAVX2(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)

//go:noescape
func scanPairsAVX2(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)

func scan(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int) {
	if path == cpu.AVX512 {
		return scanAVX512(dst, ranges, planes, fp, most, chunks)
	}
	if path >= cpu.AVX2 {
		return scanAVX2(dst, ranges, planes, fp, most, chunks)
	}
	return scanGo(dst, ranges, planes, fp, most, chunks)
}

func scanPairs(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int) {
	if path == cpu.AVX512 {
		return scanPairsAVX512(dst, pairs, offsets, masks, levels, planes, chunks)
	}
	if path >= cpu.AVX2 {
		return scanPairsAVX2(dst, pairs, offsets, masks, levels, planes, chunks)
	}
	return scanPairsGo(dst, pairs, offsets, masks, levels, planes, chunks)
}
