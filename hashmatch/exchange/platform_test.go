package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// entryLine writes all that an entry says.
func entryLine(e *hashmatch.Entry) string {
	var b strings.Builder
	for _, h := range e.Hashes {
		b.WriteString(h.Hash.String())
		if q, ok := h.Quality.Value(); ok {
			fmt.Fprintf(&b, "@%d", q)
		}
		b.WriteByte(' ')
	}
	fmt.Fprintf(&b, "id=%q category=%q tags=%q names=%q sources=%q", e.ID, e.Category, e.Tags, e.Names, e.Sources)
	for _, x := range e.Extras {
		if x.Name == PhotoDNAExtra {
			fmt.Fprintf(&b, " %s=%x", x.Name, x.Data)
		} else {
			fmt.Fprintf(&b, " %s=%s", x.Name, x.Data)
		}
	}
	return b.String()
}

// reportText writes what a report says.
func reportText(r *Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %s, %d read, %d kept, %d removed\n", r.Format, r.Read, r.Kept, r.Removed)
	for _, reason := range Reasons(r.Refused) {
		fmt.Fprintf(&b, "refused %d: %s\n", r.Refused[reason], reason)
	}
	for _, x := range r.Samples {
		fmt.Fprintf(&b, "  %s: %s\n", x.Place, x.Reason)
	}
	for _, reason := range Reasons(r.Odd) {
		fmt.Fprintf(&b, "odd %d: %s\n", r.Odd[reason], reason)
	}
	for _, x := range r.Oddness {
		fmt.Fprintf(&b, "  %s: %s\n", x.Place, x.Reason)
	}
	return b.String()
}

// hashValue is what no report and no error may hold: it tells of hashes cut short, too.
var hashValue = regexp.MustCompile(`[0-9A-Fa-f]{12}`)

// readFull reads a document whose entries count only when reading it succeeds.
func readFull(t testing.TB, doc []byte, o Options) ([]string, Report, error) {
	t.Helper()
	var entries []string
	report, err := Read(iotest.HalfReader(bytes.NewReader(doc)), o, func(e hashmatch.Entry) error {
		entries = append(entries, entryLine(&e))
		return nil
	})
	if report.Read != report.Kept+report.Removed+report.RefusedTotal() || err == nil && report.Kept != len(entries) {
		t.Errorf("the report does not add up: %+v with %d entries", report, len(entries))
	}
	text := reportText(&report)
	if err != nil {
		text += err.Error()
		if !errors.Is(err, hashmatch.ErrFormat) && !errors.Is(err, hashmatch.ErrIncomplete) && !errors.Is(err, hashmatch.ErrLimit) && !errors.Is(err, hashmatch.ErrUnsupported) {
			t.Errorf("an error of no class: %v", err)
		}
	}
	if hashValue.MatchString(text) {
		t.Errorf("a report or error holds a hash:\n%s", text)
	}
	return entries, report, err
}

// Each fixture is read as it should be, found by its content alone.
func TestPlatforms(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "platforms", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".golden") })
	testkit.AtLeast(t, 13, len(files), "fixtures")
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			doc, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			entries, report, err := readFull(t, doc, Options{Name: filepath.Base(f)})
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(entries, "\n") + "\n\n" + reportText(&report)
			testkit.Golden(t, f+".golden", []byte(text))
		})
	}
}

// A document that is cut gives an error and no set, wherever the cut is. Lists of lines can be told to be cut within a
// line only: what they give is then refused, remarked, or the beginning of the whole.
func TestPlatformsCut(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "platforms", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	cuts, kept := 0, 0
	for _, f := range files {
		if strings.HasSuffix(f, ".golden") {
			continue
		}
		doc, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := formatFor(filepath.Base(f))
		whole, report, err := readFull(t, doc, Options{Format: name})
		if err != nil {
			t.Fatal(err)
		}
		structured := !strings.HasSuffix(f, ".csv") && !strings.HasSuffix(f, ".txt")
		for n := range doc {
			if testing.Short() && n%7 != 0 {
				continue
			}
			cuts++
			got, part, err := readFull(t, doc[:n], Options{Format: name})
			switch {
			case err != nil:
				continue
			case structured:
				if rest := doc[n:]; len(bytes.TrimSpace(rest)) > 0 && !bytes.HasPrefix(bytes.TrimSpace(rest), []byte("{")) {
					t.Errorf("%s cut at %d of %d: no error", f, n, len(doc))
				}
			case n == 0 || doc[n-1] == '\n' || doc[n] == '\n':
				// Where a line ends nothing can tell.
			case !beginning(got, whole) && part.RefusedTotal() <= report.RefusedTotal() && part.Odd[oddEnd] == 0 && name != "signals":
				t.Errorf("%s cut at %d of %d: %d entries of %d, and nothing tells", f, n, len(doc), len(got), len(whole))
			}
			kept++
		}
	}
	testkit.AtLeast(t, 2000, cuts, "cuts")
	testkit.AtLeast(t, 100, kept, "cuts that are no error")
}

