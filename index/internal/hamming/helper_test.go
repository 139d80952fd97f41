package hamming

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

// paths are the sets of instructions that can run here, in ascending order.
func paths() (all []cpu.Path) {
	for p := cpu.Go; p <= cpu.AVX512; p++ {
		if cpu.Has(p) {
			all = append(all, p)
		}
	}
	return all
}

// onEveryPath runs f once for each set of instructions that can run here.
func onEveryPath(t *testing.T, f func(t *testing.T)) {
	testkit.AtLeast(t, 1, len(paths()), "paths")
	for _, p := range paths() {
		t.Run(p.String(), func(t *testing.T) {
			defer Use(p)()
			f(t)
		})
	}
	if !cpu.Has(Path()) || Path() != cpu.Best() {
		t.Errorf("the path is %v afterwards", Path())
	}
}

// guarded returns room for n values with canaries behind it, and a function that tells whether they live.
func guarded[T comparable](n int, canary T) (room []T, intact func() bool) {
	all := make([]T, n+64)
	for i := range all {
		all[i] = canary
	}
	return all[:n:n], func() bool {
		return !slices.ContainsFunc(all[n:], func(v T) bool { return v != canary })
	}
}

// atPageEnd copies s to where reading or writing past its end faults.
func atPageEnd[T any](t *testing.T, s []T) []T {
	if len(s) == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(s[0]))
	copied := unsafe.Slice((*T)(unsafe.Pointer(&testkit.Fenced(t, size*len(s))[0])), len(s))
	copy(copied, s)
	return copied
}

func heap(n int) []byte { return make([]byte, n) }

func fenced(t *testing.T) func(n int) []byte {
	return func(n int) []byte { return testkit.Fenced(t, n) }
}

// heapOrFenced allocates on the heap in odd rounds, and in even ones where reading past the end faults.
func heapOrFenced(t *testing.T, round int) func(n int) []byte {
	if round%2 == 0 {
		return fenced(t)
	}
	return heap
}

// refuses holds that f panics.
func refuses(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: accepted", name)
		}
	}()
	f()
}

// randomRoom is room for chunks, mostly for fewer than a scan finds, and a number of chunks to ask for.
func randomRoom(rng *rand.Rand) (size, chunks int) {
	size, chunks = MinChunks+rng.IntN(20), rng.IntN(MinChunks+2)
	if rng.IntN(4) == 0 {
		size = 2000
	}
	return size, chunks
}

type rangeScan func(dst []Chunk, ranges []Range, chunks int) (n, done int)

// stopsAlike holds scans of ranges to their twins, on every path and with room that mostly ends before the ranges do.
func stopsAlike(t *testing.T, table func(rng *rand.Rand) (ranges []Range, scan, twin rangeScan)) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		for range 300 {
			ranges, scan, twin := table(rng)
			left := slices.Clone(ranges)
			size, chunks := MinChunks+rng.IntN(100), 1+rng.IntN(MinChunks)
			got, want := make([]Chunk, size), make([]Chunk, size)
			n, done := scan(got, ranges, chunks)
			wantN, wantDone := twin(want, left, chunks)
			if n != wantN || done != wantDone || !slices.Equal(got[:n], want[:n]) || !slices.Equal(ranges, left) {
				t.Fatalf("room %d, %d chunks: (%d, %d) instead of (%d, %d)", size, chunks, n, done, wantN, wantDone)
			}
		}
	})
}

// onFencedMasks runs f on every path some times for each small width of a table's numbers, with all masks and levels of
// that width at the end of a page.
func onFencedMasks(t *testing.T, f func(t *testing.T, rng *rand.Rand, width int, masks, levels []uint32)) {
	onEveryPath(t, func(t *testing.T) {
		rng := testkit.Rand(t)
		for _, width := range []int{1, 2, 3, 4} {
			masks, levels := masksUpTo(width, width)
			masks, levels = atPageEnd(t, masks), atPageEnd(t, levels)
			for range 10 {
				f(t, rng, width, masks, levels)
			}
		}
	})
}

// backwardRanges gives a scan, on every path, ranges out of contract, as damaged offsets would make them: what it finds may
// be nonsense, but it must not write past the room.
func backwardRanges(t *testing.T, scan func(dst []Chunk, ranges []Range, planes []byte)) {
	onEveryPath(t, func(t *testing.T) {
		planes := make([]byte, 2*4096+Pad)
		dst, intact := guarded(MinChunks, deadChunk)
		scan(dst, []Range{{2100, 2048}, {2049, 2048}, {2048, 2048}}, planes)
		if !intact() {
			t.Error("wrote past the room")
		}
	})
}

// fuzzedBuckets reads buckets from data: for each a byte with its size, then its entries, so many fingerprints each. All
// first fingerprints come to prints[0], all second ones to prints[1] and so on.
func fuzzedBuckets(data []byte, each int) (sizes []int, prints [][]uint16) {
	prints = make([][]uint16, each)
	for len(data) > 0 {
		size := min(int(data[0]), (len(data)-1)/(2*each))
		for i := range size * each {
			prints[i%each] = append(prints[i%each], binary.LittleEndian.Uint16(data[1+2*i:]))
		}
		sizes = append(sizes, size)
		data = data[min(len(data), 1+2*each*size):]
	}
	return sizes, prints
}

// findsOnEveryPath holds a scan to what it has to find, on every path but in the same test, as fuzzing wants it.
func findsOnEveryPath(t *testing.T, want []Chunk, scan func() []Chunk) {
	t.Helper()
	for _, p := range paths() {
		restore := Use(p)
		got := scan()
		restore()
		if !slices.Equal(got, want) {
			t.Errorf("%v: %v instead of %v", p, got, want)
		}
	}
}
