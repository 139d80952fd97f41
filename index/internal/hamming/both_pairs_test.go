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
		rolledBack, chunksSeen := 0, 0
		for round := range 80 {
			width := 1 + rng.IntN(7)
			masks, levels := masksUpTo(width, min(width, 3))
			alloc := heap
			if round%2 == 0 {
				alloc = func(n int) []byte { return testkit.Fenced(t, n) }
			}
			fp := rng.Uint32()
			b := randomBothBuckets(rng, 1<<width, fp, alloc)
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
			size, chunks := 1+rng.IntN(1500), rng.IntN(MinChunks+2)
			for first := 0; first < len(pairs); {
				dst, intact := guarded(size, deadChunk)
				n, done := ScanPairsBoth(dst, pairs[first:], b.offsets, masks, levels, b.planes, b.seconds.planes, more, chunks)
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
					t.Fatalf("round %d: %d pairs finished with %d chunks instead of %d", round, done, n, len(all))
				}
				twin := make([]Chunk, size)
				if wantN, wantDone := scanPairsBothGo(twin, pairs[first:], b.offsets, masks, levels, b.planes, b.seconds.planes, clampMore(more), min(max(chunks, 1), MinChunks)); n != wantN || done != wantDone {
					t.Fatalf("(%d, %d) instead of (%d, %d)", n, done, wantN, wantDone)
				}
				chunksSeen += n
				if first += done; done == 0 {
					if len(want[first])+MinChunks <= size && chunks <= MinChunks {
						t.Fatalf("%d chunks do not fit into room for %d", len(want[first]), size)
					}
					rolledBack++
					first++
				}
			}
		}
		testkit.AtLeast(t, 1000, chunksSeen, "chunks")
		testkit.AtLeast(t, 5, rolledBack, "pairs that did not fit")
	})
}

// Room of every size for pairs all of whose entries pass, so that every check of it decides; more levels are asked for
// than there are.
func TestScanPairsBothEveryRoom(t *testing.T) {
	masks, levels := masksUpTo(3, 3)
	onEveryPath(t, func(t *testing.T) {
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
					n, done := ScanPairsBoth(dst, pairs, b.offsets, masks, levels, b.planes, b.planes, 0, chunks)
					if !intact() {
						t.Fatalf("wrote past room for %d", size)
					}
					want := make([]Chunk, size)
					wantN, wantDone := scanPairsBothGo(want, pairs, b.offsets, masks, levels, b.planes, b.planes, 0, chunks)
					if n != wantN || done != wantDone || !slices.Equal(dst[:n], want[:n]) {
						t.Fatalf("room %d, %d chunks: (%d, %d) instead of (%d, %d)", size, chunks, n, done, wantN, wantDone)
					}
					if size == 99 && done != len(pairs) {
						t.Fatalf("room for %d is too little", size)
					}
				}
			}
		}
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
