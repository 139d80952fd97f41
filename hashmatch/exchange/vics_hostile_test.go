package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// A document that is cut anywhere is an error, whatever had been read of it by then.
func TestVICSTruncations(t *testing.T) {
	cuts := 0
	for _, f := range vicsFixtures() {
		whole := strings.TrimRight(f.doc, "\r\n")
		for n := range len(whole) {
			cuts++
			_, err := Read(strings.NewReader(whole[:n]), Options{Format: "vics"}, func(hashmatch.Entry) error { return nil })
			if !errors.Is(err, hashmatch.ErrIncomplete) && (err == nil || !strings.HasPrefix(bom, whole[:n])) {
				t.Fatalf("%s cut at %d: %v", f.name, n, err)
			}
		}
	}
	testkit.AtLeast(t, 10000, cuts, "truncations")
}

func TestVICSRefusesDocuments(t *testing.T) {
	record := `{"MD5":"` + strings.Repeat("ab", 16) + `"}`
	cases := []struct {
		name, doc string
		is        error
	}{
		{"a comma too many", `{"value":[` + record + `,]}`, nil},
		{"a comma missing", `{"value":[` + record + record + `]}`, hashmatch.ErrFormat},
		{"cut between records", `{"value":[` + record + `,` + record, hashmatch.ErrIncomplete},
		{"cut behind the list", `{"value":[` + record + `]`, hashmatch.ErrIncomplete},
		{"trailing data", `{"value":[` + record + `]}{`, hashmatch.ErrFormat},
		{"trailing zeros", `{"value":[` + record + "]}\x00\x00", hashmatch.ErrFormat},
		{"no list", `{"value":7}`, hashmatch.ErrFormat},
		{"an empty list", `{"value":[]}`, hashmatch.ErrFormat},
		{"a list for a root", `[` + record + `]`, hashmatch.ErrFormat},
		{"not JSON", `{"value":[{"MD5":'x'}]}`, hashmatch.ErrFormat},
		{"a word that is none", `{"value":[{"IsSuspected":nul}]}`, hashmatch.ErrFormat},
		{"a number that is none", `{"value":[{"MediaID":01}]}`, hashmatch.ErrFormat},
		{"an escape that is none", `{"value":[{"MD5":"\x"}]}`, hashmatch.ErrFormat},
		{"zeros of a damaged disk", `{"value":[{"Comments":"` + "\x00\x00" + `"}]}`, hashmatch.ErrFormat},
		{"a root nested too deep", `{"x":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `,"value":[` + record + `]}`, hashmatch.ErrLimit},
		{"empty", "", hashmatch.ErrIncomplete},
	}
	for _, c := range cases {
		_, err := Read(strings.NewReader(c.doc), Options{Format: "vics"}, func(hashmatch.Entry) error { return nil })
		if err == nil || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "abab") {
			t.Errorf("%s: the error holds a hash: %v", c.name, err)
		}
	}
	testkit.AtLeast(t, 15, len(cases), "documents")

	stop := errors.New("stop")
	doc := `{"value":[` + record + `]}`
	if _, err := Read(strings.NewReader(doc), Options{}, func(hashmatch.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an add that fails: %v", err)
	}
	broken := io.MultiReader(strings.NewReader(doc[:20]), failing{})
	if _, err := Read(broken, Options{Format: "vics"}, func(hashmatch.Entry) error { return nil }); !errors.Is(err, errBroken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

var errBroken = errors.New("broken")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

// A record longer than may be held is passed over, and those around it are kept.
func TestVICSLongRecords(t *testing.T) {
	record := func(i int) string { return fmt.Sprintf(`{"MD5":"%032x"}`, i+1) }
	for _, extra := range []int{-1000, 1000, vicsMaxRecord} {
		long := `{"MD5":"` + strings.Repeat("ab", 16) + `","Comments":"` + strings.Repeat(`]}\"x`, (vicsMaxRecord+extra)/5) + `"}`
		doc := `{"value":[` + record(0) + "," + long + "," + record(1) + "]}"
		kept := 0
		report, err := Read(strings.NewReader(doc), Options{}, func(hashmatch.Entry) error { kept++; return nil })
		if err != nil || report.Read != 3 || extra < 0 && kept != 3 || extra > 0 && kept != 2 {
			t.Errorf("%+d: kept %d, %v, %s", extra, kept, err, describeReport(&report))
		}
	}
	if _, err := Read(strings.NewReader(`{"value":[{"x":"`+strings.Repeat("x", 2*vicsMaxRecord)), Options{}, func(hashmatch.Entry) error { return nil }); !errors.Is(err, hashmatch.ErrIncomplete) {
		t.Errorf("a long record that is cut: %v", err)
	}
	if _, err := Read(strings.NewReader(`{"value":[],"x":"`+strings.Repeat("x", 2*vicsMaxRecord)), Options{}, func(hashmatch.Entry) error { return nil }); !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("a long text of the root: %v", err)
	}
}

// endless is a document of as many records as are asked for, which takes no memory itself.
func endless(records int) io.Reader {
	head := strings.NewReader(`{"value":[`)
	tail := strings.NewReader(`{"MD5":"` + strings.Repeat("cd", 16) + `"}]}`)
	return io.MultiReader(head, &repeated{piece: []byte(`{"MD5":"` + strings.Repeat("ab", 16) + `","Series":"x","Comments":"some remark of some length"},` + "\n"), times: records}, tail)
}

type repeated struct {
	piece []byte
	at    int
	times int
}

func (r *repeated) Read(b []byte) (n int, err error) {
	for n < len(b) {
		if r.times == 0 {
			return n, io.EOF
		}
		c := copy(b[n:], r.piece[r.at:])
		n += c
		if r.at += c; r.at == len(r.piece) {
			r.at, r.times = 0, r.times-1
		}
	}
	return n, nil
}

// Memory does not grow with the document.
func TestVICSMemoryIsBounded(t *testing.T) {
	const records, limit = 400_000, 16 << 20
	var most uint64
	n := 0
	_, err := Read(endless(records), Options{}, func(hashmatch.Entry) error {
		if n++; n%(records/8) == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	})
	if err != nil || n != records+1 {
		t.Fatal(n, err)
	}
	if most > limit {
		t.Errorf("%d bytes are held, at most %d", most, limit)
	}
}

// However a document is made, reading it takes time in proportion to its length.
func TestVICSTimeIsLinear(t *testing.T) {
	many := func(piece func(i int) string, n int) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(piece(i))
		}
		return b.String()
	}
	const n = 20_000
	md5 := `{"MD5":"` + strings.Repeat("ab", 16) + `",`
	cases := []struct{ name, record string }{
		{"alternative hashes", md5 + `"AlternativeHashes":[` + many(func(i int) string { return fmt.Sprintf(`{"HashName":"PDQ","HashValue":"%064x"}`, i) }, n) + `]}`},
		{"PhotoDNA", md5 + many(func(i int) string { return fmt.Sprintf(`"PhotoDNA":"%0288x"`, i) }, n) + `}`},
		{"names", md5 + `"MediaFiles":[` + many(func(i int) string { return fmt.Sprintf(`{"FileName":"name %d"}`, i) }, n) + `]}`},
		{"tags", md5 + `"Tags":[` + many(func(i int) string { return fmt.Sprintf(`"tag %d"`, i) }, n) + `]}`},
		{"members", md5 + many(func(i int) string { return fmt.Sprintf(`"x%d":%d`, i, i) }, n) + `}`},
		{"one member", md5 + many(func(i int) string { return `"Category":7` }, n) + `}`},
		{"comments", md5 + many(func(i int) string { return `"Comments":"a remark"` }, n) + `}`},
		{"nested", md5 + `"AlternativeHashes":` + strings.Repeat(`[{"x":`, 15) + many(func(i int) string { return "[[7]" }, 1) + strings.Repeat(`}]`, 15) + "]}"},
		{"space", md5 + strings.Repeat(" ", 1<<20) + `"MediaID":7}`},
		{"escapes", md5 + `"Comments":"` + strings.Repeat(`\u0041`, n) + `"}`},
	}
	for _, c := range cases {
		started := time.Now()
		_, err := Read(strings.NewReader(`{"value":[`+c.record+`,`+md5+`"MediaID":1}]}`), Options{}, func(e hashmatch.Entry) error {
			_, err := WriteVICS(io.Discard, numbered([]hashmatch.Entry{e}), VICSOptions{})
			return err
		})
		// An honest record of this length takes some milliseconds; a step for each pair of its parts takes many seconds.
		if took := time.Since(started); took > 10*time.Second {
			t.Errorf("%s: %v for %d bytes", c.name, took, len(c.record))
		}
		if err != nil && c.name != "nested" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	testkit.AtLeast(t, 10, len(cases), "documents")
}

func FuzzVICS(f *testing.F) {
	for _, x := range vicsFixtures() {
		f.Add([]byte(x.doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var entries []hashmatch.Entry
		report, err := Read(bytes.NewReader(doc), Options{Format: "vics"}, func(e hashmatch.Entry) error {
			entries = append(entries, e)
			return nil
		})
		if err != nil {
			return
		}
		if report.Read != report.Kept+report.RefusedTotal() || report.Kept != len(entries) {
			t.Fatalf("%+v with %d entries", report, len(entries))
		}
		// What is written is read again as the same, and written again as the same bytes.
		var first, second bytes.Buffer
		wrote, err := WriteVICS(&first, numbered(entries), VICSOptions{})
		if err != nil || wrote.Unreadable > 0 || wrote.Missing > 0 {
			t.Fatalf("%+v, %v", wrote, err)
		}
		if wrote.Records == 0 || wrote.Repaired > 0 {
			return
		}
		var again []hashmatch.Entry
		if _, err := Read(bytes.NewReader(first.Bytes()), Options{}, func(e hashmatch.Entry) error { again = append(again, e); return nil }); err != nil {
			t.Fatalf("%v\n%s", err, first.Bytes())
		}
		if _, err := WriteVICS(&second, numbered(again), VICSOptions{}); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("%v\n%s\n%s", err, first.Bytes(), second.Bytes())
		}
	})
}

// Forms come from set files: whatever stands in one, a record is written that is JSON.
func FuzzVICSForm(f *testing.F) {
	for _, x := range vicsFixtures() {
		_, _ = Read(strings.NewReader(x.doc), Options{}, func(e hashmatch.Entry) error {
			f.Add(e.Extras[len(e.Extras)-1].Data, "name.jpg", "a comment")
			return nil
		})
	}
	md5, err := hashmatch.NewHash(hashmatch.MD5, make([]byte, 16))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, form []byte, name, comments string) {
		e := hashmatch.Entry{ID: "7", Category: "x", Hashes: []hashmatch.EntryHash{{Hash: md5}}, Names: []string{name}, Tags: []string{name}, Comments: comments,
			Extras: []hashmatch.Extra{{Name: PhotoDNAExtra, Data: make([]byte, photoDNASize)}, {Name: VICSExtra, Data: form}}}
		var out bytes.Buffer
		if report, err := WriteVICS(&out, numbered([]hashmatch.Entry{e}), VICSOptions{}); err != nil || report.Records != 1 {
			t.Fatalf("%+v, %v", report, err)
		}
		parseTree(t, out.String())
	})
}
