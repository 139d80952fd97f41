package hashmatch

import (
	"reflect"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Of two entries that are one, nothing that either says is lost.
func TestJoinedEntriesKeepEverything(t *testing.T) {
	r := testkit.Rand(t)
	md5, sha1, pdq := randomHash(r, MD5, 0), randomHash(r, SHA1, 0), randomHash(r, PDQ, 0)
	first := Entry{
		ID: "7", Hashes: []EntryHash{{Hash: md5}, {Hash: pdq}}, Series: "series", Tags: []string{"b", "a"}, Names: []string{"x"},
		Flags: Flags{VictimIdentified: Yes, Distributed: No, SelfGenerated: Yes}, Extras: []Extra{{"photodna", []byte{1}}},
	}
	second := Entry{
		Hashes: []EntryHash{{Hash: sha1}, {Hash: md5}, {Hash: pdq, Quality: QualityOf(80)}}, Size: 9, HasSize: true, Category: "2",
		Tags: []string{"c", "a"}, Names: []string{"y", "x"}, Sources: []string{"lab"}, Comments: "said",
		Flags: Flags{OffenderIdentified: No, Suspected: Yes, Precategorized: No}, Extras: []Extra{{"lace", []byte{2}}, {"photodna", []byte{1}}},
	}
	want := Entry{
		ID: "7", Hashes: []EntryHash{{Hash: md5}, {Hash: sha1}, {Hash: pdq, Quality: QualityOf(80)}}, Size: 9, HasSize: true, Category: "2",
		Series: "series", Tags: []string{"a", "b", "c"}, Names: []string{"x", "y"}, Sources: []string{"lab"}, Comments: "said",
		Flags:  Flags{Yes, No, No, Yes, Yes, No},
		Extras: []Extra{{"lace", []byte{2}}, {"photodna", []byte{1}}},
	}
	for _, pair := range [][]Entry{{first, second}, {second, first}} {
		s := mustOpen(t, buildBytes(t, testInfo, pair...))
		if s.Len() != 1 || !reflect.DeepEqual(s.Entry(0), want) {
			t.Errorf("%d entries, the first %+v\nwant %+v", s.Len(), s.Entry(0), want)
		}
	}
	// What the caller gave is not written to.
	if first.Tags[0] != "b" || len(first.Names) != 1 || len(second.Extras) != 2 {
		t.Errorf("the given entries were changed: %+v, %+v", first, second)
	}
}

// Each thing on which two entries can contradict each other keeps them apart.
func TestContradictionsStandApart(t *testing.T) {
	md5 := []EntryHash{{Hash: randomHash(testkit.Rand(t), MD5, 0)}}
	said := []struct {
		name string
		a, b Entry
	}{
		{"ID", Entry{ID: "1"}, Entry{ID: "2"}},
		{"category", Entry{Category: "1"}, Entry{Category: "2"}},
		{"series", Entry{Series: "1"}, Entry{Series: "2"}},
		{"comments", Entry{Comments: "1"}, Entry{Comments: "2"}},
		{"size", Entry{HasSize: true}, Entry{Size: 1, HasSize: true}},
		{"victim", Entry{Flags: Flags{VictimIdentified: Yes}}, Entry{Flags: Flags{VictimIdentified: No}}},
		{"offender", Entry{Flags: Flags{OffenderIdentified: Yes}}, Entry{Flags: Flags{OffenderIdentified: No}}},
		{"distributed", Entry{Flags: Flags{Distributed: Yes}}, Entry{Flags: Flags{Distributed: No}}},
		{"suspected", Entry{Flags: Flags{Suspected: Yes}}, Entry{Flags: Flags{Suspected: No}}},
		{"self-generated", Entry{Flags: Flags{SelfGenerated: Yes}}, Entry{Flags: Flags{SelfGenerated: No}}},
		{"precategorised", Entry{Flags: Flags{Precategorized: Yes}}, Entry{Flags: Flags{Precategorized: No}}},
	}
	for _, c := range said {
		c.a.Hashes, c.b.Hashes = md5, md5
		s := mustOpen(t, buildBytes(t, testInfo, c.a, c.b, Entry{Hashes: md5, Names: []string{"fits both"}}))
		if s.Len() != 2 {
			t.Errorf("%s: %d entries, want 2", c.name, s.Len())
		}
	}
	testkit.AtLeast(t, 11, len(said), "contradictions")
}
