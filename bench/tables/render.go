package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/internal/cpu"
)

// report is all that was measured.
type report struct {
	header  header
	results []result
	peers   []peer
}

// render writes README.md and the curves.
func render(dir string, r *report) error {
	if err := r.peersAgree(); err != nil {
		return err
	}
	for name, svg := range r.curves() {
		if err := os.WriteFile(filepath.Join(dir, name), svg, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "README.md"), r.markdown(), 0o644)
}

// find returns what was measured of a cell, nil if nothing was.
func (r *report) find(path, task string, width int, data dataset.Kind, n int, engine string, radius int) *result {
	for i := range r.results {
		c := &r.results[i]
		if c.Path == path && c.Task == task && c.Width == width && c.Data == data && c.N == n && c.Engine == engine && c.Radius == radius {
			return c
		}
	}
	return nil
}

// near is find for the main task.
func (r *report) near(path string, s cell, engine string) *result {
	return r.find(path, "near", s.width, s.data, s.n, engine, s.radius)
}

// first is the path whose column comes first: AVX2 where it was measured.
func (r *report) first() string {
	for _, path := range []string{"avx2", "avx512", "neon"} {
		for i := range r.results {
			if r.results[i].Path == path {
				return path
			}
		}
	}
	return cpu.Go.String()
}

// peer returns what a foreign engine took, nil if it was not measured.
func (r *report) peer(s cell, engine string) *result {
	for i := range r.peers {
		p := &r.peers[i]
		if p.Skipped == "" && p.Width == s.width && p.Data == s.data && p.N == s.n && p.Radius == s.radius && p.Engine == engine {
			return &p.result
		}
	}
	return nil
}

// peersAgree fails unless foreign engines have found what ours have.
func (r *report) peersAgree() error {
	for i := range r.peers {
		p := &r.peers[i].result
		s := cell{p.Width, p.Data, p.N, p.Radius}
		if us := r.near(r.first(), s, "index"); r.peers[i].Skipped == "" && us != nil && us.Covers == p.Covers && (us.Hits != p.Hits || us.Digest != p.Digest) {
			return fmt.Errorf("%s has %d hits on %v, we have %d, or others", p.Engine, p.Hits, s, us.Hits)
		}
	}
	return nil
}

// cell is a row of the main tables.
type cell struct {
	width  int
	data   dataset.Kind
	n      int
	radius int
}

func (s cell) String() string {
	return fmt.Sprintf("%d bit, %s, r=%d, %s", s.width, count(s.n), s.radius, s.data)
}

// flag tells which flag a cell needs, "" for none.
func (s cell) flag() string {
	switch {
	case s.n > 10_000_000:
		return "-huge"
	case s.n > 1_000_000:
		return "-large"
	}
	return ""
}

// cells are the rows of the main tables.
func cells() []cell {
	var all []cell
	for _, n := range []int{100_000, 1_000_000, 10_000_000} {
		for _, width := range []int{64, 256} {
			for _, data := range []dataset.Kind{dataset.Uniform, dataset.Clustered} {
				all = append(all, cell{width, data, n, headline(width)}, cell{width, data, n, wide(width)})
			}
		}
	}
	return append(all, cell{64, dataset.Uniform, 100_000_000, 8})
}

// table collects rows of Markdown.
type table struct {
	out bytes.Buffer
}

func (t *table) row(columns ...string) { fmt.Fprintf(&t.out, "| %s |\n", strings.Join(columns, " | ")) }

func (t *table) head(columns ...string) {
	t.row(columns...)
	fmt.Fprintf(&t.out, "|---%s|\n", strings.Repeat("|---:", len(columns)-1))
}

// or returns the text of a measured cell, or why there is none.
func or(c *result, s cell, why string, text func(*result) string) string {
	if c != nil {
		return text(c)
	}
	if flag := s.flag(); why == "" && flag != "" {
		return "not run (" + flag + ")"
	}
	if why == "" {
		why = "not run"
	}
	return why
}

// pair is the two times of a result: one query at a time, and in a batch.
func pair(r result) string {
	batch := "-"
	if r.Batch > 0 {
		batch = micros(r.Batch)
		if r.BatchOf < batchSize {
			batch += "*"
		}
	}
	return micros(r.Single) + " / " + batch
}

// micros writes nanoseconds as microseconds with three digits.
func micros(ns float64) string { return digits(ns / 1000) }

// digits writes a number with three digits, or more before the point.
func digits(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	case v < 1000:
		return fmt.Sprintf("%.0f", v)
	}
	whole := fmt.Sprintf("%.0f", v)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole
}

// columnName names the instructions as people know them.
func columnName(path string) string {
	return map[string]string{"avx2": "AVX2", "avx512": "AVX-512", "neon": "NEON", "go": "Go"}[path]
}
