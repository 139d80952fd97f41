package hashmatch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/internal/testkit"
)

// slowEntries returns the entries as the slow way takes them.
func slowEntries(entries []Entry) (list []*Entry) {
	for _, e := range entries {
		list = append(list, slowNormal(e))
	}
	return list
}

// The builder gives the very bytes that the slow way gives, for entries that meet, contradict each other, and repeat.
func TestBuilderAgreesWithTheSlowWay(t *testing.T) {
	r := testkit.Rand(t)
	merged, apart, contrary := 0, 0, 0
	rounds := 800
	if testing.Short() {
		rounds = 200
	}
	for range rounds {
		pool := r.IntN(8)
		entries := randomEntries(r, r.IntN(40), pool)
		for range r.IntN(5) {
			if len(entries) > 0 { // whole and partial repetitions
				e := entries[r.IntN(len(entries))]
				e.Names = append(slices.Clone(e.Names), fmt.Sprint(r.IntN(2)))
				if r.IntN(2) == 0 {
					e.Hashes = e.Hashes[:1+r.IntN(len(e.Hashes))]
				}
				entries = append(entries, e)
			}
		}
		r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		items, wantApart := slowMerge(slowEntries(entries))
		b := NewBuilder(testInfo)
		for _, e := range entries {
			if err := b.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		var got bytes.Buffer
		if _, err := b.WriteTo(&got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), slowBytes(testInfo, items)) {
			var have []*Entry
			for _, e := range mustOpen(t, got.Bytes()).Entries() {
				have = append(have, &e)
			}
			t.Fatalf("of\n%s\ngot\n%s\nwant\n%s", spelled(slowEntries(entries)), spelled(have), spelled(items))
		}
		mustOpen(t, got.Bytes())
		c, err := b.Counts()
		if want := (Counts{len(entries), len(items), len(entries) - len(items), wantApart}); err != nil || c != want {
			t.Fatalf("counts %+v, want %+v (%v)", c, want, err)
		}
		merged, apart = merged+c.Merged, apart+c.Apart
		if c.Merged > 0 && c.Apart > 0 {
			contrary++
		}
	}
	testkit.AtLeast(t, rounds, merged, "merged entries")
	testkit.AtLeast(t, rounds, apart, "contradicting entries")
	testkit.AtLeast(t, rounds/4, contrary, "sets that merge and contradict")
}

// Larger sets, in which the rows of a bucket fill several pieces and the entries several blocks.
func TestLargeBuildAgreesWithTheSlowWay(t *testing.T) {
	r := testkit.Rand(t)
	n := 3 * entryBlock
	entries := make([]Entry, n)
	blank := randomHash(r, PDQ, 0)
	for i := range entries {
		e := syntheticEntry(r, i)
		switch {
		case i%7 == 0: // the same picture in many entries
			e.Hashes = append(e.Hashes, EntryHash{blank, QualityOf(r.IntN(3))})
		case i%11 == 0: // nothing but a picture's hash, some of them twice
			e = Entry{Hashes: []EntryHash{{blank, 0}}, ID: fmt.Sprint(i / 22)}
		case i%13 == 0:
			e.Hashes = e.Hashes[1:]
		}
		entries[i] = e
	}
	for i := range 50 { // contradictions that fill pieces
		e := entries[i*100]
		e.ID = fmt.Sprint("another ", i)
		entries[n-1-i] = e
	}
	got := buildBytes(t, testInfo, entries...)
	s := mustOpen(t, got)
	var back []*Entry
	for _, e := range s.Entries() {
		back = append(back, &e)
	}
	if !bytes.Equal(slowBytes(testInfo, back), got) {
		t.Fatal("the file is not the one that its entries make")
	}
	testkit.AtLeast(t, n*9/10, s.Len(), "entries")
	r.Shuffle(n, func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	if !bytes.Equal(buildBytes(t, testInfo, entries...), got) {
		t.Fatal("another order, other bytes")
	}
}

// syntheticEntry is an entry as exchange formats have them.
func syntheticEntry(r *rand.Rand, i int) Entry {
	return Entry{
		ID:     fmt.Sprint(1_000_000 + i),
		Hashes: []EntryHash{{Hash: randomHash(r, MD5, 0)}, {Hash: randomHash(r, SHA1, 0)}},
		Size:   int64(r.IntN(5_000_000)), HasSize: true, Category: string(rune('0' + r.IntN(5))),
		Names: []string{"IMG_" + fmt.Sprint(r.IntN(10_000)) + ".jpg"},
		Flags: Flags{VictimIdentified: Flag(r.IntN(3)), Distributed: Yes},
	}
}

// Extras do not contradict: an item keeps all of them, equal ones once.
func TestItemsKeepAllExtras(t *testing.T) {
	md5 := []EntryHash{{Hash: randomHash(testkit.Rand(t), MD5, 0)}}
	a := Entry{Hashes: md5, Extras: []Extra{{"x", []byte{2}}, {"x", []byte{1}}, {photoDNA, []byte{9}}}}
	b := Entry{Hashes: md5, Extras: []Extra{{photoDNA, []byte{8}}, {"x", []byte{1}}, {"lace", nil}}}
	s := mustOpen(t, buildBytes(t, testInfo, a, b))
	want := []Extra{{"lace", nil}, {"x", []byte{1}}, {"x", []byte{2}}, {photoDNA, []byte{8}}, {photoDNA, []byte{9}}}
	got := s.Entry(0).Extras
	if s.Len() != 1 || !slices.EqualFunc(got, want, func(a, b Extra) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) }) {
		t.Errorf("%d entries, extras %v", s.Len(), got)
	}
}

