package hamming

import (
	"math/rand/v2"
	"testing"
)

// What a batch does at a large radius, in slices of 64 KiB of planes: with one fingerprint, and with both.
func BenchmarkScanPairsBoth(b *testing.B) {
	bucketCases(b, func(b *testing.B, table *buckets, width, chunks int) {
		pairs, masks, levels := slicePairs(table, width, 64<<10, 4, 6)
		rng := rand.New(rand.NewPCG(3, 4))
		seconds := make([]byte, len(table.planes))
		for i := range seconds {
			seconds[i] = byte(rng.Uint32())
		}
		b.Run("one", func(b *testing.B) {
			benchPairs(b, pairs, len(masks), func(dst []Chunk) (n, done int) {
				return ScanPairs(dst, pairs, table.offsets, masks, levels, table.planes, chunks)
			})
		})
		b.Run("both", func(b *testing.B) {
			benchPairs(b, pairs, len(masks), func(dst []Chunk) (n, done int) {
				return ScanPairsBoth(dst, pairs, table.offsets, masks, levels, table.planes, seconds, 5, chunks)
			})
		})
	})
}
