package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// randomChances says something of some of the sets.
func randomChances(r *rand.Rand, sets []SetInfo) (all []SetChance) {
	for _, s := range sets {
		if r.IntN(2) == 0 {
			c := hashmatch.ChanceAt(31+r.IntN(30), r.Int64N(1<<40), int64(s.Entries), 1+r.IntN(600), nil)
			if r.IntN(2) == 0 {
				c = hashmatch.ChanceRadius(r.Int64N(1<<40), int64(s.Entries), 1+r.IntN(600), 0.01, nil)
			}
			all = append(all, SetChance{s.Name, c})
		}
	}
	return all
}

// What hashmatch computes passes, at its edges too: nobody wants a scan of a week refused at its last line.
func TestWhatIsExpectedPasses(t *testing.T) {
	calibrations := []*hashmatch.Calibration{
		nil,
		{Pictures: 1000, Entries: 1000, Pairs: 1_000_000, Radius: 60, ViewCount: 80},
		{Pictures: 1, Entries: 1, Pairs: 1, Radius: 31, ViewCount: 1},
	}
	calibrations[1].Counts[40] = 999
	sizes := []int64{0, 1, 3, 1_000_000, math.MaxInt64}
	n := 0
	for _, c := range calibrations {
		for _, files := range sizes {
			for _, entries := range sizes {
				for _, views := range []int{0, 1, 80, 627} {
					for _, radius := range []int{0, 31, 60, 256} {
						for _, expected := range []hashmatch.Chance{
							hashmatch.ChanceAt(radius, files, entries, views, c), hashmatch.ChanceRadius(files, entries, views, 0.01, c),
						} {
							if what := absurd(&expected); what != "" {
								t.Fatalf("%+v: %s", expected, what)
							}
							n++
						}
					}
				}
			}
		}
	}
	testkit.AtLeast(t, 2000, n, "expectations")
}

// absurdChances are what no scan has to expect.
func absurdChances() map[string]func(*hashmatch.Chance) {
	nan, inf := math.NaN(), math.Inf(1)
	return map[string]func(*hashmatch.Chance){
		"fewer than no files":       func(c *hashmatch.Chance) { c.Files = -30 },
		"fewer than no entries":     func(c *hashmatch.Chance) { c.Entries = -1 },
		"both below none":           func(c *hashmatch.Chance) { c.Files, c.Entries = -30, -1100 },
		"fewer than no views":       func(c *hashmatch.Chance) { c.Views = -1 },
		"too many views":            func(c *hashmatch.Chance) { c.Views = mostViews + 1 },
		"a negative radius":         func(c *hashmatch.Chance) { c.Radius = -1 },
		"a radius beyond":           func(c *hashmatch.Chance) { c.Radius = 257 },
		"no bound":                  func(c *hashmatch.Chance) { c.Bound = nan },
		"a negative bound":          func(c *hashmatch.Chance) { c.Bound = -1 },
		"a boundless bound":         func(c *hashmatch.Chance) { c.Bound = inf },
		"a model that is no number": func(c *hashmatch.Chance) { c.Model = nan },
		"a negative model":          func(c *hashmatch.Chance) { c.Model = -1 },
		"more than there are pairs": func(c *hashmatch.Chance) { c.Model, c.Upper = 1e5, 1e5 },
		"measured, but no number":   func(c *hashmatch.Chance) { c.Measured = nan },
		"measured without end":      func(c *hashmatch.Chance) { c.Measured, c.Upper = inf, inf },
		"measured below none":       func(c *hashmatch.Chance) { c.Measured = -1 },
		"an upper bound too low":    func(c *hashmatch.Chance) { c.Upper = c.Model },
		"an upper bound too high":   func(c *hashmatch.Chance) { c.Upper = 1 },
		"no upper bound":            func(c *hashmatch.Chance) { c.Upper = nan },
		"all of them no numbers":    func(c *hashmatch.Chance) { c.Upper, c.Model, c.Measured = nan, nan, nan },
		"seen more than there were": func(c *hashmatch.Chance) { c.Seen = c.Pairs + 1 },
		"seen less than none":       func(c *hashmatch.Chance) { c.Seen = -1 },
		"measured from nothing":     func(c *hashmatch.Chance) { c.Seen, c.Pairs = 0, 0 },
		"measured from less":        func(c *hashmatch.Chance) { c.Seen, c.Pairs = -2, -1 },
		"seen twice in one pair":    func(c *hashmatch.Chance) { c.Pairs = 1 },
	}
}

