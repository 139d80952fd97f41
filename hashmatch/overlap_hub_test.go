package hashmatch

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// numbered makes n entries that nothing joins, with the hashes that of gives.
func numbered(n int, of func(i int) []EntryHash) []Entry {
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = Entry{ID: fmt.Sprint(i), Hashes: of(i)}
	}
	return entries
}

// A hash that both sets have tens of thousands of times gives billions of pairs: each entry lists the first, and all are
// counted.
func TestCompareSetsHubs(t *testing.T) {
	r := testkit.Rand(t)
	n := window + 500
	if testing.Short() || testkit.Race {
		n = 700
	}
	blank, spot := randomHash(r, PDQ, 0), randomHash(r, PDQ, 0)
	md5 := randomHash(r, MD5, 0)
	twice := []EntryHash{{Hash: blank}, {Hash: flipped(r, blank, 40)}}
	a := mustOpen(t, buildBytes(t, Info{Name: "a", Disposition: KnownBad}, slices.Concat(
		numbered(n, func(int) []EntryHash { return []EntryHash{{Hash: blank}} }),
		numbered(50, func(i int) []EntryHash { return []EntryHash{{Hash: spot, Quality: QualityOf(50 + i)}} }),
		numbered(300, func(int) []EntryHash { return twice }),
		numbered(200, func(int) []EntryHash { return []EntryHash{{Hash: md5}} }),
	)...))
	mirrored := turnedSlowly(blank, Mirror)
	b := mustOpen(t, buildBytes(t, Info{Name: "b", Disposition: KnownBad}, slices.Concat(
		numbered(n, func(int) []EntryHash { return []EntryHash{{Hash: mirrored}} }),
		numbered(60, func(i int) []EntryHash { return []EntryHash{{Hash: flipped(r, blank, 1+i%3)}} }),
		numbered(300, func(int) []EntryHash { return []EntryHash{{Hash: mirrored}, {Hash: randomHash(r, PDQ, 3)}} }),
		numbered(200, func(int) []EntryHash { return []EntryHash{{Hash: md5}} }),
	)...))
	got, sum := compareAll(t, Config{}, a, b)
	testkit.AtLeast(t, n+500, len(got), "entries that meet something")
	total, listed, checked := int64(0), int64(0), 0
	for _, s := range got {
		if len(s.Matches) != MaxMatches {
			t.Fatalf("entry %d lists %d matches and %d more", s.Entry, len(s.Matches), s.More)
		}
		total, listed = total+int64(len(s.Matches))+s.More, listed+int64(len(s.Matches))
		e := a.Entry(s.Entry)
		near := s.Matches[0].Kind == PDQ
		if near && s.More != int64(n+60+300-MaxMatches) || !near && s.More != 200-MaxMatches {
			t.Fatalf("entry %d, %v: %d more", s.Entry, e.Hashes, s.More)
		}
		if s.Entry%uint32(n/3) > 0 {
			continue
		}
		checked++
		// Those near the right way up come first, by distance and then by number; then the many that are mirrored.
		want := oracleShared(Config{}, one(t, e), b)[0]
		if int64(len(want)) != int64(len(s.Matches))+s.More || !reflect.DeepEqual(s.Matches, want[:MaxMatches]) {
			t.Fatalf("entry %d\n got %+v\nwant %+v", s.Entry, s.Matches, want[:MaxMatches])
		}
	}
	testkit.AtLeast(t, 3, checked, "lists held against the slow ones")
	if want := int64(n+300)*int64(n+360) + 200*200; sum.Matches != want || total != want || sum.Listed != listed {
		t.Errorf("%d matches are counted and %d given, %d of them listed; want %d and %d listed", sum.Matches, total, sum.Listed, want, listed)
	}
	if sum.A.Apart != 50 || sum.A.By[TierA] != n+300 || sum.A.By[ExactWeak] != 200 || sum.B.By[TierB] != n+300 || sum.B.By[TierA] != 60 {
		t.Errorf("%+v", sum)
	}
}

// one makes a set of one entry.
func one(t *testing.T, e Entry) *Set {
	t.Helper()
	return mustOpen(t, buildBytes(t, Info{Name: "one", Disposition: KnownBad}, e))
}

// Comparing the other way round finds the same pairs: each turn has one that undoes it.
func TestCompareSetsBothWays(t *testing.T) {
	r := testkit.Rand(t)
	back := map[View]View{Rot90: Rot270, Rot270: Rot90}
	type pair struct {
		a, b     uint32
		kind     Kind
		distance int
	}
	pairs := 0
	for range 10 {
		others := randomEntries(r, 30, 6)
		relatives := kin(r, others, 30)
		for _, list := range [][]Entry{others, relatives} {
			for i := range list {
				list[i].Size++ // of a file, a size of 0 is no size
			}
		}
		a := mustOpen(t, buildBytes(t, Info{Name: "a", Disposition: KnownBad}, others...))
		b := mustOpen(t, buildBytes(t, Info{Name: "b", Disposition: KnownBad}, relatives...))
		there, again := map[pair]View{}, map[pair]View{}
		all, sum := compareAll(t, Config{}, a, b)
		for _, s := range all {
			for _, m := range s.Matches {
				there[pair{s.Entry, m.Entry, m.Kind, m.Distance}] = m.View
			}
		}
		all, mus := compareAll(t, Config{}, b, a)
		for _, s := range all {
			for _, m := range s.Matches {
				again[pair{m.Entry, s.Entry, m.Kind, m.Distance}] = m.View
			}
		}
		if len(there) != len(again) || sum.Matches != mus.Matches || !reflect.DeepEqual(sum.A, mus.B) || !reflect.DeepEqual(sum.B, mus.A) {
			t.Fatalf("%d pairs one way and %d the other; %+v and %+v", len(there), len(again), sum, mus)
		}
		for p, view := range there {
			want := view
			if o, ok := back[view]; ok {
				want = o
			}
			got, ok := again[p]
			if !ok || got != want && p.distance > 0 {
				t.Fatalf("%+v is met by %s one way and by %q the other", p, view, got)
			}
			pairs++
		}
	}
	testkit.AtLeast(t, 100, pairs, "pairs")
}

