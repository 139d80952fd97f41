package hamming

import (
	"math/bits"
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

func TestScanPairs(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		rolledBack, chunksSeen := 0, 0
		for round := range 60 {
			width := 1 + rng.IntN(7)
			masks, levels := masksUpTo(width, min(width, 3))
			alloc := heap
			if round%2 == 0 {
				alloc = func(n int) []byte { return testkit.Fenced(t, n) }
			}
			fp := rng.Uint32()
			b := randomBuckets(rng, 1<<width, fp, alloc)
			pairs := make([]Pair, rng.IntN(20))
			want := make([][]Chunk, len(pairs))
			for i := range pairs {
				p := &pairs[i]
				*p = Pair{Key: rng.Uint32N(1 << width), Fingerprint: fp ^ 1<<rng.IntN(16), Most: rng.Int32N(22) - 3, Levels: rng.Uint32N(uint32(len(levels)) + 1)}
				for k, m := range masks {
					w := bits.OnesCount32(m)
					if v := p.Key ^ m; w < int(p.Levels) {
						want[i] = append(want[i], b.chunksOf(b.offsets[v], b.offsets[v+1], p.Fingerprint, int(p.Most)-w, 0, uint32(k))...)
					}
				}
			}
			size, chunks := 1+rng.IntN(1500), rng.IntN(MinChunks+2)
			for first := 0; first < len(pairs); {
				dst, intact := guarded(size, deadChunk)
				n, done := ScanPairs(dst, pairs[first:], b.offsets, masks, levels, b.planes, chunks)
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
				if wantN, wantDone := scanPairsGo(twin, pairs[first:], b.offsets, masks, levels, b.planes, min(max(chunks, 1), MinChunks)); n != wantN || done != wantDone {
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
func TestScanPairsEveryRoom(t *testing.T) {
	masks, levels := masksUpTo(3, 3)
	onEveryPath(t, func(t *testing.T) {
		for _, sizes := range [][]int{{1, 1, 1, 1, 1, 1, 1, 1}, {32, 33, 0, 64, 5, 97, 31, 140}, {500, 0, 0, 0, 0, 0, 0, 1}} {
			total := 0
			for _, s := range sizes {
				total += s
			}
			b := newBuckets(sizes, make([]uint16, total), heap)
			pairs := []Pair{{Key: 5, Most: 20, Levels: 4}, {Key: 2, Most: 1 << 30, Levels: 1 << 31}, {Key: 0, Most: 2, Levels: 4}, {Key: 7, Most: -1 << 31, Levels: 4}}
			for _, chunks := range []int{1, 2, 5} {
				for size := range 100 {
					dst, intact := guarded(size, deadChunk)
					n, done := ScanPairs(dst, pairs, b.offsets, masks, levels, b.planes, chunks)
					if !intact() {
						t.Fatalf("wrote past room for %d", size)
					}
					want := make([]Chunk, size)
					wantN, wantDone := scanPairsGo(want, pairs, b.offsets, masks, levels, b.planes, chunks)
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

func TestScanPairsRefusesWrongLevels(t *testing.T) {
	for _, levels := range [][]uint32{{3}, {2, 1}, {1, 1 << 31}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("levels %v of 2 masks were accepted", levels)
				}
			}()
			ScanPairs(make([]Chunk, MinChunks), make([]Pair, 1), make([]uint32, 5), make([]uint32, 2), levels, make([]byte, Pad), 1)
		}()
	}
}
