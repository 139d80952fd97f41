package hashmatch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func matcher(t testing.TB, cfg Config, sets ...*Set) *Matcher {
	t.Helper()
	m, err := NewMatcher(cfg, sets...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func match(t testing.TB, m *Matcher, fp *Fingerprint) Result {
	t.Helper()
	r, err := m.Match(context.Background(), fp)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flipped returns h with its first n bits (in an order of r's choosing) changed.
func flipped(r *rand.Rand, h Hash, n int) Hash {
	for _, i := range r.Perm(h.kind.Bits())[:n] {
		h.b[i/8] ^= 1 << (i % 8)
	}
	return h
}

func upright(h Hash, quality int) PictureHash {
	return PictureHash{Hash: h, View: Upright, Quality: QualityOf(quality)}
}

// nearbyFile makes a fingerprint that meets one of the entries in some way, or none.
func nearbyFile(r *rand.Rand, entries []Entry) *Fingerprint {
	fp := &Fingerprint{Size: int64(r.IntN(3)), Trimmed: int64(r.IntN(3)), Format: []string{"", FormatOther, "jpeg"}[r.IntN(3)]}
	e := entries[r.IntN(len(entries))]
	for _, h := range e.Hashes {
		k := h.Hash.Kind()
		switch {
		case r.IntN(4) == 0:
		case k.Digest():
			if d := changedSide(r, h.Hash); fp.Digest(d.Kind()).IsZero() {
				fp.Digests = append(fp.Digests, d)
			}
		default:
			view := []View{Upright, "mirror"}[r.IntN(2)]
			d := []int{0, 1, 3, 5, 6, 30, 31, 32, 40}[r.IntN(9)]
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: flipped(r, h.Hash, d), View: view, Quality: Quality(r.IntN(102)), Graphic: r.IntN(4) == 0})
		}
	}
	return fp
}

// changedSide returns a digest, now and then as the other side's: what is appended to a file makes its whole digest a
// trimmed one.
func changedSide(r *rand.Rand, h Hash) Hash {
	if r.IntN(4) > 0 {
		return h
	}
	k := h.Kind().TrimmedForm()
	if k == 0 {
		k = h.Kind().Whole()
	}
	other, err := NewHash(k, h.b[:k.Size()])
	if err != nil {
		panic(err)
	}
	return other
}

// strangerFile makes a fingerprint of many kinds that meets nothing but by chance.
func strangerFile(r *rand.Rand) *Fingerprint {
	fp := &Fingerprint{Size: 5, Format: []string{"", FormatOther, "jpeg"}[r.IntN(3)]}
	for _, k := range Kinds() {
		switch {
		case r.IntN(8) == 0:
		case k.Digest():
			fp.Digests = append(fp.Digests, randomHash(r, k, 0))
		case fp.Format != FormatOther:
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: randomHash(r, k, 0), View: Upright, Quality: QualityOf(100 - 90*(r.IntN(8)/7))})
		}
	}
	return fp
}

