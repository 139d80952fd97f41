package main

import (
	"fmt"

	"github.com/hashmatch/engine/bench/internal/dataset"
)

// memory is the table of bytes and of the time to build.
func (r *report) memory() *table {
	var t table
	t.head(append([]string{"set"}, every[:5]...)...)
	for _, s := range cells() {
		if s.radius != headline(s.width) {
			continue
		}
		row := []string{fmt.Sprintf("%d bit, %s, %s", s.width, count(s.n), s.data)}
		for i, name := range every[:5] {
			row = append(row, or(r.near(r.first(), s, name), s, "", func(c *result) string {
				mark := ""
				if i == 0 && s.n >= 1_000_000 && c.Bytes > memoryGoal(s.width) {
					mark = lost
				}
				return fmt.Sprintf("%.1f / %s%s", c.Bytes, digits(c.Build), mark)
			}))
		}
		t.row(row...)
	}
	return &t
}

// limits is the table of what the machine can do and how much of it a scan uses.
func (r *report) limits() *table {
	var t table
	t.head("set", "instructions", "read GB/s", "compare G words/s", "line ns", "chain ns", "flat", "flat, batch", "plain Go")
	for i := range r.results {
		l := &r.results[i]
		if l.Limits == nil || l.N < 100_000 || l.Task != "near" || l.Data != dataset.Uniform {
			continue
		}
		s := cell{l.Width, l.Data, l.N, headline(l.Width)}
		share := func(engine string, of func(*result) float64, goal float64) string {
			return or(r.near(l.Path, s, engine), s, "-", func(c *result) string {
				if of(c) < goal && s.n >= 1_000_000 {
					return fmt.Sprintf("%.0f %%%s", 100*of(c), lost)
				}
				return fmt.Sprintf("%.0f %%", 100*of(c))
			})
		}
		single := func(c *result) float64 { return c.Share }
		t.row(fmt.Sprintf("%d bit, %s", l.Width, count(l.N)), columnName(l.Path),
			digits(l.Limits.Read/1e9), digits(l.Limits.Compare/1e9), digits(l.Limits.Line*1e9), digits(l.Limits.Chain*1e9),
			share("flat", single, .95), share("flat", func(c *result) float64 { return c.ShareB }, 0), share("brute", single, 0))
	}
	return &t
}

// byRadius is the table of all engines at all radii.
func (r *report) byRadius() *table {
	var t table
	t.head(append([]string{"set"}, every...)...)
	for _, width := range []int{64, 256} {
		for _, data := range []dataset.Kind{dataset.Uniform, dataset.Clustered} {
			for _, radius := range curve(width) {
				r.engineRow(&t, cell{width, data, 1_000_000, radius}, fmt.Sprintf("%d bit, %s, r=%d", width, data, radius))
			}
		}
	}
	return &t
}

// bySize is the table of all engines at all sizes.
func (r *report) bySize() *table {
	var t table
	t.head(append([]string{"set"}, every...)...)
	for _, width := range []int{64, 256} {
		for _, n := range curveSizes {
			r.engineRow(&t, cell{width, dataset.Uniform, n, headline(width)}, fmt.Sprintf("%d bit, %s", width, count(n)))
		}
	}
	return &t
}

// engineRow adds the times of all engines on a set, marking those that are ahead of the index.
func (r *report) engineRow(t *table, s cell, name string) {
	us := r.near(r.first(), s, "index")
	row := []string{name}
	for _, engine := range every {
		row = append(row, or(r.near(r.first(), s, engine), s, "", func(c *result) string {
			mark := ""
			if us != nil && (slower(us.Single, c.Single) || slower(us.Batch, c.Batch)) {
				mark = lost
			}
			return pair(*c) + mark
		}))
	}
	t.row(row...)
}

// real is the table of hashes of pictures.
func (r *report) real() *table {
	var t table
	t.head(append([]string{"set"}, every...)...)
	for i := range r.results {
		c := &r.results[i]
		if c.Data == pictures && c.Engine == "index" && c.Path == r.first() {
			s := cell{c.Width, c.Data, c.N, c.Radius}
			r.engineRow(&t, s, fmt.Sprintf("%s, %s, r=%d", map[int]string{64: "pHash", 256: "PDQ"}[c.Width], count(c.N), c.Radius))
		}
	}
	return &t
}

