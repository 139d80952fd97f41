package report

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

func TestResultsComeBack(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 100 {
		h := sampleHeader()
		h.Roots, h.Quality, h.Exact = 1+r.IntN(3), r.IntN(101)-1, r.IntN(2) == 0
		if r.IntN(2) == 0 {
			h.Warnings, h.Searches = nil, nil
		}
		if r.IntN(2) == 0 {
			h.Views, h.Thorough, h.Chance = "light", nil, nil
		}
		h.Chance = append(h.Chance, randomChances(r, h.Sets[1:])...)
		chance := randomChances(r, h.Sets)
		var records []hashmatch.Record
		var want hashmatch.Tally
		for range r.IntN(30) {
			rec := randomRecord(t, r, h.Roots)
			records = append(records, rec)
			want.Seen++
			want.Add(&rec)
			n++
		}
		data := results(t, h, records, chance...)
		back, got, tally, err := readAll(data)
		if err != nil || !reflect.DeepEqual(back, h) || !reflect.DeepEqual(got, records) || tally != want {
			t.Fatalf("%s\n%v\n got %+v\n     %+v %+v\nwant %+v\n     %+v %+v", data, err, back, got, tally, h, records, want)
		}
		if reread, err := Read(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		} else {
			for range reread.Records() {
				if said := reread.Chance(); len(said) != len(h.Chance) {
					t.Fatalf("before the end: chances %+v", said)
				}
			}
			if said := reread.Chance(); !slices.Equal(said, slices.Concat(h.Chance, chance)) {
				t.Fatalf("chances\n%+v, want\n%+v and\n%+v", said, h.Chance, chance)
			}
		}
		if again := results(t, h, records, chance...); !bytes.Equal(again, data) {
			t.Fatalf("the same records give\n%s\nand\n%s", data, again)
		}
	}
	testkit.AtLeast(t, 1000, n, "records")
}

