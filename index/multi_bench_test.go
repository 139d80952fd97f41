package index

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchQueries are half unrelated codes and half codes with up to radius bits flipped.
func benchQueries[C Code](codes []C, n, radius int) []C {
	rnd := rand.New(rand.NewPCG(2, uint64(radius)))
	qs := make([]C, n)
	for i := range qs {
		qs[i] = randomCode[C](rnd)
		if i%2 == 0 {
			qs[i] = near(rnd, codes[rnd.IntN(len(codes))], rnd.IntN(radius+1))
		}
	}
	return qs
}

func benchmarkMulti[C Code](b *testing.B, n int, radii ...int) {
	rnd := rand.New(rand.NewPCG(1, 1))
	m := NewMulti(uniform[C](rnd, n), nil)
	b.Logf("%.1f bytes a code", float64(m.m.bytes())/float64(n))
	codes := uniform[C](rand.New(rand.NewPCG(1, 1)), n)
	for _, r := range radii {
		b.Run(fmt.Sprintf("n=%d/r=%d/single", n, r), func(b *testing.B) {
			qs := benchQueries(codes, 4096, r)
			var dst []Hit
			i := 0
			for b.Loop() {
				dst = m.Within(dst[:0], qs[i%len(qs)], r)
				i++
			}
			b.ReportMetric(float64(m.m.plan(r).probes), "probes")
		})
		b.Run(fmt.Sprintf("n=%d/r=%d/batch", n, r), func(b *testing.B) {
			qs := benchQueries(codes, 20000, r)
			for b.Loop() {
				m.WithinBatch(qs, r, func(int, []Hit) bool { return true })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(qs)), "ns/query")
		})
	}
}

func BenchmarkMulti64(b *testing.B)  { benchmarkMulti[uint64](b, 1_000_000, 0, 4, 8, 12) }
func BenchmarkMulti256(b *testing.B) { benchmarkMulti[[4]uint64](b, 1_000_000, 0, 15, 31, 60) }
