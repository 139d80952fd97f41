package exchange

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// A table that nobody described is refused; the error shows the names of its columns, never a value, and a mapping that
// reads the table as it stands.
func TestUnknownTables(t *testing.T) {
	m, s, p := strings.Repeat("0a", 16), strings.Repeat("0b", 32), strings.Repeat("0c", 8)
	cases := []struct{ doc, flags, shows string }{
		{"Kategorie;MD5;Datei\n1;" + m + ";geheim.jpg\n", `--csv-map 'category=Kategorie,md5=MD5,name=Datei' --csv-sep ';'`, `"Kategorie" "MD5" "Datei"`},
		{"File Name,File Size,Checksum\ngeheim.jpg,7," + m + "\n", `--csv-map 'name=File Name,size=File Size,md5=Checksum' --csv-sep ','`, `"Checksum"`},
		{"\ufeffSHA 256\tNotes\r\n" + s + "\tgeheim\r\n", `--csv-map 'sha256=SHA 256,comments=Notes' --csv-sep 'tab'`, `"SHA 256" "Notes"`},
		{"id|pHash\ngeheim|" + p + "\n", `--csv-map 'id=id,phash=pHash' --csv-sep '|' --origin goimagehash|imagehash`, `"pHash"`},
		{"md5,\"a, b\",size\n" + m + ",geheim,7\n", `--csv-map 'md5=md5,size=size' --csv-sep ','`, `"a, b"`},
		{"md5,\"size, 'bytes'\",MD5\n" + m + ",geheim,7\n", `--csv-map 'md5=1,size=2' --csv-sep ','`, `"size, 'bytes'"`},
		{"md5,it's size\n" + m + ",7\n", `--csv-map 'md5=md5' --csv-sep ','`, `"it's size"`},
		{"md5;s\u202eize\n" + m + ";7\n", `--csv-map 'md5=md5' --csv-sep ';'`, `"s\u202eize"`},
		{m + ",geheim.jpg\n" + m + ",geheim2.jpg\n", `--csv-map 'md5=1' --csv-sep ','`, "by number"},
		{"geheim.jpg;" + m + "\ngeheim.jpg;" + m + "\n", `--csv-map 'md5=2' --csv-sep ';'`, "by number"},
		{"md5;geheim\n" + m + ";" + m[:31] + "0;7\n", `--csv-map 'md5=md5' --csv-sep ';'`, `"md5"`},
		{"geheim,strasse,12\n-,x,y\n" + strings.Repeat("x,y,"+m+"\n", 3), "", ""}, // what stands in the first row might be anything
		{"md5,path\n", `--csv-map 'md5=md5,path=path' --csv-sep ','`, `"path"`},
	}
	named := regexp.MustCompile(`(?s)--csv-map '(.*)' --csv-sep '(.*)'`)
	for _, c := range cases {
		_, _, err := imported([]byte(c.doc), Options{})
		if !errors.Is(err, hashmatch.ErrFormat) || !strings.Contains(err.Error(), c.flags) || !strings.Contains(err.Error(), c.shows) {
			t.Errorf("%q: %v\nwant %s", c.doc, err, c.flags)
			continue
		}
		for _, secret := range []string{m[:16], s[:16], p, ".jpg", "strasse"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q: the error shows %q: %v", c.doc, secret, err)
			}
		}
		found := named.FindStringSubmatch(err.Error())
		if found == nil || strings.Count(c.doc, "\n") < 2 {
			continue
		}
		o := Options{Columns: columns(t, found[1]), Separator: rune(strings.Replace(found[2], "tab", "\t", 1)[0]), Origin: Imagehash}
		if text, report, err := imported([]byte(c.doc), o); err != nil || report.Kept == 0 {
			t.Errorf("%q read as guessed: %s", c.doc, text)
		}
	}
	testkit.AtLeast(t, 13, len(cases), "tables")
}

func TestTablesRefused(t *testing.T) {
	m := strings.Repeat("0a", 16)
	doc := "md5;size;phash;size\n" + m + ";7;" + m[:16] + ";8\n"
	cases := []struct {
		name, doc string
		o         Options
		is        error
		says      string
	}{
		{"no such column", doc, Options{Columns: map[string]string{"md5": "MD-5"}}, hashmatch.ErrFormat, `no column is named "MD-5"`},
		{"two of a name", doc, Options{Columns: map[string]string{"md5": "md5", "size": "SIZE"}}, hashmatch.ErrFormat, "more than one"},
		{"no hash", doc, Options{Columns: map[string]string{"size": "2"}}, hashmatch.ErrFormat, "no column is a hash"},
		{"no such field", doc, Options{Columns: map[string]string{"crc": "2"}}, hashmatch.ErrFormat, `no field is named "crc"`},
		{"no origin", doc, Options{Columns: map[string]string{"phash": "phash"}}, hashmatch.ErrFormat, "--origin"},
		{"a separator that is none", doc, Options{Columns: map[string]string{"md5": "1"}, Separator: 'a'}, hashmatch.ErrFormat, "no separator"},
		{"no preset, forced", "a,b\nc,d\n", Options{Format: "csv"}, hashmatch.ErrFormat, "--csv-map"},
		{"nothing", "", Options{Columns: map[string]string{"md5": "1"}}, hashmatch.ErrFormat, "row of column names"},
		{"no rows", "md5;size\n", Options{Columns: map[string]string{"md5": "md5"}}, hashmatch.ErrFormat, "no records"},
		{"cut within a row", doc + m[:20], Options{Columns: map[string]string{"md5": "md5"}}, hashmatch.ErrIncomplete, "row 3"},
		{"cut within a quote", doc + `"` + m, Options{Columns: map[string]string{"md5": "md5"}}, hashmatch.ErrIncomplete, "row 3"},
		{"the preset's columns are not there", doc, Options{Preset: presetFor(t, "hashkeeper")}, hashmatch.ErrFormat, "none of the columns"},
	}
	for _, c := range cases {
		_, report, err := imported([]byte(c.doc), c.o)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), m[:10]) {
			t.Errorf("%s: %v; %+v", c.name, err, report)
		}
	}
	testkit.AtLeast(t, 12, len(cases), "tables")
}

