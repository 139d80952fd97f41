package report

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// rows reads a CSV table back, each row by column name.
func rows(t *testing.T, data []byte) (all []map[string]string) {
	t.Helper()
	table, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table[0], csvColumns()) {
		t.Fatalf("columns %q", table[0])
	}
	for _, cells := range table[1:] {
		row := map[string]string{}
		for i, c := range cells {
			row[table[0][i]] = c
		}
		all = append(all, row)
	}
	return all
}

// isFormula is what a spreadsheet may evaluate.
func isFormula(cell string) bool {
	c := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
	return strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") ||
		slices.ContainsFunc([]string{"=", "+", "-", "@", "＝", "＋", "－", "＠"}, func(p string) bool { return strings.HasPrefix(c, p) })
}

func TestCSVHoldsNoFormula(t *testing.T) {
	r := testkit.Rand(t)
	h := sampleHeader()
	var records []hashmatch.Record
	for range 2000 {
		records = append(records, randomRecord(t, r, h.Roots))
	}
	data := csvOf(t, results(t, h, append(records, sample(t)...)))
	guarded := 0
	for _, row := range rows(t, data) {
		for column, cell := range row {
			if isFormula(cell) {
				t.Errorf("%s holds %q", column, cell)
			}
			if strings.HasPrefix(cell, "'") {
				guarded++
			}
		}
	}
	testkit.AtLeast(t, 300, guarded, "guarded cells")
	// A spreadsheet that takes the semicolon for the separator sees other cells.
	pieces := 0
	for line := range strings.Lines(string(data)) {
		for i, piece := range strings.Split(line, ";") {
			if i > 0 && isFormula(strings.TrimLeft(piece, "'\" ")) {
				t.Errorf("a cell %q after a semicolon", piece)
			}
			pieces++
		}
	}
	testkit.AtLeast(t, 2100, pieces, "pieces")
}

// Every exact path can be had from its row: from path_b64, or from path if that is empty.
func TestCSVKeepsPaths(t *testing.T) {
	records := sample(t)
	all := rows(t, csvOf(t, results(t, sampleHeader(), records)))
	if len(all) != len(records)+len(sampleHeader().Chance) {
		t.Fatalf("%d rows of %d records", len(all), len(records))
	}
	encoded := 0
	for i, row := range all[:len(records)] {
		path := row["path"]
		if b64 := row["path_b64"]; b64 != "" {
			raw, err := base64.StdEncoding.DecodeString(b64)
			if err != nil {
				t.Fatal(err)
			}
			path = string(raw)
			encoded++
		}
		if path != records[i].Path {
			t.Errorf("%q comes back as %q", records[i].Path, path)
		}
		if row["size"] != strconv.FormatInt(records[i].Fingerprint.Size, 10) || row["status"] != records[i].Outcome.String() {
			t.Errorf("%q: size %s, status %s", records[i].Path, row["size"], row["status"])
		}
	}
	testkit.AtLeast(t, 20, encoded, "paths in base64")
}

// Where one match stands for a file, a lead does not disappear behind a known-good file.
func TestGravestMatchIsShown(t *testing.T) {
	good := hashmatch.Match{Set: "good", Disposition: hashmatch.KnownGood, Kind: hashmatch.MD5, Tier: hashmatch.Exact}
	other := hashmatch.Match{Set: "other", Disposition: hashmatch.Other, Kind: hashmatch.MD5, Tier: hashmatch.Exact}
	bad := hashmatch.Match{Set: "bad", Disposition: hashmatch.KnownBad, Kind: hashmatch.PDQ, Tier: hashmatch.TierB, Distance: 30}
	worse := hashmatch.Match{Set: "later", Disposition: hashmatch.KnownBad, Kind: hashmatch.PDQ, Tier: hashmatch.TierB, Distance: 31}
	cases := []struct {
		matches []hashmatch.Match
		want    string
	}{
		{[]hashmatch.Match{good}, "good"}, {[]hashmatch.Match{good, other}, "other"}, {[]hashmatch.Match{good, other, bad, worse}, "bad"},
		{[]hashmatch.Match{bad, worse}, "bad"},
	}
	for _, c := range cases {
		data := results(t, Header{Roots: 1}, []hashmatch.Record{{Outcome: hashmatch.Matched, Matches: c.matches, More: 2}})
		row := rows(t, csvOf(t, data))[0]
		if row["set"] != c.want || row["matches"] != strconv.Itoa(len(c.matches)+2) {
			t.Errorf("%d matches: set %s, matches %s; want %s", len(c.matches), row["set"], row["matches"], c.want)
		}
	}
	testkit.AtLeast(t, 4, len(cases), "cases")
	if gravest(nil) != nil {
		t.Error("a match out of none")
	}
}

