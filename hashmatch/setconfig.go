package hashmatch

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sort"
)

// SetConfig says how one set of a Matcher is matched where that differs from what holds for all.
type SetConfig struct {
	// Radius gives radii by kind, before Config.Radius.
	Radius map[Kind]int
	// Deny are hashes whose entries never match, by any of their hashes: somebody found that they only make false hits.
	// They are hashes, not numbers, so that a list stays right when the set is built anew.
	Deny []Hash
	// Quarantine are the numbers of entries that perceptual hashes do not find; their digests still do.
	Quarantine []uint32
}

// check refuses radii that no kind has, and names of sets that are not there: a deny-list that is passed over in silence
// would be taken for one that holds.
func (c *Config) check(sets []*Set) error {
	if err := checkRadii(c.Radius); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sets)) {
		i := slices.IndexFunc(sets, func(s *Set) bool { return s.info.Name == name })
		if i < 0 {
			return fmt.Errorf("hashmatch: %w: settings for a set called %q, and none is", ErrFormat, name)
		}
		of := c.Sets[name]
		if err := checkRadii(of.Radius); err != nil {
			return fmt.Errorf("set %q: %w", name, err)
		}
		for _, e := range of.Quarantine {
			if int64(e) >= int64(sets[i].Len()) {
				return fmt.Errorf("hashmatch: %w: set %q: entry %d is to be quarantined, of %d", ErrLimit, name, e, sets[i].Len())
			}
		}
	}
	return nil
}

func checkRadii(radii map[Kind]int) error {
	for _, k := range slices.Sorted(maps.Keys(radii)) {
		r := radii[k]
		if !k.Perceptual() {
			return fmt.Errorf("hashmatch: %w: %s is no perceptual kind, so it has no radius", ErrFormat, k)
		}
		if r < 0 || r > k.Bits() {
			return fmt.Errorf("hashmatch: %w: radius %d of %s (0 to %d)", ErrLimit, r, k, k.Bits())
		}
	}
	return nil
}

// radius is that of a kind in a set, and whether somebody asked for it.
func (c *Config) radius(set string, k Kind) (radius int, asked bool) {
	if radius, asked = c.Sets[set].Radius[k]; asked {
		return radius, true
	}
	radius, asked = c.Radius[k]
	return radius, asked
}

// Holds reports whether an entry of the set holds the hash.
func (s *Set) Holds(h Hash) bool { return len(s.holders(h)) > 0 }

// holders returns the numbers of the entries that hold a hash.
func (s *Set) holders(h Hash) (entries []uint32) {
	if !h.kind.Valid() {
		return nil
	}
	t := &s.tables[h.kind]
	value := h.b[:h.kind.Size()]
	for row := sort.Search(t.len(), func(i int) bool { return bytes.Compare(t.raw(i), value) >= 0 }); row < t.len() && bytes.Equal(t.raw(row), value); row++ {
		entries = append(entries, t.entry(row))
	}
	return entries
}
