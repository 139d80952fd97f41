//go:build !purego

package hamming

//go:noescape
func scanAVX512(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)

//go:noescape
func scanPairsAVX512(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)
