package hamming

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// bothBuckets is a table whose entries have two fingerprints; the second are laid out as a table of their own.
type bothBuckets struct {
	*buckets
	seconds *buckets
}

// randomBothBuckets makes buckets as randomBuckets does, with second fingerprints of which many are near that of fp.
func randomBothBuckets(rng *rand.Rand, count int, fp uint32, alloc func(n int) []byte) *bothBuckets {
	first := randomBuckets(rng, count, fp, alloc)
	second := make([]uint16, len(first.fingerprints))
	for i := range second {
		second[i] = uint16(fp >> 16)
		for range rng.IntN(20) {
			second[i] ^= 1 << rng.IntN(16)
		}
	}
	return &bothBuckets{first, newBuckets(first.sizes(), second, alloc)}
}

// chunksOf is what a scan of one bucket has to write, the slow way.
func (b *bothBuckets) chunksOf(from, to, fp uint32, most, more int, source, probe uint32) []Chunk {
	return slowChunks(from, to, source, probe, func(e uint32) bool {
		first := bits.OnesCount16(b.fingerprints[e] ^ uint16(fp))
		second := bits.OnesCount16(b.seconds.fingerprints[e] ^ uint16(fp>>16))
		return first <= most && first+second-more <= most // most+more may not fit into an int
	})
}

func (b *bothBuckets) scanAll(t *testing.T, size int, ranges []Range, fp uint32, most, more, chunks int) []Chunk {
	t.Helper()
	return scanAll(t, size, ranges, func(dst []Chunk, ranges []Range) (n, done int) {
		return ScanBoth(dst, ranges, b.planes, b.seconds.planes, fp, most, more, chunks)
	})
}

func TestScanBoth(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		cases, firstAlone := 0, 0
		for round := range 100 {
			fp := rng.Uint32()
			b := randomBothBuckets(rng, 1+rng.IntN(60), fp, heapOrFenced(t, round))
			ranges := b.shuffledRanges(rng)
			for most := -1; most <= 33; most += 1 + rng.IntN(3) {
				more := rng.IntN(37) - 2
				var want []Chunk
				for i, r := range ranges {
					want = append(want, b.chunksOf(r.From, r.To, fp, most, clampMore(more), uint32(i), 0)...)
					firstAlone += len(b.buckets.chunksOf(r.From, r.To, fp, most, uint32(i), 0))
				}
				size, chunks := randomRoom(rng)
				got := b.scanAll(t, size, ranges, fp, most, more, chunks)
				if !slices.Equal(got, want) {
					t.Fatalf("%d ranges, most %d, more %d, room %d, %d chunks: %d chunks instead of %d", len(ranges), most, more, size, chunks, len(got), len(want))
				}
				cases += len(want)
			}
		}
		testkit.AtLeast(t, 10000, cases, "chunks")
		testkit.AtLeast(t, 500, firstAlone-cases, "chunks that pass by their first fingerprints only")
	})
}

// Every pair of differences, against every pair of bounds, in a bucket of every length up to two chunks and more at the
// very end of its planes.
func TestScanBothEveryDifference(t *testing.T) {
	const fp = 0xc35a5a3c
	onEveryPath(t, func(t *testing.T) {
		for size := 1; size <= 2*Lanes+8; size++ {
			first, second := make([]uint16, size), make([]uint16, size)
			for shift := 0; shift < 17*17; shift += size {
				for i := range first {
					first[i] = uint16(1<<((shift+i)%17)-1) ^ fp&0xffff
					second[i] = ^uint16(0)<<(16-(shift+i)/17%17) ^ fp>>16
				}
				b := &bothBuckets{newBuckets([]int{size}, first, fenced(t)), newBuckets([]int{size}, second, fenced(t))}
				step := 1
				if size%8 != 1 {
					step = 7
				}
				for most := 0; most <= 17; most += step {
					for more := 0; more <= 33; more += step {
						want := b.chunksOf(0, uint32(size), fp, most, clampMore(more), 0, 0)
						got := b.scanAll(t, 64, b.ranges(), fp, most, more, 1+most%4)
						if !slices.Equal(got, want) {
							t.Fatalf("bucket of %d, most %d, more %d:\n got %v\nwant %v", size, most, more, got, want)
						}
					}
				}
			}
		}
	})
}

// With more of 32 nothing is asked of the second fingerprints: what passes is what Scan finds.
func TestScanBothWithoutSecond(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		found := 0
		for most := range 17 {
			b := randomBothBuckets(rng, 40, 0x1234, heap)
			got, want := make([]Chunk, 4000), make([]Chunk, 4000)
			n, done := ScanBoth(got, b.ranges(), b.planes, b.seconds.planes, 0x1234, most, 32, 2)
			wantN, wantDone := Scan(want, b.ranges(), b.planes, 0xffff1234, most, 2)
			if n != wantN || done != wantDone || !slices.Equal(got[:n], want[:n]) {
				t.Fatalf("most %d: %d chunks instead of %d", most, n, wantN)
			}
			found += n
		}
		testkit.AtLeast(t, 500, found, "chunks")
	})
}

