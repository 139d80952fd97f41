package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// The demo's judge sees a copy that was not found, a match with something else, and a file that is not what was planted.
func TestDemoJudges(t *testing.T) {
	h, err := hashmatch.ParseHash("phash:0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "demo", Disposition: hashmatch.Other})
	if err := b.Add(hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: h}}, Names: []string{"known/a.png"}}); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := b.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	set, err := hashmatch.OpenBytes(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	exact := []hashmatch.Match{{Entry: 0, Kind: hashmatch.SHA256, Tier: hashmatch.Exact}}
	near := []hashmatch.Match{{Entry: 0, Kind: hashmatch.PDQ, Tier: hashmatch.TierA}}
	cases := []struct {
		name  string
		p     plant
		rec   hashmatch.Record
		fault string // part of it; "" for none
	}{
		{"an exact copy", plant{aim: exactCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Matched, Matches: exact}, ""},
		{"a near copy", plant{aim: nearCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Matched, Matches: near}, ""},
		{"a turned copy", plant{aim: viewCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Matched, Matches: near}, ""},
		{"a turned copy not found", plant{aim: viewCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Cleared}, "not found"},
		{"a hard copy not found", plant{aim: hardCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Cleared}, ""},
		{"a bystander", plant{}, hashmatch.Record{Outcome: hashmatch.Cleared}, ""},
		{"damage", plant{outcome: hashmatch.Corrupt}, hashmatch.Record{Outcome: hashmatch.Corrupt}, ""},
		{"an exact copy not found", plant{aim: exactCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Cleared}, "not found"},
		{"an exact copy found nearly", plant{aim: exactCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Matched, Matches: near}, "not found"},
		{"a near copy not found", plant{aim: nearCopy, original: "a.png"}, hashmatch.Record{Outcome: hashmatch.Cleared}, "not found"},
		{"a copy of another", plant{aim: nearCopy, original: "b.png"}, hashmatch.Record{Outcome: hashmatch.Matched, Matches: near}, "no copy"},
		{"a bystander that matches", plant{}, hashmatch.Record{Outcome: hashmatch.Matched, Matches: near}, "no copy"},
		{"damage that is called clear", plant{outcome: hashmatch.Corrupt}, hashmatch.Record{Outcome: hashmatch.Cleared}, "should be corrupt"},
		{"a sound file that is not", plant{}, hashmatch.Record{Outcome: hashmatch.IOError}, "is sound"},
	}
	for _, c := range cases {
		d := &demo{found: map[aim]int{}, hard: map[string]int{}}
		d.judge(set, c.p, &c.rec)
		if got := strings.Join(d.faults, "; "); (c.fault == "") != (got == "") || !strings.Contains(got, c.fault) || d.failed() != (c.fault != "") {
			t.Errorf("%s: faults %q, want %q", c.name, got, c.fault)
		}
	}
	testkit.AtLeast(t, 14, len(cases), "cases")
}
