package index

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Misuse panics, and says what is wrong.
func TestMisusePanics(t *testing.T) {
	codes, ids := make([]uint64, 3), make([]uint32, 2)
	table := NewTable(make([]byte, 32), 16, nil)
	cases := []struct {
		want string
		call func()
	}{
		{"3 codes but 2 ids", func() { New(codes, ids) }},
		{"3 codes but 2 ids", func() { NewFlat(codes, ids) }},
		{"3 codes but 2 ids", func() { NewBKTree(codes, ids) }},
		{"3 codes but 0 ids", func() { NewFlat(codes, []uint32{}) }},
		{"2000 codes but 2 ids", func() { New(make([][4]uint64, 2000), ids) }},
		{"3 keys but 2 ids", func() { NewTable(make([]byte, 60), 20, ids) }},
		{"keys of 17 bytes", func() { NewTable(make([]byte, 17), 17, nil) }},
		{"keys of 0 bytes", func() { NewTable(nil, 0, nil) }},
		{"31 bytes are no whole number of keys of 16 bytes", func() { NewTable(make([]byte, 31), 16, nil) }},
		{"a key of 20 bytes", func() { table.Lookup(nil, make([]byte, 20)) }},
		{"a key of 0 bytes", func() { table.Lookup(nil, nil) }},
	}
	for _, c := range cases {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.HasPrefix(got, "index: ") || !strings.Contains(got, c.want) {
					t.Errorf("panic %q, want one that says %q", got, c.want)
				}
			}()
			c.call()
		}()
	}
	testkit.AtLeast(t, 11, len(cases), "misuses")
}

// A batch ends when its caller has seen enough.
func TestBatchStops(t *testing.T) {
	codes := clustered[uint64](testkit.Rand(t), 2000)
	stopped := 0
	for _, e := range engines(codes, nil) {
		for _, radius := range []int{-1, 0, 5, 64} {
			var asked []int
			e.WithinBatch(codes[:10], radius, func(i int, _ []Hit) bool {
				asked = append(asked, i)
				return i < 3
			})
			if !slices.Equal(asked, []int{0, 1, 2, 3}) {
				t.Errorf("%s, radius %d: queries %v were answered, want 0 to 3", e.name, radius, asked)
			}
			stopped++
		}
	}
	testkit.AtLeast(t, 28, stopped, "batches")
}

// A query allocates nothing when dst has room.
func TestQueriesDoNotAllocate(t *testing.T) {
	if testkit.Race {
		t.Skip("with the race detector pools forget at random")
	}
	t.Run("64", testQueriesDoNotAllocate[uint64])
	t.Run("256", testQueriesDoNotAllocate[[4]uint64])
}

func testQueriesDoNotAllocate[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	codes := clustered[C](rnd, 5000)
	room := make([]Hit, 0, len(codes))
	asked := 0
	for _, e := range []engine[C]{{"Flat", NewFlat(codes, nil)}, {"BKTree", NewBKTree(codes, nil)}, {"Multi", NewMulti(codes, nil)}, {"Index", New(codes, nil)}} {
		for _, radius := range []int{0, 3, 31, width[C]()} {
			q := near(rnd, codes[rnd.IntN(len(codes))], 2)
			if n := testing.AllocsPerRun(5, func() { e.Within(room, q, radius) }); n != 0 {
				t.Errorf("%s.Within at radius %d allocates %v times", e.name, radius, n)
			}
			if n := testing.AllocsPerRun(5, func() { e.Nearest(room, q, 10) }); n != 0 {
				t.Errorf("%s.Nearest allocates %v times", e.name, n)
			}
			asked++
		}
	}
	keys := randomKeys(rnd, 1000, 32)
	table, ids := NewTable(keys, 32, nil), make([]uint32, 0, 8)
	if n := testing.AllocsPerRun(5, func() { table.Lookup(ids, keys[:32]) }); n != 0 {
		t.Errorf("Table.Lookup allocates %v times", n)
	}
	testkit.AtLeast(t, 16, asked, "queries")
}

// Goroutines may share a searcher; go test -race watches them.
func TestConcurrentUse(t *testing.T) {
	rnd := testkit.Rand(t)
	codes := clustered[[4]uint64](rnd, 3000)
	qs := codes[:40]
	keys := randomKeys(rnd, 1000, 16)
	table := NewTable(keys, 16, nil)
	list := engines(codes, nil)
	oracles := make([]*oracle, len(qs))
	for i, q := range qs {
		oracles[i] = newOracle(codes, nil, q)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, e := range list {
				for i, q := range qs {
					if s := oracles[i].check(oracles[i].within(20), e.Within(nil, q, 20)); s != "" {
						t.Errorf("%s, query %x: %s", e.name, q, s)
					}
					if got := e.Nearest(nil, q, 3); !slices.Equal(got, oracles[i].nearest(3)) {
						t.Errorf("%s, query %x: nearest are %v, want %v", e.name, q, got, oracles[i].nearest(3))
					}
				}
			}
			for i := range 1000 {
				if ids := table.Lookup(nil, keys[16*i:][:16]); !slices.Equal(ids, []uint32{uint32(i)}) {
					t.Errorf("key %d has the ids %v", i, ids)
				}
			}
		})
	}
	wg.Wait()
	testkit.AtLeast(t, 7, len(list), "engines")
}

