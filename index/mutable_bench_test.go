package index

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkMutable measures, at several sizes of the delta, a search of the whole against one of the sealed part alone, in
// turns of some hundred queries, of which the least times are compared: other work on the machine disturbs both alike.
// insert-ns is the least for an insert without merging, and merging-ns what it takes with all merges of a run in which
// the entries grow by a quarter. With -long there are ten million entries.
//
//	go test -run '^$' -bench BenchmarkMutable -benchtime 1x ./index [-long]
func BenchmarkMutable(b *testing.B) {
	b.Run("64", func(b *testing.B) { benchmarkMutable[uint64](b, 8) })
	b.Run("256", func(b *testing.B) { benchmarkMutable[[4]uint64](b, 31) })
}

func benchmarkMutable[C Code](b *testing.B, radius int) {
	n := benchCodes
	if *long {
		n *= 10
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	codes, qs := uniform[C](rnd, n), uniform[C](rnd, 1<<14)
	m := NewMutable(codes, nil)
	defer m.Close()
	size := m.mergeSize(n)
	fresh := uniform[C](rnd, size)
	ids := randomIDs(rnd, size, 1<<32-1)
	insert := time.Duration(1 << 62)
	for _, part := range []int{size / 8, size / 2, size - 1} {
		b.Run(fmt.Sprintf("delta=%d", part), func(b *testing.B) {
			for from := int(m.Snapshot().n); from < part; {
				to := min(from+1024, part)
				start := time.Now()
				for i := from; i < to; i++ {
					m.Insert(fresh[i], ids[i])
				}
				if to-from == 1024 {
					insert = min(insert, time.Since(start)/1024)
				}
				from = to
			}
			s := m.Snapshot()
			alone, whole := leastInTurns(qs, func(hits []Hit, q C) []Hit { return s.sealed.engine.Within(hits, q, radius) },
				func(hits []Hit, q C) []Hit { return s.Within(hits, q, radius) })
			b.ReportMetric(float64(alone.Nanoseconds()), "sealed-ns")
			b.ReportMetric(float64(whole)/float64(alone), "ratio")
			b.ReportMetric(float64(insert.Nanoseconds()), "insert-ns")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("merging", func(b *testing.B) {
		more := uniform[C](rnd, n/4)
		ids := randomIDs(rnd, n/4, 1<<32-1)
		start := time.Now()
		for i := 0; i < len(more); i += 1000 {
			m.InsertBatch(more[i:i+1000], ids[i:i+1000])
		}
		b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(len(more)), "merging-ns")
		b.ReportMetric(0, "ns/op")
	})
}

// leastInTurns lets two ways answer the same queries, some hundred each in turn, and returns the least time of a query.
func leastInTurns[C Code](qs []C, ways ...func(hits []Hit, q C) []Hit) (first, second time.Duration) {
	const turn, rounds = 512, 120
	least := [2]time.Duration{1 << 62, 1 << 62}
	var hits []Hit
	for round := range rounds {
		part := qs[round*turn%len(qs):][:turn]
		for i, way := range ways {
			start := time.Now()
			for _, q := range part {
				hits = way(hits[:0], q)
			}
			least[i] = min(least[i], time.Since(start)/turn)
		}
	}
	return least[0], least[1]
}
