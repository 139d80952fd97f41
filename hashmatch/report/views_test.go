package report

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// The table by view and tier is a plain count of all listed matches.
func TestCensusCounts(t *testing.T) {
	r := testkit.Rand(t)
	views := []hashmatch.View{hashmatch.Upright, "mirror", "trim", "trim+mirror", "", "<b>"}
	var c census
	slow := map[string]int64{}
	total := int64(0)
	for range 3000 {
		m := hashmatch.Match{View: views[r.IntN(len(views))], Tier: hashmatch.Tier(1 + r.IntN(5)), Kind: hashmatch.PDQ}
		switch r.IntN(4) {
		case 0:
			m.Second = &hashmatch.Second{Agrees: true}
			slow["agree"]++
		case 1:
			m.Second = &hashmatch.Second{}
			slow["disagree"]++
		}
		drawn := r.IntN(5) == 0
		if drawn {
			slow["drawn"]++
		}
		slow[fmt.Sprint(m.View, m.Tier)]++
		c.add(&m, drawn)
		total++
	}
	rows, all := c.table()
	if len(rows) != len(views) || all.Total() != total || c.agree != slow["agree"] || c.disagree != slow["disagree"] || c.drawn != slow["drawn"] {
		t.Fatalf("%d rows, %d matches, %+v; want %v", len(rows), all.Total(), c, slow)
	}
	n := 0
	for i, row := range rows {
		for j, tier := range tiers {
			if want := slow[fmt.Sprint(row.View.Head, tier.Tier)]; row.Tiers[j] != want {
				t.Errorf("view %q, tier %s: %d, want %d", row.View.Head, tier.Tier, row.Tiers[j], want)
			}
			n++
		}
		if i > 0 && rows[i-1].Tiers.Total() < row.Tiers.Total() {
			t.Errorf("row %d comes after one of less", i)
		}
	}
	testkit.AtLeast(t, 30, n, "cells")
	if words := c.words(); !strings.Contains(words, grouped(slow["agree"])+" and does not agree with "+grouped(slow["disagree"])) || !strings.Contains(words, grouped(slow["drawn"])+" matches") {
		t.Errorf("%q", words)
	}
	if words := new(census).words(); words != "" {
		t.Errorf("of nothing: %q", words)
	}
}

// Hostile results, with a view of its own for each match or with names of megabytes, cost neither memory nor matches.
func TestCensusIsBounded(t *testing.T) {
	var c census
	const n = maxViews + 500
	for i := range n {
		c.add(&hashmatch.Match{View: hashmatch.View(fmt.Sprint("v", i)), Tier: hashmatch.TierB}, false)
	}
	c.add(&hashmatch.Match{View: hashmatch.View(strings.Repeat("x", longText+1)), Tier: hashmatch.TierC}, false)
	rows, all := c.table()
	if len(c.views) != maxViews || len(rows) != maxViewsRows+1 || all != (tierCounts{0, 0, 0, n, 1}) {
		t.Fatalf("%d views, %d rows, %v", len(c.views), len(rows), all)
	}
	last := rows[maxViewsRows]
	if last.View.Head != "further views" || last.Tiers.Total() != n+1-maxViewsRows {
		t.Errorf("%+v", last)
	}
}

func TestEveryTierHasAMeaning(t *testing.T) {
	n := 0
	for i, tier := range tiers {
		if tier.Tier != hashmatch.Tier(i+1) || tier.Meaning == "" || !strings.Contains(tierLine, tier.Tier.String()+", "+tier.Meaning) {
			t.Errorf("%+v", tier)
		}
		n++
	}
	testkit.AtLeast(t, len(tierCounts{}), n, "tiers")
}

func TestLeadSays(t *testing.T) {
	pdq := hashmatch.Match{Kind: hashmatch.PDQ, Distance: 12, View: "trim+mirror", Tier: hashmatch.TierB}
	with := func(kind hashmatch.Kind, distance int, agrees bool) hashmatch.Match {
		m := pdq
		m.Second = &hashmatch.Second{Kind: kind, Distance: distance, Agrees: agrees}
		return m
	}
	cases := []struct {
		match hashmatch.Match
		want  string
	}{
		{with(hashmatch.PHash, 4, true), "phash 4 agrees"}, {with(hashmatch.PHash, 20, false), "phash 20 does not agree"},
		{with(hashmatch.PyAHash, 0, true), "pyahash 0 agrees"}, {pdq, "none"},
		{hashmatch.Match{Kind: hashmatch.SHA1}, ""}, {hashmatch.Match{Kind: hashmatch.PHash}, ""},
	}
	for _, c := range cases {
		if got := newMatchRow(&c.match).Second; got != c.want {
			t.Errorf("%+v: %q, want %q", c.match, got, c.want)
		}
	}
	testkit.AtLeast(t, 6, len(cases), "second hashes")
}