func TestMatcherAgreesWithComparingEverything(t *testing.T) {
	r := testkit.Rand(t)
	files, hits, clear, rounds := 0, 0, 0, 30
	if testing.Short() {
		rounds = 10
	}
	configs := []Config{
		{}, {Quality: -1}, {Radius: map[Kind]int{PDQ: 40}}, {Radius: map[Kind]int{PDQ: 0, PHash: 6}, Quality: 70},
		{Radius: map[Kind]int{AHash: 5, DHash: 0, PyPHash: 64}},
		{Radius: map[Kind]int{PDQ: 60}, Hubs: map[string][]uint32{"a": {0, 3, 7}, "c": {1}, "nobody's": {2}}},
	}
	for range rounds {
		var all []Entry
		var sets []*Set
		for _, name := range []string{"b", "a", "c"} {
			entries := randomEntries(r, 1+r.IntN(25), []int{0, 5}[r.IntN(2)])
			all = append(all, entries...)
			sets = append(sets, mustOpen(t, buildBytes(t, Info{Name: name, Disposition: KnownBad}, entries...)))
		}
		for _, cfg := range append(slices.Clip(configs), perSet(r, sets)) {
			m := matcher(t, cfg, sets...)
			var batch []*Fingerprint
			for range 20 {
				batch = append(batch, nearbyFile(r, all), strangerFile(r))
			}
			n := 0
			err := m.MatchBatch(context.Background(), batch, func(i int, got *Result) bool {
				if i != n {
					t.Fatalf("fingerprint %d instead of %d", i, n)
				}
				n++
				if one := match(t, m, batch[i]); !reflect.DeepEqual(one, *got) {
					t.Fatalf("alone %+v\nin a batch %+v", one, *got)
				}
				want := oracleMatch(cfg, sets, batch[i])
				hits += len(want)
				plain := slices.Clone(got.Matches)
				for j := range plain {
					plain[j].Quality, plain[j].EntryQuality = nil, nil
				}
				if len(want) != len(plain)+got.More || len(plain) > 0 && !reflect.DeepEqual(plain, want[:len(plain)]) {
					t.Fatalf("config %+v\n got %+v\nwant %+v", cfg, plain, want)
				}
				if (got.Status == Known) != (len(want) > 0) {
					t.Fatalf("status %v with %d matches", got.Status, len(want))
				}
				if len(want) == 0 && (got.Status == Clear) != oracleAnswered(cfg, sets, batch[i]) {
					t.Fatalf("config %+v: %v (%s) for %+v", cfg, got.Status, got.Reason, batch[i])
				}
				if got.Status == Clear {
					clear++
				}
				return true
			})
			if err != nil || n != len(batch) {
				t.Fatalf("%d answers of %d, %v", n, len(batch), err)
			}
			files += n
		}
	}
	testkit.AtLeast(t, 1000, files, "files")
	testkit.AtLeast(t, 1000, hits, "matches")
	testkit.AtLeast(t, 20, clear, "clear files")
}

