package report

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/internal/cell"
)

// csvColumns are the names of the columns. Those from "set" to "category" and from "view_quality" to "second_agrees" describe
// one match: the first of the gravest disposition. "conflict" is of all matches: whether digests or sizes speak against each
// other, or a file is known-bad by one set and known-good by another. "also" names the other sets. New columns are added at
// the end.
func csvColumns() []string {
	columns := []string{"root", "path", "path_b64", "size", "status", "fault"}
	for _, k := range hashmatch.Kinds() {
		columns = append(columns, k.String())
		if k == hashmatch.PDQ {
			columns = append(columns, "pdq_quality")
		}
	}
	return append(columns, "format", "width", "height", "thumbnail_differs", "matches",
		"set", "disposition", "entry", "id", "kind", "distance", "view", "tier", "category", "conflict", "error", "viewed",
		"view_quality", "entry_quality", "view_graphic", "second_kind", "second_distance", "second_agrees", "graphic", "partial",
		"also", "chance")
}

// CSV writes one row for each record to w, under a row of column names (RFC 4180, but with LF), and then one for each set and
// pass of which the results tell the expected chance matches: what they are stands in the column "chance", which no file
// has, and the status is "expected-chance". When the results turn out not to be whole it returns Records' error, with rows
// already written.
//
// Cells with text of others (names, errors, what sets say) are made Visible, kept from being formulas, and cut in the middle
// where a spreadsheet would break them; path_b64 holds the exact bytes of every path that its cell shows in another form. Hashes and numbers are plain: import them as text, a
// spreadsheet takes a hash of digits only for a number.
func CSV(w io.Writer, r *Reader) error {
	out := csv.NewWriter(w)
	columns := csvColumns()
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	row := make([]string, 0, len(columns))
	for rec, err := range r.Records() {
		if err != nil {
			return err
		}
		row = csvRow(row[:0], &rec)
		if err := out.Write(row); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	for _, c := range chanceRows(&r.Header, r.Chance()) {
		if err := out.Write(csvChance(columns, &c)); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// csvRow appends the cells of a record, in the order of csvColumns.
func csvRow(row []string, rec *hashmatch.Record) []string {
	path, exact := csvText(rec.Path), ""
	if path != rec.Path {
		exact = base64.StdEncoding.EncodeToString([]byte(rec.Path))
	}
	fp := &rec.Fingerprint
	row = append(row, strconv.Itoa(rec.Root), path, exact, strconv.FormatInt(fp.Size, 10), rec.Outcome.String(), rec.Fault.String())
	for _, k := range hashmatch.Kinds() {
		if k.Digest() {
			row = append(row, fp.Digest(k).Hex())
			continue
		}
		h, _ := fp.Hash(k, hashmatch.Upright)
		row = append(row, h.Hash.Hex())
		if k == hashmatch.PDQ {
			row = append(row, csvQuality(h.Quality))
		}
	}
	row = append(row, csvText(fp.Format), csvNonzero(fp.Width), csvNonzero(fp.Height), yesNo(fp.ThumbnailDiffers), strconv.Itoa(len(rec.Matches)+rec.More))
	if m := gravest(rec.Matches); m == nil {
		row = append(row, "", "", "", "", "", "", "", "", "", "")
	} else {
		row = append(row, csvText(m.Set), m.Disposition.String(), strconv.FormatUint(uint64(m.Entry), 10), csvText(m.ID), m.Kind.String(),
			strconv.Itoa(m.Distance), csvText(string(m.View)), m.Tier.String(), csvText(m.Category), yesNo(conflictOf(rec.Matches).any()))
	}
	row = append(row, csvText(rec.Error), "no")
	also := ""
	if m := gravest(rec.Matches); m == nil {
		row = append(row, "", "", "", "", "", "")
	} else {
		row = csvNear(row, fp, m)
		also = csvAlso(rec.Matches, m)
	}
	return append(row, csvGraphic(fp, hashmatch.Upright), csvShare(fp.Partial), also, "")
}

// csvChance is the row that tells the chance matches of one set in one pass. What is counted over all rows, such as sizes,
// is 0 in it.
func csvChance(columns []string, c *chanceRow) []string {
	pass := ""
	if c.Pass != "" {
		pass = c.Pass + ": "
	}
	cells := map[string]string{
		"root": "0", "size": "0", "matches": "0", "status": "expected-chance", "viewed": "no", "set": cell.Guard(c.Set.String()), "kind": hashmatch.PDQ.String(),
		"chance": cell.Guard(fmt.Sprintf("%s%s, in %s pictures looked up against %s entries, by up to %s views within %d of pdq",
			pass, c.Expected, grouped(c.Files), grouped(c.Entries), grouped(int64(c.Views)), c.Radius)),
	}
	row := make([]string, len(columns))
	for i, name := range columns {
		row[i] = cells[name]
	}
	return row
}

// csvNear appends what only matches by perceptual hashes have.
func csvNear(row []string, fp *hashmatch.Fingerprint, m *hashmatch.Match) []string {
	graphic := ""
	if m.Kind.Perceptual() {
		graphic = csvGraphic(fp, m.View)
	}
	row = append(row, csvKnown(m.Quality), csvKnown(m.EntryQuality), graphic)
	if m.Second == nil {
		return append(row, "", "", "")
	}
	return append(row, m.Second.Kind.String(), strconv.Itoa(m.Second.Distance), yesNo(m.Second.Agrees))
}

// csvGraphic tells whether a view looks drawn; nothing where the results hold no hash of it.
func csvGraphic(fp *hashmatch.Fingerprint, v hashmatch.View) string {
	for i := range fp.Hashes {
		if fp.Hashes[i].View == v {
			return yesNo(fp.Hashes[i].Graphic)
		}
	}
	return ""
}

func csvKnown(q *int) string {
	if q == nil {
		return ""
	}
	return strconv.Itoa(*q)
}

// csvShare is a share of a picture as a decimal fraction; nothing for the whole and for none.
func csvShare(part float64) string {
	if part == 0 {
		return ""
	}
	return strconv.FormatFloat(part, 'g', -1, 64)
}

// A spreadsheet's cell holds 32,767 characters of UTF-16. What is beyond them lands in a row of its own, where it may be a
// formula, so a text that takes more bytes than mostCell is cut to mostText of its bytes, of which none takes more than four.
const (
	mostCell = 32_000
	mostText = mostCell/4 - 50
)

// csvText is a cell of text that others chose.
func csvText(s string) string {
	if shown := cell.Text(s); len(shown) <= mostCell {
		return shown
	}
	return cell.Guard(showWithin(s, mostText).String())
}

func csvQuality(q hashmatch.Quality) string {
	if v, ok := q.Value(); ok {
		return strconv.Itoa(v)
	}
	return ""
}

func csvNonzero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
