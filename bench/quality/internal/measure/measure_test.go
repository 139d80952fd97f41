package measure

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

func small(queries int) Plan {
	p := Plan{Phase: battery.Validation, Scenes: gallery.Small(0, 24), Seed: 1, Views: []int{Upright, Light}, Step: func(string, int, int) {}}
	p.Queries[gallery.Synthetic] = queries
	return p
}

// The same plan gives the same result, whatever the number of processors.
func TestRunRepeats(t *testing.T) {
	if testkit.Race {
		t.Skip("pictures take ten times as long under the race detector")
	}
	p := small(1)
	p.Scenes = p.Scenes[:8]
	first, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	again, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Result{first, again} { // functions are never equal
		r.Edits = nil
	}
	if !reflect.DeepEqual(first, again) {
		t.Error("the second run gave something else")
	}
	testkit.AtLeast(t, 100, len(first.Own[0]), "edits")
}

// What is counted as found and as false here is what a matcher answers: it has the matches that look and own count.
func TestAgreesWithTheMatcher(t *testing.T) {
	if testkit.Race {
		t.Skip("pictures take ten times as long under the race detector")
	}
	h := newHashers(Upright, Light)
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "known", Disposition: hashmatch.Other})
	var entries []Entry
	scenes := append(gallery.Small(0, 40), gallery.Drawings(0, 6)...)
	for i, s := range scenes {
		pictures, err := s.Pictures()
		if err != nil {
			t.Fatal(err)
		}
		e := Entry{Name: pictures[0].Name, Scene: s.Name, Group: pictures[0].Group}
		var file bytes.Buffer
		if err := jpeg.Encode(&file, pictures[0].Pixels, &jpeg.Options{Quality: original}); err != nil {
			t.Fatal(err)
		}
		if e.hashed, err = h.hash(file.Bytes(), false); err != nil {
			t.Fatal(err)
		}
		e.Quality, e.file = e.hashed.quality, file.Bytes()
		entries = append(entries, e)
		fp, err := h[Upright].SumBytes(context.Background(), e.file)
		if err != nil {
			t.Fatal(err)
		}
		known := fp.Entry()
		known.ID = fmt.Sprint(i)
		if err := b.Add(known); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	set, err := hashmatch.OpenBytes(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for i := range methods { // so far that there are many false matches
		if m := &methods[i]; m.PDQ() {
			defer func(far int) { m.Far = far }(m.Far)
			m.Far = farthest
		}
	}
	matchers := map[int]*hashmatch.Matcher{}
	for _, radius := range []int{methods[Light].Usual, 60, 85, farthest} {
		if matchers[radius], err = hashmatch.NewMatcher(hashmatch.Config{Radius: map[hashmatch.Kind]int{hashmatch.PDQ: radius}}, set); err != nil {
			t.Fatal(err)
		}
	}
	l := newSet(entries).looker()
	met, found, edits := 0, 0, battery.Edits(battery.Validation)
	for i := 0; i < len(edits); i += 6 {
		of := i % len(entries)
		if !entries[of].passes() {
			continue
		}
		m, err := decode(entries[of].file)
		if err != nil {
			t.Fatal(err)
		}
		file, err := edits[i].File(m, "x", 1)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := h.hash(file, false)
		if err != nil {
			t.Fatal(err)
		}
		fp, err := h[Light].SumBytes(context.Background(), file)
		if err != nil {
			t.Fatal(err)
		}
		clear(l.tally)
		l.look(&ours, entries[of].Scene, entries[of].Group)
		for radius, matcher := range matchers {
			answer, err := matcher.Match(context.Background(), &fp)
			if err != nil {
				t.Fatal(err)
			}
			own, others := false, int64(0)
			for _, match := range answer.Matches {
				switch {
				case match.Kind != hashmatch.PDQ:
				case match.ID == fmt.Sprint(of):
					own = true
				default:
					others++
				}
			}
			var taken int64
			for q := range l.tally[Light].At {
				for e := range l.tally[Light].At[q] {
					n, _ := l.tally[Light].Within(gallery.Group(q), gallery.Group(e), radius)
					taken += n
				}
			}
			if taken != others {
				t.Errorf("%s of %s: %d false matches within %d, a matcher has %d", edits[i].Name, entries[of].Name, taken, radius, others)
			}
			if d := l.own(&ours, of)[Light]; own != (int(d) <= radius) {
				t.Errorf("%s of %s is %d from its original; a matcher has it within %d: %v", edits[i].Name, entries[of].Name, d, radius, own)
			}
			met += int(others)
			if own {
				found++
			}
		}
	}
	testkit.AtLeast(t, 10, met, "false matches")
	testkit.AtLeast(t, 10, found, "copies found")
}

// The bounds are those that the books have (Garwood's, one-sided), and contain the truth as often as they say.
func TestUpper(t *testing.T) {
	n := 0
	for k, want := range map[int64]float64{0: 2.9957, 1: 4.7439, 2: 6.2958, 5: 10.513, 10: 16.962, 50: 63.287, 100: 118.08} {
		if got := Upper(k, 1_000_000) * 1_000_000; math.Abs(got-want) > want/2000 {
			t.Errorf("of %d events the bound is %.4f, want %.4f", k, got, want)
		}
		n++
	}
	for k := int64(1); k < 3_000_000; k = k*3/2 + 1 {
		if a, b := Upper(k-1, 1e9), Upper(k, 1e9); a >= b || b <= float64(k)/1e9 {
			t.Errorf("bounds of %d and %d events: %g and %g", k-1, k, a, b)
		}
		n++
	}
	if Upper(0, 0) != 1 || Upper(3, 4) != 1 {
		t.Error("a rate is above 1")
	}
	testkit.AtLeast(t, 20, n, "bounds")
	r := testkit.Rand(t)
	outside := 0
	for range 2000 {
		events := int64(0)
		for range 1000 {
			if r.Float64() < 0.004 {
				events++
			}
		}
		if Upper(events, 1000) < 0.004 {
			outside++
		}
	}
	if outside > 140 { // 100 are expected at most
		t.Errorf("in %d of 2000 trials the rate was above its bound", outside)
	}
}

// Pairs are counted, and pictures that show nothing do not match.
func TestCounts(t *testing.T) {
	if testkit.Race {
		t.Skip("pictures take ten times as long under the race detector")
	}
	m, err := Count(2000, 1, func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	if m.Pairs < 2000 || m.Pairs != int64(m.Entries)*int64(m.Queries) {
		t.Errorf("%d pairs of %d entries and %d queries", m.Pairs, m.Entries, m.Queries)
	}
	if n := m.Within(Light, 31); n != 0 {
		t.Errorf("%d pairs of synthetic photographs are taken for each other", n)
	}
	c, err := Blanks(8, 1)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, row := range c.Rows {
		if files += row.Files; !row.Above && row.Usual > 0 {
			t.Errorf("%d of %d pictures that show nothing match: %s", row.Usual, row.Files, c.First)
		}
	}
	testkit.AtLeast(t, 800, files, "pictures that show nothing")
}
