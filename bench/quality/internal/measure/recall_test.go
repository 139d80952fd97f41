package measure

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/internal/testkit"
)

const (
	golden = "testdata/recall.json"
	// A class may lose so many points of recall; more is a regression.
	slack = 2.0
)

// Recall of edited synthetic photographs, by validation parameters, is what it was. Where a change is meant to lower or
// to raise it, write the table anew (go test ./bench/quality/internal/measure -run TestRecallHolds -update) and say why.
func TestRecallHolds(t *testing.T) {
	if testkit.Race {
		t.Skip("pictures take ten times as long under the race detector")
	}
	const pictures = 6
	r, err := Run(small(pictures))
	if err != nil {
		t.Fatal(err)
	}
	testkit.AtLeast(t, 100, len(r.Edits), "edits")
	testkit.AtLeast(t, pictures, len(r.Queries), "pictures")
	got := map[string]map[string]float64{}
	for _, m := range []int{Upright, Light} {
		for _, radius := range []int{methods[m].Usual, methods[m].Far} {
			of := map[string]float64{}
			for _, c := range battery.Classes() {
				of[c.String()] = r.Class(gallery.Synthetic, m, radius, c).Percent()
			}
			got[fmt.Sprintf("%s, %d", methods[m].Name, radius)] = of
		}
	}
	text, err := json.MarshalIndent(got, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if flag.Lookup("update").Value.String() == "true" {
		testkit.Golden(t, golden, append(text, '\n'))
		return
	}
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]float64
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	n := 0
	for name, classes := range want {
		for class, before := range classes {
			switch now := got[name][class]; {
			case now < before-slack:
				t.Errorf("%s finds %.1f %% of %s, it was %.1f", name, now, class, before)
			case now > before+slack:
				t.Logf("%s finds %.1f %% of %s, it was %.1f: -update keeps the gain", name, now, class, before)
			}
			n++
		}
	}
	testkit.AtLeast(t, 44, n, "recalls")
}
