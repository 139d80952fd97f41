package exchange

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// described is an entry as a golden file holds it: one line, whatever is in it.
func described(e *hashmatch.Entry) string {
	var b strings.Builder
	for _, h := range e.Hashes {
		fmt.Fprintf(&b, "%s ", h.Hash)
		if q, ok := h.Quality.Value(); ok {
			fmt.Fprintf(&b, "quality=%d ", q)
		}
	}
	if e.HasSize {
		fmt.Fprintf(&b, "size=%d ", e.Size)
	}
	for _, t := range []struct{ name, text string }{{"id", e.ID}, {"category", e.Category}, {"series", e.Series}, {"comments", e.Comments}} {
		if t.text != "" {
			fmt.Fprintf(&b, "%s=%q ", t.name, t.text)
		}
	}
	for _, l := range []struct {
		name string
		list []string
	}{{"tags", e.Tags}, {"names", e.Names}, {"sources", e.Sources}} {
		if len(l.list) > 0 {
			fmt.Fprintf(&b, "%s=%q ", l.name, l.list)
		}
	}
	for _, f := range flagFields {
		if v := *f.of(&e.Flags); v != hashmatch.Unsaid {
			fmt.Fprintf(&b, "%s=%t ", f.name, v == hashmatch.Yes)
		}
	}
	for _, x := range e.Extras {
		if len(x.Data) > 40 {
			fmt.Fprintf(&b, "extra %s=%d bytes %q... ", x.Name, len(x.Data), x.Data[:16])
		} else {
			fmt.Fprintf(&b, "extra %s=%q ", x.Name, x.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// reported is a report as a golden file holds it.
func reported(r *Report, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %q variant %q packed %q read %d kept %d removed %d\n", r.Format, r.Variant, r.Packed, r.Read, r.Kept, r.Removed)
	for _, reason := range Reasons(r.Refused) {
		fmt.Fprintf(&b, "refused %d: %s\n", r.Refused[reason], reason)
	}
	for _, s := range r.Samples {
		fmt.Fprintf(&b, "  %s: %s\n", s.Place, s.Reason)
	}
	for _, reason := range Reasons(r.Odd) {
		fmt.Fprintf(&b, "odd %d: %s\n", r.Odd[reason], reason)
	}
	for _, s := range r.Oddness {
		fmt.Fprintf(&b, "  %s: %s\n", s.Place, s.Reason)
	}
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	return b.String()
}

// imported reads a document, some bytes at a time, and returns all that comes of it.
func imported(doc []byte, o Options) (string, Report, error) {
	var b strings.Builder
	report, err := Read(iotest.HalfReader(bytes.NewReader(doc)), o, func(e hashmatch.Entry) error {
		fmt.Fprintln(&b, described(&e))
		return nil
	})
	return b.String() + reported(&report, err), report, err
}

func columns(t testing.TB, text string) map[string]string {
	t.Helper()
	m, err := ParseColumns(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fixtures are the tables of testdata/csv with what has to be said about them.
func fixtures(t testing.TB) map[string]Options {
	return map[string]Options{
		"icse.csv": {}, "icse-short.csv": {}, "griffeye.csv": {}, "griffeye-tab.csv": {}, "hashkeeper.csv": {}, "nsrl2.txt": {}, "nsrl2-old.txt": {},
		"own.csv":       {Columns: columns(t, "md5=Prüfsumme,category=kategorie,path=Datei,size=gross,extra:datei=Datei")},
		"numbers.csv":   {Columns: columns(t, "sha256=1,name=2,id=3")},
		"excel.csv":     {Columns: columns(t, "md5=hash,pdq=pdq,pdq_quality=quality,phash=phash"), Origin: Imagehash},
		"openquote.csv": {Columns: columns(t, "md5=md5,series=series,source=agency")},
	}
}

func TestTables(t *testing.T) {
	all := fixtures(t)
	for name, o := range all {
		doc, err := os.ReadFile(filepath.Join("testdata", "csv", name))
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := imported(doc, o)
		t.Run(name, func(t *testing.T) { testkit.Golden(t, filepath.Join("testdata", "csv", name+".golden"), []byte(text)) })
	}
	testkit.AtLeast(t, 11, len(all), "tables")
}
