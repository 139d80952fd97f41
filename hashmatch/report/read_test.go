package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// mustFail checks that results which are not whole give an error of a sentinel with every reader, and no page.
func mustFail(t *testing.T, what string, data []byte, sentinel error) {
	t.Helper()
	if _, _, _, err := readAll(data); !errors.Is(err, sentinel) {
		t.Errorf("%s: %v, want one that is %v", what, err, sentinel)
	}
	r, err := Read(bytes.NewReader(data))
	if err != nil {
		return
	}
	var page bytes.Buffer
	if err := HTML(&page, r); err == nil || page.Len() > 0 {
		t.Errorf("%s: HTML gives %v and %d bytes", what, err, page.Len())
	}
	if _, err := r.Summary(); err == nil {
		t.Errorf("%s: a summary", what)
	}
	r, err = Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := CSV(io.Discard, r); err == nil {
		t.Errorf("%s: CSV passes", what)
	}
}

// Whoever refuses a record can name its line, also where some lines are empty.
func TestLine(t *testing.T) {
	data := bytes.ReplaceAll(results(t, sampleHeader(), sample(t)), []byte("\n"), []byte("\n\n"))
	r, err := Read(bytes.NewReader(data))
	if err != nil || r.Line() != 1 {
		t.Fatalf("line %d, %v", r.Line(), err)
	}
	n := 0
	for _, err := range r.Records() {
		if n++; err != nil || r.Line() != 2*n+1 {
			t.Fatalf("record %d: line %d, %v", n, r.Line(), err)
		}
	}
	testkit.AtLeast(t, 5, n, "records")
}

// Results that were cut anywhere are seen to be cut. Only the last LF may be missing: nothing is lost with it.
func TestCutResults(t *testing.T) {
	small := results(t, Header{Roots: 2}, sample(t)[3:5])
	n := 0
	for at := range len(small) - 1 {
		mustFail(t, "cut to "+string(small[:at]), small[:at], hashmatch.ErrIncomplete)
		n++
	}
	if _, _, _, err := readAll(small[:len(small)-1]); err != nil {
		t.Errorf("without the last LF: %v", err)
	}
	testkit.AtLeast(t, 850, n, "cuts of small results")

	whole := results(t, sampleHeader(), sample(t))
	var cuts []int
	for at, c := range whole {
		if c == '\n' {
			cuts = append(cuts, at, at+1)
		}
	}
	cuts = cuts[:len(cuts)-2] // the last LF, and nothing cut
	r := testkit.Rand(t)
	for range 200 {
		cuts = append(cuts, r.IntN(len(whole)-1))
	}
	for _, at := range cuts {
		mustFail(t, "cut results", whole[:at], hashmatch.ErrIncomplete)
	}
	testkit.AtLeast(t, 250, len(cuts), "cuts")
}

// A line that is missing or doubled is seen, whichever it is.
func TestLostAndDoubledLines(t *testing.T) {
	lines := bytes.SplitAfter(results(t, sampleHeader(), sample(t)), []byte("\n"))
	lines = lines[:len(lines)-1] // the nothing after the last LF
	last := len(lines) - 1
	for i := range lines {
		lost := slices.Delete(slices.Clone(lines), i, i+1)
		doubled := slices.Insert(slices.Clone(lines), i, lines[i])
		sentinels := [2]error{hashmatch.ErrIncomplete, hashmatch.ErrIncomplete}
		switch i {
		case 0:
			sentinels = [2]error{hashmatch.ErrFormat, hashmatch.ErrFormat}
		case last:
			sentinels[1] = hashmatch.ErrFormat
		}
		mustFail(t, "a line lost", bytes.Join(lost, nil), sentinels[0])
		mustFail(t, "a line doubled", bytes.Join(doubled, nil), sentinels[1])
	}
	testkit.AtLeast(t, 40, len(lines), "lines")
	mustFail(t, "a record after the summary", bytes.Join(append(slices.Clone(lines), lines[3]), nil), hashmatch.ErrFormat)
	mustFail(t, "two scans in one file", bytes.Join(append(slices.Clone(lines), lines...), nil), hashmatch.ErrFormat)
}

