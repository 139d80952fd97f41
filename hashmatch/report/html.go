package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"unicode/utf8"

	"github.com/hashmatch/engine/hashmatch"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// pageHead is the policy and the style, which are ours, as they stand in the page. The policy lets a browser load and run
// nothing, and use no style but this one. html/template would escape the first and strip comments of the second.
var pageHead = func() template.HTML {
	sum := sha256.Sum256([]byte(pageCSS))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	return template.HTML(`<meta http-equiv="Content-Security-Policy" content="` + policy + "\">\n<style>" + pageCSS + "</style>")
}()

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"grouped": func(n any) (string, error) {
		switch n := n.(type) {
		case int:
			return grouped(int64(n)), nil
		case int64:
			return grouped(n), nil
		}
		return "", fmt.Errorf("report: %T is no number", n)
	},
	"show":        show,
	"mostFurther": func() string { return grouped(maxFurther) },
}).Parse(pageHTML))

const (
	maxRows  = 10_000 // of each table of files
	longText = 300    // bytes of a name that a table shows
)

// sentences stand in every report.
var sentences = []string{
	"A match is a lead, not a finding.",
	"The program compared numbers and showed no picture.",
	"An authorised person confirms before anyone acts.",
	"No match says nothing about a file: that it did not match is no finding either.",
}

// meanings says in words what an outcome means.
var meanings = map[hashmatch.Outcome]string{
	hashmatch.NotRegular:  "a link, FIFO, device or socket: never opened",
	hashmatch.Skipped:     "left out, or not compared in full, because the user said so",
	hashmatch.Denied:      "no permission to read",
	hashmatch.IOError:     "could not be read",
	hashmatch.Changed:     "changed while it was read",
	hashmatch.Matched:     "meets an entry of a set",
	hashmatch.TooLarge:    "a picture over the limits of size or memory",
	hashmatch.Timeout:     "a picture that took longer than allowed",
	hashmatch.Crashed:     "a picture whose decoder crashed",
	hashmatch.Corrupt:     "a damaged picture",
	hashmatch.Partial:     "a picture of which too little could be decoded",
	hashmatch.Unhashable:  "a picture too plain for perceptual hashes",
	hashmatch.Unsupported: "media that this build cannot decode",
	hashmatch.Cleared:     "everything asked for was compared, nothing matched",
}

// text is a piece of text of others as a page shows it.
type text struct {
	Head string
	Cut  int // bytes left out between Head and Tail
	Tail string
}

// String returns what a page shows, without its mark-up.
func (t text) String() string {
	if t.Cut == 0 {
		return t.Head
	}
	return fmt.Sprintf("%s … %s bytes … %s", t.Head, grouped(int64(t.Cut)), t.Tail)
}

// show makes a text visible, and cuts out the middle of one that is too long for a table. The parts are copies: they do
// not keep the whole text in memory.
func show(s string) text { return showWithin(s, longText) }

// showWithin is show with another number of bytes that are not too long.
func showWithin(s string, most int) text {
	if len(s) <= most {
		return text{Head: Visible(s)}
	}
	head, tail := most*2/3, len(s)-most/3
	for head > 0 && !utf8.RuneStart(s[head]) {
		head--
	}
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	return text{Visible(string([]byte(s[:head]))), tail - head, Visible(string([]byte(s[tail:])))}
}

// page is what the template shows. Its memory is bounded by the rows of its tables, not by the scan.
type page struct {
	Head      template.HTML
	Sentences []string
	*Header
	Kinds    string
	Views    string // what the views mean; "" where it is not known
	ByPDQ    bool   // a set was searched by PDQ
	Chances  []chanceRow
	Alarm    string // more chance matches than one are to be expected
	Tally    hashmatch.Tally
	Equation string // the accounting in one line
	Outcomes []outcomeRow
	Charts   []*chart
	Near     []nearRow // the numbers of the second chart
	ByView   []viewRow
	ByTier   tierCounts // of all views
	Second   string     // what second hashes and drawings make of the matches
	Tiers    string     // what the tiers mean
	Matched  []*fileTable
	Unsaid   []*fileTable
	Unlisted int64 // matches that the results count but do not list
	Thumbs   int64 // files whose thumbnail differs
	Against  int64 // files that sets contradict each other about

	distances distances
	census    census
	matched   map[hashmatch.Disposition]*fileTable
	unsaid    map[hashmatch.Outcome]*fileTable
	faulty    fileTable
	listed    int // matches in the rows' details
}

type outcomeRow struct {
	Outcome hashmatch.Outcome
	Files   int64
	Meaning string
}

type nearRow struct {
	Kind      string
	Matches   int64
	Distances string
}

// fileTable is a table of files, of which it holds the first maxRows.
type fileTable struct {
	Name    string
	Meaning string
	Files   int64
	Rows    []fileRow
}

type fileRow struct {
	Root   int // 0 when there is only one
	Path   text
	Digest string
	Size   int64
	Marks  []mark
	Lead   *matchRow // nil in the tables of what could not be examined
	Rest   *further  // nil for none
	Remark text
}

// add counts a file, and keeps the row that make returns if there is room.
func (t *fileTable) add(make func() fileRow) {
	if t.Files++; len(t.Rows) < maxRows {
		t.Rows = append(t.Rows, make())
	}
}

