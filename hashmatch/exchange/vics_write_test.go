package exchange

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth/vicsdoc"
	"github.com/hashmatch/engine/internal/testkit"
)

func parsed(t testing.TB, texts ...string) (list []hashmatch.EntryHash) {
	t.Helper()
	for _, text := range texts {
		h, err := hashmatch.ParseHash(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, hashmatch.EntryHash{Hash: h})
	}
	return list
}

// Entries of other formats become plain records of the format's own types.
func TestWriteVICSOfOtherFormats(t *testing.T) {
	entries := []hashmatch.Entry{
		{Hashes: parsed(t, "md5:"+md5Hex)},
		{
			ID: "17", Category: "2", Series: "Brook", Tags: []string{"a", "b"}, Names: []string{`C:\x\one.jpg`, "two/b.jpg", "c.jpg"}, Comments: "two\nlines",
			Hashes: parsed(t, "md5:"+md5Hex, "sha1:"+sha1Hex, "sha256:"+sha256Hex, "pdq:"+sha256Hex, "phash:"+shortHex), Size: 7, HasSize: true,
			Flags:  hashmatch.Flags{VictimIdentified: hashmatch.Yes, SelfGenerated: hashmatch.No},
			Extras: []hashmatch.Extra{{Name: PhotoDNAExtra, Data: make([]byte, photoDNASize)}, {Name: "other", Data: []byte("x")}},
		},
		{ID: "x", Category: "CAM", Hashes: parsed(t, "md5:"+md5Hex)},
		{Hashes: parsed(t, "sha1:"+sha1Hex)},
	}
	var out bytes.Buffer
	report, err := WriteVICS(&out, numbered(entries), VICSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (VICSReport{Entries: 4, Records: 3, WithoutMD5: 1, LeftOut: 2}); report != want {
		t.Errorf("%+v, want %+v", report, want)
	}
	testkit.Golden(t, "testdata/vics/written.json", out.Bytes())

	again, _ := readVICSText(t, out.String())
	if got, want := len(again[1].Hashes), 5; got != want {
		t.Errorf("%d hashes are read back, want %d", got, want)
	}
	if _, err := WriteVICS(&out, numbered(nil), VICSOptions{Country: "FR"}); !errors.Is(err, hashmatch.ErrFormat) {
		t.Errorf("an unknown country: %v", err)
	}
	if _, err := WriteVICS(failingWriter{}, numbered(entries), VICSOptions{}); !errors.Is(err, errBroken) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errBroken }

// joined is what a set makes of two entries of one item: lists joined, and what only one says.
func joined(a, b hashmatch.Entry) hashmatch.Entry {
	union := func(x, y []string) []string {
		l := slices.Sorted(slices.Values(append(slices.Clone(x), y...)))
		return slices.Compact(l)
	}
	a.Names, a.Tags = union(a.Names, b.Names), union(a.Tags, b.Tags)
	for _, h := range b.Hashes {
		if !slices.Contains(a.Hashes, h) {
			a.Hashes = append(a.Hashes, h)
		}
	}
	a.ID, a.Category, a.Series, a.Comments = max(a.ID, b.ID), max(a.Category, b.Category), max(a.Series, b.Series), max(a.Comments, b.Comments)
	if b.HasSize {
		a.Size, a.HasSize = b.Size, true
	}
	a.Extras = append(slices.Clone(a.Extras), b.Extras...)
	return a
}

// An entry that joined records is written as those records; what another source added stands in the first.
func TestWriteVICSOfJoinedEntries(t *testing.T) {
	md5 := `"MD5":"` + strings.ToUpper(md5Hex) + `"`
	first := `{"MediaID":1,` + md5 + `,"Category":null,"Tags":["indoor","b"],"MediaFiles":[{` + md5 + `,"FileName":"holiday.jpg","FilePath":"x\\holiday.jpg"}]}`
	second := `{` + md5 + `,"SHA1":"` + strings.ToUpper(sha1Hex) + `","Tags":"outdoor","Comments":"a remark","MediaFiles":[{"FileName":"other name.jpg"}]}`
	entries, _ := readVICSText(t, `{"value":[`+first+","+second+`]}`)
	both := joined(entries[0], entries[1])
	got, report := writtenRecords(t, numbered([]hashmatch.Entry{both}))
	if !slices.Equal(got, []string{first, second}) || report != (VICSReport{Entries: 1, Records: 2}) {
		t.Errorf("%s, %+v", got, report)
	}

	other := hashmatch.Entry{Hashes: parsed(t, "md5:"+md5Hex, "pdq:"+sha256Hex), Category: "3", Series: "Brook", Names: []string{"third.jpg"}, Tags: []string{"new"}}
	got, report = writtenRecords(t, numbered([]hashmatch.Entry{joined(both, other)}))
	want := `{"MediaID":1,` + md5 + `,"Category":3,"Tags":["indoor","b"],"MediaFiles":[{` + md5 + `,"FileName":"holiday.jpg","FilePath":"x\\holiday.jpg"},{` +
		md5 + `,"FileName":"third.jpg","FilePath":"third.jpg"}],"Series":"Brook","AlternativeHashes":[{` + md5 + `,"HashName":"PDQ","HashValue":"` + strings.ToLower(sha256Hex) + `"}]}`
	if !slices.Equal(got, []string{want, second}) || report != (VICSReport{Entries: 1, Records: 2, LeftOut: 1}) {
		t.Errorf("%s\n%s, %+v", got[0], got[1], report)
	}
}

// What was left out of a set is null in what is written of it, and what was not stands as it came.
func TestWriteVICSWithoutSecrets(t *testing.T) {
	r := &random{Rand: testkit.Rand(t)}
	doc := `{"value":[{"MD5":"` + r.hex(16) + `","Comments":"a remark","PhotoDNA":"` + r.hex(photoDNASize) + `","MimeType":"image/png"}]}`
	entries, _ := readVICSText(t, doc)
	e := entries[0]
	for _, x := range e.Extras {
		if x.Name == VICSExtra && (bytes.Contains(x.Data, []byte("remark")) || len(x.Data) > 20) {
			t.Errorf("the form holds a secret: %q", x.Data)
		}
	}
	e.Comments = ""
	e.Extras = slices.DeleteFunc(e.Extras, func(x hashmatch.Extra) bool { return x.Name == PhotoDNAExtra })
	got, report := writtenRecords(t, numbered([]hashmatch.Entry{e}))
	if !strings.HasSuffix(got[0], `"Comments":null,"PhotoDNA":null,"MimeType":"image/png"}`) && !strings.Contains(got[0], `"Comments":null,"PhotoDNA":null`) || report.Missing != 2 {
		t.Errorf("%s, %+v", got, report)
	}
}

// Two names of one record with the same check are told apart; in joined records the doubt is reported.
func TestVICSNamesOfOneCheck(t *testing.T) {
	a, b := sameCheck(t)
	record := `{"MD5":"` + strings.Repeat("AB", 16) + `","MediaFiles":[{"FileName":"` + a + `"},{"FileName":"` + b + `"}]}`
	entries, _ := readVICSText(t, `{"value":[`+record+`]}`)
	got, report := writtenRecords(t, numbered(entries))
	if got[0] != record || report.Ambiguous != 0 {
		t.Errorf("%s, %+v", got, report)
	}
	one := func(name string) string {
		return `{"MD5":"` + strings.Repeat("AB", 16) + `","MediaFiles":[{"FileName":"` + name + `"}]}`
	}
	entries, _ = readVICSText(t, `{"value":[`+one(a)+","+one(b)+`]}`)
	if _, report = writtenRecords(t, numbered([]hashmatch.Entry{joined(entries[0], entries[1])})); report.Ambiguous == 0 {
		t.Errorf("nothing is reported: %+v", report)
	}
}

// sameCheck finds two names with the same check.
func sameCheck(t *testing.T) (string, string) {
	t.Helper()
	seen := map[uint32]string{}
	r := testkit.Rand(t)
	for range 1 << 20 {
		name := make([]byte, 12)
		for i := range name {
			name[i] = byte('a' + r.IntN(26))
		}
		c := check(name)
		if old, ok := seen[c]; ok && old != string(name) {
			return old, string(name)
		}
		seen[c] = string(name)
	}
	t.Fatal("no two names have the same check")
	return "", ""
}

// Documents of the generator go through a set and come out as they were.
func TestVICSGeneratedDocuments(t *testing.T) {
	for _, style := range []vicsdoc.Style{vicsdoc.Distributed, vicsdoc.Ignorable, vicsdoc.Case} {
		var doc, again bytes.Buffer
		n, err := vicsdoc.Document{Style: style, Seed: 3, Records: 500}.Write(&doc)
		if err != nil || n != 500 {
			t.Fatal(n, err)
		}
		if _, err := (vicsdoc.Document{Style: style, Seed: 3, Records: 500}).Write(&again); err != nil || !bytes.Equal(doc.Bytes(), again.Bytes()) {
			t.Fatal("another document of the same seed", err)
		}
		entries, report := readVICSText(t, doc.String())
		if len(entries) != n || report.RefusedTotal() > 0 {
			t.Fatalf("style %d: %d entries, %s", style, len(entries), describeReport(&report))
		}
		value := parseTree(t, strings.TrimPrefix(doc.String(), bom)).(members)[1].value.([]tree)
		if style == vicsdoc.Case {
			head := value[0].(members)
			value = head[len(head)-1].value.([]tree)
		}
		var want []string
		for _, v := range value {
			want = append(want, rendered(v))
		}
		got, wrote := writtenRecords(t, setOf(t, entries).Entries())
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || wrote != (VICSReport{Entries: n, Records: n}) {
			t.Errorf("style %d: %s, %+v", style, firstApart(got, want), wrote)
		}
	}
}
