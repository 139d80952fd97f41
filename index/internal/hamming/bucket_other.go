//go:build purego || !(amd64 || arm64)

package hamming

func scan(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int) {
	return scanGo(dst, ranges, planes, fp, most, chunks)
}

func scanPairs(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int) {
	return scanPairsGo(dst, pairs, offsets, masks, levels, planes, chunks)
}
