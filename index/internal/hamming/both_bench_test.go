package hamming

import (
	"math/rand/v2"
	"testing"
)

// What a batch does at a large radius, in slices of 64 KiB of planes: with one fingerprint, and with both.
func BenchmarkScanPairsBoth(b *testing.B) {
	bucketCases(b, func(b *testing.B, table *buckets, width, chunks int) {
		low := width
		for len(table.planes)>>(width-low) > 64<<10 {
			low--
		}
		masks, levels := masksUpTo(low, 3)
		rng := rand.New(rand.NewPCG(1, 2))
		seconds := make([]byte, len(table.planes))
		for i := range seconds {
			seconds[i] = byte(rng.Uint32())
		}
		pairs := make([]Pair, 64)
		for i := range pairs {
			pairs[i] = Pair{Key: rng.Uint32N(1 << low), Fingerprint: rng.Uint32(), Most: 6, Levels: 4}
		}
		dst := make([]Chunk, 1<<16)
		probes := len(pairs) * int(levels[3])
		b.Run("one", func(b *testing.B) {
			for b.Loop() {
				if _, done := ScanPairs(dst, pairs, table.offsets, masks, levels, table.planes, chunks); done != len(pairs) {
					b.Fatal("no room")
				}
			}
			perProbe(b, probes)
		})
		b.Run("both", func(b *testing.B) {
			for b.Loop() {
				if _, done := ScanPairsBoth(dst, pairs, table.offsets, masks, levels, table.planes, seconds, 5, chunks); done != len(pairs) {
					b.Fatal("no room")
				}
			}
			perProbe(b, probes)
		})
	})
}
