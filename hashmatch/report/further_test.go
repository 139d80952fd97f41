package report

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// met returns a match of the disposition, in a set of its own.
func met(set string, d hashmatch.Disposition, k hashmatch.Kind, tier hashmatch.Tier, distance int) hashmatch.Match {
	return hashmatch.Match{Set: set, Disposition: d, Kind: k, Tier: tier, Distance: distance, View: hashmatch.Upright}
}

// disagreements are files whose matches do or do not speak against each other.
func disagreements() []struct {
	name     string
	matches  []hashmatch.Match
	conflict string // of the table
	also     string
	marks    string // of the page
} {
	exactGood := met("system", hashmatch.KnownGood, hashmatch.SHA256, hashmatch.Exact, 0)
	exactBad := met("case", hashmatch.KnownBad, hashmatch.SHA1, hashmatch.Exact, 0)
	nearGood := met("system", hashmatch.KnownGood, hashmatch.PDQ, hashmatch.TierB, 12)
	nearBad := met("case", hashmatch.KnownBad, hashmatch.PDQ, hashmatch.TierA, 3)
	other := met("stock", hashmatch.Other, hashmatch.PDQ, hashmatch.TierA, 0)
	forged := met("case", hashmatch.KnownBad, hashmatch.MD5, hashmatch.ExactWeak, 0)
	forged.Conflict = true
	view := met("case", hashmatch.KnownBad, hashmatch.PDQ, hashmatch.TierB, 0)
	view.View = "mirror"
	second := met("older case", hashmatch.KnownBad, hashmatch.PHash, hashmatch.TierC, 4)
	return []struct {
		name     string
		matches  []hashmatch.Match
		conflict string
		also     string
		marks    string
	}{
		{"alone", []hashmatch.Match{nearBad}, "no", "", ""},
		{"two of one set", []hashmatch.Match{exactBad, nearBad}, "no", "", ""},
		{"both exact", []hashmatch.Match{exactBad, exactGood}, "yes", "known-good: system (exact sha256 0)", "conflict: known-good too"},
		{"exact good, near bad", []hashmatch.Match{exactGood, nearBad}, "yes", "known-good: system (exact sha256 0)", "conflict: known-good too"},
		{"exact bad, near good", []hashmatch.Match{exactBad, nearGood}, "yes", "known-good: system (B pdq 12)", "conflict: known-good too"},
		{"both near", []hashmatch.Match{nearBad, nearGood}, "yes", "known-good: system (B pdq 12)", "conflict: known-good too"},
		{"good thrice, bad by a view", []hashmatch.Match{exactGood, nearGood, view}, "yes", "known-good: system (exact sha256 0, 2 matches)", "conflict: known-good too"},
		{"good and other", []hashmatch.Match{exactGood, other}, "no", "known-good: system (exact sha256 0)", ""},
		{"other and bad", []hashmatch.Match{other, nearBad}, "no", "other: stock (A pdq 0)", ""},
		{"bad twice", []hashmatch.Match{exactBad, second}, "no", "known-bad: older case (C phash 4)", ""},
		{"digests differ", []hashmatch.Match{forged}, "yes", "", "conflict"},
		{"digests of a later match differ", []hashmatch.Match{exactBad, forged}, "yes", "", "conflict"},
		{"all", []hashmatch.Match{exactGood, forged, other, second}, "yes", "known-good: system (exact sha256 0) | other: stock (A pdq 0) | known-bad: older case (C phash 4)",
			"conflict, conflict: known-good too"},
	}
}

func TestConflictsAreTold(t *testing.T) {
	cases := disagreements()
	var records []hashmatch.Record
	for _, c := range cases {
		records = append(records, hashmatch.Record{Path: c.name, Outcome: hashmatch.Matched, Matches: c.matches})
	}
	records = append(records, hashmatch.Record{Path: "clear", Outcome: hashmatch.Cleared})
	data := results(t, Header{Roots: 1}, records)
	table := rows(t, csvOf(t, data))
	against := 0
	for i, c := range cases {
		row := table[i]
		if row["path"] != c.name || row["conflict"] != c.conflict || row["also"] != c.also {
			t.Errorf("%s: conflict %q, also %q; want %q, %q", c.name, row["conflict"], row["also"], c.conflict, c.also)
		}
		var got []string
		for _, m := range marks(&records[i].Fingerprint, c.matches, gravest(c.matches)) {
			if m.Class != "mark alarm" {
				t.Errorf("%s: %q is no alarm", c.name, m.Text)
			}
			got = append(got, m.Text)
		}
		if s := strings.Join(got, ", "); s != c.marks {
			t.Errorf("%s: marks %q, want %q", c.name, s, c.marks)
		}
		if strings.Contains(c.marks, "known-good") {
			against++
		}
	}
	testkit.AtLeast(t, 13, len(cases), "files")
	if row := table[len(cases)]; row["conflict"] != "" || row["also"] != "" {
		t.Errorf("a clear file: %v", row)
	}
	page := string(htmlOf(t, data))
	checkPage(t, []byte(page))
	if w := fmt.Sprintf("In %d files sets contradict each other: known-bad by one, known-good by another.", against); !strings.Contains(page, w) {
		t.Errorf("the page does not say %q", w)
	}
}