// What is private can be left out; the set tells, and is otherwise the one of entries without it.
func TestWithoutPrivate(t *testing.T) {
	r := testkit.Rand(t)
	for range 50 {
		entries := randomEntries(r, 1+r.IntN(30), 6)
		b, plain := NewBuilder(testInfo, WithoutPrivate()), slices.Clone(entries)
		had := false
		for i, e := range entries {
			if err := b.Add(e); err != nil {
				t.Fatal(err)
			}
			had = had || e.Comments != "" || len(e.Extras) > 0
			plain[i].Comments, plain[i].Extras = "", nil
		}
		var out bytes.Buffer
		if _, err := b.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		info := testInfo
		info.PrivateLeftOut = had
		if !bytes.Equal(out.Bytes(), buildBytes(t, info, plain...)) || mustOpen(t, out.Bytes()).Info().PrivateLeftOut != had {
			t.Fatal("another set than that of the entries without what is private")
		}
		if bytes.Contains(out.Bytes(), []byte("said by one")) {
			t.Fatal("a comment was written")
		}
	}
}

func TestInputs(t *testing.T) {
	one := Input{Name: "b\x1b[2J\xff.json", Digest: strings.Repeat("0a", 32), Format: "vics", Read: 5, Kept: 3, Removed: 1, Refused: 1, Date: "2026-01-31"}
	two := Input{Name: "a.csv", Read: 1, Kept: 1}
	want := []Input{two, one}
	want[1].Name = "b\ufffd[2J\ufffd.json"
	var first []byte
	for _, order := range [][]Input{{one, two}, {two, one}} {
		b := NewBuilder(testInfo)
		for _, in := range order {
			if err := b.AddInput(in); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if _, err := b.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		if got := mustOpen(t, out.Bytes()).Info().Inputs; !slices.Equal(got, want) {
			t.Errorf("inputs %+v", got)
		}
		if first != nil && !bytes.Equal(first, out.Bytes()) {
			t.Error("another order, other bytes")
		}
		first = out.Bytes()
	}
	bad := []Input{{Digest: "0A"}, {Digest: strings.Repeat("0A", 32)}, {Read: -1}, {Refused: -1}}
	for _, in := range bad {
		if err := NewBuilder(testInfo).AddInput(in); !errors.Is(err, ErrFormat) {
			t.Errorf("%+v: %v", in, err)
		}
	}
	testkit.AtLeast(t, 4, len(bad), "bad inputs")
}

func TestABuiltSetTakesNoMore(t *testing.T) {
	b := NewBuilder(testInfo)
	e := Entry{Hashes: []EntryHash{{Hash: Hash64(PHash, 1)}}}
	if err := b.Add(e); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Counts(); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(e); err == nil || errors.Is(err, ErrFormat) {
		t.Errorf("Add: %v", err)
	}
	if err := b.AddInput(Input{Name: "x"}); err == nil || errors.Is(err, ErrFormat) {
		t.Errorf("AddInput: %v", err)
	}
	if _, err := b.WriteTo(io.Discard); err != nil {
		t.Error(err)
	}
}

// An entry that says too much is refused, and one that says nearly that is kept, with all its neighbours.
func TestLongRecords(t *testing.T) {
	r := testkit.Rand(t)
	long := Entry{Hashes: []EntryHash{{Hash: randomHash(r, MD5, 0)}}, Comments: strings.Repeat("c", maxSaid-100), Extras: []Extra{{"x", make([]byte, 3<<20)}}}
	b := NewBuilder(testInfo)
	var want []*Entry
	for i := range 5 {
		e := syntheticEntry(r, i)
		want = append(want, slowNormal(e))
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			if err := b.Add(long); err != nil {
				t.Fatal(err)
			}
			tooLong := long
			tooLong.Comments += strings.Repeat("c", 100)
			if err := b.Add(tooLong); !errors.Is(err, ErrFormat) {
				t.Errorf("an entry that says too much: %v", err)
			}
		}
	}
	want = append(want, slowNormal(long))
	slices.SortFunc(want, compareEntries)
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), slowBytes(testInfo, want)) {
		t.Error("another file than the slow way's")
	}
}

