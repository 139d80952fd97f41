package index

import (
	"math"
	"math/rand/v2"
	"testing"

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
			tree.price(q, cost{leaf: 1}, need, &leaves)
			tree.price(q, cost{code: 1}, need, &codes)
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

// At a radius of 31 a million uniform codes of 256 bits are scanned, at small radii the tree answers.
func TestPlanOfAMillion(t *testing.T) {
	n := 1_000_000 / raceSlowdown
	if testing.Short() {
		n = 100_000
	}
	x := New(uniform[[4]uint64](testkit.Rand(t), n), nil)
	plan := map[int]string{0: "bktree", 7: "bktree", 31: "flat", 60: "flat", 256: "flat", math.MaxInt: "flat"}
	for radius, want := range plan {
		if got := x.Engine(radius); got != want {
			t.Errorf("at radius %d of %d codes the engine is %s, want %s", radius, n, got, want)
		}
	}
}

// The threshold is the last radius at which what a search visits costs less than a scan.
func TestTreeRadiusIsTheLastThatPays(t *testing.T) {
	t.Run("64", testTreeRadiusIsTheLastThatPays[uint64])
	t.Run("256", testTreeRadiusIsTheLastThatPays[[4]uint64])
}

func testTreeRadiusIsTheLastThatPays[C Code](t *testing.T) {
	t.Parallel()
	c := cost64
	if width[C]() == maxWidth {
		c = cost256
	}
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

// The plan has one threshold, is the same every time, and knows the shapes at which one engine always wins.
func TestPlan(t *testing.T) {
	rnd := testkit.Rand(t)
	few := New(uniform[uint64](rnd, treePays-1), nil)
	if few.tree != nil || few.Engine(0) != "flat" || few.Engine(math.MinInt) != "flat" {
		t.Errorf("few codes have a tree")
	}
	same := New(make([]uint64, 5000), nil)
	for _, radius := range []int{0, 31, 64, math.MaxInt} {
		if same.Engine(radius) != "bktree" {
			t.Errorf("at radius %d equal codes are scanned, one comparison would do", radius)
		}
	}
	planned := 0
	for _, d := range datasets[[4]uint64](rnd, 4000) {
		x, again := New(d.codes, d.ids), New(d.codes, d.ids)
		if x.radius != again.radius {
			t.Errorf("%s codes: the threshold is %d, the second time %d", d.name, x.radius, again.radius)
		}
		switches := 0
		for radius := range maxWidth {
			if x.Engine(radius) != x.Engine(radius+1) {
				switches++
			}
		}
		if switches > 1 {
			t.Errorf("%s codes: the engine changes %d times as the radius grows", d.name, switches)
		}
		planned++
	}
	testkit.AtLeast(t, 8, planned, "plans")
}

// raceSlowdown divides the number of codes of the large tests, in which the race detector has nothing to watch.
var raceSlowdown = func() int {
	if testkit.Race {
		return 8
	}
	return 1
}()
