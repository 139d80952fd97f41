package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// rowsOf splits a document, of whose rows the first tells how many cells all have.
func rowsOf(r io.Reader, sep byte) (rows [][]string, odd, refused []string, err error) {
	t := newRowReader(r, sep, 0)
	for {
		row, err := t.next()
		if err == io.EOF {
			return rows, odd, refused, nil
		}
		if err != nil {
			return rows, odd, refused, err
		}
		if row.refused != "" {
			refused = append(refused, row.refused)
			continue
		}
		if row.odd != "" {
			odd = append(odd, row.odd)
		}
		var cells []string
		for _, c := range row.cells {
			cells = append(cells, string(c))
		}
		rows = append(rows, cells)
		t.width = len(rows[0])
	}
}

func TestRowReader(t *testing.T) {
	h := strings.Repeat("0a", 16)
	cases := []struct{ doc, rows string }{
		{"a,b\nc,d\n", "a|b c|d"},
		{"a,b\r\nc,d", "a|b c|d"},
		{"\ufeffa,b\n\n , \nc,d\r", "a|b c|d"},
		{"a,b,\n,,c", "a|b| ||c"},
		{`"a","b"` + "\n" + `"c,c","d""d"`, `a|b c,c|d"d`},
		{`"a","b"` + "\r\n" + `"c","d"` + "\r", `a|b c|d`},
		{`a,b` + "\n" + `c"c,"d"d"` + "\n" + `"""e""",""` + "\n", `a|b c"c|d"d "e"|`},
		{`a,b` + "\n" + `"""","a"" "` + "\n", `a|b "|a" `},
		{"a,b\nx,\"two\nlines\"\ny,z\n", "a|b x|two\nlines y|z"},
		{"a,b\nx,\"two\r\nlines\"\r\ny,z\r\n", "a|b x|two\r\nlines y|z"},
		{"a,b\n" + h + ",\"x\n" + h + ",\"y\n" + h + ",z\n", "a|b " + h + `|"x ` + h + `|"y ` + h + "|z"}, // nothing closes
		{"a,b\n" + h + ",\"x\n" + h + ",y\"\n", "a|b " + h + `|"x ` + h + `|y"`},                          // another row's quote closes
		{"a,b\nx,\"two\nand \",\"\n", `a|b x|"two and "|"`},                                               // more cells than named
		{"a;b\nx;\"y, \"z\"\n", `a;b x;"y| "z"`},
		{"a,b\n" + strings.Repeat("x", maxLine) + ",y\nc,d\n", "a|b c|d"},
		{"a,b\nx,\"" + strings.Repeat("line\n", maxLine/4) + "c,d\n", `a|b x|"line` + strings.Repeat(" line", maxLine/4-1) + " c|d"},
		{"a\n" + strings.Repeat(",", maxCells) + "x\n" + strings.Repeat(",", maxCells-1) + "x\n", "a " + strings.Repeat("|", maxCells-1) + "x"},
		{"", ""}, {"\n\n", ""}, {"\ufeff", ""},
	}
	for _, c := range cases {
		for _, r := range []io.Reader{strings.NewReader(c.doc), iotest.DataErrReader(iotest.HalfReader(strings.NewReader(c.doc)))} {
			rows, _, _, err := rowsOf(r, ',')
			var text []string
			for _, row := range rows {
				text = append(text, strings.Join(row, "|"))
			}
			if got := strings.Join(text, " "); got != c.rows || err != nil {
				t.Errorf("%.60q: %.200q, want %.200q; %v", c.doc, got, c.rows, err)
			}
		}
	}
	testkit.AtLeast(t, 20, len(cases), "documents")
}

// A document that ends within a quoted cell is cut; a reader that fails, fails.
func TestRowReaderErrors(t *testing.T) {
	for _, doc := range []string{"a,b\nc,\"d", "a,b\nc,\"d,\"\"", `"`} {
		if _, _, _, err := rowsOf(strings.NewReader(doc), ','); !errors.Is(err, hashmatch.ErrIncomplete) {
			t.Errorf("%q: %v", doc, err)
		}
	}
	if _, _, _, err := rowsOf(iotest.TimeoutReader(iotest.HalfReader(bytes.NewReader(nsrlRows(9000)))), ','); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader that fails: %v", err)
	}
	if _, _, _, err := rowsOf(idle{}, ','); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// Whatever the standard library writes is read as it was.