func TestRefusedResults(t *testing.T) {
	const head = `{"scan":{"roots":1}}` + "\n"
	const clear = `{"path":"a","status":"clear","size":1,"viewed":"no"}` + "\n"
	const end = `{"summary":{"seen":1,"bytes":1,"outcomes":{"clear":1}}}` + "\n"
	if _, _, tally, err := readAll([]byte(head + clear + end)); err != nil || tally.Seen != 1 {
		t.Fatalf("the sound case: %v, %+v", err, tally)
	}
	words := utf16.Encode([]rune(head))
	wide := []byte{0xff, 0xfe}
	for _, w := range words {
		wide = append(wide, byte(w), byte(w>>8))
	}
	cases := []struct {
		data     string
		line     string // that the error names
		sentinel error
	}{
		{"", "", hashmatch.ErrIncomplete},
		{"\n\n", "", hashmatch.ErrIncomplete},
		{clear + end, "line 1:", hashmatch.ErrFormat},
		{`{"path":"a","md5":"d41d8cd98f00b204e9800998ecf8427e"}` + "\n", "line 1:", hashmatch.ErrFormat},
		{"root,path\n", "line 1:", hashmatch.ErrFormat},
		{"[]\n", "line 1:", hashmatch.ErrFormat},
		{string(wide) + "\n", "line 1:", hashmatch.ErrFormat},
		{`{"scan":{}}` + "\n", "line 1:", hashmatch.ErrFormat},
		{`{"scan":{"roots":1,"sets":[{"name":"a"}]}}` + "\n", "line 1:", hashmatch.ErrFormat},
		{head + "no JSON\n" + end, "line 2:", hashmatch.ErrFormat},
		{head + `{"path":"a"}` + "\n" + end, "line 2:", hashmatch.ErrFormat},
		{head + `{"path":"a","status":"fine"}` + "\n" + end, "line 2:", hashmatch.ErrFormat},
		{head + strings.Replace(clear, "a", "\xff", 1) + end, "line 2:", hashmatch.ErrFormat},
		{head + strings.Replace(clear, `"viewed"`, `"root":2,"viewed"`, 1) + end, "line 2:", hashmatch.ErrFormat},
		{head + clear + clear + end, "line 4:", hashmatch.ErrIncomplete},
		{head + end, "line 2:", hashmatch.ErrIncomplete},
		{head + clear + strings.Replace(end, `"bytes":1`, `"bytes":2`, 1), "line 3:", hashmatch.ErrIncomplete},
		{head + clear + strings.Replace(end, `"clear":1`, `"clear":1,"corrupt":1`, 1), "line 3:", hashmatch.ErrIncomplete},
		{head + clear + strings.Replace(end, `"clear"`, `"matched"`, 1), "line 3:", hashmatch.ErrIncomplete},
		{head + clear + strings.Replace(end, `"clear"`, `"well"`, 1), "line 3:", hashmatch.ErrFormat},
		{head + clear + `{"summary":{}}` + "\n", "line 3:", hashmatch.ErrIncomplete},
		{head + clear + `{"summary":1}` + "\n", "line 3:", hashmatch.ErrFormat},
		{head + head + clear + end, "line 2:", hashmatch.ErrFormat},
		{head + clear + end + "\n\n" + clear, "line 6:", hashmatch.ErrFormat},
		{head + `{"path":"` + strings.Repeat("a", maxLine) + `"}` + "\n" + end, "line 2:", hashmatch.ErrLimit},
		{head + `{"path":"a","status":"clear","matches":[` + strings.Repeat("{},", maxObjects) + `{}]}` + "\n" + end, "line 2:", hashmatch.ErrLimit},
	}
	for _, c := range cases {
		name := c.data
		if len(name) > 200 {
			name = name[:200]
		}
		_, _, _, err := readAll([]byte(c.data))
		if !errors.Is(err, c.sentinel) || !strings.Contains(err.Error(), c.line) || !strings.HasPrefix(err.Error(), "report: ") {
			t.Errorf("%q: %v, want %v at %s", name, err, c.sentinel, c.line)
		}
	}
	testkit.AtLeast(t, 26, len(cases), "bad results")
}

// What Write refuses Read refuses too, though the counts are right.
func TestReadRefusesBadRecords(t *testing.T) {
	n := 0
	for name, rec := range badRecords() {
		if rec.Fingerprint.Size < 0 || len(rec.Matches) > 0 && rec.Matches[0].Disposition == 0 {
			continue // which hashmatch itself neither writes nor reads
		}
		line, err := rec.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		data := bytes.Join([][]byte{[]byte(`{"scan":{"roots":2}}`), line, []byte(`{"summary":{}}`), nil}, []byte("\n"))
		if _, _, _, err := readAll(data); !errors.Is(err, hashmatch.ErrFormat) || !strings.Contains(err.Error(), "line 2:") {
			t.Errorf("%s: %v", name, err)
		}
		n++
	}
	testkit.AtLeast(t, 21, n, "bad records")
}

