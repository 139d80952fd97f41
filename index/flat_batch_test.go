package index

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

// everyPath runs a test with each way of computing that can run here.
func everyPath(t *testing.T, test func(t *testing.T)) {
	for p := cpu.Go; p <= cpu.AVX512; p++ {
		if cpu.Has(p) {
			t.Run(p.String(), func(t *testing.T) {
				defer hamming.Use(p)()
				test(t)
			})
		}
	}
}

// alike are codes that differ in the last of their bits only, so that what a block looks at first rules nothing out.
func alike[C Code](rnd *rand.Rand, n int) []C {
	codes := make([]C, n)
	for i := range codes {
		for range rnd.IntN(9) {
			flip(&codes[i], width[C]()-1-rnd.IntN(width[C]()/4))
		}
	}
	return codes
}

// A block of queries gives the hits that comparing bit by bit gives, whatever its size and that of the set.
func TestFlatBlockOfQueries(t *testing.T) {
	everyPath(t, func(t *testing.T) {
		t.Run("64", testFlatBlockOfQueries[uint64])
		t.Run("256", testFlatBlockOfQueries[[4]uint64])
	})
}

func testFlatBlockOfQueries[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	w := width[C]()
	pairs := 0
	for _, n := range []int{0, 1, 255, 256, 257, 800 / raceSlowdown} {
		for name, codes := range map[string][]C{"uniform": uniform[C](rnd, n), "clustered": clustered[C](rnd, n), "alike": alike[C](rnd, n)} {
			for _, ids := range [][]uint32{nil, randomIDs(rnd, n, 99)} {
				f := NewFlat(codes, ids)
				for _, count := range []int{1, 4, 5, 66} {
					qs := uniform[C](rnd, count)
					for i := range qs {
						if n > 0 && i%4 != 0 {
							qs[i] = near(rnd, codes[rnd.IntN(n)], rnd.IntN(w/4))
						}
					}
					for _, radius := range []int{-1, 0, 3, w / 8, w / 4, w / 2, w + 1} {
						pairs += n * count
						got, _ := f.block([]found{{1, 2, 3}}, qs, radius)
						if got[0] != (found{1, 2, 3}) {
							t.Fatal("what dst held is gone")
						}
						if want := slowBlock(codes, ids, qs, radius); !sameFound(got[1:], want) {
							t.Fatalf("%d %s codes, %d queries, radius %d: %d hits, want %d or others", n, name, count, radius, len(got)-1, len(want))
						}
					}
				}
			}
		}
	}
	testkit.AtLeast(t, 2_000_000/raceSlowdown, pairs, "pairs of a query and a code")
}

func slowBlock[C Code](codes []C, ids []uint32, qs []C, radius int) (all []found) {
	for q := range qs {
		for i := range codes {
			if d := Distance(codes[i], qs[q]); d <= radius {
				all = append(all, found{uint32(q), idAt(ids, i), uint32(d)})
			}
		}
	}
	return all
}

// sameFound compares in any order.
func sameFound(a, b []found) bool {
	sorted := func(all []found) []uint64 {
		keys := make([]uint64, len(all))
		for i, f := range all {
			keys[i] = uint64(f.query)<<48 | uint64(f.distance)<<32 | uint64(f.id)
		}
		slices.Sort(keys)
		return keys
	}
	return slices.Equal(sorted(a), sorted(b))
}

// More queries than a block holds are numbered on, and the yield may end a batch at any of them.
func TestFlatLargeBatch(t *testing.T) {
	rnd := testkit.Rand(t)
	codes := uniform[uint64](rnd, 700)
	qs := make([]uint64, 2*flatBlock+77)
	for i := range qs {
		qs[i] = codes[i%len(codes)]
	}
	f := NewFlat(codes, nil)
	got, _ := f.block(nil, qs, 0)
	if want := slowBlock(codes, nil, qs, 0); len(want) < len(qs) || !sameFound(got, want) {
		t.Errorf("%d hits, want %d", len(got), len(want))
	}
	for _, stop := range []int{0, 1, flatBlock - 1, flatBlock, len(qs) - 1} {
		answered := 0
		f.WithinBatch(qs, 0, func(q int, hits []Hit) bool {
			if q != answered || len(hits) != 1 || hits[0] != (Hit{uint32(q % len(codes)), 0}) {
				t.Fatalf("query %d, the %d. to be answered: %v", q, answered, hits)
			}
			answered++
			return q != stop
		})
		if answered != stop+1 {
			t.Errorf("%d queries were answered after an end at %d", answered, stop)
		}
	}
}

// The limited search keeps the smallest hits and counts the others.
func TestFlatAndTreeWithinLimit(t *testing.T) {
	t.Run("64", testWithinLimit[uint64])
	t.Run("256", testWithinLimit[[4]uint64])
}

