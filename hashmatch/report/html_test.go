package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// tags are the elements that a page may hold, with their attributes. None of them loads, runs or leads anywhere.
var tags = map[string][]string{
	"html": {"lang"}, "head": nil, "meta": {"charset", "content", "http-equiv", "name"}, "title": {"id"}, "style": nil, "body": nil,
	"header": nil, "main": nil, "footer": nil, "section": {"class"}, "div": {"class"},
	"h1": nil, "h2": nil, "h3": nil, "p": {"class"}, "ul": {"class"}, "li": {"class"}, "bdi": nil, "span": {"class"}, "code": {"class"},
	"table": {"class"}, "caption": nil, "thead": nil, "tbody": nil, "tfoot": nil, "tr": {"class"}, "th": {"scope", "class"}, "td": {"class", "colspan"}, "details": nil, "summary": nil,
	"figure": nil, "figcaption": nil, "svg": {"viewBox", "role", "aria-labelledby"}, "desc": {"id"},
	"rect": {"class", "x", "y", "width", "height"}, "text": {"class", "x", "y"},
}

var (
	tag        = regexp.MustCompile(`<(/?)([a-zA-Z0-9]+)((?:\s+[a-zA-Z-]+="[^"<>]*")*)>`)
	attribute  = regexp.MustCompile(`([a-zA-Z-]+)="`)
	policy     = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-([^']+)'; base-uri 'none'; form-action 'none'">`)
	digestCell = regexp.MustCompile(` <code class="digest">[a-z0-9]+:[0-9a-f]+</code></th>`)
	style      = regexp.MustCompile(`(?s)<style>(.*)</style>`)
)

// checkPage checks that a page is made of these tags alone, properly nested, and that its policy allows its style alone.
func checkPage(t testing.TB, page []byte) {
	t.Helper()
	text, ok := strings.CutPrefix(string(page), "<!DOCTYPE html>\n")
	if !ok {
		t.Fatalf("the page begins with %.40q", page)
	}
	p, s := policy.FindStringSubmatch(text), style.FindStringSubmatch(text)
	if p == nil || s == nil {
		t.Fatal("the page has no policy or no style")
	}
	sum := sha256.Sum256([]byte(s[1]))
	if want := base64.StdEncoding.EncodeToString(sum[:]); p[1] != want {
		t.Errorf("the policy allows the style %s, the page's is %s", p[1], want)
	}
	for _, loads := range []string{"@import", "url(", "src(", "image(", "image-set(", "\r", "<"} {
		if strings.Contains(strings.ToLower(s[1]), loads) {
			t.Errorf("the style holds %q", loads)
		}
	}
	if at, first := strings.Index(text, p[0]), strings.Index(text, "<style"); at > first {
		t.Error("the policy comes after the style")
	}
	text = strings.Replace(text, s[1], "", 1)
	var open []string
	for _, m := range tag.FindAllStringSubmatch(text, -1) {
		name, attributes := m[2], attribute.FindAllStringSubmatch(m[3], -1)
		allowed, known := tags[name]
		if !known {
			t.Fatalf("the page holds %s", m[0])
		}
		for _, a := range attributes {
			if !slices.Contains(allowed, a[1]) {
				t.Fatalf("the page holds %s", m[0])
			}
		}
		switch {
		case m[1] == "/":
			if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("%s closes %v", m[0], open)
			}
			open = open[:len(open)-1]
		case name != "meta":
			open = append(open, name)
		}
	}
	if rest := tag.ReplaceAllString(text, ""); strings.ContainsAny(rest, "<>") || len(open) > 0 {
		i := max(strings.IndexAny(rest, "<>"), 0)
		t.Fatalf("open at the end: %v; not a tag: %.80q", open, rest[i:])
	}
}

func TestPageHoldsNothingThatRunsOrLoads(t *testing.T) {
	h := sampleHeader()
	h.Tool = awkward[13]
	for _, name := range awkward {
		h.Warnings = append(h.Warnings, name)
		if name != "" {
			h.Sets = append(h.Sets, SetInfo{strings.ToValidUTF8(name, "?"), hashmatch.Other, name, 1})
		}
		h.Searches = append(h.Searches, hashmatch.Search{Set: name, Kind: hashmatch.PDQ, Why: name})
	}
	records := sample(t)
	for i := range records {
		records[i].Error = awkward[len(awkward)-1-i]
		for j := range records[i].Matches {
			m := &records[i].Matches[j]
			m.Set, m.Category, m.ID, m.View = awkward[i], awkward[i], awkward[i], hashmatch.View(awkward[i])
		}
	}
	page := htmlOf(t, results(t, h, records))
	checkPage(t, page)
	for _, piece := range []string{"<img", "<script", "data:", "javascript:", "src=\"", "href", "<link", "<iframe"} {
		if bytes.Contains(bytes.ToLower(page), []byte(piece)) {
			t.Errorf("the page holds %s", piece)
		}
	}
	for _, c := range string(page) {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Fatalf("the page holds %U", c)
		}
	}
}

