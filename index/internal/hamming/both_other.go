//go:build purego || !(amd64 || arm64)

package hamming

func scanBoth(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int) {
	return scanBothGo(dst, ranges, planes, seconds, fp, most, more, chunks)
}

func scanPairsBoth(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int) {
	return scanPairsBothGo(dst, pairs, offsets, masks, levels, planes, seconds, more, chunks)
}
