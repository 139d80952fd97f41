package hamming

// At large radii the 16 bits of a fingerprint let many entries pass whose codes are far. So an entry may have a second
// fingerprint of 16 other bits of its code. The second fingerprints lie in bytes of their own, called seconds, laid out
// as planes are; those of a chunk are at the same place in both.

// ScanBoth works like Scan, but an entry passes only if its first fingerprint differs in at most most bits, and both its
// fingerprints together in at most most+more. fp is both: the first in its low 16 bits, the second above. A more that is
// not of 0 to 32 counts as the nearest that is. seconds is as long as planes.
func ScanBoth(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int) {
	if len(dst) < MinChunks {
		panic("hamming: room for fewer than MinChunks chunks")
	}
	checkSeconds(planes, seconds)
	if most < 0 {
		return 0, len(ranges)
	}
	if len(ranges) == 0 {
		return 0, 0
	}
	return scanBoth(dst, ranges, planes, seconds, fp, min(most, allBits), clampMore(more), min(max(chunks, 1), MinChunks))
}

// ScanPairsBoth works like ScanPairs, but an entry passes only if its first fingerprint differs in at most Most-w bits,
// and both its fingerprints together in at most Most-w+more. A pair's Fingerprint, more and seconds are as for ScanBoth.
func ScanPairsBoth(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int) {
	checkLevels(masks, levels)
	checkSeconds(planes, seconds)
	if len(pairs) == 0 {
		return 0, 0
	}
	return scanPairsBoth(dst, pairs, offsets, masks, levels, planes, seconds, clampMore(more), min(max(chunks, 1), MinChunks))
}

// allBits is the number of bits of both fingerprints.
const allBits = 32

func clampMore(more int) int { return min(max(more, 0), allBits) }

func checkSeconds(planes, seconds []byte) {
	if len(seconds) != len(planes) {
		panic("hamming: second fingerprints that do not lie beside the first")
	}
}