// A page check that passes everything would prove nothing.
func TestCheckPageSees(t *testing.T) {
	page := string(htmlOf(t, results(t, sampleHeader(), sample(t))))
	bad := map[string]string{
		"a script":          strings.Replace(page, "<main>", "<main><script>1</script>", 1),
		"a handler":         strings.Replace(page, "<main>", `<main><p onclick="x">`, 1),
		"an element open":   strings.Replace(page, "<main>", "<main><p>", 1),
		"another style":     strings.Replace(page, "body {", "body  {", 1),
		"no policy":         strings.Replace(page, "Content-Security-Policy", "x", 1),
		"a broken tag":      strings.Replace(page, "<main>", "<main><p class=x>", 1),
		"a wider policy":    strings.Replace(page, "default-src 'none'", "default-src *", 1),
		"an image in style": strings.Replace(page, "body {", "body { background: url(x);", 1),
	}
	for name, p := range bad {
		probe := &probe{TB: t}
		func() {
			defer func() {
				if r := recover(); r != nil && r != errProbe {
					panic(r)
				}
			}()
			checkPage(probe, []byte(p))
		}()
		if !probe.failed {
			t.Errorf("%s passes", name)
		}
	}
	testkit.AtLeast(t, 8, len(bad), "bad pages")
}

// probe is a test that notes whether it failed.
type probe struct {
	testing.TB
	failed bool
}

var errProbe = errors.New("the probed test ended")

func (p *probe) Helper()               {}
func (p *probe) Errorf(string, ...any) { p.failed = true }
func (p *probe) Error(...any)          { p.failed = true }
func (p *probe) Fatal(...any)          { p.failed = true; panic(errProbe) }
func (p *probe) Fatalf(string, ...any) { p.failed = true; panic(errProbe) }

