package index

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/testkit"
)

// The planner counts what a search visits.
func TestPriceIsWhatASearchVisits(t *testing.T) {
	t.Run("64", testPriceIsWhatASearchVisits[uint64])
	t.Run("256", testPriceIsWhatASearchVisits[[4]uint64])
}

func testPriceIsWhatASearchVisits[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	searches := 0
	for _, d := range datasets[C](rnd, 3000) {
		tree := newBKTree(d.codes, d.ids, 20)
		for _, q := range d.qs {
			var leaves, codes [maxWidth + 1]uint64
			need := make([]uint16, len(tree.nodes))
			tree.price(q, &costs{leaf: 1}, need, &leaves)
			tree.price(q, &costs{code: 1}, need, &codes)
			wantLeaves, wantCodes := uint64(0), uint64(0)
			for radius := range width[C]() + 1 {
				wantLeaves += leaves[radius]
				wantCodes += codes[radius]
				gotLeaves, gotCodes := uint64(0), uint64(0)
				n, stack := tree.next(tree.start(nil), q, radius)
				for ; n != nil; n, stack = tree.next(stack, q, radius) {
					gotLeaves++
					if !n.same {
						gotCodes += uint64(n.hi - n.lo)
					}
				}
				if gotLeaves != wantLeaves || gotCodes != wantCodes {
					t.Fatalf("%s codes, radius %d, query %x: a search visits %d leaves and %d codes, the planner counts %d and %d",
						d.name, radius, q, gotLeaves, gotCodes, wantLeaves, wantCodes)
				}
				searches++
			}
		}
	}
	testkit.AtLeast(t, 8*11*(width[C]()+1), searches, "searches")
}

// Large sets are searched in a multi-index at the radii of matching, and scanned beyond.
func TestPlanOfAMillion(t *testing.T) {
	n := 1_000_000 / raceSlowdown
	if testing.Short() {
		n = 100_000
	}
	x := New(uniform[[4]uint64](testkit.Rand(t), n), nil)
	plan := map[int]string{0: "multi", 7: "multi", 31: "multi", 120: "flat", 256: "flat", math.MaxInt: "flat", -1: "flat"}
	for radius, want := range plan {
		if got := x.Engine(radius); got != want {
			t.Errorf("at radius %d of %d codes the engine is %s, want %s", radius, n, got, want)
		}
	}
	if s := x.Stats(); s.Engine != "multi" || s.Codes != n || s.Different != n || s.Tables < 16 || s.Bytes < 130*n || s.Bytes > 200*n ||
		s.ScanFrom < 50 || s.ScanFrom > 120 || s.Why == "" || s.Instructions != hamming.Path().String() {
		t.Errorf("statistics are %+v", s)
	}
}

// The threshold is the last radius at which what a search visits costs less than a scan.
func TestTreeRadiusIsTheLastThatPays(t *testing.T) {
	t.Run("64", testTreeRadiusIsTheLastThatPays[uint64])
	t.Run("256", testTreeRadiusIsTheLastThatPays[[4]uint64])
}

func testTreeRadiusIsTheLastThatPays[C Code](t *testing.T) {
	t.Parallel()
	c := costsOf(width[C]())
	tree := NewBKTree(uniform[C](testkit.Rand(t), 20_000), nil)
	searches := func(radius int) (sum uint64) { // of the planner's sample
		rnd := rand.New(rand.NewPCG(0, 0))
		for i := range sampleQueries {
			var byRadius [maxWidth + 1]uint64
			tree.price(sampleQuery(rnd, tree.codes, i), c, make([]uint16, len(tree.nodes)), &byRadius)
			for _, cost := range byRadius[:radius+1] {
				sum += cost
			}
		}
		return sum
	}
	scans := sampleQueries * (c.leaf + c.code*uint64(len(tree.codes)))
	radius := treeRadius(tree)
	if radius < 1 || radius >= width[C]()/4 {
		t.Errorf("on random codes the tree answers up to a radius of %d, a small one is expected", radius)
	}
	if at, next := searches(radius), searches(radius+1); at >= scans || next < scans {
		t.Errorf("searches cost %d at the threshold of %d and %d beyond; scans cost %d", at, radius, next, scans)
	}
}

// The plan depends on the number of codes and the memory that it may take, and never on chance.
func TestChoice(t *testing.T) {
	cases := []struct {
		n, bits, memory int
		engine          string
		tables          int
	}{
		{0, 64, 0, "flat", 0},
		{fewCodes, 256, 0, "flat", 0},
		{fewCodes + 1, 256, 0, "multi", 29},
		{100_000, 256, 0, "multi", 19},
		{1_000_000, 64, 0, "multi", 4},
		{1_000_000, 256, 0, "multi", 16},
		{10_000_000, 64, 0, "multi", 4},
		{10_000_000, 256, 0, "multi", 16},
		{100_000_000, 64, 0, "multi", 3},
		{10_000_000, 256, 146, "multi", 16},
		{10_000_000, 256, 114, "multi", 16},
		{6000, 64, math.MaxInt, "multi", 8},
		{10_000_000, 256, 104, "multi", 13},
		{10_000_000, 64, 26, "multi", 3},
		{10_000_000, 256, 60, "bktree", 0},
		{10_000_000, 64, 20, "bktree", 0},
		{10_000_000, 256, 40, "flat", 0},
		{10_000_000, 64, 1, "flat", 0},
	}
	for _, c := range cases {
		got := choose(c.n, c.bits, c.memory)
		engine := "flat"
		if got.widths != nil {
			engine = "multi"
		} else if got.tree {
			engine = "bktree"
		}
		if engine != c.engine || len(got.widths) != c.tables || got.why == "" {
			t.Errorf("%d codes of %d bits within %d bytes: %s with %d tables (%s), want %s with %d", c.n, c.bits, c.memory,
				engine, len(got.widths), got.why, c.engine, c.tables)
		}
	}
	testkit.AtLeast(t, 17, len(cases), "choices")
}

// What the planner says about memory is what an index takes.
func TestMemory(t *testing.T) {
	t.Run("64", testMemory[uint64])
	t.Run("256", testMemory[[4]uint64])
}

func testMemory[C Code](t *testing.T) {
	n := 300_000 / raceSlowdown
	codes := uniform[C](testkit.Rand(t), n)
	for _, memory := range []int{0, 200, 120, 20} {
		c := choose(n, width[C](), memory)
		x := New(codes, nil, Memory(memory))
		if c.widths == nil {
			continue
		}
		if got, want := x.Stats().Bytes, multiBytes(uint64(n), width[C](), c.widths, c.second); math.Abs(float64(got)-float64(want)) > float64(want)/100+64*32 {
			t.Errorf("within %d bytes a code: %d bytes, the planner expects %d", memory, got, want)
		}
	}
}

// raceSlowdown divides the number of codes of the large tests, in which the race detector has nothing to watch.
var raceSlowdown = func() int {
	if testkit.Race {
		return 8
	}
	return 1
}()
