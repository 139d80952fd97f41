package hamming

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestScanPairsBoth(t *testing.T) {
	randomPairs(t, 80, 32, 40, func(rng *rand.Rand, width int, fp uint32, alloc func(n int) []byte) (of bucketChunks, scan, twin pairScan) {
		b := randomBothBuckets(rng, 1<<width, fp, alloc)
		more := rng.IntN(37) - 2
		of = func(bucket, fp uint32, most int, probe uint32) []Chunk {
			return b.chunksOf(b.offsets[bucket], b.offsets[bucket+1], fp, most, clampMore(more), 0, probe)
		}
		scan = func(dst []Chunk, pairs []Pair, masks, levels []uint32, chunks int) (n, done int) {
			return ScanPairsBoth(dst, pairs, b.offsets, masks, levels, b.planes, b.seconds.planes, more, chunks)
		}
		twin = func(dst []Chunk, pairs []Pair, masks, levels []uint32, chunks int) (n, done int) {
			return scanPairsBothGo(dst, pairs, b.offsets, masks, levels, b.planes, b.seconds.planes, clampMore(more), chunks)
		}
		return of, scan, twin
	})
}

func TestScanPairsBothEveryRoom(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		everyRoom(t, func(dst []Chunk, pairs []Pair, b *buckets, masks, levels []uint32, chunks int) (n, done int) {
			return ScanPairsBoth(dst, pairs, b.offsets, masks, levels, b.planes, b.planes, 0, chunks)
		}, func(dst []Chunk, pairs []Pair, b *buckets, masks, levels []uint32, chunks int) (n, done int) {
			return scanPairsBothGo(dst, pairs, b.offsets, masks, levels, b.planes, b.planes, 0, chunks)
		})
	})
}

// Every difference of both fingerprints at every level of a width that no table exceeds, with the greatest and the least
// bounds: sums must stay in their bytes.
func TestScanPairsBothExtremes(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var first, second []uint16
		for i := range 17 {
			for j := range 17 {
				first, second = append(first, 1<<i-1), append(second, 1<<j-1)
			}
		}
		b := &bothBuckets{newBuckets([]int{len(first)}, first, heap), newBuckets([]int{len(first)}, second, heap)}
		masks, levels := make([]uint32, 33), make([]uint32, 33)
		for i := range levels {
			levels[i] = uint32(i + 1)
		}
		dst := make([]Chunk, 1000)
		for _, most := range []int32{0, 1, 15, 16, 17, 31, 32, 33, 34, 47, 48, 64, 94, 95, 96, 97, 127, 128, 255, 256, 1<<31 - 1} {
			for _, more := range []int{0, 1, 15, 16, 31, 32} {
				for _, chunks := range []int{1, 3} {
					var want []Chunk
					for w := range levels {
						want = append(want, b.chunksOf(0, uint32(len(first)), 0, int(most)-w, more, 0, uint32(w))...)
					}
					n, done := ScanPairsBoth(dst, []Pair{{Most: most, Levels: 33}}, b.offsets, masks, levels, b.planes, b.seconds.planes, more, chunks)
					if done != 1 || !slices.Equal(dst[:n], want) {
						t.Fatalf("most %d, more %d: %d chunks instead of %d", most, more, n, len(want))
					}
				}
			}
		}
	})
}

// The kernels of one fingerprint do not see the second where the caller gives both.
func TestOneFingerprintOfTwo(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		masks, levels := masksUpTo(5, 2)
		found := 0
		for range 50 {
			fp := rng.Uint32()
			b := randomBuckets(rng, 32, fp, heap)
			for chunks := 1; chunks <= 4; chunks++ {
				got, want := make([]Chunk, 4000), make([]Chunk, 4000)
				n, _ := Scan(got, b.ranges(), b.planes, fp, 4, chunks)
				wantN, _ := Scan(want, b.ranges(), b.planes, fp&0xffff, 4, chunks)
				if !slices.Equal(got[:n], want[:wantN]) {
					t.Fatalf("Scan: %d chunks instead of %d", n, wantN)
				}
				found += n
				pair := Pair{Key: rng.Uint32N(32), Fingerprint: fp, Most: 5, Levels: 3}
				n, _ = ScanPairs(got, []Pair{pair}, b.offsets, masks, levels, b.planes, chunks)
				pair.Fingerprint &= 0xffff
				wantN, _ = ScanPairs(want, []Pair{pair}, b.offsets, masks, levels, b.planes, chunks)
				if !slices.Equal(got[:n], want[:wantN]) {
					t.Fatalf("ScanPairs: %d chunks instead of %d", n, wantN)
				}
				found += n
			}
		}
		testkit.AtLeast(t, 1000, found, "chunks")
	})
}
