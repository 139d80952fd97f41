package hamming

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// uniformBuckets lays count random fingerprints out in 1<<width buckets, as uniform codes fall into them.
func uniformBuckets(count, width int) *buckets {
	rng := rand.New(rand.NewPCG(uint64(count), uint64(width)))
	sizes := make([]int, 1<<width)
	fingerprints := make([]uint16, count)
	for i := range fingerprints {
		fingerprints[i] = uint16(rng.Uint32())
		sizes[rng.Uint32N(1<<width)]++
	}
	return newBuckets(sizes, fingerprints, heap)
}

// bucketCases runs f on tables of the occupancies that matter, in the processor's caches and not, on every path. chunks is
// what such buckets hold as a rule.
func bucketCases(b *testing.B, f func(b *testing.B, table *buckets, width, chunks int)) {
	for _, c := range []struct {
		occupancy float64
		width     int
	}{{1.5, 19}, {15, 16}, {150, 13}} {
		for _, beyond := range []int{0, 4} {
			width := c.width + beyond
			count := int(c.occupancy * float64(int(1)<<width))
			var table *buckets
			chunks := int(math.Ceil((c.occupancy + math.Sqrt(c.occupancy)/2) / Lanes))
			for _, p := range paths() {
				b.Run(fmt.Sprintf("occupancy=%v/MB=%d/%v", c.occupancy, 2*count>>20, p), func(b *testing.B) {
					if table == nil {
						table = uniformBuckets(count, width)
					}
					defer Use(p)()
					f(b, table, width, chunks)
				})
			}
		}
	}
}

func perProbe(b *testing.B, probes int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(probes), "ns/probe")
}

// What a single query does: the buckets of 188 masks are gathered, then scanned.
func BenchmarkGatherScan(b *testing.B) {
	bucketCases(b, func(b *testing.B, table *buckets, width, chunks int) {
		masks, _ := masksUpTo(width, 2)
		masks = masks[:min(len(masks), 188)]
		ranges, dst := make([]Range, len(masks)), make([]Chunk, 4096)
		rng := rand.New(rand.NewPCG(1, 2))
		for b.Loop() {
			key := rng.Uint32N(1 << width)
			Prefetch(table.offsets, key, masks)
			Gather(ranges, table.offsets, key, masks, table.planes)
			Scan(dst, ranges, table.planes, rng.Uint32(), 2, chunks)
		}
		perProbe(b, len(masks))
	})
}

// Scan alone, the same 188 buckets each time.
func BenchmarkScan(b *testing.B) {
	bucketCases(b, func(b *testing.B, table *buckets, width, chunks int) {
		masks, _ := masksUpTo(width, 2)
		masks = masks[:min(len(masks), 188)]
		ranges, dst := make([]Range, len(masks)), make([]Chunk, 4096)
		Gather(ranges, table.offsets, 5, masks, table.planes)
		rng := rand.New(rand.NewPCG(1, 2))
		for b.Loop() {
			Scan(dst, ranges, table.planes, rng.Uint32(), 2, chunks)
		}
		perProbe(b, len(masks))
	})
}

// slicePairs are what a batch asks of a slice of at most so many bytes of a table's planes: pairs of all queries with the
// same high bits of the key, each probing all masks.
func slicePairs(table *buckets, width, bytes, levelCount int, most int32) (pairs []Pair, masks, levels []uint32) {
	low := width
	for len(table.planes)>>(width-low) > bytes {
		low--
	}
	masks, levels = masksUpTo(low, levelCount-1)
	rng := rand.New(rand.NewPCG(1, 2))
	pairs = make([]Pair, 64)
	for i := range pairs {
		pairs[i] = Pair{Key: rng.Uint32N(1 << low), Fingerprint: rng.Uint32(), Most: most, Levels: uint32(levelCount)}
	}
	return pairs, masks, levels
}

// benchPairs times a scan that finishes all pairs, each of which probes so many buckets.
func benchPairs(b *testing.B, pairs []Pair, probes int, scan func(dst []Chunk) (n, done int)) {
	dst := make([]Chunk, 1<<16)
	for b.Loop() {
		if _, done := scan(dst); done != len(pairs) {
			b.Fatal("no room")
		}
	}
	perProbe(b, len(pairs)*probes)
}

// What a batch does in a slice of 256 KiB.
func BenchmarkScanPairs(b *testing.B) {
	bucketCases(b, func(b *testing.B, table *buckets, width, chunks int) {
		pairs, masks, levels := slicePairs(table, width, 256<<10, 2, 3)
		benchPairs(b, pairs, len(masks), func(dst []Chunk) (n, done int) {
			return ScanPairs(dst, pairs, table.offsets, masks, levels, table.planes, chunks)
		})
	})
}