// What may be called clear, and what may not.
func TestUnexamined(t *testing.T) {
	r := testkit.Rand(t)
	h := func(k Kind) Hash { return randomHash(r, k, 0) }
	set := func(entries ...[]Kind) *Set {
		var list []Entry
		for _, ks := range entries {
			var e Entry
			for _, k := range ks {
				e.Hashes = append(e.Hashes, EntryHash{Hash: h(k)})
			}
			list = append(list, e)
		}
		return mustOpen(t, buildBytes(t, testInfo, list...))
	}
	digests := []Hash{h(MD5), h(SHA1), h(SHA256)}
	photo := []PictureHash{upright(h(PDQ), 90), upright(h(PHash), 90)}
	blank := []PictureHash{upright(h(PDQ), 3), upright(h(PHash), 3)}
	blanks := mustOpen(t, buildBytes(t, testInfo, Entry{Hashes: []EntryHash{{Hash: h(PDQ), Quality: QualityOf(3)}}}))
	cases := []struct {
		name   string
		set    *Set
		fp     Fingerprint
		status Status
		reason string
	}{
		{"text against digests", set([]Kind{MD5}, []Kind{SHA1}), Fingerprint{Digests: digests, Format: FormatOther}, Clear, ""},
		{"text against pictures", set([]Kind{MD5, PDQ}, []Kind{PDQ}), Fingerprint{Digests: digests, Format: FormatOther}, Clear, ""},
		{"photo against both", set([]Kind{MD5}, []Kind{PDQ}), Fingerprint{Digests: digests, Hashes: photo, Format: "jpeg"}, Clear, ""},
		{"photo undecoded, digests only", set([]Kind{MD5}), Fingerprint{Digests: digests, Format: "jpeg"}, Clear, ""},
		{"photo undecoded", set([]Kind{MD5, PDQ}), Fingerprint{Digests: digests, Format: "jpeg"}, Unexamined, ReasonHashes},
		{"video", set([]Kind{MD5, PDQ}), Fingerprint{Digests: digests, Format: "mp4"}, Unexamined, ReasonHashes},
		{"blank picture", set([]Kind{MD5, PDQ}), Fingerprint{Digests: digests, Hashes: blank, Format: "png"}, Unexamined, ReasonQuality},
		{"blank picture, digests only", set([]Kind{MD5}), Fingerprint{Digests: digests, Hashes: blank, Format: "png"}, Clear, ""},
		{"blank picture against phash", set([]Kind{PHash}), Fingerprint{Digests: digests, Hashes: blank, Format: "png"}, Unexamined, ReasonQuality},
		{"a kind we cannot compute", set([]Kind{PyPHash}), Fingerprint{Digests: digests, Hashes: photo, Format: "jpeg"}, Unexamined, ReasonHashes},
		{"a digest that was not computed", set([]Kind{SHA256}), Fingerprint{Digests: digests[:2], Format: FormatOther}, Unexamined, ReasonHashes},
		{"one entry out of reach", set([]Kind{MD5}, []Kind{SHA256}), Fingerprint{Digests: digests[:1], Format: FormatOther}, Unexamined, ReasonHashes},
		{"any of an entry's digests will do", set([]Kind{MD5, SHA256}), Fingerprint{Digests: digests[:1], Format: FormatOther}, Clear, ""},
		{"a lone digest asked about digests", set([]Kind{MD5}), Fingerprint{Digests: digests[:1]}, Clear, ""},
		{"a lone digest asked about pictures", set([]Kind{PDQ}), Fingerprint{Digests: digests[:1]}, Unexamined, ReasonHashes},
		{"a lone pdq", set([]Kind{MD5, PDQ}), Fingerprint{Hashes: photo[:1]}, Clear, ""},
		{"a lone pdq where entries have none", set([]Kind{PDQ}, []Kind{MD5}), Fingerprint{Hashes: photo[:1]}, Unexamined, ReasonHashes},
		{"an unread file", set([]Kind{MD5}), Fingerprint{}, Unexamined, ReasonHashes},
		{"a blank picture against a blank entry", blanks, Fingerprint{Digests: digests, Hashes: blank, Format: "png"}, Unexamined, ReasonQuality},
		{"a photo against a blank entry", blanks, Fingerprint{Digests: digests, Hashes: photo, Format: "png"}, Clear, ""},
		{"a digest against a blank entry", blanks, Fingerprint{Digests: digests[:1]}, Unexamined, ReasonHashes},
		{"text against a blank entry", blanks, Fingerprint{Digests: digests, Format: FormatOther}, Clear, ""},
		{"an empty set", set(), Fingerprint{Digests: digests, Format: FormatOther}, Clear, ""},
	}
	for _, c := range cases {
		got := match(t, matcher(t, Config{}, c.set), &c.fp)
		if got.Status != c.status || got.Reason != c.reason || len(got.Matches) != 0 {
			t.Errorf("%s: %v %q, want %v %q", c.name, got.Status, got.Reason, c.status, c.reason)
		}
	}
	testkit.AtLeast(t, 23, len(cases), "cases")
}

func TestTiers(t *testing.T) {
	cases := []struct {
		kind     Kind
		view     View
		distance int
		want     Tier
	}{
		{PDQ, Upright, 0, TierA}, {PDQ, Upright, 31, TierA}, {PDQ, Upright, 32, TierB}, {PDQ, "mirror", 31, TierB},
		{PDQ, "mirror", 32, TierC}, {PHash, Upright, 0, TierC}, {AHash, "mirror", 3, TierC},
	}
	for _, c := range cases {
		if got := nearTier(c.kind, c.view == Upright, c.distance); got != c.want {
			t.Errorf("%v %v %d: tier %v, want %v", c.kind, c.view, c.distance, got, c.want)
		}
	}
	testkit.AtLeast(t, 7, len(cases), "cases")
}

// What would make every file look clear, or matches ambiguous, is refused.
func TestMatcherRefusesSets(t *testing.T) {
	s := mustOpen(t, smallSet(t))
	if _, err := NewMatcher(Config{}); !errors.Is(err, ErrFormat) {
		t.Errorf("no sets: %v", err)
	}
	if _, err := NewMatcher(Config{}, s, s); !errors.Is(err, ErrFormat) {
		t.Errorf("one set twice: %v", err)
	}
	m := matcher(t, Config{}, s)
	if _, err := m.Match(context.Background(), nil); !errors.Is(err, ErrFormat) {
		t.Errorf("no fingerprint: %v", err)
	}
}

