package main

import (
	"math"
	"runtime"
	"time"

	"github.com/hashmatch/engine/index"
)

// onCores answers a batch with so many cores and returns the processor time and the time by the clock, in nanoseconds.
func onCores[C index.Code](cores int, b batcher[C], qs []C, radius int) (processor, clock float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	used, start := processorTime(), time.Now()
	b.WithinBatch(qs, radius, func(int, []index.Hit) bool { return true })
	return float64(processorTime() - used), float64(time.Since(start))
}

// twoCores measures by the clock how much sooner two cores have answered a batch.
func twoCores[C index.Code](e engine[C], qs []C, radius int, effort time.Duration, r *result) {
	b, ok := e.s.(batcher[C])
	if !ok {
		return
	}
	single, p99, mean := singles(e.s, qs, radius, effort/4)
	keep(&r.Single, single)
	keep(&r.P99, p99)
	keep(&r.Mean, mean)
	n := min(len(qs), max(64, int(10*float64(effort)/single)))
	one, two := math.Inf(1), math.Inf(1)
	for range 3 { // in turn, as the machine drifts
		_, t := onCores(1, b, qs[:n], radius)
		one = min(one, t)
		_, t = onCores(2, b, qs[:n], radius)
		two = min(two, t)
	}
	if speedUp := one / two; speedUp > r.Extra["two cores"] {
		r.Extra = map[string]float64{"two cores": speedUp}
	}
	keep(&r.Batch, one/float64(n))
	r.BatchOf = n
}