// nearest is the table of the nearest code.
func (r *report) nearest() *table {
	var t table
	t.head("set", "within, hit", "nearest, hit", "within, miss", "nearest, miss")
	for _, s := range cells() {
		if c := r.near(r.first(), s, "index"); c != nil && s.radius == headline(s.width) {
			x := c.Extra
			t.row(s.String(), micros(x["within hit"]), micros(x["nearest hit"]), micros(x["within miss"]), micros(x["nearest miss"]))
		}
	}
	return &t
}

// cores is the table of batches on two cores.
func (r *report) cores() *table {
	var t table
	t.head("set", "engine", "one core", "two cores are faster")
	for i := range r.results {
		if c := &r.results[i]; c.Task == "cores" && c.Limits == nil {
			mark := ""
			if c.Extra["two cores"] < 1.7 {
				mark = lost
			}
			t.row(cell{c.Width, c.Data, c.N, c.Radius}.String(), c.Engine, fmt.Sprintf("%s us, batch of %s", micros(c.Batch), digits(float64(c.BatchOf))), fmt.Sprintf("%.2f times%s", c.Extra["two cores"], mark))
		}
	}
	return &t
}

// views is the table of batches of views.
func (r *report) views() *table {
	var t table
	t.head("set", "unrelated queries", "views", "goal, views")
	for _, s := range []cell{{256, dataset.Uniform, 1_000_000, headline(256)}, {256, dataset.Uniform, 1_000_000, wide(256)}, {256, dataset.Uniform, 10_000_000, wide(256)}} {
		batch := func(c *result) string { return micros(c.Batch) }
		c := r.find(r.first(), "views", s.width, s.data, s.n, "index", s.radius)
		t.row(s.String(), or(r.near(r.first(), s, "index"), s, "", batch), or(c, s, "", func(c *result) string {
			if slower(c.Batch, viewGoal(s, r.first())) {
				return micros(c.Batch) + lost
			}
			return micros(c.Batch)
		}), micros(viewGoal(s, r.first())))
	}
	return &t
}

// mutable is the table of inserts.
func (r *report) mutable() *table {
	var t table
	t.head("set", "inserts/s", "in batches", "a search of the set alone", "after the inserts", "p99")
	for _, n := range []int{1_000_000, 10_000_000} {
		for _, width := range []int{64, 256} {
			s := cell{width, dataset.Uniform, n, headline(width)}
			c := r.find(r.first(), "insert", width, s.data, n, "mutable", s.radius)
			if c == nil {
				t.row(s.String(), or(nil, s, "", nil), "", "", "", "")
				continue
			}
			mark := ""
			if slower(c.Single, 1.4*c.Extra["alone"]) {
				mark = lost
			}
			t.row(s.String(), digits(1e9/c.Extra["insert"]), digits(1e9/c.Extra["insert batch"]), micros(c.Extra["alone"]), micros(c.Single)+mark, micros(c.P99))
		}
	}
	return &t
}

// keys is the table of exact look-ups.
func (r *report) keys() *table {
	var t table
	t.head("keys", "way", "miss", "hit", "bytes for each key", "built in")
	for _, n := range []int{1_000_000, 10_000_000} {
		for _, l := range lookups {
			s := cell{n: n}
			c := r.find(r.first(), "keys", keyWidth*8, dataset.Uniform, n, l.name, 0)
			if c == nil {
				t.row(count(n), l.name, or(nil, s, "", nil), "", "", "")
				continue
			}
			t.row(count(n), l.name, digits(c.Extra["miss"]), digits(c.Extra["hit"]), digits(c.Bytes), digits(c.Build)+" s")
		}
	}
	return &t
}

// unmeasured lists what the tables leave open, and why.
func (r *report) unmeasured() []string {
	var all []string
	for _, path := range []string{"avx2", "avx512", "neon"} {
		found := false
		for i := range r.results {
			found = found || r.results[i].Path == path
		}
		if !found {
			all = append(all, columnName(path)+": this machine does not have it")
		}
	}
	if len(r.peers) == 0 {
		all = append(all, "all foreign engines: bench/peers was not run")
	}
	for _, p := range r.peers {
		if p.Skipped != "" {
			all = append(all, p.Engine+": "+p.Skipped)
		}
	}
	return append(all, "cells that say \"not run\": the flag that they need was not given")
}
