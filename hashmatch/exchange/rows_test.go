package exchange

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// longHex is what no error and no report may hold.
var longHex = regexp.MustCompile(`[0-9a-fA-F]{16}`)

// readRows writes down rows with the given columns.
func readRows(t testing.TB, doc string, o RowOptions, columns ...string) (string, error) {
	t.Helper()
	var b strings.Builder
	for row, err := range Rows(iotest.HalfReader(strings.NewReader(doc)), o) {
		if err != nil {
			return b.String(), err
		}
		fmt.Fprintf(&b, "%s:", row.At)
		if row.Fault != "" {
			fmt.Fprintf(&b, " fault: %s\n", row.Fault)
			continue
		}
		for _, c := range columns {
			switch cell, ok := row.Cell(c); {
			case !ok:
				fmt.Fprintf(&b, " -")
			case cell.JSON != nil:
				fmt.Fprintf(&b, " %s", cell.JSON)
			default:
				fmt.Fprintf(&b, " %q", cell.Text)
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func TestRows(t *testing.T) {
	csvDoc := "path;SHA256 ;time\n\"a;\nb\";12;x\nc\n\nd;1;2;3\ne\"f;1;2\n\"g\";4;5"
	cases := []struct {
		name, doc string
		o         RowOptions
		columns   []string
	}{
		{"csv", csvDoc, RowOptions{Format: "csv"}, []string{"path", "sha256", "time", "none"}},
		{"csv-crlf-bom", "\ufeff" + strings.ReplaceAll(csvDoc, "\n", "\r\n"), RowOptions{Format: "csv", Needed: []string{"SHA256"}}, []string{"path", "sha256", "time"}},
		{"csv-tab", "a\tb,c\n1\t2\n", RowOptions{Format: "csv"}, []string{"a", "b,c"}},
		{"csv-said", "a,b|c\n1,2|3\n", RowOptions{Format: "csv", Separator: '|'}, []string{"a,b", "c"}},
		{"csv-sep", "sep=|\na,b|c\n1,2|3\n", RowOptions{Format: "csv"}, []string{"a,b", "c"}},
		{"csv-quoted-header", "\"a,,,\";\"b\"\n1;2\n", RowOptions{Format: "csv"}, []string{"a,,,", "b"}},
		{"csv-twice", "a,A,b\n1,2,3\n", RowOptions{Format: "csv", Needed: []string{"A"}}, []string{"A", "a"}},
		{"csv-not-closed", "a,b\n1,2\n\"3,4\n5,6\n", RowOptions{Format: "csv"}, []string{"a", "b"}},
		{"csv-missing", "a,b\n1,2\n", RowOptions{Format: "csv", Needed: []string{"c"}}, nil},
		{"csv-ambiguous", "a,a\n1,2\n", RowOptions{Format: "csv", Needed: []string{"a"}}, nil},
		{"csv-nothing", "", RowOptions{Format: "csv"}, nil},
		{"csv-utf16", "\xff\xfea\x00", RowOptions{Format: "csv"}, nil},
		{"jsonl", "{\"a\":1,\"B\":{\"c\":[1,2],\"d.e\":\"x\"},\"f.g\":null}\n\n[]\n{\"a\":1.50,\"b\":7}\nnull\n{\"A\":\"\\u00e9\",\"a\":\"\xff\"}\n", RowOptions{Format: "jsonl"}, []string{"a", "b.c", "b.d.e", "f.g", "b.c.d"}},
		{"jsonl-cut", "{\"a\":1}\n{\"a\":", RowOptions{Format: "jsonl"}, []string{"a"}},
		{"jsonl-folded-twice", "{\"Ab\":1,\"aB\":2}\n", RowOptions{Format: "jsonl"}, []string{"ab", "aB"}},
		{"hashdeep", "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n5,0123456789abcdef0123456789abcdef,a,b\nnext\n", RowOptions{Format: "hashdeep", Needed: []string{"md5"}}, []string{"md5", "size", "filename"}},
		{"hashdeep-missing", "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n", RowOptions{Format: "hashdeep", Needed: []string{"sha1"}}, nil},
		{"dfxml", "<dfxml><fileobject><filename>a\xff</filename><hashdigest type='SHA-256'> 12 </hashdigest><mtime prec='1'>t</mtime></fileobject></dfxml>", RowOptions{Format: "dfxml"}, []string{"filename", "sha256", "mtime", "filesize"}},
		{"unknown", "a", RowOptions{Format: "xls"}, nil},
	}
	var b strings.Builder
	for _, c := range cases {
		got, err := readRows(t, c.doc, c.o, c.columns...)
		fmt.Fprintf(&b, "== %s\n%s", c.name, got)
		if err != nil {
			fmt.Fprintf(&b, "error: %v\n", err)
		}
	}
	testkit.AtLeast(t, 19, len(cases), "documents")
	testkit.Golden(t, filepath.Join("testdata", "rows.golden"), []byte(b.String()))
}

// What encoding/csv writes is read back, whatever stands in the fields and whatever separates them.
func TestCSVRowsRoundTrip(t *testing.T) {
	r := testkit.Rand(t)
	pieces := []string{"a", "\"", ",", ";", "\t", "|", "\n", " ", "é", "\xff", "1"}
	for range 500 {
		sep := rune(rowSeparators[r.IntN(len(rowSeparators))])
		var doc strings.Builder
		w := csv.NewWriter(&doc)
		w.Comma = sep
		w.Write([]string{"one", "two", "three"})
		var want []string
		for range 1 + r.IntN(5) {
			fields := make([]string, 3)
			for i := range fields {
				for range r.IntN(5) {
					fields[i] += pieces[r.IntN(len(pieces))]
				}
			}
			want = append(want, fields...)
			w.Write(fields)
		}
		w.Flush()
		var got []string
		for row, err := range Rows(iotest.OneByteReader(strings.NewReader(doc.String())), RowOptions{Format: "csv"}) {
			if err != nil || row.Fault != "" {
				t.Fatalf("%q: %v %s", doc.String(), err, row.Fault)
			}
			for _, c := range []string{"one", "TWO", "three"} {
				cell, _ := row.Cell(c)
				got = append(got, cell.Text)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q\n got %q\nwant %q", doc.String(), got, want)
		}
	}
}

// endlessDoc goes on with the same text for ever.
type endlessDoc struct {
	text string
	read int
}

func (e *endlessDoc) Read(p []byte) (int, error) {
	n := copy(p, strings.Repeat(e.text, len(p)/len(e.text)+1))
	e.read += n
	return n, nil
}

// A row that never ends is an error after a MiB and what was read ahead, not a full memory.
func TestEndlessRows(t *testing.T) {
	for format, begin := range map[string]string{"csv": "a,b\n\"", "dfxml": "<dfxml><fileobject><filename>"} {
		in := &endlessDoc{text: "xyz"}
		var got error
		for _, err := range Rows(io.MultiReader(strings.NewReader(begin), in), RowOptions{Format: format}) {
			got = err
		}
		if !errors.Is(got, hashmatch.ErrLimit) || in.read > 2*maxLine {
			t.Errorf("%s: %v after %d bytes", format, got, in.read)
		}
	}
}

// Rows come as they are written: whoever writes one may wait for the answer before writing the next.
func TestRowsComeOneByOne(t *testing.T) {
	for format, lines := range map[string][]string{
		"csv":   {"a,b\n", "1,2\n", "3,4\n"},
		"jsonl": {"", "{\"a\":1}\n", "{\"a\":3}\n"},
		"dfxml": {"<dfxml>", "<fileobject><a>1</a></fileobject>", "<fileobject><a>3</a></fileobject>", "</dfxml>"},
	} {
		r, w := io.Pipe()
		answered := make(chan string)
		go func() {
			for i, l := range lines {
				io.WriteString(w, l)
				if i == 1 || i == 2 {
					<-answered
				}
			}
			w.Close()
		}()
		n := 0
		for row, err := range Rows(r, RowOptions{Format: format}) {
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			cell, _ := row.Cell("a")
			n++
			answered <- cell.Text
		}
		if n != 2 {
			t.Errorf("%s: %d rows", format, n)
		}
	}
}

func FuzzRows(f *testing.F) {
	for _, doc := range []string{"a,b\n1,\"2\n", "sep=;\na;b\n", "{\"a\":{\"b\":1}}\n{", "%%%% HASHDEEP-1.0\n%%%% md5,filename\n", "<dfxml><fileobject><a>1</a></fileobject></dfxml>"} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		for _, format := range RowFormats() {
			for row, err := range Rows(strings.NewReader(doc), RowOptions{Format: format}) {
				if err != nil {
					if longHex.MatchString(err.Error()) && !strings.Contains(err.Error(), "columns are") {
						t.Fatal(err)
					}
					break
				}
				row.Cell("a")
				row.Cell("a.b")
			}
		}
	})
}