func testWithinLimit[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	searches := 0
	for _, d := range datasets[C](rnd, 900/raceSlowdown) {
		for _, e := range []interface {
			Searcher[C]
			Limiter[C]
		}{NewFlat(d.codes, d.ids), newBKTree(d.codes, d.ids, 20)} {
			for _, q := range d.qs {
				o := newOracle(d.codes, d.ids, q)
				for _, radius := range []int{-1, 0, 8, 40, width[C]()} {
					for _, limit := range []int{-1, 0, 1, 7, 900, 5000} {
						all := o.within(radius)
						got, more := e.WithinLimit([]Hit{{7, 7}}, q, radius, limit)
						want := o.sorted[:min(all, max(0, limit))]
						if got[0] != (Hit{7, 7}) || !slices.Equal(got[1:], want) || more != all-len(want) {
							t.Fatalf("%T, %s codes, radius %d, limit %d: %d hits and %d more, want %d and %d", e, d.name, radius, limit, len(got)-1, more, len(want), all-len(want))
						}
						searches++
					}
				}
			}
		}
	}
	testkit.AtLeast(t, 5000, searches, "searches")
}

// A search with room in dst, and a block of queries, allocate nothing.
func TestFlatAllocations(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector makes pools forget")
	}
	rnd := testkit.Rand(t)
	codes := uniform[[4]uint64](rnd, 2000)
	f, tree := NewFlat(codes, nil), newBKTree(codes, nil, 64)
	dst, many := make([]Hit, 0, 3000), make([]found, 0, 3000)
	for name, search := range map[string]func(){
		"Flat.Within":      func() { f.Within(dst, codes[9], 110) },
		"Flat.Nearest":     func() { f.Nearest(dst, codes[9], 10) },
		"Flat.block":       func() { f.block(many, codes[:20], 30) },
		"BKTree.Within":    func() { tree.Within(dst, codes[9], 20) },
		"BKTree.Nearest":   func() { tree.Nearest(dst, codes[9], 10) },
		"BKTree.block":     func() { tree.block(many, codes[:20], 5) },
		"Flat.WithinLimit": func() { f.WithinLimit(dst, codes[9], 110, 5) },
	} {
		if n := testing.AllocsPerRun(20, search); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// What was written is loaded and answers as before; any changed byte is an error.
func TestFlatAndTreeRoundTrip(t *testing.T) {
	t.Run("64", testRoundTrip[uint64])
	t.Run("256", testRoundTrip[[4]uint64])
}

func testRoundTrip[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	damaged := 0
	for _, n := range []int{0, 1, 300} {
		for _, d := range datasets[C](rnd, max(1, n)) {
			d.codes = d.codes[:min(n, len(d.codes))]
			if d.ids != nil {
				d.ids = d.ids[:len(d.codes)]
			}
			flat, tree := NewFlat(d.codes, d.ids), newBKTree(d.codes, d.ids, 9)
			flatBytes, err := flat.AppendBinary(nil)
			treeBytes, err2 := tree.AppendBinary(nil)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			flat2, err := LoadFlat[C](flatBytes)
			tree2, err2 := LoadBKTree[C](treeBytes)
			if err != nil || err2 != nil {
				t.Fatalf("%s codes: %v, %v", d.name, err, err2)
			}
			for _, q := range d.qs {
				for _, radius := range []int{0, 1, 9, width[C]()} {
					if a, b := flat.Within(nil, q, radius), flat2.Within(nil, q, radius); !slices.Equal(a, b) {
						t.Errorf("%s codes: a loaded scan finds %d, want %d", d.name, len(b), len(a))
					}
					if a, b := tree.Within(nil, q, radius), tree2.Within(nil, q, radius); !slices.Equal(a, b) {
						t.Errorf("%s codes: a loaded tree finds %d, want %d", d.name, len(b), len(a))
					}
				}
			}
			for _, b := range [][]byte{flatBytes, treeBytes} {
				for range 40 {
					c := slices.Clone(b)
					c[rnd.IntN(len(c))] ^= 1 << rnd.IntN(8)
					_, err := LoadFlat[C](c)
					_, err2 := LoadBKTree[C](c)
					if !errors.Is(err, ErrCorrupt) || !errors.Is(err2, ErrCorrupt) {
						t.Errorf("a changed byte: %v, %v", err, err2)
					}
					damaged++
				}
			}
		}
	}
	testkit.AtLeast(t, 1900, damaged, "damages")
}

func ExampleFlat_WithinBatch() {
	flat := NewFlat([]uint64{0b1111, 0b1110, 0b0000}, nil)
	flat.WithinBatch([]uint64{0b1111, 0b0001}, 1, func(q int, hits []Hit) bool {
		fmt.Println(q, hits)
		return true
	})
	// Output:
	// 0 [{0 0} {1 1}]
	// 1 [{2 1}]
}
