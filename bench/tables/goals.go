package main

import (
	"fmt"

	"github.com/hashmatch/engine/bench/internal/dataset"
)

// goal is the time that a cell is to take at most, in microseconds; 0 is no goal. It is for AVX-512 on one core of a
// Zen 5; the other instructions may take a multiple.
type goal struct {
	cell
	single, batch float64
}

var goals = []goal{
	{cell{64, dataset.Uniform, 1_000_000, 8}, 1.1, .75},
	{cell{64, dataset.Uniform, 10_000_000, 8}, 4.5, 2.5},
	{cell{64, dataset.Clustered, 10_000_000, 8}, 0, 12},
	{cell{64, dataset.Uniform, 100_000_000, 8}, 40, 14},
	{cell{256, dataset.Uniform, 1_000_000, 31}, 3.7, 2},
	{cell{256, dataset.Uniform, 10_000_000, 31}, 10, 5.5},
	{cell{256, dataset.Clustered, 10_000_000, 31}, 0, 16},
	{cell{256, dataset.Uniform, 1_000_000, 60}, 0, 35},
	{cell{256, dataset.Uniform, 10_000_000, 60}, 0, 190},
}

// allowed is the multiple of a goal that instructions may take, one query at a time and in a batch.
func allowed(path string) (single, batch float64) {
	switch path {
	case "avx512":
		return 1, 1
	case "avx2":
		return 1.5, 1.5
	}
	return 8, 5
}

// goalOf returns a cell's goal for a path, in nanoseconds.
func goalOf(s cell, path string) (single, batch float64) {
	for _, g := range goals {
		if g.cell == s {
			m, n := allowed(path)
			return g.single * m * 1000, g.batch * n * 1000
		}
	}
	return 0, 0
}

// lost marks a cell that a rival or the goal is ahead of.
const lost = " ✗"

// slower tells that a time is greater than another by more than what two measurements of one thing differ by.
func slower(a, b float64) bool { return a > 0 && b > 0 && a > 1.05*b }

// losses lists in words all that ours loses: against the goals, the rivals, the limits.
func (r *report) losses() []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, s := range cells() {
		for _, path := range []string{"avx2", "avx512", "neon", "go"} {
			us := r.near(path, s, "index")
			if us == nil {
				continue
			}
			single, batch := goalOf(s, path)
			if slower(us.Single, single) {
				say("%v, %s: one query takes %s us, the goal is %s", s, columnName(path), micros(us.Single), micros(single))
			}
			if slower(us.Batch, batch) {
				say("%v, %s: a query of a batch takes %s us, the goal is %s", s, columnName(path), micros(us.Batch), micros(batch))
			}
		}
	}
	for i := range r.results {
		us := &r.results[i]
		if us.Engine != "index" || us.Task != "near" {
			continue
		}
		s := cell{us.Width, us.Data, us.N, us.Radius}
		for _, rival := range r.rivals(us.Path, s) {
			if slower(us.Single, rival.Single) {
				say("%v, %s: one query takes %s us, %s %s", s, columnName(us.Path), micros(us.Single), rival.Engine, micros(rival.Single))
			}
			if slower(us.Batch, rival.Batch) {
				say("%v, %s: a query of a batch takes %s us, %s %s", s, columnName(us.Path), micros(us.Batch), rival.Engine, micros(rival.Batch))
			}
		}
	}
	return append(all, r.otherLosses()...)
}

// rivals are the other engines of a cell, ours and foreign ones.
func (r *report) rivals(path string, s cell) []*result {
	var all []*result
	for _, name := range every[1:] {
		if c := r.near(path, s, name); c != nil {
			all = append(all, c)
		}
	}
	for i := range r.peers {
		if p := &r.peers[i]; p.Skipped == "" && p.Width == s.width && p.Data == s.data && p.N == s.n && p.Radius == s.radius && path == r.first() {
			all = append(all, &p.result)
		}
	}
	return all
}

// ratios are how many times faster than a rival a cell is to be, one query at a time.
var ratios = []struct {
	cell
	rival string
	times float64
}{
	{cell{64, dataset.Uniform, 1_000_000, 8}, "FAISS, native flat", 400},
	{cell{256, dataset.Uniform, 1_000_000, 31}, "FAISS, native flat", 205},
}

// otherLosses are against goals that are no times.
func (r *report) otherLosses() []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, g := range ratios {
		us, them := r.near(r.first(), g.cell, "index"), r.peer(g.cell, g.rival)
		if us != nil && them != nil && them.Single/us.Single < g.times {
			say("%v: %s takes %.0f times as long as we, the goal is %.0f", g.cell, g.rival, them.Single/us.Single, g.times)
		}
	}
	for i := range r.results {
		c := &r.results[i]
		where := fmt.Sprintf("%v, %s", cell{c.Width, c.Data, c.N, c.Radius}, columnName(c.Path))
		switch {
		case c.Engine == "flat" && c.Task == "near" && c.N >= 1_000_000 && c.Share > 0 && c.Share < .95:
			say("%s: the scan has reached %.0f %% of the machine's limit with one query, the goal is 95 %%", where, 100*c.Share)
		case c.Engine == "index" && c.Task == "cores" && c.Extra["two cores"] < 1.7:
			say("%s: two cores answer a batch %.2f times as fast as one, the goal is 1.7", where, c.Extra["two cores"])
		case c.Engine == "index" && c.Task == "near" && c.N >= 1_000_000 && c.Radius == headline(c.Width) && c.Bytes > memoryGoal(c.Width):
			say("%s: %.1f bytes for each code, the goal is %.0f", where, c.Bytes, memoryGoal(c.Width))
		case c.Engine == "mutable" && slower(c.Single, 1.4*c.Extra["alone"]):
			say("%s: a search takes %.2f times as long after inserts, the goal is 1.4", where, c.Single/c.Extra["alone"])
		case c.Engine == "mutable" && c.Extra["insert"] > 1000:
			say("%s: an insert takes %.0f ns, the goal is 1,000", where, c.Extra["insert"])
		case c.Task == "views" && slower(c.Batch, viewGoal(cell{c.Width, c.Data, c.N, c.Radius}, c.Path)):
			say("%s: a view takes %s us, the goal is %s", where, micros(c.Batch), micros(viewGoal(cell{c.Width, c.Data, c.N, c.Radius}, c.Path)))
		case c.Engine == "table" && c.N == 10_000_000 && (c.Extra["miss"] > 10 || c.Extra["hit"] > 100):
			say("10 M keys: a miss takes %.1f ns, a hit %.0f, the goals are 10 and 100", c.Extra["miss"], c.Extra["hit"])
		}
	}
	return all
}

// viewGoal is the time of a view in a batch of views, in nanoseconds; 0 is no goal.
func viewGoal(s cell, path string) float64 {
	_, times := allowed(path)
	switch {
	case s.width == 256 && s.radius == 60 && s.n == 1_000_000:
		return 7000 * times
	case s.width == 256 && s.radius == 60 && s.n == 10_000_000:
		return 31_000 * times
	}
	return 0
}

// memoryGoal is in bytes for each code.
func memoryGoal(width int) float64 {
	if width == 64 {
		return 28.5
	}
	return 112.5
}
