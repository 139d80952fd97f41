package main

import (
	"encoding/xml"
	"errors"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/bench/internal/limits"
	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

// small is a job of a task that takes no time.
func small(task string, width int) job {
	j := job{Path: cpu.Best().String(), Task: task, Width: width, Data: dataset.Uniform, N: 3000, Effort: time.Millisecond, Engines: every}
	if task == "cores" {
		j.Engines = ours
	}
	if task != "keys" {
		j.Radii = []int{headline(width)}
	}
	return j
}

// Every task measures something of every engine, and holds it against brute force first.
func TestTasks(t *testing.T) {
	measured := 0
	for _, task := range []string{"near", "cores", "views", "insert", "keys"} {
		for _, width := range []int{64, 256} {
			err := small(task, width).measure(func(r result) error {
				measured++
				if r.Limits != nil {
					return nil
				}
				if r.Agreed == 0 {
					t.Errorf("%s: %s was not compared with anything", task, r.Engine)
				}
				if r.Single == 0 && r.Extra["hit"] == 0 {
					t.Errorf("%s: %s took no time", task, r.Engine)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s, %d bit: %v", task, width, err)
			}
		}
	}
	testkit.AtLeast(t, 20, measured, "results")
}

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// Pictures are hashed once, edits are found, and what is kept is what was made.
func TestPictures(t *testing.T) {
	j := small("near", 256)
	j.Data, j.N, j.Codes, j.Dir, j.Engines = pictures, 12, 12, t.TempDir(), []string{"index", "brute"}
	s, err := newSet[[4]uint64](j)
	if err != nil {
		t.Fatal(err)
	}
	again, err := newSet[[4]uint64](j)
	if err != nil || !slices.Equal(s.codes, again.codes) || !slices.Equal(s.queries(31), again.queries(31)) {
		t.Errorf("other codes the second time: %v", err)
	}
	found := 0
	x := index.New(s.codes, nil)
	for i, q := range s.queries(31) {
		hits := len(x.Within(nil, q, 31))
		if i%2 == 0 && hits > 0 {
			t.Errorf("query %d, an unrelated picture, is found", i)
		}
		found += min(1, hits)
	}
	testkit.AtLeast(t, 4, found, "edits found")
	if err := j.measure(func(result) error { return nil }); err != nil {
		t.Error(err)
	}
}

// liar finds nothing.
type liar struct{}

func (l liar) Within(dst []index.Hit, _ uint64, _ int) []index.Hit {
	return dst
}

func TestDisagreementIsAnError(t *testing.T) {
	codes := dataset.Make[uint64](dataset.Uniform, 100, 1)
	qs := dataset.Queries(dataset.Uniform, codes, 8, 20, 1)
	e := engine[uint64]{name: "liar", s: liar{}}
	if err := agree(codes, qs, 8, []engine[uint64]{e}, make([]result, 1)); err == nil || !strings.Contains(err.Error(), "liar") {
		t.Errorf("an engine without hits passed: %v", err)
	}
	if err := sameDigests([]result{{Covers: 1, Digest: 1}, {}, {Covers: 1, Digest: 2}}); err == nil {
		t.Error("two digests passed for one")
	}
	p := peer{result: result{Width: 64, Data: dataset.Uniform, N: 1000, Radius: 8, Engine: "theirs", Covers: 1, Hits: 1}}
	r := report{peers: []peer{p}, results: []result{{Path: "avx2", Task: "near", Width: 64, Data: dataset.Uniform, N: 1000, Radius: 8, Engine: "index", Covers: 1, Hits: 2}}}
	if err := r.peersAgree(); err == nil {
		t.Error("a peer with other hits passed")
	}
}

// sample is a report with a few cells, of which some are lost.
func sample() *report {
	r := &report{header: header{Machine: "a machine", Go: "go1", Cores: 2, Date: "2026-01-01"}}
	add := func(engine string, single, batch float64) {
		for _, radius := range []int{8, 12} {
			r.results = append(r.results, result{Path: "avx2", Task: "near", Width: 64, Data: dataset.Uniform, N: 1_000_000, Engine: engine, Radius: radius,
				Single: single, Mean: single, P99: 2 * single, Batch: batch, BatchOf: batchSize, Bytes: 28, Build: .5, Agreed: 8, Hits: 3, Digest: 4, Covers: 2})
		}
	}
	add("index", 1500, 3000)
	add("flat", 90_000, 2000)
	add("brute", 2_000_000, 0)
	r.results = append(r.results, result{Path: "avx2", Task: "near", Width: 64, Data: dataset.Uniform, N: 1_000_000, Engine: "limits",
		Limits: &limits.Machine{Path: "avx2", Read: 2e10, Compare: 5e9, Line: 3e-9, Chain: 9e-8}})
	r.peers = []peer{
		{result: result{Width: 64, Data: dataset.Uniform, N: 1_000_000, Engine: "FAISS, native flat", Radius: 8, Single: 450_000, Hits: 3, Digest: 4, Covers: 2}},
		{result: result{Engine: "norouzi/mih"}, Skipped: "no sources"},
	}
	return r
}

// go test ./bench/tables -update writes the golden file anew.
func TestMarkdown(t *testing.T) {
	dir := t.TempDir()
	if err := render(dir, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Golden(t, filepath.Join("testdata", "README.md"), got)
	for _, want := range []string{
		"a query of a batch takes 3.00 us, the goal is 1.12", "a query of a batch takes 3.00 us, flat 2.00",
		"FAISS, native flat takes 300 times as long as we, the goal is 400", "norouzi/mih: no sources",
		"unmeasured (no AVX-512 here)", "not run (-large)", "not run (-huge)", lost,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	drawings := 0
	for _, name := range []string{"time-n.svg", "time-radius.svg", "memory-n.svg"} {
		svg, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(svg); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		svg.Close()
		drawings++
		if !strings.Contains(string(got), name) {
			t.Errorf("README.md does not show %s", name)
		}
	}
	testkit.AtLeast(t, 3, drawings, "drawings")
}

// What was measured is read back, but not by another program, and a cut last line does no harm.
func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	s, err := openStore(path, false, false)
	if err != nil {
		t.Fatal(err)
	}
	j := small("near", 64)
	want := []result{{Job: j.Name(), Engine: "index", Single: 1, Digest: 1<<64 - 1}}
	if s.has(j) || s.add(want) != nil || !s.has(j) {
		t.Error("a job is there before it was added, or not after")
	}
	s.close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reopen := func(data []byte) *store {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openStore(path, false, false)
		if err != nil {
			t.Fatal(err)
		}
		s.close()
		return s
	}
	if s := reopen(append(slices.Clone(whole), `{"job":"x"`...)); !s.has(j) || len(s.done) != 1 || s.done[0].Digest != want[0].Digest {
		t.Errorf("%d results came back", len(s.done))
	}
	other := strings.Replace(string(whole), s.header.Program, "another", 1)
	if s := reopen([]byte(other)); s.has(j) {
		t.Error("the results of another program count")
	}
	if s := reopen([]byte("nonsense")); s.has(j) {
		t.Error("nonsense counts")
	}
}

// All instructions that a job can ask for are those that its process will have.
func TestJobs(t *testing.T) {
	all := jobs(options{large: true, huge: true, pictures: 100})
	names := map[string]bool{}
	for _, j := range all {
		if names[j.Name()] {
			t.Errorf("%s is there twice", j.Name())
		}
		names[j.Name()] = true
	}
	testkit.AtLeast(t, 30, len(all), "jobs")
	if cpu.Has(cpu.AVX2) && paths()[0] != "avx2" {
		t.Errorf("%v comes first", paths())
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "-", .5: "0.50", 12.34: "12.3", 999.4: "999", 1234567: "1,234,567", 1000: "1,000"} {
		if got := digits(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	for n, want := range map[int]string{1: "1", 1000: "1 k", 300_000: "300 k", 1_000_000: "1 M", 1500: "1500"} {
		if got := count(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}