// An entry whose better hash is too plain is found by the next one; what nothing can find is told.
func TestGatedHashes(t *testing.T) {
	r := testkit.Rand(t)
	pdq, phash, lost := randomHash(r, PDQ, 0), randomHash(r, PHash, 0), randomHash(r, PDQ, 0)
	s := mustOpen(t, buildBytes(t, testInfo,
		Entry{Hashes: []EntryHash{{Hash: pdq, Quality: QualityOf(10)}, {Hash: phash}}},
		Entry{Hashes: []EntryHash{{Hash: lost, Quality: QualityOf(49)}}},
	))
	m := matcher(t, Config{}, s)
	got := match(t, m, &Fingerprint{Hashes: []PictureHash{upright(pdq, 90), upright(phash, 90)}})
	if len(got.Matches) != 1 || got.Matches[0].Kind != PHash {
		t.Errorf("matches %+v", got.Matches)
	}
	if w := m.Warnings(); len(w) != 2 {
		t.Errorf("warnings %q", w)
	}
	for _, n := range m.Searches() {
		if n.Kind == PDQ && (n.Gated != 2 || n.Hashes != 0) {
			t.Errorf("PDQ: %+v", n)
		}
	}
}

// The radius of a 64-bit kind alone, as measured for pHash; what tells less gets none.
func TestAloneRadius(t *testing.T) {
	want := map[int]int{1: 5, 1_000: 5, 1_001: 3, 100_000: 3, 100_001: 1, 10_000_000: 1, 10_000_001: 0}
	for n, radius := range want {
		for k, r := range map[Kind]int{PHash: radius, PyPHash: radius, DHash: 0, PyDHash: 0, AHash: 0, PyAHash: 0} {
			if got := aloneRadius(k, n); got != r {
				t.Errorf("%v alone in %d entries: radius %d, want %d", k, n, got, r)
			}
		}
	}
	if DefaultQuality != 50 || tierA != 31 {
		t.Error("the defaults have changed")
	}
}

// A blank picture's hash that floods a set lists MaxMatches and counts the rest.
func TestMoreMatchesAreCounted(t *testing.T) {
	var entries []Entry
	for i := range 250 {
		entries = append(entries, Entry{ID: fmt.Sprint(i), Hashes: []EntryHash{{Hash: Hash64(PHash, 42)}, {Hash: Hash64(PHash, 43)}}})
	}
	s := mustOpen(t, buildBytes(t, testInfo, entries...))
	m := matcher(t, Config{}, s)
	got := match(t, m, &Fingerprint{Hashes: []PictureHash{upright(Hash64(PHash, 42), 100), {Hash: Hash64(PHash, 42), View: Mirror}}})
	if len(got.Matches) != MaxMatches || got.More != 150 {
		t.Fatalf("%d matches and %d more", len(got.Matches), got.More)
	}
	for i, x := range got.Matches {
		if x.Distance != 0 || x.View != Upright || x.Entry != uint32(i) || x.ID == "" {
			t.Fatalf("match %d: %+v", i, x)
		}
	}
	if w := m.Warnings(); len(w) != 1 {
		t.Errorf("warnings of a set that is matched by pHash alone: %q", w)
	}
}

// However many matches one set has, the first of another is listed.
func TestNoSetHidesAnother(t *testing.T) {
	r := testkit.Rand(t)
	md5, pdq := randomHash(r, MD5, 0), randomHash(r, PDQ, 0)
	var many []Entry
	for range 150 {
		many = append(many, Entry{Hashes: []EntryHash{{Hash: md5}, {Hash: randomHash(r, SHA1, 0)}}})
	}
	good := mustOpen(t, buildBytes(t, Info{Name: "good", Disposition: KnownGood}, many...))
	bad := mustOpen(t, buildBytes(t, Info{Name: "bad", Disposition: KnownBad}, Entry{Hashes: []EntryHash{{Hash: pdq}}}))
	got := match(t, matcher(t, Config{}, good, bad), &Fingerprint{Digests: []Hash{md5}, Hashes: []PictureHash{upright(pdq, 90)}, Format: "png"})
	if len(got.Matches) != MaxMatches || got.More != 51 || got.Matches[MaxMatches-1].Set != "bad" {
		t.Errorf("%d matches, %d more, the last of %s", len(got.Matches), got.More, got.Matches[len(got.Matches)-1].Set)
	}
	if !slices.IsSortedFunc(got.Matches, compareMatches) {
		t.Error("the matches are out of order")
	}
}