// Every shape of codes gives a tree that is what it says: ranges that divide the codes, their true distances, no code lost,
// and a depth that no codes can raise above their width.
func TestTreeShape(t *testing.T) {
	t.Run("64", testTreeShape[uint64])
	t.Run("256", testTreeShape[[4]uint64])
}

func testTreeShape[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	const n = 4000
	nodes, deepest := 0, 0
	for _, d := range datasets[C](rnd, n) {
		for _, leaf := range []int{1, 50} {
			tree := newBKTree(d.codes, nil, leaf)
			depth := make([]int, len(tree.nodes))
			for i, node := range tree.nodes {
				nodes++
				if node.same {
					other := func(c C) bool { return c != tree.codes[node.lo] }
					if node.child != 0 || slices.ContainsFunc(tree.codes[node.lo:node.hi], other) {
						t.Fatalf("%s codes: node %d is not what it says: %+v", d.name, i, node)
					}
					continue
				}
				if node.child == 0 {
					if int(node.hi-node.lo) > leaf {
						t.Fatalf("%s codes: leaf %d holds more than %d: %+v", d.name, i, leaf, node)
					}
					continue
				}
				lo := node.lo
				for j := node.child; j < node.child+uint32(node.children); j++ {
					child := tree.nodes[j]
					depth[j] = depth[i] + 1
					deepest = max(deepest, depth[j])
					if child.lo != lo || child.hi <= lo {
						t.Fatalf("%s codes: child %d begins at %d, want %d", d.name, j, child.lo, lo)
					}
					lo = child.hi
					for _, c := range tree.codes[child.lo:child.hi] {
						if k := Distance(c, tree.codes[node.lo]); k < int(child.near) || k > int(child.far) {
							t.Fatalf("%s codes: a code of child %d is at %d: %+v", d.name, j, k, child)
						}
					}
				}
				if lo != node.hi {
					t.Fatalf("%s codes: the children of node %d end at %d, want %d", d.name, i, lo, node.hi)
				}
			}
			found := make([]bool, n)
			for i, id := range tree.ids {
				if found[id] || d.codes[id] != tree.codes[i] {
					t.Fatalf("%s codes: code %d is not where its id is", d.name, id)
				}
				found[id] = true
			}
		}
	}
	if deepest > width[C]() {
		t.Errorf("a tree has %d levels of pivots, at most %d are possible", deepest, width[C]())
	}
	testkit.AtLeast(t, width[C]()/2, deepest, "levels of the deepest tree")
	testkit.AtLeast(t, 10_000, nodes, "nodes")
}

// A denied query has no code within the radius, and nearly all that have none are denied.
func TestBandsAreLossless(t *testing.T) {
	t.Run("64", testBandsAreLossless[uint64])
	t.Run("256", testBandsAreLossless[[4]uint64])
}

func testBandsAreLossless[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	codes := clustered[C](rnd, 3000)
	b := newBands(codes)
	most := len(b.filters) - 1
	held, denied := 0, 0
	for i := range 2000 {
		c := codes[rnd.IntN(len(codes))]
		for radius := -1; radius <= most; radius++ {
			if radius >= 0 {
				q := near(rnd, c, radius)
				if i%2 == 0 { // the flips as far apart as can be: each in a band of its own
					q = c
					for band := range radius {
						flip(&q, band*bandBits+rnd.IntN(bandBits))
					}
				}
				if !b.mayHold(q, radius) {
					t.Fatalf("%x is at distance %d from a code and denied", q, radius)
				}
				held++
			}
			if !b.mayHold(randomCode[C](rnd), radius) {
				denied++
			}
		}
	}
	for _, radius := range []int{most + 1, 31, width[C](), math.MaxInt} {
		if !b.mayHold(randomCode[C](rnd), radius) {
			t.Errorf("a random code is denied at radius %d, where every band may differ", radius)
		}
	}
	testkit.AtLeast(t, 2000*(most+1), held, "queries near a code")
	testkit.AtLeast(t, 1900*(most+2), denied, "random queries that were denied")
}