// Results that went through an editor or another system are the same results.
func TestForeignLineEnds(t *testing.T) {
	data := results(t, sampleHeader(), sample(t))
	h, records, tally, err := readAll(data)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]byte{
		"CR LF":       bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
		"BOM":         append([]byte("\ufeff"), data...),
		"empty lines": bytes.ReplaceAll(data, []byte("\n"), []byte("\n\n")),
	}
	for name, d := range cases {
		h2, records2, tally2, err := readAll(d)
		if err != nil || !reflect.DeepEqual(h2, h) || !reflect.DeepEqual(records2, records) || tally2 != tally {
			t.Errorf("%s: %v", name, err)
		}
	}
	testkit.AtLeast(t, 3, len(cases), "forms")
}

func TestReaderErrorsComeThrough(t *testing.T) {
	data := results(t, sampleHeader(), sample(t))
	errTape := errors.New("tape broke")
	n := 0
	for at := 0; at < len(data); at += 997 {
		broken := io.MultiReader(bytes.NewReader(data[:at]), iotest.ErrReader(errTape))
		r, err := Read(iotest.HalfReader(broken))
		if err == nil {
			err = HTML(io.Discard, r)
		}
		if !errors.Is(err, errTape) {
			t.Errorf("an error after %d bytes: %v", at, err)
		}
		n++
	}
	testkit.AtLeast(t, 20, n, "errors")
}

func TestReadingStopsAndGoesOn(t *testing.T) {
	data := results(t, sampleHeader(), sample(t))
	_, records, _, err := readAll(data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []hashmatch.Record
	for range 2 * len(records) {
		if _, err := r.Summary(); len(got) < len(records) && !errors.Is(err, hashmatch.ErrIncomplete) {
			t.Fatalf("the summary before the end: %v", err)
		}
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rec)
			break
		}
	}
	if tally, err := r.Summary(); err != nil || tally.Seen != int64(len(records)) || !reflect.DeepEqual(got, records) {
		t.Errorf("%v, %d of %d records", err, len(got), len(records))
	}
}

// Whatever is read as whole results can be written again, and made a table and a page that holds nothing but its own tags.
// Results that lack a summary get one, for random bytes never bring the right one.
func FuzzRead(f *testing.F) {
	whole := results(f, sampleHeader(), sample(f))
	head, _, _ := bytes.Cut(whole, []byte("\n"))
	for line := range bytes.Lines(whole) {
		f.Add(append(append(bytes.Clone(head), '\n'), line...))
	}
	f.Add(results(f, sampleHeader(), sample(f)[:6]))
	f.Add(results(f, sampleHeader(), sample(f)[15:16], SetChance{"=operating system", sampleChance()}, SetChance{"case <7> & co", sampleChance()}))
	f.Add([]byte(olderResults))
	f.Add([]byte(`{"scan":{"roots":1,"sets":[{"name":"a","disposition":"other"}],"chance":[{"set":"a","files":9223372036854775807,"entries":9223372036854775807,"model":8.5e37,"upper":8.5e37}],"thorough":{"of":9223372036854775807}}}` +
		"\n" + `{"path":"a","status":"matched","partial":1e-300,"thumbnail_differs":true,"matches":[{"set":"a","disposition":"other","kind":"pdq","view":"<i>+mirror","tier":"B","second":{"kind":"phash","distance":64,"agrees":true}}]}` + "\n"))
	f.Add([]byte("\ufeff" + `{"scan":{"roots":1}}` + "\r\n" + `{"path_b64":"/w==","status":"denied"}` + "\n" + `{"summary":{"seen":1,"outcomes":{"denied":1}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, records, tally, err := readAll(data)
		if errors.Is(err, hashmatch.ErrIncomplete) {
			var counted hashmatch.Tally
			for i := range records {
				counted.Seen++
				counted.Add(&records[i])
			}
			line, err := json.Marshal(&frame{Summary: newSummary(&counted)})
			if err != nil {
				t.Fatal(err)
			}
			data = append(append(bytes.Clone(data), '\n'), line...)
			h, records, tally, err = readAll(data)
			if err != nil {
				return
			}
		} else if err != nil {
			return
		}
		for i := range records {
			if len(records[i].Matches) == 0 {
				records[i].Matches = nil // an empty list and none are one
			}
		}
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for range r.Records() {
		}
		h2, records2, tally2, err := readAll(results(t, h, records, r.chance...))
		if err != nil || !reflect.DeepEqual(records2, records) || tally2 != tally || len(h2.Sets) != len(h.Sets) {
			t.Fatalf("written again: %v\n%+v %+v %+v\n%+v %+v %+v", err, h, records, tally, h2, records2, tally2)
		}
		csvOf(t, data)
		checkPage(t, htmlOf(t, data))
	})
}