// However many sets a file meets, the first match of every disposition is listed: what contradicts the others is not among
// those that are only counted.
func TestNoSetsHideADisposition(t *testing.T) {
	r := testkit.Rand(t)
	md5, pdq := randomHash(r, MD5, 0), randomHash(r, PDQ, 0)
	var sets []*Set
	for i := range MaxMatches + 20 {
		sets = append(sets, mustOpen(t, buildBytes(t, Info{Name: fmt.Sprintf("good %03d", i), Disposition: KnownGood}, Entry{Hashes: []EntryHash{{Hash: md5}}})))
	}
	for _, d := range []Disposition{Other, KnownBad} {
		sets = append(sets, mustOpen(t, buildBytes(t, Info{Name: "z " + d.String(), Disposition: d}, Entry{Hashes: []EntryHash{{Hash: pdq}}})))
	}
	got := match(t, matcher(t, Config{}, sets...), &Fingerprint{Digests: []Hash{md5}, Hashes: []PictureHash{upright(pdq, 90)}, Format: "png"})
	if len(got.Matches) != MaxMatches || got.More != 22 || !slices.IsSortedFunc(got.Matches, compareMatches) {
		t.Fatalf("%d matches and %d more", len(got.Matches), got.More)
	}
	counts := map[Disposition]int{}
	for _, m := range got.Matches {
		counts[m.Disposition]++
	}
	if counts[KnownGood] != MaxMatches-2 || counts[Other] != 1 || counts[KnownBad] != 1 {
		t.Errorf("%v", counts)
	}
}

func TestNearest(t *testing.T) {
	r := testkit.Rand(t)
	q := randomHash(r, PDQ, 0)
	var entries []Entry
	for _, d := range []int{90, 5, 31, 32, 60, 5} {
		entries = append(entries, Entry{Hashes: []EntryHash{{Hash: flipped(r, q, d)}}})
	}
	entries = append(entries, Entry{Hashes: []EntryHash{{Hash: q, Quality: QualityOf(1)}}}) // below the gate
	m := matcher(t, Config{}, mustOpen(t, buildBytes(t, testInfo, entries...)))
	fp := &Fingerprint{Hashes: []PictureHash{upright(q, 80)}}
	for k, want := range map[int][]int{0: nil, 1: {5}, 4: {5, 5, 31, 32}, 9: {5, 5, 31, 32, 60, 90}} {
		got, err := m.Nearest(context.Background(), fp, k)
		if err != nil {
			t.Fatal(err)
		}
		var distances []int
		for _, x := range got {
			distances = append(distances, x.Distance)
			if (x.Tier == TierA) != (x.Distance <= 31) || x.Distance > 31 && x.Tier != 0 {
				t.Errorf("distance %d has tier %q", x.Distance, x.Tier)
			}
		}
		if !slices.Equal(distances, want) {
			t.Errorf("k=%d: %v, want %v", k, distances, want)
		}
	}
	fp.Hashes[0].Quality = QualityOf(1)
	if got, _ := m.Nearest(context.Background(), fp, 3); len(got) != 0 {
		t.Errorf("a blank picture has neighbours: %v", got)
	}
}

func TestMatcherRefusesBadRadii(t *testing.T) {
	for _, c := range []Config{{Radius: map[Kind]int{MD5: 0}}, {Radius: map[Kind]int{PDQ: -1}}, {Radius: map[Kind]int{PDQ: 257}}, {Radius: map[Kind]int{PHash: 65}}} {
		if _, err := NewMatcher(c, mustOpen(t, smallSet(t))); err == nil {
			t.Errorf("%v is accepted", c.Radius)
		}
	}
}

