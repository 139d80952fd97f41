package main

import (
	"cmp"
	"fmt"
	"log"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/bench/internal/limits"
	"github.com/hashmatch/engine/bench/internal/rival"
	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/cpu"
)

const (
	seed      = 1
	batchSize = 20_000
	rounds    = 2   // in each of which all cells are measured in turn; the better counts
	covered   = 256 // queries of a batch whose hits are held against the other engines'
	checked   = 8   // queries that are held against brute force
)

// measure makes the set and measures what the job asks for.
func (j job) measure(emit func(result) error) error {
	if best := cpu.Best().String(); best != j.Path {
		return fmt.Errorf("the best instructions here are %s, not %s", best, j.Path)
	}
	switch {
	case j.Task == "keys":
		return j.measureKeys(emit)
	case j.Width == 64:
		return measureWidth[uint64](j, emit)
	case j.Width == 256:
		return measureWidth[[4]uint64](j, emit)
	}
	return fmt.Errorf("no such job: %+v", j)
}

// blank is a result with the job's names filled in.
func (j job) blank(engine string, radius int) result {
	return result{Path: j.Path, Task: j.Task, Width: j.Width, Data: j.Data, N: j.N, Engine: engine, Radius: radius}
}

// set is the codes of a job and the queries of each radius.
type set[C index.Code] struct {
	codes   []C
	queries func(radius int) []C
}

func newSet[C index.Code](j job) (set[C], error) {
	if j.Data == pictures {
		return pictureSet[C](j)
	}
	codes := dataset.Make[C](j.Data, j.N, seed)
	return set[C]{codes, func(radius int) []C { return dataset.Queries(j.Data, codes, radius, batchSize, seed) }}, nil
}

func measureWidth[C index.Code](j job, emit func(result) error) error {
	switch j.Task {
	case "insert":
		return measureMutable[C](j, emit)
	case "views":
		return measureViews[C](j, emit)
	}
	return measureCodes[C](j, emit)
}

func measureCodes[C index.Code](j job, emit func(result) error) error {
	s, err := newSet[C](j)
	if err != nil {
		return err
	}
	machine := limits.Measure(dataset.Flat(s.codes))
	var engines []engine[C]
	for _, name := range j.Engines {
		if _, ok := builders[C]()[name]; !ok {
			continue
		}
		e, err := newEngine(name, s.codes)
		if err != nil {
			return err
		}
		log.Printf("    %s built in %.2f s, %.1f B/code", name, e.build, e.bytes)
		engines = append(engines, e)
	}
	var all []result
	for _, radius := range j.Radii {
		qs := s.queries(radius)
		results := make([]result, len(engines))
		for i, e := range engines {
			results[i] = j.blank(e.name, radius)
			results[i].Build, results[i].Bytes = e.build, e.bytes
			if c, ok := e.s.(chooser); ok {
				results[i].Chose = c.Engine(radius)
				if tables := c.Stats().Tables; tables > 0 {
					results[i].Chose += fmt.Sprintf(", %d tables", tables)
				}
			}
		}
		if err := agree(s.codes, qs, radius, engines, results); err != nil {
			return err
		}
		effort := j.Effort
		if radius != headline(j.Width) && radius != wide(j.Width) {
			effort /= 3 // a point of a curve
		}
		runtime.GC() // what comparing left is not to be collected meanwhile
		for range rounds {
			for i, e := range engines {
				if j.Task == "cores" {
					twoCores(e, qs, radius, effort, &results[i])
				} else {
					e.measure(qs, radius, effort, &results[i])
				}
			}
		}
		logRadius(radius, results)
		for i := range results {
			if results[i].Engine == "index" && radius == headline(j.Width) && j.Task == "near" {
				nearest(engines[i], qs, radius, effort, &results[i])
			}
		}
		machine = machine.Best(limits.Measure(dataset.Flat(s.codes))) // again, as the machine may have been busy
		all = append(all, results...)
	}
	limit := j.blank("limits", 0)
	limit.Limits = &machine
	for _, r := range append(all, limit) {
		if r.Engine == "flat" || r.Engine == "brute" {
			r.share(machine)
		}
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}

// logRadius shows that something moves.
func logRadius(radius int, results []result) {
	var line strings.Builder
	for _, r := range results {
		fmt.Fprintf(&line, "  %s %s", r.Engine, pair(r))
	}
	log.Printf("    r=%d:%s", radius, line.String())
}

// agree fails unless every engine answers as brute force does, one query at a time and in a batch, and the engines that
// answer batches answer more of them alike. It counts in the results what was compared.
func agree[C index.Code](codes []C, qs []C, radius int, engines []engine[C], results []result) error {
	few := qs[:min(checked, len(qs))]
	want := make([][]index.Hit, len(few))
	for i, q := range few {
		want[i] = ordered(rival.Brute[C](codes).Within(nil, q, radius))
	}
	for i, e := range engines {
		r := &results[i]
		b, inBatches := e.s.(batcher[C])
		alone := few
		if !inBatches {
			alone = few[:min(2, len(few))] // the textbook's tree takes a second for each
		}
		for k, q := range alone {
			if got := ordered(e.s.Within(nil, q, radius)); !slices.Equal(got, want[k]) {
				return fmt.Errorf("%s at radius %d: %d hits of query %d, brute force has %d, or others", e.name, radius, len(got), k, len(want[k]))
			}
			r.Agreed++
		}
		if !inBatches {
			continue
		}
		var wrong error
		b.WithinBatch(qs[:min(covered, len(qs))], radius, func(k int, hits []index.Hit) bool {
			r.Covers++
			r.Hits += uint64(len(hits))
			for _, h := range hits {
				r.Digest += dataset.Digest(k, h.ID)
			}
			if k < len(few) && !slices.Equal(ordered(slices.Clone(hits)), want[k]) {
				wrong = fmt.Errorf("%s at radius %d: query %d of a batch has %d hits, brute force %d, or others", e.name, radius, k, len(hits), len(want[k]))
			}
			return wrong == nil
		})
		if wrong != nil {
			return wrong
		}
	}
	return sameDigests(results)
}

// sameDigests fails unless all results that have a digest have the same.
func sameDigests(results []result) error {
	var first *result
	for i := range results {
		r := &results[i]
		if r.Covers == 0 {
			continue
		}
		if first == nil {
			first = r
		} else if r.Covers != first.Covers || r.Hits != first.Hits || r.Digest != first.Digest {
			return fmt.Errorf("at radius %d, %s has %d hits of %d queries, %s %d of %d, or others", r.Radius, r.Engine, r.Hits, r.Covers, first.Engine, first.Hits, first.Covers)
		}
	}
	return nil
}

func ordered(hits []index.Hit) []index.Hit {
	slices.SortFunc(hits, func(a, b index.Hit) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Distance, b.Distance)) })
	return hits
}