func TestAbsurdChancesAreRefused(t *testing.T) {
	records := sample(t)[:2]
	cases := absurdChances()
	read := 0
	for name, change := range cases {
		chance := SetChance{"case <7> & co", sampleChance()}
		change(&chance.Chance)

		h := sampleHeader()
		h.Chance[0] = chance
		var b bytes.Buffer
		if w, err := NewJSONL(&b, h); !errors.Is(err, hashmatch.ErrFormat) || w != nil || b.Len() > 0 {
			t.Errorf("%s, in the header: %v, %d bytes written", name, err, b.Len())
		}

		whole := results(t, sampleHeader(), records, SetChance{"case <7> & co", sampleChance()})
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
		if err := w.Close(tally, chance); !errors.Is(err, hashmatch.ErrFormat) || bytes.Contains(b.Bytes(), []byte(`{"summary"`)) {
			t.Errorf("%s, in the summary: %v", name, err)
		}

		text, err := json.Marshal(chance)
		if err != nil {
			continue // which no JSON says
		}
		sound, err := json.Marshal(SetChance{"case <7> & co", sampleChance()})
		if err != nil {
			t.Fatal(err)
		}
		text, sound = unescaped(text), unescaped(sound)
		if n := bytes.Count(whole, sound); n != 2 {
			t.Fatalf("%d chances are in the results", n)
		}
		at := bytes.LastIndex(whole, sound)
		mustFail(t, name+", read in the summary", bytes.Join([][]byte{whole[:at], text, whole[at+len(sound):]}, nil), hashmatch.ErrFormat)
		mustFail(t, name+", read in the header", bytes.Replace(whole, sound, text, 1), hashmatch.ErrFormat)
		read++
	}
	testkit.AtLeast(t, 25, len(cases), "absurd chances")
	testkit.AtLeast(t, 17, read, "chances that were read")

	whole := results(t, sampleHeader(), records, SetChance{"case <7> & co", sampleChance()})
	for _, number := range []string{"NaN", "1e999", `"1"`, "-1e-9", "Infinity"} {
		mustFail(t, number, bytes.ReplaceAll(whole, []byte(`"measured":0.0123`), []byte(`"measured":`+number)), hashmatch.ErrFormat)
	}
}

// unescaped is JSON as Line writes it.
func unescaped(text []byte) []byte {
	for escape, c := range map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&"} {
		text = bytes.ReplaceAll(text, []byte(escape), []byte(c))
	}
	return text
}

// chanceOf is a chance with this upper bound.
func chanceOf(set string, upper float64) SetChance {
	return SetChance{set, hashmatch.Chance{Files: 1000, Entries: 1000, Views: 80, Radius: 31, Model: upper, Upper: upper}}
}