func TestSummaryLine(t *testing.T) {
	lines := bytes.SplitAfter(results(t, sampleHeader(), sample(t)[:5]), []byte("\n"))
	want := `{"summary":{"seen":5,"bytes":100000,"matches":3,"matched_with_fault":1,"outcomes":{"skipped":1,"denied":1,"io-error":1,"changed":1,"matched":1}}}` + "\n"
	if got := string(lines[6]); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// Results get a summary only if the scan's own count is exactly what was written.
func TestCloseRefuses(t *testing.T) {
	records := sample(t)
	cases := map[string]func(*hashmatch.Tally){
		"a file lost":                  func(t *hashmatch.Tally) { t.Seen++ },
		"a file that was not written":  func(t *hashmatch.Tally) { t.Seen++; t.Add(&hashmatch.Record{Outcome: hashmatch.Cleared}) },
		"another outcome":              func(t *hashmatch.Tally) { t.By[hashmatch.Cleared]++; t.By[hashmatch.Corrupt]-- },
		"a match lost":                 func(t *hashmatch.Tally) { t.Matches-- },
		"bytes lost":                   func(t *hashmatch.Tally) { t.Bytes-- },
		"a fault lost":                 func(t *hashmatch.Tally) { t.Faults-- },
		"a file without outcome":       func(t *hashmatch.Tally) { t.By[0]++ },
		"nothing counted":              func(t *hashmatch.Tally) { *t = hashmatch.Tally{} },
		"trouble counted as no matter": func(t *hashmatch.Tally) { t.Trouble-- },
	}
	for name, change := range cases {
		var b bytes.Buffer
		w, err := NewJSONL(&b, sampleHeader())
		if err != nil {
			t.Fatal(err)
		}
		var tally hashmatch.Tally
		for i := range records {
			tally.Seen++
			tally.Add(&records[i])
			if err := w.Write(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
		change(&tally)
		if err := w.Close(tally); !errors.Is(err, hashmatch.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(b.String(), `{"summary"`) {
			t.Errorf("%s: a summary was written", name)
		}
		if _, _, _, err := readAll(b.Bytes()); !errors.Is(err, hashmatch.ErrIncomplete) {
			t.Errorf("%s: the results are read back with %v", name, err)
		}
	}
	testkit.AtLeast(t, 9, len(cases), "tallies")
}

// badRecords are records that no scan of two roots makes.
func badRecords() map[string]hashmatch.Record {
	match := hashmatch.Match{Set: "s", Disposition: hashmatch.KnownBad, Kind: hashmatch.PDQ, Tier: hashmatch.TierA, View: hashmatch.Upright}
	with := func(change func(*hashmatch.Match)) hashmatch.Record {
		m := match
		change(&m)
		return hashmatch.Record{Outcome: hashmatch.Matched, Matches: []hashmatch.Match{m}}
	}
	good := 1
	bad := []int{-1, 101}
	huge := with(func(*hashmatch.Match) {})
	huge.More = math.MaxInt
	return map[string]hashmatch.Record{
		"no outcome":               {},
		"a root too many":          {Outcome: hashmatch.Cleared, Root: 3},
		"a root below none":        {Outcome: hashmatch.Cleared, Root: -1},
		"a negative size":          {Outcome: hashmatch.Cleared, Fingerprint: hashmatch.Fingerprint{Size: -1}},
		"a fault of a clear file":  {Outcome: hashmatch.Cleared, Fault: hashmatch.Corrupt},
		"matched by nothing":       {Outcome: hashmatch.Matched},
		"more of nothing":          {Outcome: hashmatch.Changed, More: 1},
		"negative more":            {Outcome: hashmatch.Changed, Matches: []hashmatch.Match{match}, More: -1},
		"more than can be counted": huge,
		"no kind":                  with(func(m *hashmatch.Match) { m.Kind = 0 }),
		"a negative distance":      with(func(m *hashmatch.Match) { m.Distance = -1 }),
		"too great a distance":     with(func(m *hashmatch.Match) { m.Distance = 257 }),
		"no disposition":           with(func(m *hashmatch.Match) { m.Disposition = 0 }),
		"no tier":                  with(func(m *hashmatch.Match) { m.Tier = 0 }),
		"a quality below none":     with(func(m *hashmatch.Match) { m.Quality = &bad[0] }),
		"too much quality":         with(func(m *hashmatch.Match) { m.Quality, m.EntryQuality = &good, &bad[1] }),
		"a second hash of no kind": with(func(m *hashmatch.Match) { m.Second = &hashmatch.Second{} }),
		"a digest as second hash":  with(func(m *hashmatch.Match) { m.Second = &hashmatch.Second{Kind: hashmatch.MD5} }),
		"the same hash again":      with(func(m *hashmatch.Match) { m.Second = &hashmatch.Second{Kind: hashmatch.PDQ} }),
		"a second hash beyond":     with(func(m *hashmatch.Match) { m.Second = &hashmatch.Second{Kind: hashmatch.PHash, Distance: 65} }),
		"a second hash before":     with(func(m *hashmatch.Match) { m.Second = &hashmatch.Second{Kind: hashmatch.PHash, Distance: -1} }),
		"more than the picture":    {Outcome: hashmatch.Cleared, Fingerprint: hashmatch.Fingerprint{Partial: 1.5}},
		"less than no picture":     {Outcome: hashmatch.Cleared, Fingerprint: hashmatch.Fingerprint{Partial: -0.5}},
	}
}

func TestWriteRefuses(t *testing.T) {
	bad := badRecords()
	for name, rec := range bad {
		var b bytes.Buffer
		w, err := NewJSONL(&b, sampleHeader())
		if err != nil {
			t.Fatal(err)
		}
		header := b.Len()
		err = w.Write(&rec)
		if !errors.Is(err, hashmatch.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
		if again := w.Write(&hashmatch.Record{Outcome: hashmatch.Cleared}); again != err {
			t.Errorf("%s: the next Write gives %v", name, again)
		}
		if closed := w.Close(hashmatch.Tally{}); closed != err || b.Len() != header {
			t.Errorf("%s: Close gives %v, and %d bytes were written", name, closed, b.Len()-header)
		}
	}
	testkit.AtLeast(t, 23, len(bad), "bad records")

	w, err := NewJSONL(&bytes.Buffer{}, sampleHeader())
	if err != nil {
		t.Fatal(err)
	}
	half := hashmatch.Record{Outcome: hashmatch.Cleared, Fingerprint: hashmatch.Fingerprint{Size: 1 << 62}}
	if err := w.Write(&half); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&half); !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("2^63 bytes in all: %v", err)
	}
}

func TestHeaderRefused(t *testing.T) {
	cases := map[string]func(*Header){
		"no root":               func(h *Header) { h.Roots = 0 },
		"a set without name":    func(h *Header) { h.Sets[0].Name = "" },
		"no disposition":        func(h *Header) { h.Sets[1].Disposition = 0 },
		"fewer than no entries": func(h *Header) { h.Sets[1].Entries = -1 },
		"a search of no kind":   func(h *Header) { h.Searches[0].Kind = 0 },
		"a negative radius":     func(h *Header) { h.Searches[1].Radius = -1 },
		"a radius beyond":       func(h *Header) { h.Searches[1].Radius = 257 },
		"a kind that is none":   func(h *Header) { h.Kinds[0] = 0 },
		"a pass without pdq":    func(h *Header) { h.Thorough.Radius = 257 },
		"a pass of no radius":   func(h *Header) { h.Thorough.Radius = -1 },
		"a pass of many views":  func(h *Header) { h.Thorough.Views = mostViews + 1 },
		"a pass of less views":  func(h *Header) { h.Thorough.Views = -1 },
		"a pass of more files":  func(h *Header) { h.Thorough.Chosen = h.Thorough.Of + 1 },
		"a pass of less files":  func(h *Header) { h.Thorough.Chosen = -1 },
		"a pass of less work":   func(h *Header) { h.Thorough.LookUps = -1 },
		"chance of no set":      func(h *Header) { h.Chance[0].Set = "another" },
		"chance of a set twice": func(h *Header) { h.Chance = append(h.Chance, h.Chance[0]) },
	}
	for name, change := range cases {
		h := sampleHeader()
		change(&h)
		var b bytes.Buffer
		if w, err := NewJSONL(&b, h); !errors.Is(err, hashmatch.ErrFormat) || w != nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, b.Len())
		}
	}
	testkit.AtLeast(t, 17, len(cases), "bad headers")
}

// failing fails at the n-th Write.
type failing struct {
	n      int
	writes int
}

var errDisk = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if f.writes++; f.writes >= f.n {
		return len(p) / 2, errDisk
	}
	if !bytes.HasSuffix(p, []byte("\n")) || bytes.Count(p, []byte("\n")) != 1 {
		return 0, errors.New("a Write that is not one line")
	}
	return len(p), nil
}

func TestWriteErrorEndsTheResults(t *testing.T) {
	records := sample(t)[:3]
	n := 0
	for at := 1; at <= 5; at++ {
		f := &failing{n: at}
		w, err := NewJSONL(f, sampleHeader())
		var tally hashmatch.Tally
		for i := range records {
			if err != nil {
				break
			}
			tally.Seen++
			tally.Add(&records[i])
			err = w.Write(&records[i])
		}
		if err == nil {
			err = w.Close(tally)
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("failing at write %d: %v", at, err)
		}
		if w != nil && (w.Close(tally) == nil || f.writes != at) {
			t.Errorf("failing at write %d: %d writes, and Close passes", at, f.writes)
		}
		n++
	}
	testkit.AtLeast(t, 5, n, "failures")

	w, err := NewJSONL(&bytes.Buffer{}, sampleHeader())
	if err != nil || w.Close(hashmatch.Tally{}) != nil {
		t.Fatal(err)
	}
	if w.Close(hashmatch.Tally{}) == nil || w.Write(&hashmatch.Record{Outcome: hashmatch.Cleared}) == nil {
		t.Error("closed results take more")
	}
}
