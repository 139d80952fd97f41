package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// numbered gives entries as a set does.
func csvNumbered(list []hashmatch.Entry) iter.Seq2[uint32, hashmatch.Entry] {
	return func(yield func(uint32, hashmatch.Entry) bool) {
		for i, e := range list {
			if !yield(uint32(i), e) {
				return
			}
		}
	}
}

func randomHash(r *rand.Rand, k hashmatch.Kind) hashmatch.Hash {
	raw := make([]byte, k.Size())
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	h, err := hashmatch.NewHash(k, raw)
	if err != nil {
		panic(err)
	}
	return h
}

// randomText has what tables, spreadsheets and our escapes trip over.
func randomText(r *rand.Rand) string {
	pieces := []string{"", "=", "+1", "-", "@x", "'", "\"", ",", ";", ";=", "|", "\\", "\\x7c", "\t", "\r\n", "\n", " ", "\x00", "\xff", "ü", "\u202e", "＝", "\ufeff", "a", "word"}
	s := ""
	for range r.IntN(6) {
		s += pieces[r.IntN(len(pieces))]
	}
	return s
}

func randomTexts(r *rand.Rand) (list []string) {
	for range r.IntN(4) {
		if s := randomText(r); s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return list
}

func randomEntry(r *rand.Rand) hashmatch.Entry {
	e := hashmatch.Entry{
		ID: randomText(r), Category: randomText(r), Series: randomText(r), Tags: randomTexts(r), Names: randomTexts(r), Sources: randomTexts(r), Comments: randomText(r),
		HasSize: r.IntN(2) == 0,
	}
	if e.HasSize {
		e.Size = r.Int64()
	}
	for _, f := range flagFields {
		*f.of(&e.Flags) = hashmatch.Flag(r.IntN(3))
	}
	kinds := hashmatch.Kinds()
	for _, i := range r.Perm(len(kinds))[:1+r.IntN(4)] {
		k := kinds[i]
		for range 1 + r.IntN(3) {
			h := hashmatch.EntryHash{Hash: randomHash(r, k)}
			if k.Perceptual() && r.IntN(2) == 0 {
				h.Quality = hashmatch.QualityOf(r.IntN(101))
			}
			e.Hashes = append(e.Hashes, h)
			if k.Digest() {
				break
			}
		}
	}
	for range r.IntN(3) {
		x := hashmatch.Extra{Name: randomText(r), Data: make([]byte, r.IntN(200))}
		if r.IntN(2) == 0 {
			x = hashmatch.Extra{Name: PhotoDNAExtra, Data: make([]byte, photoDNASize)}
		}
		for i := range x.Data {
			x.Data[i] = byte(r.Uint32())
		}
		if !slices.ContainsFunc(e.Extras, func(o hashmatch.Extra) bool { return o.Name == x.Name }) {
			e.Extras = append(e.Extras, x)
		}
	}
	return e
}

// asSet returns entries as a set holds them.
func asSet(t *testing.T, list []hashmatch.Entry) (all []hashmatch.Entry) {
	t.Helper()
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "x", Disposition: hashmatch.Other})
	for _, e := range list {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if _, err := b.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	set, err := hashmatch.OpenBytes(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range set.Entries() {
		all = append(all, e)
	}
	return all
}

func csvWritten(t *testing.T, list []hashmatch.Entry) string {
	t.Helper()
	var b strings.Builder
	if err := WriteCSV(&b, csvNumbered(list)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What is written of a set is read back without a loss and without being told what it is, and written again the same.
func TestWriteCSVRoundTrip(t *testing.T) {
	r := testkit.Rand(t)
	var list []hashmatch.Entry
	for range 1500 {
		list = append(list, randomEntry(r))
	}
	want := asSet(t, list)
	doc := csvWritten(t, want)
	var got []hashmatch.Entry
	report, err := Read(strings.NewReader(doc), Options{}, func(e hashmatch.Entry) error { got = append(got, e); return nil })
	if err != nil || report.Variant != "hashmatch" || report.RefusedTotal() != 0 || len(report.Odd) != 0 {
		t.Fatalf("%v; %s", err, reported(&report, nil))
	}
	if got = asSet(t, got); len(got) != len(want) {
		t.Fatalf("%d entries of %d", len(got), len(want))
	}
	for i := range want {
		if g, w := describedFully(&got[i]), describedFully(&want[i]); g != w {
			t.Fatalf("entry %d:\n got %s\nwant %s", i, g, w)
		}
	}
	if again := csvWritten(t, got); again != doc {
		t.Error("written again it differs")
	}
	testkit.AtLeast(t, 1400, len(want), "entries")
}

// describedFully is described with all of every extra.
func describedFully(e *hashmatch.Entry) string {
	s := described(e)
	for _, x := range e.Extras {
		s += " " + x.Name + "=" + string(x.Data)
	}
	return s
}

// No cell is a formula, for whichever separator a spreadsheet takes.
func TestWriteCSVHoldsNoFormula(t *testing.T) {
	r := testkit.Rand(t)
	var list []hashmatch.Entry
	for range 1000 {
		list = append(list, randomEntry(r))
	}
	guarded := 0
	doc := csvWritten(t, list)
	rows, err := csv.NewReader(strings.NewReader(doc)).ReadAll()
	if err != nil || len(rows) != len(list)+1 {
		t.Fatal(len(rows), err)
	}
	isFormula := func(text string) bool {
		return strings.IndexAny(strings.TrimLeft(text, " \"'"), "=+-@＝＋－＠") == 0
	}
	for _, text := range slices.Concat(rows...) {
		if strings.ContainsAny(text, "\t\r\n") || isFormula(text) && !strings.HasPrefix(text, "'") {
			t.Errorf("a cell %q", text)
		}
		if strings.HasPrefix(text, "'") {
			guarded++
		}
	}
	for line := range strings.Lines(doc) {
		for i, text := range strings.Split(line, ";") {
			if i > 0 && isFormula(text) {
				t.Errorf("a cell %q after a semicolon", text)
			}
		}
	}
	testkit.AtLeast(t, 500, guarded, "guarded cells")
}

func TestWriteList(t *testing.T) {
	r := testkit.Rand(t)
	var list []hashmatch.Entry
	hashes := 0
	for range 300 {
		list = append(list, randomEntry(r))
		hashes += len(list[len(list)-1].Hashes)
	}
	var b bytes.Buffer
	if err := WriteList(&b, csvNumbered(list)); err != nil {
		t.Fatal(err)
	}
	var got []hashmatch.Hash
	report, err := Read(&b, Options{}, func(e hashmatch.Entry) error { got = append(got, e.Hashes[0].Hash); return nil })
	if err != nil || report.Format != "list" || len(got) != hashes {
		t.Fatalf("%d hashes of %d, %v", len(got), hashes, err)
	}
	for _, e := range list {
		for _, h := range e.Hashes {
			if got[0] != h.Hash {
				t.Fatal("another hash")
			}
			got = got[1:]
		}
	}
	testkit.AtLeast(t, 300, hashes, "hashes")
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	list := []hashmatch.Entry{randomEntry(testkit.Rand(t))}
	if err := WriteCSV(full{}, csvNumbered(list)); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if err := WriteList(full{}, csvNumbered(list)); !errors.Is(err, errFull) {
		t.Error(err)
	}
}
