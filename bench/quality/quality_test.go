package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/bench/quality/internal/measure"
	"github.com/hashmatch/engine/internal/testkit"
)

// The report says what was measured, whole, and two runs write the same bytes.
func TestReport(t *testing.T) {
	if testkit.Race {
		t.Skip("pictures take ten times as long under the race detector")
	}
	write := func() map[string][]byte {
		r := &report{options: options{known: 12, pairs: 500, seed: 1}, found: []gallery.Found{{Source: "a", Scenes: 2, Files: 3}, {Source: "b", Missing: "apt-get install b"}}, digest: strings.Repeat("0", 64)}
		for _, phase := range battery.Phases() {
			plan := measure.Plan{Phase: phase, Scenes: gallery.Small(0, 8), Seed: 1, Views: []int{measure.Upright}, Peers: true, Step: progress("")}
			plan.Queries[gallery.Synthetic] = 1
			result, err := measure.Run(plan)
			if err != nil {
				t.Fatal(err)
			}
			r.phases = append(r.phases, result)
		}
		var err error
		if r.blank, err = measure.Blanks(2, 1); err != nil {
			t.Fatal(err)
		}
		if r.mass, err = measure.Count(r.pairs, 1, progress("")); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := r.write(dir); err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, name := range []string{"README.md", "recall.svg", "distances.svg", "tradeoff.svg"} {
			if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		return files
	}
	first, again := write(), write()
	for name := range first {
		if !bytes.Equal(first[name], again[name]) {
			t.Errorf("%s is another the second time", name)
		}
	}
	text := string(first["README.md"])
	n := 0
	for _, want := range []string{"skipped: apt-get install b", "## Validation: recall", "## Development: recall", "## Very many unrelated pairs", "## Pictures that show nothing", "goimagehash phash, 10", "crop-4.3", "crop-5", "](recall.svg)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q", want)
		}
		n++
	}
	for _, bad := range []string{"NaN", "%!", "+Inf"} {
		if strings.Contains(text, bad) {
			t.Errorf("the report has %s", bad)
		}
	}
	columns := 0
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		if c := strings.Count(line, "|"); columns == 0 {
			columns = c
		} else if c != columns {
			t.Errorf("a row of a table has %d columns, those above it %d: %s", c-1, columns-1, line)
		}
	}
	testkit.AtLeast(t, 9, n, "parts of the report")
}
