package hashmatch

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// A set in parts, of which entries were taken out, answers as one that was built of the rest.
func TestPartsAnswerAsOne(t *testing.T) {
	r := testkit.Rand(t)
	files, hits, gone, rounds := 0, 0, 0, 60
	if testing.Short() {
		rounds = 20
	}
	for range rounds {
		var all []Entry
		var parts []*Set
		var removed []uint32
		whole := NewBuilder(Info{Name: "a", Disposition: KnownBad})
		first := uint32(0)
		for range 1 + r.IntN(3) {
			entries := randomEntries(r, r.IntN(12), []int{0, 5}[r.IntN(2)])
			all = append(all, entries...)
			s := mustOpen(t, buildBytes(t, Info{Name: "a", Disposition: KnownBad}, entries...))
			for number, e := range s.Entries() {
				if r.IntN(3) == 0 {
					removed = append(removed, first+number)
				} else if err := whole.Add(e); err != nil {
					t.Fatal(err)
				}
			}
			parts, first = append(parts, s), first+uint32(s.Len())
		}
		counts, err := whole.Counts()
		if err != nil {
			t.Fatal(err)
		}
		if counts.Merged > 0 || len(all) == 0 { // a set of the parts would hold other entries
			continue
		}
		cfg := []Config{{}, {Radius: map[Kind]int{PHash: 4, PDQ: 40}}, {Quality: -1}}[r.IntN(3)]
		var out bytes.Buffer
		if _, err := whole.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		rebuilt := mustOpen(t, out.Bytes())
		want := matcher(t, cfg, rebuilt)
		var indexes []*searchSet
		for _, s := range parts {
			indexes = append(indexes, indexed(s, &cfg))
		}
		got := &Matcher{gate: cfg.gate(), sets: chained(0, indexes, removed, &cfg)}
		number := func(m Match) uint32 { // in the set that was built
			of := got.sets[m.set]
			e := of.set.Entry(m.Entry - of.first)
			for n, other := range rebuilt.Entries() {
				if reflect.DeepEqual(e, other) {
					return n
				}
			}
			t.Fatalf("entry %d is not in the set that was built", m.Entry)
			return 0
		}
		same := func(a, b []Match) {
			t.Helper()
			for i := range a {
				a[i].Entry, a[i].set = number(a[i]), 0
			}
			slices.SortStableFunc(a, compareMatches)
			if len(a)+len(b) > 0 && !reflect.DeepEqual(a, b) {
				t.Fatalf("in parts %+v\n   whole %+v", a, b)
			}
		}
		if a, b := got.Searches(), want.Searches(); len(removed) == 0 && !reflect.DeepEqual(a, b) {
			t.Fatalf("in parts %+v\n   whole %+v", a, b)
		}
		if a, b := got.Warnings(), want.Warnings(); !reflect.DeepEqual(a, b) {
			t.Fatalf("in parts %q\n   whole %q", a, b)
		}
		for range 40 {
			fp := nearbyFile(r, all)
			a, b := match(t, got, fp), match(t, want, fp)
			if a.Status != b.Status || a.Reason != b.Reason || a.More != b.More {
				t.Fatalf("in parts %v %q, whole %v %q", a.Status, a.Reason, b.Status, b.Reason)
			}
			if a.More == 0 {
				same(a.Matches, b.Matches)
			}
			near, err := got.Nearest(context.Background(), fp, 3)
			if err != nil {
				t.Fatal(err)
			}
			other, err := want.Nearest(context.Background(), fp, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(near) != len(other) {
				t.Fatalf("%d neighbours, whole %d", len(near), len(other))
			}
			for i := range near {
				if near[i].Distance != other[i].Distance || near[i].Kind != other[i].Kind {
					t.Fatalf("neighbour %d: %+v, whole %+v", i, near[i], other[i])
				}
			}
			files, hits = files+1, hits+len(b.Matches)
		}
		gone += len(removed)
	}
	testkit.AtLeast(t, 400, files, "files")
	testkit.AtLeast(t, 100, hits, "matches")
	testkit.AtLeast(t, 30, gone, "removed entries")
}