// All paths stop at the same place when the room ends.
func TestScanBothStopsAlike(t *testing.T) {
	stopsAlike(t, func(rng *rand.Rand) (ranges []Range, scan, twin rangeScan) {
		fp, most, more := rng.Uint32(), rng.IntN(17), rng.IntN(33)
		b := randomBothBuckets(rng, 30, fp, heap)
		scan = func(dst []Chunk, ranges []Range, chunks int) (n, done int) {
			return ScanBoth(dst, ranges, b.planes, b.seconds.planes, fp, most, more, chunks)
		}
		twin = func(dst []Chunk, ranges []Range, chunks int) (n, done int) {
			return scanBothGo(dst, ranges, b.planes, b.seconds.planes, fp, most, more, chunks)
		}
		return b.ranges(), scan, twin
	})
}

// Every slice that kernels take ends where a page does that must not be touched.
func TestBothKernelsStayInside(t *testing.T) {
	onFencedMasks(t, func(t *testing.T, rng *rand.Rand, width int, masks, levels []uint32) {
		b := randomBothBuckets(rng, 1<<width, 0, fenced(t))
		offsets, ranges := atPageEnd(t, b.offsets), atPageEnd(t, b.ranges())
		for chunks := 1; chunks <= MinChunks; chunks += 3 {
			copy(ranges, b.ranges())
			dst := atPageEnd(t, make([]Chunk, MinChunks+rng.IntN(50)))
			ScanBoth(dst, ranges, b.planes, b.seconds.planes, 0, 8, 8, chunks)
			pairs := atPageEnd(t, []Pair{{Key: 0, Most: 8, Levels: 9}, {Key: 1, Most: 9, Levels: 9}})
			ScanPairsBoth(dst, pairs, offsets, masks, levels, b.planes, b.seconds.planes, 8, chunks)
		}
	})
}

func TestScanBothRefuses(t *testing.T) {
	for name, f := range map[string]func(){
		"little room":            func() { ScanBoth(make([]Chunk, MinChunks-1), nil, nil, nil, 0, 0, 0, 1) },
		"seconds too short":      func() { ScanBoth(make([]Chunk, MinChunks), nil, make([]byte, Pad+2), make([]byte, Pad), 0, 0, 0, 1) },
		"seconds of pairs short": func() { ScanPairsBoth(nil, nil, nil, nil, nil, make([]byte, Pad+2), make([]byte, Pad), 0, 1) },
		"levels past the masks":  func() { ScanPairsBoth(nil, nil, nil, nil, []uint32{1}, nil, nil, 0, 1) },
		"levels that fall":       func() { ScanPairsBoth(nil, nil, nil, make([]uint32, 2), []uint32{2, 1}, nil, nil, 0, 1) },
	} {
		refuses(t, name, f)
	}
}

func TestScanBothBackwardRange(t *testing.T) {
	backwardRanges(t, func(dst []Chunk, ranges []Range, planes []byte) {
		ScanBoth(dst, ranges, planes, planes, 0, 16, 16, 1)
	})
}

func TestBothKernelsDoNotAllocate(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	onEveryPath(t, func(t *testing.T) {
		b := randomBothBuckets(testkit.Rand(t), 16, 0, heap)
		masks, levels := masksUpTo(4, 2)
		ranges, dst := b.ranges(), make([]Chunk, 4000)
		if allocs := testing.AllocsPerRun(10, func() {
			ScanBoth(dst, ranges, b.planes, b.seconds.planes, 0, 3, 3, 1)
			ScanPairsBoth(dst, []Pair{{Key: 3, Most: 3, Levels: 2}}, b.offsets, masks, levels, b.planes, b.seconds.planes, 3, 1)
		}); allocs != 0 {
			t.Errorf("%v allocations", allocs)
		}
	})
}

func FuzzScanBoth(f *testing.F) {
	f.Add([]byte{1, 2, 3, 40, 0, 9}, uint32(7), 3, 4, 1, 20)
	f.Add([]byte("a bucket of more than one chunk, and another one behind it: they hold what they hold, and it is not much"), uint32(0x20612020), 5, 6, 2, 16)
	f.Fuzz(func(t *testing.T, data []byte, fp uint32, most, more, chunks, room int) {
		if room = max(room, MinChunks); room > 1<<12 {
			return
		}
		sizes, prints := fuzzedBuckets(data, 2)
		b := &bothBuckets{newBuckets(sizes, prints[0], heap), newBuckets(sizes, prints[1], heap)}
		var want []Chunk
		for i, r := range b.ranges() {
			want = append(want, b.chunksOf(r.From, r.To, fp, min(most, allBits), clampMore(more), uint32(i), 0)...)
		}
		findsOnEveryPath(t, want, func() []Chunk { return b.scanAll(t, room, b.ranges(), fp, most, more, chunks) })
	})
}
