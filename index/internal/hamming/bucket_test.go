package hamming

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// buckets is a table of the multi-index: offsets, planes, and beside them the fingerprints as they were given.
type buckets struct {
	offsets      []uint32
	planes       []byte
	fingerprints []uint16
}

// newBuckets lays fingerprints out in buckets of the sizes; the planes end where alloc says.
func newBuckets(sizes []int, fingerprints []uint16, alloc func(n int) []byte) *buckets {
	b := &buckets{fingerprints: fingerprints, planes: alloc(2*len(fingerprints) + Pad)}
	at := 0
	for _, size := range sizes {
		b.offsets = append(b.offsets, uint32(at))
		for left := size; left > 0; {
			l := min(left, 32)
			for i, f := range fingerprints[at : at+l] {
				b.planes[2*at+i], b.planes[2*at+l+i] = byte(f), byte(f>>8)
			}
			at, left = at+l, left-l
		}
	}
	if at != len(fingerprints) {
		panic("sizes do not add up")
	}
	b.offsets = append(b.offsets, uint32(at))
	return b
}

// randomBuckets makes buckets of sizes at which kernels could go wrong; many fingerprints are near fp.
func randomBuckets(rng *rand.Rand, count int, fp uint32, alloc func(n int) []byte) *buckets {
	edges := []int{0, 0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 100, 150}
	var sizes []int
	var fingerprints []uint16
	for range count {
		size := edges[rng.IntN(len(edges))]
		if rng.IntN(40) == 0 {
			size = 1000 + rng.IntN(2000)
		}
		sizes = append(sizes, size)
		near := rng.IntN(4)
		for range size {
			f := uint16(rng.Uint32())
			if near > 0 {
				f = uint16(fp)
				for range rng.IntN(1 + 4*near) {
					f ^= 1 << rng.IntN(16)
				}
			}
			fingerprints = append(fingerprints, f)
		}
	}
	return newBuckets(sizes, fingerprints, alloc)
}

// chunksOf is what a scan of one bucket has to write, the slow way.
func (b *buckets) chunksOf(from, to, fp uint32, most int, source, probe uint32) []Chunk {
	return slowChunks(from, to, source, probe, func(e uint32) bool {
		return bits.OnesCount16(b.fingerprints[e]^uint16(fp)) <= most
	})
}

// slowChunks are the chunks of [from, to) in which an entry passes.
func slowChunks(from, to, source, probe uint32, passes func(entry uint32) bool) []Chunk {
	var all []Chunk
	for ; from < to; from += min(32, to-from) {
		c := Chunk{Start: from, Source: source, Probe: probe}
		for e := from; e < min(to, from+32); e++ {
			if passes(e) {
				c.Mask |= 1 << (e - from)
			}
		}
		if c.Mask != 0 {
			all = append(all, c)
		}
	}
	return all
}

// sizes are those of the buckets.
func (b *buckets) sizes() []int {
	var sizes []int
	for i := range b.offsets[1:] {
		sizes = append(sizes, int(b.offsets[i+1]-b.offsets[i]))
	}
	return sizes
}

func (b *buckets) ranges() []Range {
	var ranges []Range
	for i := range b.offsets[1:] {
		ranges = append(ranges, Range{b.offsets[i], b.offsets[i+1]})
	}
	return ranges
}

func (b *buckets) shuffledRanges(rng *rand.Rand) []Range {
	ranges := b.ranges()
	rng.Shuffle(len(ranges), func(i, j int) { ranges[i], ranges[j] = ranges[j], ranges[i] })
	return ranges
}

var deadChunk = Chunk{0xdeadbeef, 0xdeadbeef, 0xdeadbeef, 0xdeadbeef}

// scanAll drives a scan with room for size chunks at a time until all ranges are finished.
func scanAll(t *testing.T, size int, ranges []Range, scan func(dst []Chunk, ranges []Range) (n, done int)) []Chunk {
	t.Helper()
	var all []Chunk
	ranges = slices.Clone(ranges)
	for first := 0; ; {
		dst, intact := guarded(size, deadChunk)
		left := ranges[first:]
		before := slices.Clone(left)
		n, done := scan(dst, left)
		if !intact() {
			t.Fatalf("wrote past room for %d", size)
		}
		for _, c := range dst[:n] {
			c.Source += uint32(first)
			all = append(all, c)
		}
		for i, r := range left {
			if i != done && r != before[i] || r.To != before[i].To || r.From < before[i].From || (r.From-before[i].From)%32 != 0 {
				t.Fatalf("range %d of %d finished: %v became %v", i, done, before[i], r)
			}
		}
		if done == len(left) {
			return all
		}
		if done == 0 && left[0].From == before[0].From {
			t.Fatalf("no way on with room for %d", size)
		}
		first += done
	}
}

func (b *buckets) scanAll(t *testing.T, size int, ranges []Range, fp uint32, most, chunks int) []Chunk {
	t.Helper()
	return scanAll(t, size, ranges, func(dst []Chunk, ranges []Range) (n, done int) {
		return Scan(dst, ranges, b.planes, fp, most, chunks)
	})
}

