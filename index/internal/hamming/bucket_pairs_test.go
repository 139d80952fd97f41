package hamming

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// masksUpTo lists the masks of at most most of width bits by their number of bits, and how many there are of each.
func masksUpTo(width, most int) (masks, levels []uint32) {
	for w := range most + 1 {
		for m := range uint32(1) << width {
			if bits.OnesCount32(m) == w {
				masks = append(masks, m)
			}
		}
		levels = append(levels, uint32(len(masks)))
	}
	return masks, levels
}

// pairsAll drives a scan of pairs with room for size chunks at a time until all are finished or left out for want of room.
// It holds the scan to want, the chunks of each pair with Source 0, and to its twin.
func pairsAll(t *testing.T, size int, pairs []Pair, want [][]Chunk, chunks int, scan, twin func(dst []Chunk, pairs []Pair, chunks int) (n, done int)) (found, left int) {
	t.Helper()
	for first := 0; first < len(pairs); {
		dst, intact := guarded(size, deadChunk)
		n, done := scan(dst, pairs[first:], chunks)
		if !intact() {
			t.Fatalf("wrote past room for %d", size)
		}
		var all []Chunk
		for i, w := range want[first : first+done] {
			for _, c := range w {
				c.Source = uint32(i)
				all = append(all, c)
			}
		}
		if !slices.Equal(dst[:n], all) {
			t.Fatalf("%d pairs finished with %d chunks instead of %d", done, n, len(all))
		}
		if wantN, wantDone := twin(make([]Chunk, size), pairs[first:], min(max(chunks, 1), MinChunks)); n != wantN || done != wantDone {
			t.Fatalf("(%d, %d) instead of (%d, %d)", n, done, wantN, wantDone)
		}
		found += n
		if first += done; done == 0 {
			if len(want[first])+MinChunks <= size && chunks <= MinChunks {
				t.Fatalf("%d chunks do not fit into room for %d", len(want[first]), size)
			}
			left++
			first++
		}
	}
	return found, left
}

type pairScan func(dst []Chunk, pairs []Pair, masks, levels []uint32, chunks int) (n, done int)

// bucketChunks are the chunks of a bucket that a scan has to write, with Source 0.
type bucketChunks func(bucket, fp uint32, most int, probe uint32) []Chunk

// randomPairs drives scans of random pairs, on every path, over tables of 1<<width buckets. It holds them to the chunks of
// each bucket that is probed, and to their twins. The pairs' fingerprints differ from fp in one of the lowest so many bits,
// and Most is one of as many numbers from -3 on.
func randomPairs(t *testing.T, rounds, fpBits int, mosts int32,
	table func(rng *rand.Rand, width int, fp uint32, alloc func(n int) []byte) (of bucketChunks, scan, twin pairScan)) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		found, left := 0, 0
		for round := range rounds {
			width := 1 + rng.IntN(7)
			masks, levels := masksUpTo(width, min(width, 3))
			fp := rng.Uint32()
			of, scan, twin := table(rng, width, fp, heapOrFenced(t, round))
			pairs := make([]Pair, rng.IntN(20))
			want := make([][]Chunk, len(pairs))
			for i := range pairs {
				p := &pairs[i]
				*p = Pair{Key: rng.Uint32N(1 << width), Fingerprint: fp ^ 1<<rng.IntN(fpBits), Most: rng.Int32N(mosts) - 3, Levels: rng.Uint32N(uint32(len(levels)) + 1)}
				for k, m := range masks {
					if w := bits.OnesCount32(m); w < int(p.Levels) {
						want[i] = append(want[i], of(p.Key^m, p.Fingerprint, int(p.Most)-w, uint32(k))...)
					}
				}
			}
			n, l := pairsAll(t, 1+rng.IntN(1500), pairs, want, rng.IntN(MinChunks+2), func(dst []Chunk, pairs []Pair, chunks int) (n, done int) {
				return scan(dst, pairs, masks, levels, chunks)
			}, func(dst []Chunk, pairs []Pair, chunks int) (n, done int) {
				return twin(dst, pairs, masks, levels, chunks)
			})
			found, left = found+n, left+l
		}
		testkit.AtLeast(t, 1000, found, "chunks")
		testkit.AtLeast(t, 5, left, "pairs that did not fit")
	})
}