func TestMarks(t *testing.T) {
	upright := hashmatch.PictureHash{Hash: hash(t, "pdq:"+strings.Repeat("11", 32)), View: hashmatch.Upright}
	trim := hashmatch.PictureHash{Hash: hash(t, "pdq:"+strings.Repeat("22", 32)), View: "trim"}
	drawnUpright, drawnTrim := upright, trim
	drawnUpright.Graphic, drawnTrim.Graphic = true, true
	pdq := func(v hashmatch.View) *hashmatch.Match { return &hashmatch.Match{Kind: hashmatch.PDQ, View: v} }
	md5 := &hashmatch.Match{Kind: hashmatch.MD5, View: hashmatch.Upright, Conflict: true}
	hashes := func(h ...hashmatch.PictureHash) hashmatch.Fingerprint { return hashmatch.Fingerprint{Hashes: h} }
	cases := []struct {
		fp   hashmatch.Fingerprint
		lead *hashmatch.Match
		want string
	}{
		{hashmatch.Fingerprint{}, nil, ""},
		{hashmatch.Fingerprint{ThumbnailDiffers: true}, nil, "thumbnail differs"},
		{hashmatch.Fingerprint{ThumbnailDiffers: true, Partial: 0.725}, md5, "conflict, thumbnail differs, 72.5 % decoded"},
		{hashmatch.Fingerprint{Partial: 0.9999}, nil, "99.9 % decoded"}, {hashmatch.Fingerprint{Partial: 1e-300}, nil, "under 0.1 % decoded"},
		{hashmatch.Fingerprint{Partial: 0.145}, nil, "14.5 % decoded"}, {hashmatch.Fingerprint{Partial: 0.5}, nil, "50.0 % decoded"},
		{hashmatch.Fingerprint{Partial: 1}, nil, "99.9 % decoded"},
		{hashes(upright, trim), pdq("trim"), ""}, {hashes(upright, drawnTrim), pdq("trim"), "looks drawn"},
		{hashes(drawnUpright, trim), pdq("trim"), ""}, {hashes(drawnUpright, trim), pdq(hashmatch.Upright), "looks drawn"},
		{hashes(drawnUpright), md5, "conflict, looks drawn"}, {hashes(upright, drawnTrim), md5, "conflict"},
		{hashes(drawnUpright), nil, "looks drawn"}, {hashes(upright, drawnTrim), nil, ""},
	}
	for i, c := range cases {
		var got []string
		var matches []hashmatch.Match
		if c.lead != nil {
			matches = append(matches, *c.lead)
		}
		for _, m := range marks(&c.fp, matches, c.lead) {
			got = append(got, m.Text)
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("case %d: %q, want %q", i, s, c.want)
		}
	}
	testkit.AtLeast(t, 16, len(cases), "files")
}

// What is new of a match and of its file stands on the page and in the table.
func TestMatchesExplainThemselves(t *testing.T) {
	data := results(t, sampleHeader(), sample(t))
	page := html.UnescapeString(string(htmlOf(t, data)))
	wants := []string{
		`<td class="tier">B</td><td>pdq</td><td class="number">30</td><td><bdi>trim+mirror</bdi></td><td class="second">none</td><td class="quality">87 / 51</td>`,
		`<td class="second">phash 4 agrees</td>`, `<td class="second">dhash 20 does not agree</td>`,
		`<span class="mark">72.5 % decoded</span> <span class="mark">looks drawn</span>`, `<span class="mark alarm">thumbnail differs</span>`, `<span class="mark alarm">conflict</span>`,
		`<code class="digest">sha256:` + strings.Repeat("1e", 32), `<code class="digest">md5:` + strings.Repeat("0f", 16),
		"<caption>Listed matches by view and tier</caption>", tierLine, "In 4 files the thumbnail shows something else than the picture",
	}
	for _, w := range wants {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	testkit.AtLeast(t, 11, len(wants), "pieces of text")

	want := map[string]map[string]string{
		"{{.Path}}": {"tier": "B", "kind": "pdq", "distance": "30", "view": "trim+mirror", "second_kind": "", "second_agrees": "", "view_graphic": "yes", "graphic": "no",
			"view_quality": "87", "entry_quality": "51", "partial": "0.725", "entry": "12"},
		"'@SUM(1)":           {"second_kind": "phash", "second_distance": "4", "second_agrees": "yes", "graphic": "", "view_graphic": "", "partial": ""},
		`photo\u202egpj.exe`: {"tier": "A", "second_kind": "phash"},
		`zero\u200bwidth`:    {"second_kind": "", "view_quality": "", "view_graphic": "", "graphic": "no"},
		`\u2066a\u2069`:      {"tier": "B", "distance": "44", "second_kind": "dhash", "second_distance": "20", "second_agrees": "no", "id": "'@item"},
		"DCIM/plain.jpg":     {"kind": "md5", "second_kind": "", "view_graphic": "", "sha256": strings.Repeat("00", 32), "thumbnail_differs": "yes"},
	}
	seen := 0
	for _, row := range rows(t, csvOf(t, data)) {
		for column, cell := range want[row["path"]] {
			if row[column] != cell {
				t.Errorf("%s: %s is %q, want %q", row["path"], column, row[column], cell)
			}
			seen++
		}
	}
	testkit.AtLeast(t, 35, seen, "cells")
}

// Columns that others read by number stay where they were.
func TestCSVColumnsStay(t *testing.T) {
	const was = "root,path,path_b64,size,status,fault,md5,sha1,sha256,pdq,pdq_quality,ahash,dhash,phash,pyahash,pydhash,pyphash,md5_trimmed,sha1_trimmed,sha256_trimmed," +
		"format,width,height,thumbnail_differs,matches,set,disposition,entry,id,kind,distance,view,tier,category,conflict,error,viewed"
	if got := strings.Join(csvColumns(), ","); !strings.HasPrefix(got, was+",") {
		t.Errorf("%s\nwas %s", got, was)
	}
}
