package index

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

const benchCodes = 1_000_000

// BenchmarkCost measures the planner's constants: take those of a quiet machine into planner.go.
func BenchmarkCost(b *testing.B) {
	b.Run("64", benchmarkCost[uint64])
	b.Run("256", benchmarkCost[[4]uint64])
}

func benchmarkCost[C Code](b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	codes := uniform[C](rnd, benchCodes)
	qs := uniform[C](rnd, 1024)
	tree := NewBKTree(codes, nil)
	var perCode float64

	b.Run("code", func(b *testing.B) {
		flat := NewFlat(codes, nil)
		for i := range b.N {
			flat.Within(nil, qs[i%len(qs)], 8)
		}
		perCode = float64(b.Elapsed().Nanoseconds()) / float64(b.N) / benchCodes
		b.ReportMetric(perCode, "ns/code")
	})
	b.Run("leaf", func(b *testing.B) { // what a range takes beyond its codes: half of all ranges, in a tree's order
		var places []int
		leaf := leafSize[C]()
		for lo := 0; lo+leaf <= benchCodes; lo += leaf {
			if rnd.IntN(2) == 0 {
				places = append(places, lo)
			}
		}
		var buf [8]Hit
		b.ResetTimer()
		for i := range b.N {
			lo := places[i%len(places)]
			scan(buf[:0], codes, nil, lo, lo+leaf, qs[i%len(qs)], 8)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)-float64(leaf)*perCode, "ns/leaf")
	})
	b.Run("node", func(b *testing.B) {
		var pivots [maxWidth + 1]uint64
		need := make([]uint16, len(tree.nodes))
		for _, q := range qs {
			tree.price(q, &costs{node: 1}, need, &pivots)
		}
		b.ResetTimer()
		for i := range b.N {
			q := qs[i%len(qs)]
			var room [stackSize]frame
			n, stack := tree.next(tree.start(room[:0]), q, 0)
			for ; n != nil; n, stack = tree.next(stack, q, 0) {
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(float64(pivots[0])/float64(len(qs))), "ns/node")
	})
}

// BenchmarkPlan lets one judge the planner: the tree should win up to the radius that it names, and the scan beyond.
func BenchmarkPlan(b *testing.B) {
	b.Run("64", benchmarkPlan[uint64])
	b.Run("256", benchmarkPlan[[4]uint64])
}

func benchmarkPlan[C Code](b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	codes := uniform[C](rnd, benchCodes)
	var x Index[C]
	x.useTree(NewBKTree(codes, nil))
	for _, radius := range []int{0, 2, 4, x.upTo - 2, x.upTo, x.upTo + 2, x.upTo + 6} {
		benchmarkWithin(b, engine[C]{"tree", x.tree}, codes, radius)
		benchmarkWithin(b, engine[C]{"flat", x.flat}, codes, radius)
	}
}

// BenchmarkLeafSize compares leaf sizes at some radii.
func BenchmarkLeafSize(b *testing.B) {
	b.Run("64", func(b *testing.B) { benchmarkLeafSize[uint64](b, 0, 2, 4, 6) })
	b.Run("256", func(b *testing.B) { benchmarkLeafSize[[4]uint64](b, 0, 2, 7, 12) })
}

func benchmarkLeafSize[C Code](b *testing.B, radii ...int) {
	rnd := rand.New(rand.NewPCG(1, 1))
	codes := uniform[C](rnd, benchCodes)
	for _, leaf := range []int{64, 128, 256, 512, 1024, 2048} {
		tree := newBKTree(codes, nil, leaf)
		for _, radius := range radii {
			benchmarkWithin(b, engine[C]{fmt.Sprintf("leaf=%d", leaf), tree}, codes, radius)
		}
	}
}

// BenchmarkFewCodes shows from how many codes a tree pays.
func BenchmarkFewCodes(b *testing.B) {
	b.Run("64", func(b *testing.B) { benchmarkFewCodes[uint64](b, 1, 4) })
	b.Run("256", func(b *testing.B) { benchmarkFewCodes[[4]uint64](b, 4, 12) })
}

func benchmarkFewCodes[C Code](b *testing.B, radii ...int) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{250, 500, 1000, 2000, 4000} {
		codes := uniform[C](rnd, n)
		for _, radius := range radii {
			benchmarkWithin(b, engine[C]{fmt.Sprintf("n=%d/tree", n), NewBKTree(codes, nil)}, codes, radius)
			benchmarkWithin(b, engine[C]{fmt.Sprintf("n=%d/flat", n), NewFlat(codes, nil)}, codes, radius)
		}
	}
}

// benchmarkWithin asks for codes with one bit flipped, which no filter denies.
func benchmarkWithin[C Code](b *testing.B, e engine[C], codes []C, radius int) {
	rnd := rand.New(rand.NewPCG(2, 2))
	qs := make([]C, 256)
	for i := range qs {
		qs[i] = near(rnd, codes[rnd.IntN(len(codes))], 1)
	}
	b.Run(fmt.Sprintf("%s/r=%d", e.name, radius), func(b *testing.B) {
		var hits []Hit
		for i := range b.N {
			hits = e.Within(hits[:0], qs[i%len(qs)], radius)
		}
	})
}

// BenchmarkBuild is the time to build what holds a million codes or keys.
func BenchmarkBuild(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	b.Run("Index/64", func(b *testing.B) { benchmarkBuild(b, uniform[uint64](rnd, benchCodes)) })
	b.Run("Index/256", func(b *testing.B) { benchmarkBuild(b, uniform[[4]uint64](rnd, benchCodes)) })
	b.Run("Index/256 hostile", func(b *testing.B) { benchmarkBuild(b, units[[4]uint64](benchCodes)) })
	b.Run("Table/20", func(b *testing.B) {
		keys := randomKeys(rnd, benchCodes, 20)
		for b.Loop() {
			NewTable(keys, 20, nil)
		}
	})
}

func benchmarkBuild[C Code](b *testing.B, codes []C) {
	for b.Loop() {
		New(codes, nil)
	}
}

// BenchmarkTable looks up keys of a million.
func BenchmarkTable(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	keys := randomKeys(rnd, benchCodes, 20)
	table := NewTable(keys, 20, nil)
	absent := randomKeys(rnd, 1<<16, 20)
	for name, keys := range map[string][]byte{"hit": keys, "miss": absent} {
		b.Run(name, func(b *testing.B) {
			var ids []uint32
			for i := range b.N {
				at := i * 7919 % (len(keys) / 20)
				ids = table.Lookup(ids[:0], keys[20*at:][:20])
			}
		})
	}
}