func TestPageSays(t *testing.T) {
	records := sample(t)
	page := string(htmlOf(t, results(t, sampleHeader(), records)))
	var tally hashmatch.Tally
	for i := range records {
		tally.Seen++
		tally.Add(&records[i])
	}
	wants := append(slices.Clone(sentences),
		tally.String(), "not affiliated with or endorsed by Project VIC, NCMEC, INTERPOL, NIST, Meta or Microsoft", "case <7> & co", sampleHeader().Warnings[0], strings.Repeat("ab", 32),
		"Hashes computed: md5, sha1, pdq, phash.", "quality below 50 did not match", "2 roots",
		fmt.Sprintf("matched, with a fault: %d", tally.Faults), "87 / 51", `photo\u202egpj.exe`, `not\xffutf8.jpg`, "root 2",
		"a picture whose decoder crashed",
	)
	for _, w := range wants {
		if !strings.Contains(html.UnescapeString(page), w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	testkit.AtLeast(t, 18, len(wants), "pieces of text")

	empty := string(htmlOf(t, results(t, Header{Roots: 1}, nil)))
	checkPage(t, []byte(empty))
	for _, w := range []string{"seen 0 = 0", "None. That says nothing about any file.", "every file was compared in full", "One root"} {
		if !strings.Contains(empty, w) {
			t.Errorf("the page of an empty scan does not say %q", w)
		}
	}
}

// Every file that matched or was not examined in full stands in its table, and nowhere else.
func TestPageTables(t *testing.T) {
	records := sample(t)
	page := string(htmlOf(t, results(t, sampleHeader(), records)))
	_, lists, _ := strings.Cut(page, "<h2>Matched files</h2>")
	matched, unsaid, ok := strings.Cut(lists, "<h2>Not examined in full</h2>")
	if !ok {
		t.Fatal("a section is missing")
	}
	for _, list := range []*string{&matched, &unsaid} {
		*list = digestCell.ReplaceAllString(*list, "</th>")
	}
	rows := 0
	for i := range records {
		rec := &records[i]
		shown := show(rec.Path)
		cell := "<bdi>" + html.EscapeString(shown.Head)
		if shown.Cut > 0 {
			cell += fmt.Sprintf(`<span class="cut"> … %s bytes … </span>%s`, grouped(int64(shown.Cut)), shown.Tail)
		}
		cell = strings.ReplaceAll(cell+"</bdi></th>", "+", "&#43;")
		if got := strings.Contains(matched, cell); got != (len(rec.Matches) > 0) {
			t.Errorf("%q with %d matches: listed as matched: %t", rec.Path, len(rec.Matches), got)
		}
		if got := strings.Contains(unsaid, cell); got != (!rec.Outcome.Examined() || rec.Fault != 0) {
			t.Errorf("%q, %s: listed as not examined: %t", rec.Path, rec.Outcome, got)
		}
		rows++
	}
	testkit.AtLeast(t, 40, rows, "files")
}

// The page of a huge scan stays a page, and says what it leaves out.
func TestPageIsBounded(t *testing.T) {
	var records []hashmatch.Record
	for i := range maxRows + 5 {
		records = append(records,
			hashmatch.Record{Path: fmt.Sprintf("matched %06d.", i), Outcome: hashmatch.Matched, Matches: []hashmatch.Match{
				{Set: "s", Disposition: hashmatch.KnownGood, Kind: hashmatch.SHA1, Tier: hashmatch.Exact, View: hashmatch.Upright}}},
			hashmatch.Record{Path: fmt.Sprintf("denied %06d.", i), Outcome: hashmatch.Denied})
	}
	page := string(htmlOf(t, results(t, Header{Roots: 1}, records)))
	for _, what := range []string{"matched", "denied"} {
		if n := strings.Count(page, "<bdi>"+what+" 0"); n != maxRows {
			t.Errorf("%d rows of %s files", n, what)
		}
		if !strings.Contains(page, fmt.Sprintf("%s %06d.", what, maxRows-1)) {
			t.Errorf("the last row of %s files is missing", what)
		}
	}
	if n := strings.Count(page, "These are the first 10,000 of 10,005: 5 more stand in the results and in the CSV table"); n != 2 {
		t.Errorf("%d tables say what they leave out", n)
	}
}

func TestShowCutsLongText(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 2000 {
		s := strings.Repeat("é", r.IntN(3)) + strings.Repeat([]string{"é", "日", "x", "\xff", "\U0001f600"}[r.IntN(5)], 60+r.IntN(400))
		got := show(s)
		if len(s) <= longText {
			if got != (text{Head: Visible(s)}) {
				t.Fatalf("%q is shown as %+v", s, got)
			}
			continue
		}
		whole := Visible(s)
		if !strings.HasPrefix(whole, got.Head) || !strings.HasSuffix(whole, got.Tail) || got.Cut <= 0 || got.Cut >= len(s) {
			t.Fatalf("%q is shown as %+v", s, got)
		}
		n++
	}
	testkit.AtLeast(t, 500, n, "long texts")
}

func TestEveryOutcomeHasAMeaning(t *testing.T) {
	n := 0
	for _, o := range hashmatch.Outcomes() {
		if meanings[o] == "" {
			t.Errorf("%s has none", o)
		}
		n++
	}
	testkit.AtLeast(t, 14, n, "outcomes")
}

func TestHTMLWriteError(t *testing.T) {
	r, err := Read(bytes.NewReader(results(t, sampleHeader(), sample(t))))
	if err != nil {
		t.Fatal(err)
	}
	if err := HTML(&failing{n: 1}, r); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}
