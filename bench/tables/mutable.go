package main

import (
	"slices"
	"time"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/index"
)

// measureMutable measures inserts into a set, and what a search takes beside the set alone once there are inserts that are
// not merged.
func measureMutable[C index.Code](j job, emit func(result) error) error {
	inserts := min(100_000, j.N/10)
	codes := dataset.Make[C](j.Data, j.N, seed)
	more := dataset.Make[C](j.Data, inserts, seed+1)
	ids := make([]uint32, inserts)
	for i := range ids {
		ids[i] = uint32(j.N + i)
	}
	radius := j.Radii[0]
	qs := dataset.Queries(j.Data, codes, radius, batchSize, seed)
	alone := index.New(slices.Clone(codes), nil)
	m := index.NewMutable(slices.Clone(codes), nil, index.MergeAfter(4*inserts))
	defer m.Close()

	half := inserts / 2
	start := time.Now()
	for i := range half {
		m.Insert(more[i], ids[i])
	}
	single := time.Since(start)
	start = time.Now()
	m.InsertBatch(more[half:], ids[half:])
	batch := time.Since(start)

	all := append(codes, more...)
	r := j.blank("mutable", radius)
	results := []result{r}
	if err := agree(all, qs, radius, []engine[C]{{name: "mutable", s: m}}, results); err != nil {
		return err
	}
	r = results[0]
	r.Extra = map[string]float64{"insert": float64(single) / float64(half), "insert batch": float64(batch) / float64(half)}
	var before float64
	for range rounds {
		median, _, _ := singles(alone, qs, radius, j.Effort)
		keep(&before, median)
		median, p99, mean := singles(m, qs, radius, j.Effort)
		keep(&r.Single, median)
		keep(&r.P99, p99)
		keep(&r.Mean, mean)
	}
	r.Extra["alone"] = before
	return emit(r)
}

// measureViews asks for the views of pictures: families of queries that are near each other.
func measureViews[C index.Code](j job, emit func(result) error) error {
	const views, apart = 8, 10
	codes := dataset.Make[C](j.Data, j.N, seed)
	radius := j.Radii[0]
	qs := dataset.Views(j.Data, codes, radius, batchSize, views, apart, seed)
	e, err := newEngine("index", codes)
	if err != nil {
		return err
	}
	results := []result{j.blank(e.name, radius)}
	if err := agree(codes, qs, radius, []engine[C]{e}, results); err != nil {
		return err
	}
	for range rounds {
		e.measure(qs, radius, j.Effort, &results[0])
	}
	return emit(results[0])
}
