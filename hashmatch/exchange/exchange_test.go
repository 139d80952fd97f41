package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

const (
	md5Hex    = "0123456789abcdef0123456789ABCDEF"
	sha1Hex   = md5Hex + "01234567"
	sha256Hex = md5Hex + md5Hex
	shortHex  = "0123456789abcdef"
)

// readAll reads a document and returns its entries, one line each, and the report.
func readAll(t testing.TB, doc string, o Options) ([]string, Report, error) {
	t.Helper()
	var entries []string
	report, err := Read(iotest.HalfReader(strings.NewReader(doc)), o, func(e hashmatch.Entry) error {
		line := ""
		for _, h := range e.Hashes {
			line += h.Hash.String()
			if q, ok := h.Quality.Value(); ok {
				line += fmt.Sprintf("@%d", q)
			}
			line += " "
		}
		if e.HasSize {
			line += fmt.Sprintf("size %d ", e.Size)
		}
		entries = append(entries, line+fmt.Sprintf("%q", e.Names))
		return nil
	})
	if report.Read != report.Kept+report.RefusedTotal() || err == nil && report.Kept != len(entries) {
		t.Errorf("the report does not add up: %+v with %d entries", report, len(entries))
	}
	return entries, report, err
}

func TestRead(t *testing.T) {
	lower := strings.ToLower
	cases := []struct {
		name, doc string
		o         Options
		format    string
		want      []string
		refused   map[int]string // line -> part of the reason
	}{
		{"md5sum", md5Hex + "  a b.jpg\n" + md5Hex + " *c.jpg\n", Options{}, "sums",
			[]string{"md5:" + lower(md5Hex) + ` ["a b.jpg"]`, "md5:" + lower(md5Hex) + ` ["c.jpg"]`}, nil},
		{"sha1sum, CR LF, no last line end", sha1Hex + "  a\r\n" + sha1Hex + "  b", Options{}, "sums",
			[]string{"sha1:" + lower(sha1Hex) + ` ["a"]`, "sha1:" + lower(sha1Hex) + ` ["b"]`}, nil},
		{"sha256sum with escapes", `\` + sha256Hex + `  a\nb\\c` + "\n", Options{}, "sums",
			[]string{"sha256:" + lower(sha256Hex) + ` ["a\nb\\c"]`}, nil},
		{"--tag", "SHA256 (x) = y) = " + sha256Hex + "\nMD5 (z) = " + md5Hex + "\n", Options{}, "sums",
			[]string{"sha256:" + lower(sha256Hex) + ` ["x) = y"]`, "md5:" + lower(md5Hex) + ` ["z"]`}, nil},
		{"a name that is not UTF-8", md5Hex + "  \xff.jpg\n", Options{}, "sums", []string{"md5:" + lower(md5Hex) + ` ["\xff.jpg"]`}, nil},
		{"bare hex", "\ufeff# a list\n" + md5Hex + "\n\n" + sha1Hex + "\n", Options{}, "list",
			[]string{"md5:" + lower(md5Hex) + " []", "sha1:" + lower(sha1Hex) + " []"}, nil},
		{"kind:hex", "pdq:" + sha256Hex + "\nphash:" + shortHex + "\n", Options{}, "list",
			[]string{"pdq:" + lower(sha256Hex) + " []", "phash:" + shortHex + " []"}, nil},
		{"goimagehash", "a:" + shortHex + "\nd:" + shortHex + "\np:" + shortHex + "\n", Options{}, "list",
			[]string{"ahash:" + shortHex + " []", "dhash:" + shortHex + " []", "phash:" + shortHex + " []"}, nil},
		{"a broken line", md5Hex + "\n" + md5Hex + "0\nhello\nmd5:xyz\n" + md5Hex + "\n", Options{}, "list",
			[]string{"md5:" + lower(md5Hex) + " []", "md5:" + lower(md5Hex) + " []"},
			map[int]string{2: "33 hex digits", 3: "neither", 4: "hex digits"}},
		{"what could be two kinds", md5Hex + "\n" + sha256Hex + "\n" + shortHex + "\n", Options{}, "list",
			[]string{"md5:" + lower(md5Hex) + " []"}, map[int]string{2: "sha256 or a pdq", 3: "six kinds"}},
		{"said what it is", sha256Hex + "\n", Options{HexKind: hashmatch.PDQ}, "list", []string{"pdq:" + lower(sha256Hex) + " []"}, nil},
		{"said what it is, among others", sha256Hex + "\n" + md5Hex + "\n" + shortHex + "\n", Options{HexKind: hashmatch.PDQ}, "list",
			[]string{"pdq:" + lower(sha256Hex) + " []", "md5:" + lower(md5Hex) + " []"}, map[int]string{3: "six kinds"}},
		{"sums that are said to be pdq", sha256Hex + "  a\n" + md5Hex + "  b\n", Options{HexKind: hashmatch.PDQ}, "sums",
			[]string{"pdq:" + lower(sha256Hex) + ` ["a"]`, "md5:" + lower(md5Hex) + ` ["b"]`}, nil},
		{"a digest before a colon", md5Hex + "\n" + md5Hex + ":a.jpg\n" + md5Hex + ":" + md5Hex + "\n", Options{}, "list",
			[]string{"md5:" + lower(md5Hex) + " []"}, map[int]string{2: "before the colon", 3: "before the colon"}},
		{"the empty file by sha1", sha1Hex + "\nda39a3ee5e6b4b0d3255bfef95601890afd80709\n", Options{}, "list",
			[]string{"sha1:" + lower(sha1Hex) + " []"}, map[int]string{2: "empty file"}},
		{"the empty file", md5Hex + "\nd41d8cd98f00b204e9800998ecf8427e\n", Options{}, "list",
			[]string{"md5:" + lower(md5Hex) + " []"}, map[int]string{2: "empty file"}},
		{"an endless line", md5Hex + "  a\n" + strings.Repeat("x", maxLine+5) + "\n" + md5Hex + "  b\n", Options{}, "sums",
			[]string{"md5:" + lower(md5Hex) + ` ["a"]`, "md5:" + lower(md5Hex) + ` ["b"]`}, map[int]string{2: "1 MiB"}},
		{"hash output", `{"path":"a.jpg","size":7,"md5":"` + md5Hex + `","pdq":"` + sha256Hex + `","pdq_quality":80}` + "\n", Options{}, "records",
			[]string{"md5:" + lower(md5Hex) + " pdq:" + lower(sha256Hex) + `@80 size 7 ["a.jpg"]`}, nil},
		{"scan output", `{"scan":{}}` + "\n" + `{"path_b64":"/w==","status":"clear","size":7,"md5":"` + md5Hex + `"}` + "\n" + `{"path":"b","status":"denied","error":"x"}` + "\n" + `{"summary":{"seen":2}}` + "\n", Options{}, "records",
			[]string{"md5:" + lower(md5Hex) + ` size 7 ["\xff"]`}, map[int]string{3: "holds no hash"}},
		{"records with faults", `{"path":"a","md5":"` + md5Hex + `"}` + "\n{]\n" + `{"path":"b","md5":"12"}` + "\n" + `{"md5":"` + md5Hex + `"}` + "\n", Options{}, "records",
			[]string{"md5:" + lower(md5Hex) + ` ["a"]`}, map[int]string{2: "not a JSON object", 3: "32 hex digits", 4: "a record has a path"}},
		{"forced", "MD5 (z) = " + md5Hex + "\n", Options{Format: "sums"}, "sums", []string{"md5:" + lower(md5Hex) + ` ["z"]`}, nil},
	}
	for _, c := range cases {
		got, report, err := readAll(t, c.doc, c.o)
		if err != nil || report.Format != c.format || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: format %q, %v\n got %q\nwant %q", c.name, report.Format, err, got, c.want)
		}
		if report.RefusedTotal() != len(c.refused) || len(report.Samples) != len(c.refused) {
			t.Errorf("%s: refused %v, want %v", c.name, report.Samples, c.refused)
		}
		for _, s := range report.Samples {
			if want, ok := c.refused[int(s.Line)]; !ok || !strings.Contains(s.Reason, want) {
				t.Errorf("%s: line %d refused for %q, want %q", c.name, s.Line, s.Reason, want)
			}
			if strings.Contains(strings.ToLower(s.Reason), lower(md5Hex)) {
				t.Errorf("%s: the report holds a hash: %q", c.name, s.Reason)
			}
		}
	}
	testkit.AtLeast(t, 20, len(cases), "documents")
}

func TestReadRefusesDocuments(t *testing.T) {
	cases := []struct {
		name, doc string
		o         Options
		is        error
	}{
		{"empty", "", Options{}, hashmatch.ErrFormat},
		{"comments only", "# nothing\n\n", Options{}, hashmatch.ErrFormat},
		{"prose", "Dear Sir,\nplease find enclosed\n", Options{}, hashmatch.ErrFormat},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", Options{}, hashmatch.ErrFormat},
		{"nothing usable", sha256Hex + "\n", Options{}, hashmatch.ErrFormat},
		{"no such format", md5Hex, Options{Format: "vics"}, hashmatch.ErrFormat},
		{"a record cut off", `{"path":"a","md5":"` + md5Hex + `"}` + "\n" + `{"path":"b","md`, Options{}, hashmatch.ErrIncomplete},
		{"UTF-16", "\xff\xfea\x00", Options{}, hashmatch.ErrFormat},
		{"no records, forced", "", Options{Format: "list"}, hashmatch.ErrFormat},
		{"a scan of nothing", `{"scan":{}}` + "\n" + `{"summary":{}}` + "\n", Options{}, hashmatch.ErrFormat},
		{"a scan with a record lost", `{"scan":{}}` + "\n" + `{"path":"a","md5":"` + md5Hex + `"}` + "\n" + `{"summary":{"seen":2}}` + "\n", Options{}, hashmatch.ErrIncomplete},
		{"a scan cut off before another", `{"scan":{}}` + "\n" + `{"path":"a","md5":"` + md5Hex + `"}` + "\n" + `{"scan":{}}` + "\n" + `{"summary":{}}` + "\n", Options{}, hashmatch.ErrIncomplete},
		{"a scan cut off", `{"scan":{}}` + "\n" + `{"path":"a","md5":"` + md5Hex + `"}` + "\n", Options{}, hashmatch.ErrIncomplete},
	}
	for _, c := range cases {
		if got, _, err := readAll(t, c.doc, c.o); !errors.Is(err, c.is) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	testkit.AtLeast(t, 12, len(cases), "documents")

	broken := iotest.TimeoutReader(strings.NewReader(strings.Repeat(md5Hex+"\n", 9000)))
	if _, err := Read(broken, Options{}, func(hashmatch.Entry) error { return nil }); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader that fails: %v", err)
	}
	stop := errors.New("stop")
	if _, err := Read(strings.NewReader(md5Hex), Options{}, func(hashmatch.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an add that fails: %v", err)
	}
}

// What the record writer prints is read back as one entry with all of it.
func TestRecordsRoundTrip(t *testing.T) {
	r := testkit.Rand(t)
	for range 200 {
		raw := make([]byte, 32)
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		sha, _ := hashmatch.NewHash(hashmatch.SHA256, raw)
		pdq, _ := hashmatch.NewHash(hashmatch.PDQ, raw)
		rec := hashmatch.Record{Path: "x", Fingerprint: hashmatch.Fingerprint{
			Size: int64(r.IntN(1000)), Digests: []hashmatch.Hash{sha},
			Hashes: []hashmatch.PictureHash{{Hash: pdq, View: hashmatch.Upright, Quality: hashmatch.Quality(r.IntN(102))}},
		}}
		line, err := json.Marshal(&rec)
		if err != nil {
			t.Fatal(err)
		}
		var got hashmatch.Entry
		if _, err := Read(bytes.NewReader(line), Options{}, func(e hashmatch.Entry) error { got = e; return nil }); err != nil {
			t.Fatal(err)
		}
		want := []hashmatch.EntryHash{{Hash: sha}, {Hash: pdq, Quality: rec.Fingerprint.Hashes[0].Quality}}
		if len(got.Hashes) != 2 || got.Hashes[0] != want[0] || got.Hashes[1] != want[1] || got.Size != rec.Fingerprint.Size {
			t.Fatalf("%s gives %+v", line, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	seeds, _ := filepath.Glob(filepath.Join("testdata", "seeds", "*"))
	for _, s := range seeds {
		data, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	testkit.AtLeast(f, 4, len(seeds), "seeds")
	f.Fuzz(func(t *testing.T, doc string) {
		for _, o := range []Options{{}, {Format: "list", HexKind: hashmatch.PDQ}, {Format: "sums"}, {Format: "records"}} {
			readAll(t, doc, o)
		}
	})
}

// However many reasons a document gives, the report stays small.
func TestReasonsAreBounded(t *testing.T) {
	doc := md5Hex + "\n"
	for n := range 300 {
		doc += strings.Repeat("a", 65+n) + "\n"
	}
	_, report, err := readAll(t, doc, Options{Format: "list"})
	if err != nil || report.RefusedTotal() != 300 || len(report.Refused) > maxReasons+1 || len(report.Samples) != maxSamples {
		t.Errorf("%d refused for %d reasons, %d samples, %v", report.RefusedTotal(), len(report.Refused), len(report.Samples), err)
	}
	if reasons := Reasons(report.Refused); reasons[0] != otherReasons {
		t.Errorf("the most frequent reason is %q", reasons[0])
	}
}

// Of records of one name the one of the greatest time counts, and of equal times the last; whatever takes a record back
// and whatever is replaced is counted.
func TestUpdates(t *testing.T) {
	r := testkit.Rand(t)
	kept := 0
	for range 200 {
		type state struct {
			time    int64
			entry   string
			removed bool
		}
		want := map[string]state{}
		var got []string
		s := NewSink("test", func(e hashmatch.Entry) error {
			got = append(got, e.ID)
			return nil
		})
		n := 1 + r.IntN(12)
		for i := range n {
			name, time, removed := string(rune('a'+r.IntN(4))), int64(r.IntN(3)), r.IntN(3) == 0
			at, id := Place{Row: int64(i + 1)}, fmt.Sprint(name, i)
			if removed {
				s.Remove(at, name, time)
			} else {
				s.Update(at, name, time, hashmatch.Entry{ID: id})
			}
			if old, ok := want[name]; !ok || time >= old.time {
				want[name] = state{time, id, removed}
			}
		}
		var expect []string
		for _, w := range want {
			if !w.removed {
				expect = append(expect, w.entry)
			}
		}
		if err := s.Finish(); (err != nil) != (len(expect) == 0) {
			t.Fatalf("%d entries, %v", len(expect), err)
		}
		slices.Sort(got)
		slices.Sort(expect)
		if report := s.Report(); !slices.Equal(got, expect) || report.Read != n || report.Kept != len(got) || report.Removed != n-len(got) {
			t.Fatalf("%v, want %v; %+v of %d records", got, expect, report, n)
		}
		kept += len(got)
	}
	testkit.AtLeast(t, 200, kept, "entries")
}
