package hamming

import (
	"math/bits"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestScanPairsBoth(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		found, left := 0, 0
		for round := range 80 {
			width := 1 + rng.IntN(7)
			masks, levels := masksUpTo(width, min(width, 3))
			fp := rng.Uint32()
			b := randomBothBuckets(rng, 1<<width, fp, heapOrFenced(t, round))
			pairs := make([]Pair, rng.IntN(20))
			want := make([][]Chunk, len(pairs))
			more := rng.IntN(37) - 2
			for i := range pairs {
				p := &pairs[i]
				*p = Pair{Key: rng.Uint32N(1 << width), Fingerprint: fp ^ 1<<rng.IntN(32), Most: rng.Int32N(40) - 3, Levels: rng.Uint32N(uint32(len(levels)) + 1)}
				for k, m := range masks {
					w := bits.OnesCount32(m)
					if v := p.Key ^ m; w < int(p.Levels) {
						want[i] = append(want[i], b.chunksOf(b.offsets[v], b.offsets[v+1], p.Fingerprint, int(p.Most)-w, clampMore(more), 0, uint32(k))...)
					}
				}
			}
			n, l := pairsAll(t, 1+rng.IntN(1500), pairs, want, rng.IntN(MinChunks+2), func(dst []Chunk, pairs []Pair, chunks int) (n, done int) {
				return ScanPairsBoth(dst, pairs, b.offsets, masks, levels, b.planes, b.seconds.planes, more, chunks)
			}, func(dst []Chunk, pairs []Pair, chunks int) (n, done int) {
				return scanPairsBothGo(dst, pairs, b.offsets, masks, levels, b.planes, b.seconds.planes, clampMore(more), chunks)
			})
			found, left = found+n, left+l
		}
		testkit.AtLeast(t, 1000, found, "chunks")
		testkit.AtLeast(t, 5, left, "pairs that did not fit")
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
