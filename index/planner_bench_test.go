package index

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

const benchCodes = 1_000_000

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

// BenchmarkFewCodes shows from how many codes a multi-index pays: fewCodes.
func BenchmarkFewCodes(b *testing.B) {
	b.Run("64", func(b *testing.B) { benchmarkFewCodes[uint64](b, 8) })
	b.Run("256", func(b *testing.B) { benchmarkFewCodes[[4]uint64](b, 31) })
}

func benchmarkFewCodes[C Code](b *testing.B, radius int) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1000, 2000, 4000, 8000} {
		codes := uniform[C](rnd, n)
		benchmarkWithin(b, engine[C]{fmt.Sprintf("n=%d/multi", n), NewMulti(codes, nil)}, codes, radius)
		benchmarkWithin(b, engine[C]{fmt.Sprintf("n=%d/flat", n), NewFlat(codes, nil)}, codes, radius)
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