func TestScanPairs(t *testing.T) {
	randomPairs(t, 60, 16, 22, func(rng *rand.Rand, width int, fp uint32, alloc func(n int) []byte) (of bucketChunks, scan, twin pairScan) {
		b := randomBuckets(rng, 1<<width, fp, alloc)
		of = func(bucket, fp uint32, most int, probe uint32) []Chunk {
			return b.chunksOf(b.offsets[bucket], b.offsets[bucket+1], fp, most, 0, probe)
		}
		scan = func(dst []Chunk, pairs []Pair, masks, levels []uint32, chunks int) (n, done int) {
			return ScanPairs(dst, pairs, b.offsets, masks, levels, b.planes, chunks)
		}
		twin = func(dst []Chunk, pairs []Pair, masks, levels []uint32, chunks int) (n, done int) {
			return scanPairsGo(dst, pairs, b.offsets, masks, levels, b.planes, chunks)
		}
		return of, scan, twin
	})
}

// everyRoom gives a scan of pairs, and its twin, room of every size for pairs all of whose entries pass, so that every
// check of it decides; more levels are asked for than there are.
func everyRoom(t *testing.T, scan, twin func(dst []Chunk, pairs []Pair, b *buckets, masks, levels []uint32, chunks int) (n, done int)) {
	masks, levels := masksUpTo(3, 3)
	for _, sizes := range [][]int{{1, 1, 1, 1, 1, 1, 1, 1}, {32, 33, 0, 64, 5, 97, 31, 140}, {500, 0, 0, 0, 0, 0, 0, 1}} {
		total := 0
		for _, s := range sizes {
			total += s
		}
		b := newBuckets(sizes, make([]uint16, total), heap)
		pairs := []Pair{{Key: 5, Most: 20, Levels: 4}, {Key: 2, Most: 1<<31 - 1, Levels: 1 << 31}, {Key: 0, Most: 2, Levels: 4}, {Key: 7, Most: -1 << 31, Levels: 4}}
		for _, chunks := range []int{1, 2, 5} {
			for size := range 100 {
				dst, intact := guarded(size, deadChunk)
				n, done := scan(dst, pairs, b, masks, levels, chunks)
				if !intact() {
					t.Fatalf("wrote past room for %d", size)
				}
				want := make([]Chunk, size)
				wantN, wantDone := twin(want, pairs, b, masks, levels, chunks)
				if n != wantN || done != wantDone || !slices.Equal(dst[:n], want[:n]) {
					t.Fatalf("room %d, %d chunks: (%d, %d) instead of (%d, %d)", size, chunks, n, done, wantN, wantDone)
				}
				if size == 99 && done != len(pairs) {
					t.Fatalf("room for %d is too little", size)
				}
			}
		}
	}
}

func TestScanPairsEveryRoom(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		everyRoom(t, func(dst []Chunk, pairs []Pair, b *buckets, masks, levels []uint32, chunks int) (n, done int) {
			return ScanPairs(dst, pairs, b.offsets, masks, levels, b.planes, chunks)
		}, func(dst []Chunk, pairs []Pair, b *buckets, masks, levels []uint32, chunks int) (n, done int) {
			return scanPairsGo(dst, pairs, b.offsets, masks, levels, b.planes, chunks)
		})
	})
}

func TestScanPairsRefusesWrongLevels(t *testing.T) {
	for _, levels := range [][]uint32{{3}, {2, 1}, {1, 1 << 31}} {
		refuses(t, fmt.Sprintf("levels %v of 2 masks", levels), func() {
			ScanPairs(make([]Chunk, MinChunks), make([]Pair, 1), make([]uint32, 5), make([]uint32, 2), levels, make([]byte, Pad), 1)
		})
	}
}