func TestCSVWriteError(t *testing.T) {
	r, err := Read(bytes.NewReader(results(t, sampleHeader(), sample(t))))
	if err != nil {
		t.Fatal(err)
	}
	if err := CSV(&failing{n: 1}, r); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

// No cell is longer than a spreadsheet's: it would break there, and go on in a row of its own, perhaps as a formula.
func TestCSVCellsAreBounded(t *testing.T) {
	pieces := []string{"a", "\xff", "\x1b", "\u202e", "\u00a0", "\U000e0041", ";=", "\\", "日", "|", "=1+1\n"}
	n, cut := 0, 0
	for _, piece := range pieces {
		for _, size := range []int{10_000, 31_999, 32_000, 32_001, 100_000} {
			name := strings.Repeat(piece, size/len(piece)+1)[:size]
			cell := csvText(name)
			if len(cell) > 32_767 || isFormula(cell) {
				t.Errorf("%d bytes of %q: a cell of %d bytes", size, piece, len(cell))
			}
			if strings.Contains(cell, " bytes … ") {
				cut++
			} else if len(Visible(name)) > mostCell {
				t.Errorf("%d bytes of %q are not cut", size, piece)
			}
			n++
		}
	}
	testkit.AtLeast(t, 55, n, "names")
	testkit.AtLeast(t, 25, cut, "names that are cut")
	name := strings.Repeat("\xff", 10_000)
	row := rows(t, csvOf(t, results(t, Header{Roots: 1}, []hashmatch.Record{{Path: name, Outcome: hashmatch.Cleared}})))[0]
	if raw, err := base64.StdEncoding.DecodeString(row["path_b64"]); err != nil || string(raw) != name {
		t.Errorf("a path that is cut does not come back: %v", err)
	}
}

// The table tells the expected chance matches of every set and pass after the files.
func TestCSVTellsChance(t *testing.T) {
	h := sampleHeader()
	records := sample(t)[:3]
	first, system := chanceOf("case <7> & co", 0.5), chanceOf("=operating system", 0.25)
	all := rows(t, csvOf(t, results(t, h, records, first, system)))
	wants := []struct{ set, chance string }{
		{"case <7> & co", "second pass: " + h.Chance[0].Chance.String() + ", in 30 pictures looked up against 1,100 entries, by up to 627 views within 52 of pdq"},
		{"case <7> & co", "first pass: " + first.Chance.String() + ", in 1,000 pictures looked up against 1,000 entries, by up to 80 views within 31 of pdq"},
		{"'=operating system", "first pass: " + system.Chance.String() + ", in 1,000 pictures looked up against 1,000 entries, by up to 80 views within 31 of pdq"},
	}
	if len(all) != len(records)+len(wants) {
		t.Fatalf("%d rows", len(all))
	}
	for i, w := range wants {
		row := all[len(records)+i]
		if row["status"] != "expected-chance" || row["set"] != w.set || row["chance"] != w.chance || row["kind"] != "pdq" {
			t.Errorf("%v", row)
		}
		for _, column := range []string{"root", "size", "matches"} {
			if row[column] != "0" {
				t.Errorf("%s is %q, and would be counted", column, row[column])
			}
		}
		if row["path"] != "" || row["conflict"] != "" || row["tier"] != "" {
			t.Errorf("the row reads as a file's: %v", row)
		}
	}
	for _, row := range all[:len(records)] {
		if row["chance"] != "" {
			t.Errorf("a file has %q", row["chance"])
		}
	}
	h.Thorough, h.Chance = nil, nil
	if one := rows(t, csvOf(t, results(t, h, records, first))); !strings.HasPrefix(one[len(records)]["chance"], "expected chance matches in this scan") {
		t.Errorf("of one pass: %v", one[len(records)])
	}
	if none := rows(t, csvOf(t, results(t, h, records))); len(none) != len(records) {
		t.Errorf("%d rows of results that tell no chance", len(none))
	}
}