func TestPageSaysWhatIsExpected(t *testing.T) {
	h := sampleHeader()
	records := sample(t)
	page := func(h Header, chance ...SetChance) string {
		data := htmlOf(t, results(t, h, records, chance...))
		checkPage(t, data)
		text := html.UnescapeString(string(data))
		if strings.Contains(strings.ToLower(text), "probab") {
			t.Error("the page speaks of what is probable")
		}
		return text
	}
	both := page(h, chanceOf("=operating system", 0.25), chanceOf("case <7> & co", 0.125))
	wants := []string{
		"expected chance matches in this scan, upper bound: 0.0123 (model 6.19e-05; measured 0.0123, from 2 seen in 1500000 pairs)",
		"expected chance matches in this scan, upper bound: 0.25 (model 0.25; no calibration)",
		"expected chance matches in this scan, upper bound: 0.125 (model 0.125; no calibration)",
		`<bdi>case <7> & co</bdi>, second pass</th><td class="number">30</td>`, `<bdi>case <7> & co</bdi>, first pass</th><td class="number">1,000</td>`,
		"<bdi>=operating system</bdi>, first pass</th>", "; radius: <bdi>beyond it <b></bdi>",
		"a second pass examined 30 of 41 files once more, within 52 of pdq", "in up to 627 views of a picture: up to 18,810 look-ups in all",
		"<bdi>full</bdi>, that is " + viewSets["full"],
	}
	for _, w := range wants {
		if !strings.Contains(both, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	testkit.AtLeast(t, 10, len(wants), "pieces of text")
	if strings.Contains(both, "Every match that is not exact") || strings.Contains(both, "<h2>Chance matches</h2>") {
		t.Error("a warning about a quarter of a match")
	}

	h.Thorough, h.Chance, h.Views = nil, nil, "light <i>"
	if one := page(h, chanceOf("=operating system", 0.25)); strings.Contains(one, " pass</th>") {
		t.Error("the page of a scan of one pass speaks of passes")
	}
	none := page(h)
	if !strings.Contains(none, "These results do not tell how many chance matches") || strings.Contains(none, "Thorough:") || !strings.Contains(none, "<bdi>light <i></bdi>.") {
		t.Error("the page of results without chance says something else")
	}
	h.Searches, h.Views = h.Searches[:1], ""
	if digests := page(h); strings.Contains(digests, "do not tell") || strings.Contains(digests, "Views of a picture that were") {
		t.Error("the page of a scan by digests speaks of chance or views")
	}
}

// The warning looks at all sets together, and only where more than one match is to be expected.
func TestChanceWarning(t *testing.T) {
	cases := []struct {
		uppers []float64
		want   string // what it names; "" for no warning
	}{
		{nil, ""}, {[]float64{0}, ""}, {[]float64{1}, ""}, {[]float64{0.5, 0.5}, ""},
		{[]float64{1.01}, "up to 1.01,"}, {[]float64{0.5, 0.6}, "up to 1.1,"}, {[]float64{40, 1234}, "up to 1,274,"}, {[]float64{1e6, 8.5e37}, "up to 8.5e+37,"},
	}
	for _, c := range cases {
		var all []SetChance
		for i, u := range c.uppers {
			all = append(all, chanceOf(sampleHeader().Sets[i].Name, u))
		}
		got := ChanceWarning(all)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q", c.uppers, got, c.want)
		}
	}
	testkit.AtLeast(t, 8, len(cases), "cases")

	// A calibration of few pairs is told for what it is, as long as nothing else is above one.
	few := chanceOf("a", 0.001)
	few.Pairs, few.Measured, few.Upper = 40, 28.8, 28.8
	if got := ChanceWarning([]SetChance{few, chanceOf("b", 0.5)}); !strings.HasPrefix(got, "More than one chance match cannot be ruled out: the upper bound is 29.3, of all sets together. "+
		"It is that high only because calibrations that saw none have few pairs: without them it would be 0.501, and more pairs lower it. A match by pdq") {
		t.Error(got)
	}
	if got := ChanceWarning([]SetChance{few, chanceOf("b", 2)}); !strings.HasPrefix(got, "More than one chance match is to be expected within the upper bound: up to 30.8,") {
		t.Error(got)
	}
	few.Seen = 1
	if got := ChanceWarning([]SetChance{few}); !strings.HasPrefix(got, "More than one chance match is to be expected within the upper bound: up to 28.8,") {
		t.Error(got)
	}

	h := sampleHeader()
	page := string(htmlOf(t, results(t, h, sample(t), chanceOf("=operating system", 3.5))))
	checkPage(t, []byte(page))
	if !strings.Contains(page, "<h2>Chance matches</h2>\n<p>More than one chance match is to be expected within the upper bound: up to 3.51, of all sets together.") {
		t.Error("the page does not warn")
	}
}

// olderResults were written before there were second hashes, drawings, chances and thorough scans, and before that views.
const olderResults = `{"scan":{"tool":"hashmatch (devel)","sets":[{"name":"s","disposition":"known-bad","digest":"ab","entries":12}],"kinds":["md5","pdq"],"searches":[{"set":"s","kind":"pdq","hashes":11,"gated":1,"radius":31,"why":"default"}],"quality":50,"roots":1,"exact":false}}
{"path":"a.jpg","status":"matched","size":8000,"md5":"1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e","pdq":"1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e","pdq_quality":30,"width":640,"height":480,"format":"jpeg","decoder":"some decoder","matches":[{"set":"s","disposition":"known-bad","entry":9,"id":"@item","kind":"pdq","distance":12,"view":"upright","tier":"A","quality":87,"entry_quality":51}],"viewed":"no"}
{"path":"b.jpg","status":"clear","size":1,"format":"other","viewed":"no"}
{"summary":{"seen":2,"bytes":8001,"matches":1,"matched_with_fault":0,"outcomes":{"matched":1,"clear":1}}}
`

func TestOlderResultsAreRead(t *testing.T) {
	h, records, tally, err := readAll([]byte(olderResults))
	if err != nil || tally.Seen != 2 || h.Thorough != nil || h.Chance != nil || h.Views != "" || len(records) != 2 {
		t.Fatalf("%v: %+v %+v", err, h, tally)
	}
	if m := records[0].Matches[0]; m.Second != nil || m.Tier != hashmatch.TierA || *m.Quality != 87 {
		t.Errorf("%+v", m)
	}
	if again := results(t, h, records); !bytes.Equal(again, []byte(olderResults)) {
		t.Errorf("written again:\n%s", again)
	}
	page := htmlOf(t, []byte(olderResults))
	checkPage(t, page)
	if !strings.Contains(string(page), "These results do not tell how many chance matches") {
		t.Error("the page of older results keeps silent about chance")
	}
	row := rows(t, csvOf(t, []byte(olderResults)))[0]
	if row["tier"] != "A" || row["second_kind"] != "" || row["graphic"] != "no" || row["view_quality"] != "87" {
		t.Errorf("%v", row)
	}
}

// A header that tells everything comes back, key by key.
func TestHeaderComesBack(t *testing.T) {
	h := sampleHeader()
	back, _, _, err := readAll(results(t, h, nil))
	if err != nil || !reflect.DeepEqual(back, h) {
		t.Fatalf("%v\n%+v\n%+v", err, back, h)
	}
	keys := oneLine(t, bytes.SplitN(results(t, h, nil), []byte("\n"), 2)[0]).(map[string]any)["scan"].(map[string]any)
	for _, list := range []struct {
		got  any
		want []string
	}{
		{keys["thorough"], []string{"radius", "why", "views", "chosen", "of", "look_ups"}},
		{keys["chance"].([]any)[0], []string{"set", "files", "entries", "views", "radius", "bound", "model", "measured", "seen", "pairs", "upper", "why"}},
	} {
		object := list.got.(map[string]any)
		for _, key := range list.want {
			if _, ok := object[key]; !ok {
				t.Errorf("%s is missing in %v", key, object)
			}
		}
		if len(object) != len(list.want) {
			t.Errorf("%v has %d keys, want %d", object, len(object), len(list.want))
		}
	}
}
