package hashmatch

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// normal brings entries, one after the other, into the one form that equal entries share. It keeps its room: most
// entries cost no allocation.
type normal struct {
	entry           Entry // lists are its own room, or the caller's where they need no change
	hashes          []EntryHash
	tags            []string
	names           []string
	sources         []string
	extras          []Extra
	public, private []byte
}

// take takes an entry, or tells what is wrong with it.
func (n *normal) take(e *Entry) error {
	if len(e.Hashes) == 0 {
		return fmt.Errorf("hashmatch: %w: an entry needs a hash", ErrFormat)
	}
	if e.Size < 0 {
		return fmt.Errorf("hashmatch: %w: size %d", ErrFormat, e.Size)
	}
	for i := range e.Hashes {
		switch k, q := e.Hashes[i].Hash.Kind(), e.Hashes[i].Quality; {
		case !k.Valid():
			return fmt.Errorf("hashmatch: %w: an entry holds a hash of no kind", ErrFormat)
		case q > QualityOf(100), k.Digest() && q != 0:
			return fmt.Errorf("hashmatch: %w: an entry's %s has a quality it cannot have", ErrFormat, k)
		}
	}
	for _, f := range e.Flags.bytes() {
		if f > byte(Yes) {
			return fmt.Errorf("hashmatch: %w: a flag is neither yes, no nor unsaid", ErrFormat)
		}
	}
	n.entry = *e
	n.hashes = normalHashes(append(n.hashes[:0], e.Hashes...))
	for i := 1; i < len(n.hashes); i++ {
		if k := n.hashes[i].Hash.Kind(); k.Digest() && k == n.hashes[i-1].Hash.Kind() {
			return fmt.Errorf("hashmatch: %w: an entry has two different %s digests", ErrFormat, k)
		}
	}
	n.entry.Hashes = n.hashes
	n.tags, n.names, n.sources = append(n.tags[:0], e.Tags...), append(n.names[:0], e.Names...), append(n.sources[:0], e.Sources...)
	n.extras = append(n.extras[:0], e.Extras...)
	n.entry.Tags, n.entry.Names, n.entry.Sources = normalStrings(n.tags), normalStrings(n.names), normalStrings(n.sources)
	n.entry.Extras = normalExtras(n.extras)
	return nil
}

// said encodes what the entry says apart from its hashes. What it returns is good until the next call.
func (n *normal) said() (public, private []byte) {
	n.public = appendPublic(n.public[:0], &n.entry)
	n.private = appendPrivate(n.private[:0], &n.entry)
	return n.public, n.private
}

// normalHashes sorts hashes by value and quality, holds each once, and drops an unknown quality where another source knew
// it. It works in place.
func normalHashes(hashes []EntryHash) []EntryHash {
	slices.SortFunc(hashes, func(a, b EntryHash) int {
		return cmp.Or(compareHashes(a.Hash, b.Hash), cmp.Compare(a.Quality, b.Quality))
	})
	kept := hashes[:0]
	for i, h := range hashes {
		// The unknown quality is zero and so comes first; what makes it needless follows at once.
		needless := i+1 < len(hashes) && hashes[i+1].Hash == h.Hash && (h.Quality == 0 || hashes[i+1].Quality == h.Quality)
		if !needless {
			kept = append(kept, h)
		}
	}
	return kept
}

// normalStrings sorts strings and holds each once, but for the empty one. It works in place.
func normalStrings(list []string) []string {
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	if len(list) > 1 {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list
}

// normalExtras sorts extras and holds each once. It works in place.
func normalExtras(list []Extra) []Extra {
	if len(list) < 2 {
		return list
	}
	order := func(a, b Extra) int { return cmp.Or(cmp.Compare(a.Name, b.Name), bytes.Compare(a.Data, b.Data)) }
	slices.SortFunc(list, order)
	return slices.CompactFunc(list, func(a, b Extra) bool { return order(a, b) == 0 })
}