func TestCompareSetsEnds(t *testing.T) {
	r := testkit.Rand(t)
	others := randomEntries(r, 40, 4)
	a := mustOpen(t, buildBytes(t, testInfo, others...))
	ctx, cancel := context.WithCancelCause(context.Background())
	calls := 0
	sum, err := CompareSets(ctx, Config{}, a, a, func(*Shared) bool { calls++; return false })
	if err != nil || calls != 1 || !reflect.DeepEqual(sum, Overlap{}) {
		t.Errorf("ended at once: %d calls, %+v, %v", calls, sum, err)
	}
	whole, err := CompareSets(ctx, Config{}, a, a, nil)
	if err != nil || whole.A.By[Exact]+whole.A.By[ExactWeak] == 0 || whole.A.Entries != a.Len() || !reflect.DeepEqual(whole.A, whole.B) {
		t.Errorf("without yield: %+v, %v", whole, err)
	}
	stopped := errors.New("stopped")
	sum, err = CompareSets(ctx, Config{}, a, a, func(*Shared) bool { cancel(stopped); return true })
	if !errors.Is(err, stopped) || !reflect.DeepEqual(sum, Overlap{}) {
		t.Errorf("stopped half-way: %+v, %v", sum, err)
	}
	if _, err := CompareSets(ctx, Config{}, a, a, nil); !errors.Is(err, stopped) {
		t.Errorf("stopped before: %v", err)
	}
	for _, c := range []struct {
		radius map[Kind]int
		want   error
	}{
		{map[Kind]int{PHash: 3}, ErrUnsupported}, {map[Kind]int{MD5: 0}, ErrUnsupported}, {map[Kind]int{PDQ: -1}, ErrLimit}, {map[Kind]int{PDQ: 257}, ErrLimit},
	} {
		if _, err := CompareSets(context.Background(), Config{Radius: c.radius}, a, a, nil); !errors.Is(err, c.want) {
			t.Errorf("%v: %v", c.radius, err)
		}
	}
}

// Sets without entries, and without a kind in common, compare as well.
func TestCompareSetsOfNothing(t *testing.T) {
	r := testkit.Rand(t)
	empty := mustOpen(t, buildBytes(t, testInfo))
	digests := one(t, Entry{Hashes: []EntryHash{{Hash: randomHash(r, SHA1, 0)}}})
	trimmed := one(t, Entry{Hashes: []EntryHash{{Hash: randomHash(r, SHA1Trimmed, 0)}}})
	plain := one(t, Entry{Hashes: []EntryHash{{randomHash(r, PDQ, 0), QualityOf(10)}}})
	picture := one(t, Entry{Hashes: []EntryHash{{randomHash(r, PDQ, 0), QualityOf(90)}}})
	none := map[Tier]int{}
	for i, c := range []struct {
		a, b         *Set
		sideA, sideB Side
	}{
		{empty, empty, Side{By: none}, Side{By: none}},
		{empty, digests, Side{By: none}, Side{Entries: 1, By: none, Unexamined: 1}},
		{digests, trimmed, Side{Entries: 1, By: none, Apart: 1, DigestsAlone: 1}, Side{Entries: 1, By: none, Apart: 1, DigestsAlone: 1}},
		{digests, picture, Side{Entries: 1, By: none, Unexamined: 1}, Side{Entries: 1, By: none, Unexamined: 1}},
		{picture, plain, Side{Entries: 1, By: none, Unexamined: 1}, Side{Entries: 1, By: none, Unexamined: 1}},
		{picture, picture, Side{Entries: 1, By: map[Tier]int{TierA: 1}}, Side{Entries: 1, By: map[Tier]int{TierA: 1}}},
		{plain, plain, Side{Entries: 1, By: none, Unexamined: 1}, Side{Entries: 1, By: none, Unexamined: 1}},
	} {
		if _, sum := compareAll(t, Config{}, c.a, c.b); !reflect.DeepEqual(sum.A, c.sideA) || !reflect.DeepEqual(sum.B, c.sideB) {
			t.Errorf("%d: %+v", i, sum)
		}
	}
}

// 100,000 entries in each set, most of them strangers.
func BenchmarkCompareSets(b *testing.B) {
	r := testkit.Rand(b)
	const n = 100_000
	var sets [2]*Set
	var shared []Hash
	for i := range sets {
		entries := numbered(n, func(j int) []EntryHash {
			pdq := randomHash(r, PDQ, 0)
			if i == 0 {
				shared = append(shared, pdq)
			} else if j%10 == 0 {
				pdq = flipped(r, turnedBy(shared[j], j), 8)
			}
			return []EntryHash{{Hash: randomHash(r, MD5, 0)}, {pdq, QualityOf(80)}}
		})
		sets[i] = mustOpen(b, buildBytes(b, Info{Name: fmt.Sprint(i), Disposition: KnownBad}, entries...))
	}
	for b.Loop() {
		sum, err := CompareSets(context.Background(), Config{}, sets[0], sets[1], nil)
		if err != nil || sum.Matches < n/10 {
			b.Fatal(sum, err)
		}
	}
}

// turnedBy turns a hash by one of the orientations.
func turnedBy(h Hash, i int) Hash {
	turned, _ := h.Turned(Orientations()[i%8])
	return turned
}
