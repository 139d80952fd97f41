package hamming

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestGather(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		for width := range 9 {
			masks, _ := masksUpTo(width, min(width, 3))
			b := randomBuckets(rng, 1<<width, 0, heap)
			offsets := atPageEnd(t, b.offsets)
			for key := range uint32(1) << width {
				for _, n := range []int{0, 1, 2, len(masks) / 2, len(masks)} {
					n = min(n, len(masks))
					Prefetch(offsets, key, masks[:n])
					dst, intact := guarded(n, Range{0xdeadbeef, 0xdeadbeef})
					Gather(dst, offsets, key, masks[:n], b.planes)
					for i, m := range masks[:n] {
						if want := (Range{offsets[key^m], offsets[(key^m)+1]}); dst[i] != want {
							t.Fatalf("bucket %d is %v, not %v", key^m, dst[i], want)
						}
					}
					if !intact() {
						t.Fatal("wrote past the masks")
					}
				}
			}
		}
	})
}

func TestExpand(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		for round := range 400 {
			chunks := make([]Chunk, rng.IntN(40))
			for i := range chunks {
				chunks[i] = Chunk{rng.Uint32N(5000), 1 << rng.IntN(32), rng.Uint32(), rng.Uint32()}
				for range rng.IntN(4) {
					chunks[i].Mask |= rng.Uint32() & rng.Uint32()
				}
				if rng.IntN(10) == 0 {
					chunks[i].Mask = ^uint32(0)
				}
			}
			aux, stride := make([]byte, 16), 1+rng.IntN(8) // prefetching beyond is harmless
			size := rng.IntN(200)
			var want []Entry
			wantDone := 0
			for ; wantDone < len(chunks) && size-len(want) >= 32; wantDone++ {
				c := chunks[wantDone]
				for i := range uint32(32) {
					if c.Mask>>i&1 == 1 {
						want = append(want, Entry{c.Start + i, c.Source, c.Probe, 0})
					}
				}
			}
			dst, intact := guarded(size, Entry{1, 2, 3, 4})
			n, done := Expand(dst, chunks, aux, stride)
			if done != wantDone || !slices.Equal(dst[:n], want) {
				t.Fatalf("round %d: %d entries of %d chunks instead of %d of %d", round, n, done, len(want), wantDone)
			}
			if !intact() {
				t.Fatal("wrote past the room")
			}
		}
	})
}

func TestPositions(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		for round := range 200 {
			size := 3 + round%2
			count := 1 + rng.IntN(100)
			stride := size + rng.IntN(3)
			packed := testkit.Fenced(t, (count-1)*stride+4)
			for i := range packed {
				packed[i] = byte(rng.Uint32())
			}
			codes := make([][4]uint64, rng.IntN(3))
			all := make([]Entry, rng.IntN(50)+1)
			for i := range all {
				all[i] = Entry{rng.Uint32N(uint32(count)), rng.Uint32(), rng.Uint32(), rng.Uint32()}
			}
			all[0].Entry = uint32(count - 1)
			got := slices.Clone(all)
			Positions(got[:len(got)-1], packed, stride, size, codes)
			for i, e := range all[:len(all)-1] {
				var number [4]byte
				copy(number[:], packed[int(e.Entry)*stride:][:size])
				e.Position = binary.LittleEndian.Uint32(number[:])
				if got[i] != e {
					t.Fatalf("entry %d: %v instead of %v", i, got[i], e)
				}
			}
			if got[len(got)-1] != all[len(all)-1] {
				t.Fatal("wrote past the entries")
			}
		}
	})
}