// More returns how many files the table leaves out.
func (t *fileTable) More() int64 { return t.Files - int64(len(t.Rows)) }

// HTML writes one page that accounts for every file, shows two charts, and lists the matched files and those that could
// not be examined, at most 10,000 of each sort. It holds no picture and no script and loads nothing. Nothing is written
// when the results turn out not to be whole; the error is then Records'.
func HTML(w io.Writer, r *Reader) error {
	p := &page{
		Head: pageHead, Sentences: sentences, Header: &r.Header, distances: distances{},
		matched: map[hashmatch.Disposition]*fileTable{}, unsaid: map[hashmatch.Outcome]*fileTable{},
		faulty: fileTable{Name: "matched, with a fault", Meaning: "met an entry, but could not be examined in full"},
	}
	for rec, err := range r.Records() {
		if err != nil {
			return err
		}
		p.add(&rec)
	}
	var err error
	if p.Tally, err = r.Summary(); err != nil {
		return err
	}
	p.finish(r.Chance())
	out := bufio.NewWriter(w)
	if err := pageTemplate.Execute(out, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// add takes a record into the charts and tables. A file can stand in two tables: matched, and not examined in full.
func (p *page) add(rec *hashmatch.Record) {
	fp := &rec.Fingerprint
	drawn := newDrawings(fp)
	for i := range rec.Matches {
		m := &rec.Matches[i]
		p.distances.add(m)
		p.census.add(m, drawn.met(m))
	}
	if fp.ThumbnailDiffers {
		p.Thumbs++
	}
	if conflictOf(rec.Matches).Sets {
		p.Against++
	}
	p.Unlisted += int64(rec.More)
	if lead := gravest(rec.Matches); lead != nil {
		t := p.matched[lead.Disposition]
		if t == nil {
			t = &fileTable{Name: lead.Disposition.String()}
			p.matched[lead.Disposition] = t
		}
		t.add(func() fileRow {
			row := p.row(rec, hashmatch.Matched, rec.Matches, lead)
			row.Lead = newMatchRow(lead)
			if row.Rest = newFurther(rec, lead, maxFurther-p.listed); row.Rest != nil {
				p.listed += len(row.Rest.Matches)
			}
			return row
		})
	}
	switch {
	case rec.Fault != 0:
		p.faulty.add(func() fileRow { return p.row(rec, hashmatch.Matched, nil, nil) })
	case !rec.Outcome.Examined():
		t := p.unsaid[rec.Outcome]
		if t == nil {
			t = &fileTable{Name: rec.Outcome.String(), Meaning: meanings[rec.Outcome]}
			p.unsaid[rec.Outcome] = t
		}
		t.add(func() fileRow { return p.row(rec, rec.Outcome, nil, nil) })
	}
}

// row returns what every table shows of a file; told is what the table's own name says of it, matches those that it
// shows, if any, and lead the first of these.
func (p *page) row(rec *hashmatch.Record, told hashmatch.Outcome, matches []hashmatch.Match, lead *hashmatch.Match) fileRow {
	fp := &rec.Fingerprint
	row := fileRow{Path: show(rec.Path), Digest: strongest(fp), Size: fp.Size, Marks: marks(fp, matches, lead)}
	if p.Roots > 1 {
		row.Root = rec.Root
	}
	remark := rec.Error
	for _, o := range []hashmatch.Outcome{rec.Fault, rec.Outcome} {
		if o != 0 && o != told {
			remark = fmt.Sprintf("%s: %s", o, remark)
		}
	}
	row.Remark = show(remark)
	return row
}

// MatchedFiles returns the number of files that matched.
func (p *page) MatchedFiles() int64 { return p.Tally.By[hashmatch.Matched] }

// finish puts the charts and tables in order once everything is counted.
func (p *page) finish(chance []SetChance) {
	p.Equation = p.Tally.String()
	p.Views = viewSets[p.Header.Views]
	p.Chances, p.Alarm = chanceRows(p.Header, chance), ChanceWarning(chance)
	for _, s := range p.Searches {
		p.ByPDQ = p.ByPDQ || s.Kind == hashmatch.PDQ && s.Hashes > 0
	}
	p.ByView, p.ByTier = p.census.table()
	p.Second, p.Tiers = p.census.words(), tierLine
	for i, k := range p.Header.Kinds {
		if i > 0 {
			p.Kinds += ", "
		}
		p.Kinds += k.String()
	}
	for _, o := range hashmatch.Outcomes() {
		if n := p.Tally.By[o]; n > 0 {
			p.Outcomes = append(p.Outcomes, outcomeRow{o, n, meanings[o]})
		}
		if t := p.unsaid[o]; t != nil {
			p.Unsaid = append(p.Unsaid, t)
		}
	}
	if p.faulty.Files > 0 {
		p.Unsaid = append(p.Unsaid, &p.faulty)
	}
	for _, d := range dispositions {
		if t := p.matched[d]; t != nil {
			p.Matched = append(p.Matched, t)
		}
	}
	p.Charts = []*chart{outcomesChart(&p.Tally), p.distances.chart(p.Searches)}
	for _, k := range p.distances.kinds(p.Searches) {
		row := nearRow{label(k), p.distances.total(k), p.distances.words(k)}
		p.Near = append(p.Near, row)
	}
}
