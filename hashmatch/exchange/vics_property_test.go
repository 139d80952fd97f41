package exchange

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// readVICSText returns the entries of a document.
func readVICSText(t testing.TB, doc string) ([]hashmatch.Entry, Report) {
	t.Helper()
	var entries []hashmatch.Entry
	report, err := Read(strings.NewReader(doc), Options{Format: "vics"}, func(e hashmatch.Entry) error {
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return entries, report
}

func numbered(entries []hashmatch.Entry) iter.Seq2[uint32, hashmatch.Entry] {
	return func(yield func(uint32, hashmatch.Entry) bool) {
		for i, e := range entries {
			if !yield(uint32(i), e) {
				return
			}
		}
	}
}

// writtenRecords returns the records of what WriteVICS writes, as trees spelt in one way.
func writtenRecords(t testing.TB, entries iter.Seq2[uint32, hashmatch.Entry]) ([]string, VICSReport) {
	t.Helper()
	var out bytes.Buffer
	report, err := WriteVICS(&out, entries, VICSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	root := parseTree(t, out.String()).(members)
	var records []string
	for _, v := range root[1].value.([]tree) {
		records = append(records, rendered(v))
	}
	if report.Records != len(records) {
		t.Fatalf("%d records, %+v", len(records), report)
	}
	return records, report
}

// Every generated record gives the entry that the oracle finds in it, and no comment or PhotoDNA value stands in its form.
func TestVICSAgainstOracle(t *testing.T) {
	r := &random{Rand: testkit.Rand(t)}
	kept, refused := 0, 0
	for range 3000 {
		m := r.media()
		doc := r.document([]members{m, {{"MD5", r.hex(16)}}})
		want := oracleOf(m)
		entries, _ := readVICSText(t, doc)
		if want.refused {
			refused++
			if len(entries) != 1 {
				t.Fatalf("not refused: %s", rendered(m))
			}
			continue
		}
		kept++
		if len(entries) != 2 {
			t.Fatalf("refused: %s", rendered(m))
		}
		e := entries[0]
		if !agree(&e, want) {
			t.Fatalf("%s\n got %+v\nwant %+v", rendered(m), e, want.entry)
		}
	}
	testkit.AtLeast(t, 1000, kept, "records")
	testkit.AtLeast(t, 100, refused, "refused records")
}

func agree(e *hashmatch.Entry, want *oracle) bool {
	w := &want.entry
	forms, photoDNA := 0, 0
	for _, x := range e.Extras {
		switch x.Name {
		case VICSExtra:
			forms++
		case PhotoDNAExtra:
			photoDNA++
			if !want.photoDNA[string(x.Data)] {
				return false
			}
		}
	}
	sorted := func(list []hashmatch.EntryHash) []string {
		var s []string
		for _, h := range list {
			s = append(s, h.Hash.String())
		}
		slices.Sort(s)
		return s
	}
	return forms == 1 && photoDNA == len(want.photoDNA) && e.ID == w.ID && e.Category == w.Category && e.Size == w.Size && e.HasSize == w.HasSize &&
		e.Series == w.Series && slices.Equal(e.Tags, w.Tags) && slices.Equal(e.Names, w.Names) && e.Flags == w.Flags &&
		(want.rawNotes || e.Comments == w.Comments) && slices.Equal(sorted(e.Hashes), sorted(w.Hashes))
}

// What a record says comes out again in the form it came, straight from the reader and by way of a set.
func TestVICSRoundTrip(t *testing.T) {
	r := &random{Rand: testkit.Rand(t)}
	total := 0
	for round := range 300 {
		r.onePhotoDNA = round%2 == 0
		var records []members
		var want []string
		for range 8 {
			m := r.media()
			records = append(records, m)
			if o := oracleOf(m); !o.refused && !o.entry.Digest(hashmatch.MD5).IsZero() {
				if o.rawNotes { // which come out spelt as they came: their own test holds them
					records = records[:len(records)-1]
					continue
				}
				want = append(want, rendered(written(m)))
			}
		}
		if len(want) == 0 {
			continue
		}
		total += len(want)
		entries, _ := readVICSText(t, r.document(records))
		got, _ := writtenRecords(t, numbered(entries))
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: %s", round, firstApart(got, want))
		}
		if !r.onePhotoDNA {
			continue
		}
		got, report := writtenRecords(t, setOf(t, entries).Entries())
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("round %d, through a set: %s", round, firstApart(got, want))
		}
		if report.Unreadable+report.Missing+report.Ambiguous+report.LeftOut > 0 {
			t.Fatalf("%+v", report)
		}
	}
	testkit.AtLeast(t, 1000, total, "records")
}

// firstApart shows the first two records that differ.
func firstApart(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return "\n got " + got[i] + "\nwant " + want[i]
		}
	}
	return fmt.Sprintf("%d records instead of %d", len(got), len(want))
}

func setOf(t testing.TB, entries []hashmatch.Entry) *hashmatch.Set {
	t.Helper()
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "test", Disposition: hashmatch.Other})
	for _, e := range entries {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if _, err := b.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	s, err := hashmatch.OpenBytes(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// However few bytes a reader gives at a time, the document is the same.
func TestVICSReadsAnyPieces(t *testing.T) {
	r := &random{Rand: testkit.Rand(t)}
	for range 20 {
		var records []members
		for range 5 {
			records = append(records, r.media())
		}
		doc := r.document(append(records, members{{"MD5", r.hex(16)}}))
		whole, wholeReport := readVICSText(t, doc)
		var pieces []hashmatch.Entry
		report, err := Read(iotest.OneByteReader(strings.NewReader(doc)), Options{}, func(e hashmatch.Entry) error {
			pieces = append(pieces, e)
			return nil
		})
		if err != nil || len(pieces) != len(whole) || report.Kept != wholeReport.Kept {
			t.Fatalf("%v, %d entries instead of %d", err, len(pieces), len(whole))
		}
	}
}
