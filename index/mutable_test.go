package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// mutables builds Mutables of the same entries in the ways that matter: what is sealed, what is in the delta, what was
// merged, what was there and was deleted. done closes them.
func mutables[C Code](t testing.TB, rnd *rand.Rand, codes []C, ids []uint32) []engine[C] {
	if ids == nil {
		ids = make([]uint32, len(codes))
		for i := range ids {
			ids[i] = uint32(i)
		}
	}
	n := len(codes)
	list := []engine[C]{
		{"Mutable", NewMutable(codes, ids)},
		{"Mutable of inserts", NewMutable[C](nil, nil)},
		{"Mutable, half and half", NewMutable(codes[:n/2], ids[:n/2])},
		{"Mutable that merges often", NewMutable[C](nil, nil, MergeAfter(n/20+1))},
		{"Mutable after deletes", NewMutable(append(uniform[C](rnd, 50), codes[:n/3]...), append(fill32(50, 1<<31), ids[:n/3]...))},
	}
	for i, c := range codes {
		list[1].Searcher.(*Mutable[C]).Insert(c, ids[i])
	}
	list[2].Searcher.(*Mutable[C]).InsertBatch(codes[n/2:], ids[n/2:])
	list[3].Searcher.(*Mutable[C]).InsertBatch(codes, ids)
	d := list[4].Searcher.(*Mutable[C])
	for i := n / 3; i < n; i++ {
		d.Insert(codes[i], ids[i])
		d.Insert(xor(codes[i], ones[C]()), 1<<31)
	}
	if i := rnd.IntN(n + 1); i < n { // a pair that comes back
		again := 0
		for j := range codes {
			if codes[j] == codes[i] && ids[j] == ids[i] {
				again++
			}
		}
		if !d.Delete(codes[i], ids[i]) {
			t.Errorf("entry %d was not there", i)
		}
		for range again {
			d.Insert(codes[i], ids[i])
		}
	}
	d.DeleteID(1 << 31)
	for _, e := range list {
		t.Cleanup(e.Searcher.(*Mutable[C]).Close)
	}
	return list
}

func fill32(n int, x uint32) []uint32 { return slices.Repeat([]uint32{x}, n) }

// A Mutable gives the answers of comparing the query with each code, wherever its entries are.
func TestMutableAgrees(t *testing.T) {
	t.Run("64", testMutableAgrees[uint64])
	t.Run("256", testMutableAgrees[[4]uint64])
}

func testMutableAgrees[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	w := width[C]()
	radii := []int{-1, 0, 1, 3, 8, w / 8, w / 4, w / 2, w, w + 1}
	pairs := 0
	for _, n := range []int{1, 2, 1200 / raceSlowdown} {
		for _, d := range datasets[C](rnd, n) {
			if d.ids != nil {
				for i := range d.ids {
					d.ids[i] >>= 1 // below the IDs that are deleted
				}
			}
			oracles := make([]*oracle, len(d.qs))
			for i, q := range d.qs {
				oracles[i] = newOracle(d.codes, d.ids, q)
			}
			for _, e := range mutables(t, rnd, d.codes, d.ids) {
				what := fmt.Sprintf("%d %s codes, %s", n, d.name, e.name)
				pairs += checkEngine(t, what, e, d.qs, oracles, radii)
				checkLimits(t, what, e.Searcher.(*Mutable[C]), d.qs[4:7], oracles[4:7], radii[2:7])
				index := e.Searcher.(*Mutable[C]).Snapshot().Index()
				pairs += checkEngine(t, what+", made an Index", engine[C]{"", index}, d.qs[:2], oracles[:2], radii[2:6])
				b, err := e.Searcher.(*Mutable[C]).Snapshot().AppendBinary(nil)
				if err != nil {
					t.Fatal(err)
				}
				loaded, err := LoadIndex[C](b)
				if err != nil {
					t.Fatal(err)
				}
				pairs += checkEngine(t, what+", loaded", engine[C]{"", loaded}, d.qs[4:5], oracles[4:5], radii[2:6])
			}
		}
	}
	testkit.AtLeast(t, 8_000_000/raceSlowdown, pairs, "pairs of a query and a code")
}

func checkLimits[C Code](t *testing.T, what string, l Limiter[C], qs []C, oracles []*oracle, radii []int) {
	t.Helper()
	for _, radius := range radii {
		for _, limit := range []int{0, 1, 10, 1 << 30} {
			check := func(i int, hits []Hit, more int) bool {
				within := oracles[i].within(radius)
				if want := oracles[i].sorted[:min(limit, within)]; !slices.Equal(hits, want) || more != within-len(want) {
					t.Errorf("%s, radius %d, limit %d: %d hits and %d more, want %d and %d",
						what, radius, limit, len(hits), more, len(want), within-len(want))
				}
				return true
			}
			for i, q := range qs {
				hits, more := l.WithinLimit(nil, q, radius, limit)
				check(i, hits, more)
			}
			l.WithinBatchLimit(qs, radius, limit, check)
		}
	}
}