// A crowd of contradicting entries under one digest stays as it is, in a time that grows with its size.
func TestACrowdUnderOneDigest(t *testing.T) {
	r := testkit.Rand(t)
	md5 := EntryHash{Hash: randomHash(r, MD5, 0)}
	n := 100_000
	if testing.Short() {
		n = 20_000
	}
	b := NewBuilder(testInfo)
	for i := range n {
		e := Entry{Hashes: []EntryHash{md5}, Size: int64(i), HasSize: true, Names: []string{"x"}}
		if i%2 == 1 {
			e = Entry{Hashes: []EntryHash{md5}, Size: int64(i - 1), HasSize: true, Names: []string{"y"}}
		}
		if i%3 == 0 {
			e.Hashes = append(e.Hashes, EntryHash{Hash: randomHash(r, SHA1, 0)})
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	c, err := b.Counts()
	if err != nil || c.Merged == 0 || c.Apart != c.Entries-1 {
		t.Errorf("%+v, %v", c, err)
	}
	t.Logf("%d entries of one digest: %v", n, time.Since(start).Round(time.Millisecond))
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	mustOpen(t, out.Bytes())
	t.Logf("opened in %v", time.Since(start).Round(time.Millisecond))
}

// Around the number of sayings from which contradictions are a crowd, the builder still agrees with the slow way.
func TestCrowdsAgreeWithTheSlowWay(t *testing.T) {
	r := testkit.Rand(t)
	crowds := 0
	for _, sizes := range []int{crowd / 2, crowd - 3, crowd, crowd + 3} {
		md5 := EntryHash{Hash: randomHash(r, MD5, 0)}
		var entries []Entry
		for i := range sizes + 10 {
			e := Entry{Hashes: []EntryHash{md5}, Size: int64(i % sizes), HasSize: true, Names: []string{fmt.Sprint(r.IntN(3))}}
			if i < 2 {
				e.Category = "1"
			}
			entries = append(entries, e)
		}
		entries = append(entries, Entry{Hashes: []EntryHash{md5}, Comments: "fits all"})
		items, _ := slowMerge(slowEntries(entries))
		if !bytes.Equal(buildBytes(t, testInfo, entries...), slowBytes(testInfo, items)) {
			t.Fatalf("%d sizes: another set than the slow way's", sizes)
		}
		if slices.ContainsFunc(items, func(e *Entry) bool { return e.Comments != "" && !e.HasSize }) {
			crowds++
		}
	}
	testkit.AtLeast(t, 1, crowds, "crowds")
}

// An entry that thousands of records tell of is put together in a time that grows with them.
func TestOneItemOfManyRecords(t *testing.T) {
	r := testkit.Rand(t)
	md5 := EntryHash{Hash: randomHash(r, MD5, 0)}
	n := 30_000
	b := NewBuilder(testInfo)
	for i := range n {
		if err := b.Add(Entry{Hashes: []EntryHash{md5}, Names: []string{fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, out.Bytes())
	if s.Len() != 1 || len(s.Entry(0).Names) != n {
		t.Errorf("%d entries, %d names", s.Len(), len(s.Entry(0).Names))
	}
}