func presetFor(t testing.TB, name string) *Preset {
	t.Helper()
	p, err := PresetNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What cuts a table leaves an error, or fewer entries with a remark, unless it is between two rows.
func TestCutTables(t *testing.T) {
	n, step := 0, 1
	if testing.Short() {
		step = 7
	}
	for name, o := range fixtures(t) {
		doc, err := os.ReadFile(filepath.Join("testdata", "csv", name))
		if err != nil {
			t.Fatal(err)
		}
		_, whole, _ := imported(doc, o)
		for i := 0; i < len(doc); i += step {
			n++
			text, report, err := imported(doc[:i], o)
			switch {
			case err != nil:
			case report.Kept > whole.Kept:
				t.Errorf("%s cut after %d bytes: more entries than it has\n%s", name, i, text)
			case i > 0 && doc[i-1] != '\n' && report.Odd[oddNoLineEnd] == 0:
				t.Errorf("%s cut after %d bytes: nothing tells\n%s", name, i, text)
			}
		}
	}
	testkit.AtLeast(t, 6000/step, n, "cuts")
}

func TestPresets(t *testing.T) {
	broken := map[string]string{
		`{`: "", `{} {}`: "", `{"name":"x"}`: "no column is a hash", `{"columns":{"md5":"1"}}`: "no name", `{"name":"x","columns":{"crc":"1"}}`: "crc",
		`{"name":"x","columns":{"md5":"1"},"encoding":"utf-16"}`: "utf-16", `{"name":"x","columns":{"md5":"1"},"origin":"me"}`: "me",
		`{"name":"x","columns":{"md5":"1"},"separator":";;"}`: ";;", `{"name":"x","columns":{"md5":"1"},"map":{}}`: "map",
		`{"name":"x","columns":{"md5":"1"}} x`: "",
	}
	for text, says := range broken {
		if _, err := ParsePreset([]byte(text)); !errors.Is(err, hashmatch.ErrFormat) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	testkit.AtLeast(t, 10, len(broken), "broken presets")
	for _, p := range Presets() {
		head := strings.Join(p.Recognise, ";") + "\n"
		if h, got := recognised(headingsOf([]byte(head), Options{})); h == nil || got != p {
			t.Errorf("%s is not recognised by its own columns", p.Name)
		}
		if n := sniffTable([]byte(head)); n != Certain {
			t.Errorf("%s: %d", p.Name, n)
		}
		for field, column := range p.Columns {
			if _, err := fieldNamed(field); err != nil || column == "" {
				t.Errorf("%s: field %s, column %q", p.Name, field, column)
			}
		}
	}
	testkit.AtLeast(t, 5, len(Presets()), "presets")
	own, err := ParsePreset([]byte(`{"name":"mine","columns":{"md5":"Hash","category":"Cat"},"carry":["X*"],"separator":"|"}`))
	if err != nil {
		t.Fatal(err)
	}
	doc := "hash|cat|X1|x2|name\n" + strings.Repeat("0a", 16) + "|5|one|two|n\n"
	text, report, err := imported([]byte(doc), Options{Preset: own, Columns: map[string]string{"name": "name", "category": "5"}})
	if want := `category="n" names=["n"] extra X1="one" extra x2="two"`; err != nil || report.Variant != "mine" || !strings.Contains(text, want) {
		t.Errorf("%s, want %s", text, want)
	}
}

func TestParseColumns(t *testing.T) {
	for _, text := range []string{"", "md5", "md5=", "=1", "md5=1,md5=2", "crc=1", "md5=1,", "extra:=1,md5=2", "md5_quality=1,md5=2"} {
		if m, err := ParseColumns(text); !errors.Is(err, hashmatch.ErrFormat) {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
	m, err := ParseColumns(" md5 = MD5 hash , extra:A b=x=y,pdq_quality=3")
	if err != nil || len(m) != 3 || m["md5"] != "MD5 hash" || m["extra:A b"] != "x=y" || m["pdq_quality"] != "3" {
		t.Errorf("%v, %v", m, err)
	}
}

func FuzzTable(f *testing.F) {
	for name := range fixtures(f) {
		doc, err := os.ReadFile(filepath.Join("testdata", "csv", name))
		if err != nil {
			f.Fatal(err)
		}
		for which := range uint8(3) {
			f.Add(doc, which)
		}
	}
	f.Add([]byte("sep=;\n\"md5\";size\n\"\n"), uint8(2))
	all := []Options{{}, {Format: "csv"}, {Columns: columns(f, "md5=1,sha1=md5,phash=3,name=2,size=4"), Origin: Goimagehash}}
	for _, p := range Presets() {
		all = append(all, Options{Preset: p})
	}
	f.Fuzz(func(t *testing.T, doc []byte, which uint8) {
		_, report, err := imported(doc, all[int(which)%len(all)])
		if report.Read != report.Kept+report.RefusedTotal() || err == nil && report.Kept == 0 {
			t.Errorf("%v: %s", err, reported(&report, nil))
		}
	})
}