func TestMatchStopsWithItsContext(t *testing.T) {
	r := testkit.Rand(t)
	m := matcher(t, Config{}, mustOpen(t, buildBytes(t, testInfo, randomEntries(r, 30, 0)...)))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := m.Match(ctx, nearbyFile(r, randomEntries(r, 3, 0))); !errors.Is(err, context.Canceled) || got.Status != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Of the 64-bit kinds that an entry holds, the one that says most serves it.
func TestBestKindServes(t *testing.T) {
	r := testkit.Rand(t)
	e := Entry{}
	for _, k := range []Kind{AHash, DHash, PHash, PyAHash, PyDHash, PyPHash} {
		e.Hashes = append(e.Hashes, EntryHash{Hash: randomHash(r, k, 0)})
	}
	for _, want := range []Kind{PHash, PyPHash, DHash, PyDHash, AHash, PyAHash} {
		searches := matcher(t, Config{}, mustOpen(t, buildBytes(t, testInfo, e))).Searches()
		if len(searches) != 1 || searches[0].Kind != want {
			t.Errorf("%d hashes: searched by %+v, want %v", len(e.Hashes), searches, want)
		}
		e.Hashes = slices.DeleteFunc(e.Hashes, func(h EntryHash) bool { return h.Hash.Kind() == want })
	}
}

// Where one set lacks a hash and another only its quality, the graver reason is told, whatever the order of the sets.
func TestReasons(t *testing.T) {
	r := testkit.Rand(t)
	plain := mustOpen(t, buildBytes(t, Info{Name: "pdq", Disposition: Other}, Entry{Hashes: []EntryHash{{Hash: randomHash(r, PDQ, 0)}}}))
	other := mustOpen(t, buildBytes(t, Info{Name: "sha", Disposition: Other}, Entry{Hashes: []EntryHash{{Hash: randomHash(r, SHA256, 0)}}}))
	fp := &Fingerprint{Digests: []Hash{randomHash(r, MD5, 0)}, Hashes: []PictureHash{upright(randomHash(r, PDQ, 0), 5)}, Format: "png"}
	for _, sets := range [][]*Set{{plain, other}, {other, plain}} {
		if got := match(t, matcher(t, Config{}, sets...), fp); got.Status != Unexamined || got.Reason != ReasonHashes {
			t.Errorf("%v, %q", got.Status, got.Reason)
		}
	}
	if got := match(t, matcher(t, Config{}, plain), fp); got.Reason != ReasonQuality {
		t.Errorf("the picture is too plain, and the reason is %q", got.Reason)
	}
}

func TestMatchBatchStops(t *testing.T) {
	m := matcher(t, Config{}, mustOpen(t, smallSet(t)))
	n := 0
	err := m.MatchBatch(context.Background(), make([]*Fingerprint, 0), func(int, *Result) bool { n++; return true })
	if err != nil || n != 0 {
		t.Errorf("no questions: %d answers, %v", n, err)
	}
	err = m.MatchBatch(context.Background(), []*Fingerprint{{}, {}, {}}, func(i int, _ *Result) bool { n++; return i < 1 })
	if err != nil || n != 2 {
		t.Errorf("%d answers before it stopped, %v", n, err)
	}
}

// Views of a picture find entries; they are no entries, and have no place in a record's plain form.
func TestViewsStayOutOfEntries(t *testing.T) {
	r := testkit.Rand(t)
	fp := Fingerprint{Hashes: []PictureHash{{Hash: randomHash(r, PDQ, 0), View: Mirror}, upright(randomHash(r, PDQ, 0), 70)}}
	e := fp.Entry()
	if len(e.Hashes) != 1 || e.Hashes[0].Hash != fp.Hashes[1].Hash || e.HasSize {
		t.Errorf("the entry is %+v", e)
	}
	if form := fp.form(); form.PDQ != fp.Hashes[1].Hash.Hex() {
		t.Errorf("the form holds %s", form.PDQ)
	}
}