// Every listed match of a file stands on the page: one in its row, the others in its details.
func TestFurtherMatchesStandOnThePage(t *testing.T) {
	records := sample(t)
	page := html.UnescapeString(string(htmlOf(t, results(t, sampleHeader(), records))))
	wants := []string{
		`<summary>1 further match</summary>`, `<summary>1,234 further matches</summary>`,
		`<summary>1 further match; other sets: known-good <bdi>=operating system</bdi> (exact md5 0)</summary>`,
		`<li>known-bad <bdi>case <7> & co</bdi>, entry <bdi>9 @item</bdi>: tier A, pdq 12, view <bdi>upright</bdi>, second hash phash 4 agrees, quality 87 / 51</li>`,
		`<li>known-good <bdi>=operating system</bdi>, entry <bdi>0</bdi>: tier exact, md5 (exact) 0</li>`,
		`<li class="more">1,234 more were counted, and are not in the results.</li>`,
	}
	for _, w := range wants {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	testkit.AtLeast(t, 6, len(wants), "pieces of text")
	further := 0
	for i := range records {
		if n := len(records[i].Matches); n > 1 {
			further += n - 1
		}
	}
	if n := strings.Count(page, "<li>known-"); n != further {
		t.Errorf("%d further matches, want %d", n, further)
	}
	testkit.AtLeast(t, 4, further, "further matches")
}

// Where a file has many matches the page stays a page, and says what it leaves out.
func TestFurtherMatchesAreBounded(t *testing.T) {
	many := make([]hashmatch.Match, hashmatch.MaxMatches)
	for i := range many {
		many[i] = met(fmt.Sprintf("set %02d", i), hashmatch.KnownBad, hashmatch.PDQ, hashmatch.TierA, 5)
	}
	many[len(many)-1].Disposition = hashmatch.KnownGood
	var records []hashmatch.Record
	for i := range maxFurther/(len(many)-1) + 2 {
		records = append(records, hashmatch.Record{Path: fmt.Sprint("file ", i), Outcome: hashmatch.Matched, Matches: many})
	}
	data := results(t, Header{Roots: 1}, records)
	page := string(htmlOf(t, data))
	if n := strings.Count(page, "<li>known-"); n != maxFurther {
		t.Errorf("%d further matches on a page", n)
	}
	left := len(records)*(len(many)-1) - maxFurther
	for _, w := range []string{
		fmt.Sprintf(`<li class="more">%d more stand in the results: a page lists at most 50,000 further matches.</li>`, left-(len(many)-1)),
		`<li class="more">99 more stand in the results: a page lists at most 50,000 further matches.</li>`,
		"known-good <bdi>set 99</bdi> (A pdq 5)", "and 94 more sets</summary>",
	} {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	row := rows(t, csvOf(t, data))[0]
	if !strings.HasPrefix(row["also"], "known-good: set 99 (A pdq 5) | known-bad: set 01 (") || !strings.HasSuffix(row["also"], " | and 79 more sets") || row["conflict"] != "yes" {
		t.Errorf("%v", row)
	}
}

// A set's name cannot pass for another set, nor for a formula.
func TestAlsoIsGuarded(t *testing.T) {
	lead := met("case", hashmatch.KnownBad, hashmatch.SHA1, hashmatch.Exact, 0)
	n := 0
	for name, want := range map[string]string{
		"=1+1":                   "known-good: =1+1 (exact md5 0)",
		"a | other: b":           `known-good: a \x7c other: b (exact md5 0)`,
		"a;=1":                   `known-good: a\x3b=1 (exact md5 0)`,
		"x\ny":                   `known-good: x\ny (exact md5 0)`,
		`a\x7cb`:                 `known-good: a\\x7cb (exact md5 0)`,
		"a\u202eb":               `known-good: a\u202eb (exact md5 0)`,
		strings.Repeat("n", 400): "known-good: " + strings.Repeat("n", 200) + " … 100 bytes … " + strings.Repeat("n", 100) + " (exact md5 0)",
	} {
		good := met(name, hashmatch.KnownGood, hashmatch.MD5, hashmatch.Exact, 0)
		data := results(t, Header{Roots: 1}, []hashmatch.Record{{Outcome: hashmatch.Matched, Matches: []hashmatch.Match{lead, good}}})
		if got := rows(t, csvOf(t, data))[0]["also"]; got != want || isFormula(got) {
			t.Errorf("%.30q: %q, want %q", name, got, want)
		}
		checkPage(t, htmlOf(t, data))
		n++
	}
	testkit.AtLeast(t, 7, n, "names")
}