// measure times a round of single queries and of batches, and keeps what is better than before.
func (e engine[C]) measure(qs []C, radius int, effort time.Duration, r *result) {
	single, p99, mean := singles(e.s, qs, radius, effort)
	keep(&r.Single, single)
	keep(&r.P99, p99)
	keep(&r.Mean, mean)
	b, ok := e.s.(batcher[C])
	if !ok {
		return
	}
	n := min(len(qs), max(64, int(10*float64(effort)/single)))
	if n == len(qs) && r.BatchOf != 0 && r.BatchOf < n {
		n = r.BatchOf // as large as in the other round
	}
	time, _ := onCores(1, b, qs[:n], radius)
	keep(&r.Batch, time/float64(n))
	r.BatchOf = n
}

// keep stores the lesser of two measured times.
func keep(best *float64, now float64) {
	if now > 0 && (*best == 0 || now < *best) {
		*best = now
	}
}

// singles asks one query after the other until the time is over, and returns the median, the 99th percentile (only of 100
// queries or more) and the mean of what one takes.
func singles[C index.Code](s searcher[C], qs []C, radius int, effort time.Duration) (median, p99, mean float64) {
	var dst []index.Hit
	for start, i := time.Now(), 0; i < min(4, len(qs)) && time.Since(start) < effort; i++ {
		dst = s.Within(dst[:0], qs[i], radius) // room for hits, and warm caches
	}
	times := make([]float64, 0, 1<<14)
	for start := time.Now(); len(times) < 2 || time.Since(start) < effort && len(times) < cap(times); {
		q := qs[len(times)%len(qs)]
		before := time.Now()
		dst = s.Within(dst[:0], q, radius)
		times = append(times, float64(time.Since(before)))
	}
	for _, t := range times {
		mean += t / float64(len(times))
	}
	slices.Sort(times)
	if len(times) >= 100 {
		p99 = times[len(times)*99/100]
	}
	return max(1, (times[len(times)/2]+times[(len(times)-1)/2])/2), p99, mean
}

// share tells the times of a scan as shares of the least that reading all codes, and comparing all their words, can take.
func (r *result) share(m limits.Machine) {
	words := float64(r.N * r.Width / 64)
	if m.Read == 0 || m.Compare == 0 {
		return
	}
	read, compare := words*8/m.Read, words/m.Compare
	if r.Single > 0 {
		r.Share = max(read, compare) * 1e9 / r.Single
	}
	if r.Batch > 0 {
		r.ShareB = compare * 1e9 / r.Batch // a block of codes is read once for several queries
	}
}
