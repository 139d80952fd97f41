package hashmatch

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// perSet draws settings of single sets: radii, entries that are denied by any of their hashes, and such in quarantine.
func perSet(r *rand.Rand, sets []*Set) Config {
	cfg := Config{Radius: map[Kind]int{PDQ: 35}, Sets: map[string]SetConfig{}}
	for _, s := range sets[:2] {
		of := SetConfig{Radius: map[Kind]int{PDQ: r.IntN(50), PHash: r.IntN(8)}}
		for number, e := range s.Entries() {
			switch r.IntN(4) {
			case 0:
				of.Deny = append(of.Deny, e.Hashes[r.IntN(len(e.Hashes))].Hash)
			case 1:
				of.Quarantine = append(of.Quarantine, number)
			}
		}
		cfg.Sets[s.info.Name] = of
	}
	return cfg
}

// Settings must be of a set that is there, and say what is possible; what they leave out of the answers is told.
func TestSettingsOfSets(t *testing.T) {
	r := testkit.Rand(t)
	s := mustOpen(t, buildBytes(t, Info{Name: "a", Disposition: KnownBad}, randomEntries(r, 5, 0)...))
	for name, c := range map[string]map[string]SetConfig{
		"no such set":   {"b": {}},
		"a digest":      {"a": {Radius: map[Kind]int{MD5: 1}}},
		"no radius":     {"a": {Radius: map[Kind]int{PDQ: 257}}},
		"no such entry": {"a": {Quarantine: []uint32{uint32(s.Len())}}},
	} {
		if _, err := NewMatcher(Config{Sets: c}, s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	denied := SetConfig{Deny: []Hash{s.Entry(0).Hashes[0].Hash, {}}, Quarantine: []uint32{0, 1}}
	m := matcher(t, Config{Sets: map[string]SetConfig{"a": denied}}, s)
	told := fmt.Sprint(m.Warnings())
	for _, want := range []string{"1 entries never match", "2 entries are quarantined"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q does not tell that %s", told, want)
		}
	}
}