func TestRowReaderAgreesWithTheWriter(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 400 {
		var doc bytes.Buffer
		w := csv.NewWriter(&doc)
		w.UseCRLF = r.IntN(2) == 0
		w.Comma = rune(separators[r.IntN(len(separators))])
		var want [][]string
		width := 1 + r.IntN(5)
		for range r.IntN(60) {
			cells := make([]string, width)
			for i := range cells {
				cells[i] = randomCell(r)
			}
			if width == 1 && strings.TrimSpace(cells[0]) == "" || !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
				continue
			}
			want = append(want, cells)
			if err := w.Write(cells); err != nil {
				t.Fatal(err)
			}
		}
		if w.Flush(); w.Error() != nil {
			t.Fatal(w.Error())
		}
		got, odd, refused, err := rowsOf(iotest.HalfReader(bytes.NewReader(doc.Bytes())), byte(w.Comma))
		if err != nil || len(odd)+len(refused) > 0 || len(got) != len(want) {
			t.Fatalf("%d rows of %d, %q %q %v:\n%q", len(got), len(want), odd, refused, err, doc.String())
		}
		for i := range want {
			for j := range want[i] {
				cell := want[i][j]
				if w.UseCRLF { // the writer makes it so within cells, too
					cell = strings.ReplaceAll(cell, "\n", "\r\n")
				}
				if got[i][j] != cell {
					t.Fatalf("row %d: %q, want %q", i+1, got[i], want[i])
				}
			}
			n++
		}
	}
	testkit.AtLeast(t, 5000, n, "rows")
}

func randomCell(r *rand.Rand) string {
	pieces := []string{"a", "b", "\"", "\"\"", ",", ";", "\t", "|", "\n", " ", "ü", "\xff", "word", strings.Repeat("long ", 40)}
	s := ""
	for range r.IntN(6) {
		s += pieces[r.IntN(len(pieces))]
	}
	return s
}

// Quotes that do not close cost time in proportion to the document, and memory in proportion to the longest line.
func TestRowReaderIsLinear(t *testing.T) {
	size := 2 << 20
	if testing.Short() {
		size = 1 << 19
	}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	docs := map[string]string{
		"quotes at line starts":      "a,b\n" + fill("\"a\n"),
		"closing and opening":        "a,b\n" + fill("\"a\n\",\"b\n"),
		"doubled quotes":             "a,b\n\"" + fill("\"\"") + "\n",
		"a quote in each cell":       "a,b\n" + fill("\"x,\"y\n"),
		"many cells, then a quote":   "a,b\n" + fill(strings.Repeat("\"\n\",", 200)+"\"x\n"),
		"many lines, then a quote":   "a,b\n" + fill("\""+strings.Repeat("x\n", 100_000)+"\",\"x\n"),
		"an endless line":            "a,b\n" + fill("x"),
		"endless cells":              "a,b\n" + fill(","),
		"endless quoted cells":       "a,b\n" + fill("\"\","),
		"nothing but line ends":      fill("\n"),
		"quotes only":                fill("\""),
		"digests in quotes":          "a,b\n" + fill("\""+strings.Repeat("0a", 16)+",x\n"),
		"digests in several lines":   "a,b\n" + fill("\"x\n"+strings.Repeat("0a", 16)+",x\n\",\n"),
		"line ends of both sorts":    "a,b\n" + fill("\"a\r\n\",\r\n\r"),
		"a carriage return for each": fill("\r"),
	}
	for name, doc := range docs {
		start := time.Now()
		rows := newRowReader(strings.NewReader(doc), ',', 0)
		rows.width = 2
		var err error
		for err == nil {
			_, err = rows.next()
		}
		if err != io.EOF && !errors.Is(err, hashmatch.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
		if rows.wasted > int64(len(doc))+wasteAllowed+2*maxLine {
			t.Errorf("%s: %d bytes were read in vain, of %d", name, rows.wasted, len(doc))
		}
		if len(rows.buf) > 2*maxLine+1<<10 || cap(rows.cells) > 2*maxCells {
			t.Errorf("%s: a buffer of %d bytes, %d cells", name, len(rows.buf), cap(rows.cells))
		}
		t.Logf("%-28s %8v, %d rows, %d MiB in vain", name, time.Since(start).Round(time.Millisecond), rows.number, rows.wasted>>20)
	}
	testkit.AtLeast(t, 15, len(docs), "documents")
}