// formatFor returns the format of a fixture.
func formatFor(file string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(file, filepath.Ext(file)), "-")
	if name == "threatexchange" && strings.HasSuffix(file, ".csv") {
		return "threatexchange-csv"
	}
	return name
}

func beginning(part, whole []string) bool {
	return len(part) <= len(whole) && slices.Equal(part, whole[:len(part)])
}

func TestPlatformsRefuse(t *testing.T) {
	const xmlHead = `<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">`
	deepXML := strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)
	cases := []struct {
		name, format, doc string
		is                error
		says              string
	}{
		{"xml: another root", "ncmec", `<status xmlns="https://hashsharing.ncmec.org/hashsharing/v2"/>`, hashmatch.ErrUnsupported, "no queryResult"},
		{"xml: another version", "ncmec", `<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v3"/>`, hashmatch.ErrUnsupported, "version 2"},
		{"xml: nothing", "ncmec", ``, hashmatch.ErrFormat, "no records"},
		{"xml: an empty answer", "ncmec", xmlHead + `</queryResult>`, hashmatch.ErrFormat, "no records"},
		{"xml: cut", "ncmec", xmlHead + `<images>`, hashmatch.ErrIncomplete, "breaks off"},
		{"xml: crossed", "ncmec", xmlHead + `<images></queryResult></images>`, hashmatch.ErrFormat, "no XML"},
		{"xml: a declaration", "ncmec", `<!DOCTYPE x [<!ENTITY a "b">]>` + xmlHead + `</queryResult>`, hashmatch.ErrUnsupported, "declaration"},
		{"xml: an entity", "ncmec", xmlHead + `<images><image><id>&` + md5Hex + `;</id></image></images></queryResult>`, hashmatch.ErrFormat, "no XML"},
		{"xml: another charset", "ncmec", `<?xml version="1.0" encoding="` + md5Hex + `"?>` + xmlHead, hashmatch.ErrUnsupported, "UTF-8"},
		{"xml: bad UTF-8", "ncmec", xmlHead + "\xff</queryResult>", hashmatch.ErrFormat, "no XML"},
		{"xml: deep in a record", "ncmec", xmlHead + `<images><image>` + deepXML + `</image></images></queryResult>`, hashmatch.ErrLimit, "deep"},
		{"xml: deep elsewhere", "ncmec", xmlHead + deepXML + `</queryResult>`, hashmatch.ErrLimit, "deep"},
		{"xml: a record without end", "ncmec", xmlHead + `<images><image>` + strings.Repeat("<a></a>", maxRecord/7) + `</image></images></queryResult>`, hashmatch.ErrLimit, "1 MiB"},
		{"xml: a text without end", "ncmec", xmlHead + strings.Repeat(" ", maxRecord+9) + `</queryResult>`, hashmatch.ErrLimit, "1 MiB"},
		{"xml: a comment without end", "ncmec", `<!--` + strings.Repeat("x", maxRecord+9), hashmatch.ErrLimit, "1 MiB"},
		{"json: a scalar", "stopncii", `7`, hashmatch.ErrFormat, "object should stand"},
		{"json: an array", "stopncii", `[]`, hashmatch.ErrFormat, "object should stand"},
		{"json: records in an object", "stopncii", `{"hashRecords":{}}`, hashmatch.ErrFormat, "in an array"},
		{"json: none", "stopncii", `{"hashRecords":[]}`, hashmatch.ErrFormat, "no records"},
		{"json: cut", "stopncii", `{"hashRecords":[{"hashValue":"`, hashmatch.ErrIncomplete, "breaks off"},
		{"json: more behind", "stopncii", `{"hashRecords":[]}]`, hashmatch.ErrFormat, "no JSON"},
		{"json: a broken record", "stopncii", `{"hashRecords":[{"hashValue":` + md5Hex + `}]}`, hashmatch.ErrFormat, "no JSON"},
		{"json: deep elsewhere", "stopncii", `{"a":` + strings.Repeat("[", 40), hashmatch.ErrLimit, "deep"},
		{"json: a record without end", "stopncii", `{"hashRecords":[{"a":"` + strings.Repeat("x", maxRecord) + `"}]}`, hashmatch.ErrLimit, "1 MiB"},
		{"json: space without end", "stopncii", `{"hashRecords":[` + strings.Repeat(" ", maxRecord+9) + `]}`, hashmatch.ErrLimit, "1 MiB"},
		{"json: all taken back", "stopncii", `{"hashRecords":[{"signalType":"ImagePDQ","hashValue":"x","hashStatus":"Deleted","lastModtimestamp":1}]}`, hashmatch.ErrFormat, "taken back"},
		{"threatexchange: a scalar", "threatexchange", `"x"`, hashmatch.ErrFormat, "object should stand"},
		{"csv: quotes without end", "threatexchange-csv", "type,indicator\nHASH_MD5,\"" + md5Hex, hashmatch.ErrIncomplete, "within quotes"},
		{"csv: quotes over all", "threatexchange-csv", "type,indicator\nHASH_MD5,\"" + strings.Repeat("x\n", maxRecord/2), hashmatch.ErrLimit, "1 MiB"},
		{"csv: no rows", "threatexchange-csv", "type,indicator\n", hashmatch.ErrFormat, "no records"},
		{"vpdq: a frame cut off", "vpdq", "0,100," + sha256Hex + ",0.0\n1,100," + md5Hex, hashmatch.ErrIncomplete, "breaks off"},
		{"vpdq: none", "vpdq", "\n", hashmatch.ErrFormat, "no records"},
		{"signals: none of use", "signals", "url https://example.org\n", hashmatch.ErrFormat, "none of 1"},
	}
	for _, c := range cases {
		_, report, err := readFull(t, []byte(c.doc), Options{Format: c.format})
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; %s", c.name, err, reportText(&report))
		}
	}
	testkit.AtLeast(t, 33, len(cases), "documents")
}

