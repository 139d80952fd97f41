package hashmatch

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashmatch/engine/index"
)

// Shared is one entry of a set with what it has in common with another set.
type Shared struct {
	Entry   uint32  // its number in the first set
	Matches []Match // as of a Result, sorted in the same way: the entry of the first set stands for the file
	More    int64   // matches beyond those listed
}

// Overlap accounts for two sets that were compared.
type Overlap struct {
	A       Side  `json:"a"`       // the first set
	B       Side  `json:"b"`       // the second
	Matches int64 `json:"matches"` // pairs of entries, counted for each kind by which they meet
	Listed  int64 `json:"listed"`  // those that were handed out; the others were counted
}

// Side accounts for the entries of one of two sets: Entries is the sum of By, Apart and Unexamined.
type Side struct {
	Entries int `json:"entries"`
	// By counts the entries that meet one of the other set, by the best tier of their matches.
	By map[Tier]int `json:"by"`
	// Apart counts those that were compared with the other set and meet nothing there.
	Apart int `json:"apart"`
	// DigestsAlone counts those of Apart that were compared by digests only: an altered copy would not have shown.
	DigestsAlone int `json:"digests_alone"`
	// Unexamined counts those that the other set has nothing to compare with.
	Unexamined int `json:"unexamined"`
}

// CompareSets finds what two sets have in common: entries with an equal digest, as a Matcher finds them for a file, and
// entries whose PDQ hashes are near, in all orientations and without a picture. The hashes of a are turned, so that a
// match's View says which way the picture of a lies when it is like that of b; see Hash.Turned for how much farther off
// it then seems.
//
// Of cfg the radius of PDQ and the gate count, and no hubs; other kinds are not compared, and naming one in cfg.Radius is
// an error that wraps ErrUnsupported.
//
// yield is called once for each entry of a that meets one of b, in ascending order, never concurrently; s is valid until
// it returns. For each entry of b and each kind there is one match, of the best tier, then of least distance, then of the plainest view. At
// most MaxMatches are listed and the others counted, so that a picture that b has a hundred thousand times gives no
// hundred thousand lines. yield may be nil, and then nothing is listed. When it returns false, CompareSets ends early,
// without an error and with an Overlap of zero, since nothing was counted to its end.
//
// Hashes that are equal are compared once, whatever the number of entries that have them. Memory is bounded by the
// number of entries, not of matches; the time is not, and grows with the number of pairs of different hashes, or of
// contradicting entries that share a digest, that are within the radius.
func CompareSets(ctx context.Context, cfg Config, a, b *Set, yield func(s *Shared) bool) (Overlap, error) {
	radius := tierA
	for k, r := range cfg.Radius {
		if k != PDQ {
			return Overlap{}, fmt.Errorf("hashmatch: %w: sets are compared by digests and pdq, not by %s", ErrUnsupported, k)
		}
		if r < 0 || r > k.Bits() {
			return Overlap{}, fmt.Errorf("hashmatch: %w: radius %d of %s (0 to %d)", ErrLimit, r, k, k.Bits())
		}
		radius = r
	}
	c := &comparing{
		a: a, b: b, yield: yield, exact: exactSearch(b), near: newNearSets(a, b, cfg.gate(), radius),
		bestA: make([]Tier, a.Len()), bestB: make([]Tier, b.Len()),
	}
	whole, err := c.run(ctx)
	if err != nil || !whole {
		return Overlap{}, err
	}
	c.near.mark(c.bestB)
	c.sum.A = c.side(a, b, c.bestA, c.near.a)
	c.sum.B = c.side(b, a, c.bestB, c.near.b)
	return c.sum, nil
}

// exactSearch prepares the search of a set by digests alone.
func exactSearch(s *Set) *searchSet {
	ss := &searchSet{set: s, info: s.info}
	for _, k := range Kinds() {
		if t := &s.tables[k]; k.Digest() && t.len() > 0 {
			entries := make([]uint32, t.len())
			for i := range entries {
				entries[i] = t.entry(i)
			}
			ss.exactBy = append(ss.exactBy, &exactKind{kind: k, table: index.NewTable(t.hashes, k.Size(), entries, index.InPlace())})
		}
	}
	return ss
}