func TestScan(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		cases := 0
		for round := range 120 {
			fp := rng.Uint32()
			b := randomBuckets(rng, 1+rng.IntN(60), fp, heapOrFenced(t, round))
			ranges := b.shuffledRanges(rng)
			for most := -1; most <= 17; most++ {
				var want []Chunk
				for i, r := range ranges {
					want = append(want, b.chunksOf(r.From, r.To, fp, most, uint32(i), 0)...)
				}
				size, chunks := randomRoom(rng)
				got := b.scanAll(t, size, ranges, fp, most, chunks)
				if !slices.Equal(got, want) {
					t.Fatalf("%d ranges, most %d, room %d, %d chunks: %d chunks instead of %d", len(ranges), most, size, chunks, len(got), len(want))
				}
				cases += len(want)
			}
		}
		testkit.AtLeast(t, 10000, cases, "chunks")
	})
}

// Every length of a bucket at the very end of its planes, and every difference of fingerprints.
func TestScanEveryLength(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for size := range 200 {
			fingerprints := make([]uint16, size)
			for i := range fingerprints {
				fingerprints[i] = uint16(1<<(i%17)-1) ^ 0x5a3c
			}
			b := newBuckets([]int{size}, fingerprints, fenced(t))
			for most := -1; most <= 17; most++ {
				want := b.chunksOf(0, uint32(size), 0x5a3c, most, 0, 0)
				for chunks := range 6 {
					got := b.scanAll(t, 64, b.ranges(), 0x5a3c, most, chunks)
					if !slices.Equal(got, want) {
						t.Fatalf("bucket of %d, most %d, %d chunks:\n got %v\nwant %v", size, most, chunks, got, want)
					}
				}
			}
		}
	})
}

// All paths stop at the same place when the room ends.
func TestScanStopsAlike(t *testing.T) {
	stopsAlike(t, func(rng *rand.Rand) (ranges []Range, scan, twin rangeScan) {
		fp, most := rng.Uint32(), rng.IntN(17)
		b := randomBuckets(rng, 30, fp, heap)
		scan = func(dst []Chunk, ranges []Range, chunks int) (n, done int) {
			return Scan(dst, ranges, b.planes, fp, most, chunks)
		}
		twin = func(dst []Chunk, ranges []Range, chunks int) (n, done int) {
			return scanGo(dst, ranges, b.planes, fp, most, chunks)
		}
		return b.ranges(), scan, twin
	})
}

// Every slice that kernels take ends where a page does that must not be touched.
func TestBucketKernelsStayInside(t *testing.T) {
	onFencedMasks(t, func(t *testing.T, rng *rand.Rand, width int, masks, levels []uint32) {
		b := randomBuckets(rng, 1<<width, 0, fenced(t))
		offsets, planes := atPageEnd(t, b.offsets), b.planes
		for chunks := 1; chunks <= MinChunks; chunks += 3 {
			ranges := atPageEnd(t, make([]Range, len(masks)))
			Prefetch(offsets, 1, masks)
			Gather(ranges, offsets, 1, masks, planes)
			dst := atPageEnd(t, make([]Chunk, MinChunks+rng.IntN(50)))
			n, _ := Scan(dst, ranges, planes, 0, 8, chunks)
			entries := atPageEnd(t, make([]Entry, 32*n))
			Expand(entries, atPageEnd(t, dst[:n]), planes, 2)
			pairs := atPageEnd(t, []Pair{{Key: 0, Most: 8, Levels: 9}, {Key: 1, Most: 9, Levels: 9}})
			ScanPairs(dst, pairs, offsets, masks, levels, planes, chunks)
		}
	})
}

func TestScanRefusesLittleRoom(t *testing.T) {
	refuses(t, "room for one chunk less than the least", func() { Scan(make([]Chunk, MinChunks-1), nil, nil, 0, 0, 1) })
}

func TestScanBackwardRange(t *testing.T) {
	backwardRanges(t, func(dst []Chunk, ranges []Range, planes []byte) { Scan(dst, ranges, planes, 0, 16, 1) })
}

func TestKernelsDoNotAllocate(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	onEveryPath(t, func(t *testing.T) {
		b := randomBuckets(testkit.Rand(t), 16, 0, heap)
		masks, levels := masksUpTo(4, 2)
		ranges, dst, entries := make([]Range, len(masks)), make([]Chunk, 4000), make([]Entry, 4000)
		if allocs := testing.AllocsPerRun(10, func() {
			Prefetch(b.offsets, 3, masks)
			Gather(ranges, b.offsets, 3, masks, b.planes)
			n, _ := Scan(dst, ranges, b.planes, 0, 3, 1)
			Expand(entries, dst[:n], b.planes, 2)
			ScanPairs(dst, []Pair{{Key: 3, Most: 3, Levels: 2}}, b.offsets, masks, levels, b.planes, 1)
		}); allocs != 0 {
			t.Errorf("%v allocations", allocs)
		}
	})
}

func FuzzScan(f *testing.F) {
	f.Add([]byte{1, 2, 3, 40, 0, 9}, uint16(7), 3, 1, 20)
	f.Add([]byte("a bucket of more than one chunk, and another one behind it: they hold what they hold"), uint16(0x2020), 5, 2, 16)
	f.Fuzz(func(t *testing.T, data []byte, fp uint16, most, chunks, room int) {
		if room = max(room, MinChunks); room > 1<<12 {
			return
		}
		sizes, prints := fuzzedBuckets(data, 1)
		b := newBuckets(sizes, prints[0], heap)
		var want []Chunk
		for i, r := range b.ranges() {
			want = append(want, b.chunksOf(r.From, r.To, uint32(fp), most, uint32(i), 0)...)
		}
		findsOnEveryPath(t, want, func() []Chunk { return b.scanAll(t, room, b.ranges(), uint32(fp), most, chunks) })
	})
}