// repeatedDoc is a document that is made while it is read.
type repeatedDoc struct {
	head, part, tail string
	left             int
	rest             string
	near             func() // called when one part is left
}

func (r *repeatedDoc) Read(p []byte) (int, error) {
	if r.rest == "" && r.left > 0 {
		if r.left--; r.left == 1 {
			r.near()
		}
		if r.rest = r.head + r.part; r.left == 0 {
			r.rest += r.tail
		}
		r.head = ""
	}
	if r.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Memory does not grow with the number of records, when they are of one item.
func TestPlatformsMemory(t *testing.T) {
	image := `<image><member id="1"/><id>a</id><timestamp>2020-01-01T00:00:00Z</timestamp><fingerprints><md5>` + md5Hex + `</md5></fingerprints></image>`
	for format, doc := range map[string]repeatedDoc{
		"ncmec":              {head: `<queryResult><images>`, part: image, tail: `</images></queryResult>`},
		"stopncii":           {head: `{"hashRecords":[7`, part: `,{"signalType":"VideoMD5","hashValue":"` + md5Hex + `","lastModtimestamp":1}`, tail: `]}`},
		"threatexchange":     {head: `[7`, part: `,{"id":"1","type":"HASH_MD5","indicator":"` + md5Hex + `","tags":[],"last_updated":1}`, tail: `]`},
		"threatexchange-csv": {head: "id,type,indicator,last_updated\n", part: "1,HASH_MD5," + md5Hex + ",5\n"},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		doc.left, doc.near = 20_000, func() {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
		report, err := Read(&doc, Options{Format: format}, func(hashmatch.Entry) error { return nil })
		if err != nil || report.Kept != 1 || report.Removed != 19_999 {
			t.Errorf("%s: %+v, %v", format, report, err)
		}
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
			t.Errorf("%s: %d bytes are held after 20,000 records of one item", format, grown)
		}
	}
}

// Our own lines and plain lists are not taken for a platform's, whatever their values say.
func TestPlatformsSniff(t *testing.T) {
	for doc, want := range map[string]string{
		`{"path":"hashRecords","md5":"` + md5Hex + `"}` + "\n":                       "records",
		`{"path":"\"hashRecords\":","md5":"` + md5Hex + `"}` + "\n":                  "records",
		`{"path":"indicator","error":"should_delete","md5":"` + md5Hex + `"}` + "\n": "records",
		"md5:" + md5Hex + "\npdq:" + sha256Hex + "\n":                                "list",
		md5Hex + "  0,100\n":                        "sums",
		"pdq " + sha256Hex + "\n":                   "signals",
		"0,100," + sha256Hex + ",0.000\n":           "vpdq",
		"indicator,type\n" + md5Hex + ",HASH_MD5\n": "threatexchange-csv",
		"1," + md5Hex + ",2,mine,\n":                "threatexchange-csv",
		` {"hashRecords" : [{"signalType":"VideoMD5","hashValue":"` + md5Hex + `"}]}`:     "stopncii",
		` [{"indicator":"` + md5Hex + `","type":"HASH_MD5","descriptors":{"data":[{}]}}]`: "threatexchange",
	} {
		if _, report, err := readFull(t, []byte(doc), Options{}); err != nil || report.Format != want {
			t.Errorf("%q is taken for %q, %v; want %q", doc, report.Format, err, want)
		}
	}
}

func FuzzPlatforms(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "platforms", "*.*"))
	seeds := 0
	for _, name := range files {
		if strings.HasSuffix(name, ".golden") {
			continue
		}
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
		seeds++
	}
	testkit.AtLeast(f, 13, seeds, "seeds")
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, name := range []string{"", "ncmec", "stopncii", "threatexchange", "threatexchange-csv", "signals", "vpdq"} {
			var entries []hashmatch.Entry
			report, err := Read(bytes.NewReader(doc), Options{Format: name, HexKind: hashmatch.PDQ}, func(e hashmatch.Entry) error {
				entries = append(entries, e)
				return nil
			})
			if report.Read != report.Kept+report.Removed+report.RefusedTotal() || err == nil && len(entries) == 0 {
				t.Errorf("%s: %+v with %d entries, %v", name, report, len(entries), err)
			}
			b := hashmatch.NewBuilder(hashmatch.Info{Name: "x", Disposition: hashmatch.Other})
			for _, e := range entries {
				if err := b.Add(e); err != nil && !errors.Is(err, hashmatch.ErrFormat) {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
	})
}