// comparing is a comparison that is under way.
type comparing struct {
	a, b         *Set
	yield        func(*Shared) bool
	exact        *searchSet // of b
	near         *nearSets
	bestA, bestB []Tier // of each entry, the best tier of its matches so far; 0 for none
	sum          Overlap

	// The entry of a that was compared last by its digests: the next one often has the same, where sources gave one item
	// several names.
	last  *Fingerprint
	found []Match
}

// window is how many entries of a are searched for together.
const window = 8192

// run compares entry by entry; whole is false if yield ended it.
func (c *comparing) run(ctx context.Context) (whole bool, err error) {
	for from := 0; from < c.a.Len(); from += window {
		to := min(from+window, c.a.Len())
		if err := c.near.search(ctx, from, to); err != nil {
			return false, err
		}
		for number := from; number < to; number++ {
			more, err := c.entry(ctx, uint32(number))
			if err != nil || !more {
				return false, err
			}
		}
	}
	return true, nil
}

// entry puts together what an entry of a has in common with b, and yields it; more is false if yield wants no more.
func (c *comparing) entry(ctx context.Context, number uint32) (more bool, err error) {
	e := c.a.Entry(number)
	fp := asFingerprint(&e)
	exact, err := c.exactMatches(ctx, number, fp)
	if err != nil {
		return false, err
	}
	total, near := int64(len(exact)), c.near.of(number)
	if near != nil {
		total += near.total
		if c.bestA[number] == 0 {
			c.bestA[number] = near.best
		}
	}
	c.sum.Matches += total
	if total == 0 || c.yield == nil {
		return true, nil
	}
	// Exact tiers come before all others.
	s := Shared{Entry: number, Matches: slices.Clone(exact[:min(len(exact), MaxMatches)])}
	if near != nil {
		for _, n := range near.listed[:min(len(near.listed), MaxMatches-len(s.Matches))] {
			s.Matches = append(s.Matches, c.near.match(c.exact, number, n))
		}
	}
	for i := range s.Matches {
		m := &s.Matches[i]
		other := c.b.Entry(m.Entry)
		m.ID, m.Category, m.Second = other.ID, other.Category, second(fp, &other, m)
	}
	s.More = total - int64(len(s.Matches))
	c.sum.Listed += int64(len(s.Matches))
	return c.yield(&s), nil
}

// asFingerprint returns an entry as the fingerprint of a file that has its hashes.
func asFingerprint(e *Entry) *Fingerprint {
	fp := &Fingerprint{Size: e.Size}
	for _, h := range e.Hashes {
		if h.Hash.kind.Digest() {
			fp.Digests = append(fp.Digests, h.Hash)
		} else {
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: h.Hash, View: Upright, Quality: h.Quality})
		}
	}
	return fp
}

// exactMatches returns what an entry of a meets by its digests. The result is good until the next call.
func (c *comparing) exactMatches(ctx context.Context, number uint32, fp *Fingerprint) ([]Match, error) {
	if c.last == nil || fp.Size != c.last.Size || !slices.Equal(fp.Digests, c.last.Digests) {
		found := [][]Match{c.found[:0]}
		if err := c.exact.exact(ctx, []*Fingerprint{fp}, found); err != nil {
			return nil, err
		}
		c.last, c.found = fp, plainest(found[0])
		for i := range c.found {
			if m := &c.found[i]; c.bestB[m.Entry] == 0 || m.Tier < c.bestB[m.Entry] {
				c.bestB[m.Entry] = m.Tier
			}
		}
	}
	if len(c.found) > 0 {
		c.bestA[number] = c.found[0].Tier
	}
	return c.found, nil
}

// side accounts for one of the sets.
func (c *comparing) side(s, other *Set, best []Tier, p *pictures) Side {
	side := Side{Entries: s.Len(), By: map[Tier]int{}}
	digested := make([]bool, s.Len()) // has a digest of a function that the other set has one of
	for _, k := range Kinds() {
		if !k.Digest() || other.Hashes(k.Whole())+other.Hashes(k.Whole().TrimmedForm()) == 0 {
			continue
		}
		for i := range s.Hashes(k) {
			digested[s.tables[k].entry(i)] = true
		}
	}
	pictured := c.near.possible()
	for i, tier := range best {
		near := pictured && p.class[i] != noClass
		switch {
		case tier != 0:
			side.By[tier]++
		case near:
			side.Apart++
		case digested[i]:
			side.Apart++
			side.DigestsAlone++
		default:
			side.Unexamined++
		}
	}
	return side
}
