package hashmatch

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// mergeEntries joins the entries that tell of one item, and puts them in their canonical order. Two entries are one when
// they share a digest and nothing that both have differs; perceptual hashes alone never join entries that differ, since
// two pictures may share one. It reports how many entries stand apart although they share a digest.
//
// The outcome must not depend on the order in which entries came: where A fits B and C but B contradicts C, somebody has
// to go first, so the entries are sorted before and joined in that order.
func mergeEntries(entries []*Entry) (merged []*Entry, apart int) {
	m := merger{byDigest: make(map[Hash][]int)}
	for _, e := range inOrder(entries) {
		m.add(e)
	}
	for _, g := range m.groups {
		if g != nil {
			merged = append(merged, g.finished())
		}
	}
	merged = inOrder(merged)
	return merged, countApart(merged)
}

// inOrder returns the entries in their canonical order, equal ones once. Nearly all comparisons are decided by the first
// bytes of the first hash, so those are held beside the pointers: following them takes ten times as long.
func inOrder(entries []*Entry) []*Entry {
	type keyed struct {
		key   uint64
		entry *Entry
	}
	list := make([]keyed, len(entries))
	for i, e := range entries {
		h := &e.Hashes[0].Hash
		list[i] = keyed{uint64(h.kind)<<56 | binary.BigEndian.Uint64(h.b[:])>>8, e}
	}
	order := func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return compareEntries(a.entry, b.entry)
	}
	slices.SortFunc(list, order)
	list = slices.CompactFunc(list, func(a, b keyed) bool { return order(a, b) == 0 })
	sorted := make([]*Entry, len(list))
	for i, k := range list {
		sorted[i] = k.entry
	}
	return sorted
}

// merger joins entries as they come.
type merger struct {
	groups   []*group       // nil where a group was joined to another
	byDigest map[Hash][]int // groups that hold the digest, ascending; joined ones are skipped
}

// add joins e to the first group that it fits, and to that the other groups that e links it with.
func (m *merger) add(e *Entry) {
	one := newGroup(e)
	home := -1
	for _, g := range candidates(e, m.byDigest) {
		switch {
		case m.groups[g] == nil:
		case home < 0 && m.groups[g].fits(one):
			home = g
			m.groups[g].join(one)
		case home >= 0 && m.groups[home].fits(m.groups[g]):
			m.groups[home].join(m.groups[g])
			m.register(m.groups[g], home)
			m.groups[g] = nil
		}
	}
	if home < 0 {
		home = len(m.groups)
		m.groups = append(m.groups, one)
	}
	m.register(one, home)
}

// register notes that the group at home holds the digests of g.
func (m *merger) register(g *group, home int) {
	for _, d := range g.digests {
		if joins(d) && !slices.Contains(m.byDigest[d], home) {
			m.byDigest[d] = append(m.byDigest[d], home)
			slices.Sort(m.byDigest[d])
		}
	}
}

// group is one item, and the entries that tell of it. What lists hold is gathered as it comes and put in order once: a
// common file has thousands of names.
type group struct {
	entry   Entry
	shared  bool          // entry's lists are still those of the entry that the group began with
	digests [kindEnd]Hash // by kind
	extras  map[string]string
}

func newGroup(e *Entry) *group {
	g := &group{entry: *e, shared: true}
	for _, h := range e.Hashes {
		if k := h.Hash.Kind(); k.Digest() {
			g.digests[k] = h.Hash
		}
	}
	if len(e.Extras) > 0 {
		g.extras = make(map[string]string, len(e.Extras))
		for _, x := range e.Extras {
			g.extras[x.Name] = string(x.Data)
		}
	}
	return g
}

// joins reports whether two entries that both hold h may be of one item. Files that differ in what was appended share
// their trimmed digests.
func joins(h Hash) bool { return h.kind.Digest() && !h.kind.Trimmed() }

// candidates returns the groups that share a digest with e, ascending and once each.
func candidates(e *Entry, byDigest map[Hash][]int) []int {
	var c []int
	for _, h := range e.Hashes {
		if joins(h.Hash) {
			c = append(c, byDigest[h.Hash]...)
		}
	}
	slices.Sort(c)
	return slices.Compact(c)
}

// countApart counts the entries that share a digest with an earlier one.
func countApart(entries []*Entry) (n int) {
	seen := make(map[Hash]bool)
	for i := range entries {
		shared := false
		for _, h := range entries[i].Hashes {
			if joins(h.Hash) {
				shared = shared || seen[h.Hash]
				seen[h.Hash] = true
			}
		}
		if shared {
			n++
		}
	}
	return n
}

// fits reports whether nothing that both groups say differs.
func (g *group) fits(o *group) bool {
	a, b := &g.entry, &o.entry
	if a.HasSize && b.HasSize && a.Size != b.Size || differ(a.Category, b.Category) || differ(a.ID, b.ID) {
		return false
	}
	for k := range g.digests {
		if differ(g.digests[k], o.digests[k]) {
			return false
		}
	}
	for name, data := range o.extras {
		if own, ok := g.extras[name]; ok && own != data {
			return false
		}
	}
	return !differ(a.Series, b.Series) && !differ(a.Comments, b.Comments) && !differFlags(a.Flags, b.Flags)
}

// differ reports whether both values are said and are not the same.
func differ[T comparable](a, b T) bool {
	var unsaid T
	return a != unsaid && b != unsaid && a != b
}

func differFlags(a, b Flags) bool {
	return differ(a.VictimIdentified, b.VictimIdentified) || differ(a.OffenderIdentified, b.OffenderIdentified) ||
		differ(a.Distributed, b.Distributed) || differ(a.Suspected, b.Suspected) ||
		differ(a.SelfGenerated, b.SelfGenerated) || differ(a.Precategorized, b.Precategorized)
}

// join adds to g what only o says. The two must fit.
func (g *group) join(o *group) {
	a, b := &g.entry, &o.entry
	if b.HasSize {
		a.Size, a.HasSize = b.Size, true
	}
	a.ID, a.Category = max(a.ID, b.ID), max(a.Category, b.Category)
	a.Series, a.Comments = max(a.Series, b.Series), max(a.Comments, b.Comments)
	a.Flags = Flags{
		VictimIdentified:   max(a.Flags.VictimIdentified, b.Flags.VictimIdentified),
		OffenderIdentified: max(a.Flags.OffenderIdentified, b.Flags.OffenderIdentified),
		Distributed:        max(a.Flags.Distributed, b.Flags.Distributed),
		Suspected:          max(a.Flags.Suspected, b.Flags.Suspected),
		SelfGenerated:      max(a.Flags.SelfGenerated, b.Flags.SelfGenerated),
		Precategorized:     max(a.Flags.Precategorized, b.Flags.Precategorized),
	}
	if g.shared { // appending must not write behind the end of somebody else's list
		a.Hashes, a.Tags, a.Names = slices.Clip(a.Hashes), slices.Clip(a.Tags), slices.Clip(a.Names)
		a.Sources, a.Extras = slices.Clip(a.Sources), slices.Clip(a.Extras)
		g.shared = false
	}
	a.Hashes = append(a.Hashes, b.Hashes...)
	a.Tags, a.Names, a.Sources = append(a.Tags, b.Tags...), append(a.Names, b.Names...), append(a.Sources, b.Sources...)
	a.Extras = append(a.Extras, b.Extras...)
	for k, d := range o.digests {
		if !d.IsZero() {
			g.digests[k] = d
		}
	}
	for name, data := range o.extras {
		if g.extras == nil {
			g.extras = map[string]string{}
		}
		g.extras[name] = data
	}
}

// finished returns the group's entry in its normal form.
func (g *group) finished() *Entry {
	if !g.shared {
		e := &g.entry
		e.Hashes = normalHashes(e.Hashes)
		e.Tags, e.Names, e.Sources, e.Extras = normalStrings(e.Tags), normalStrings(e.Names), normalStrings(e.Sources), normalExtras(e.Extras)
	}
	return &g.entry
}

// compareEntries is the canonical order of normalised entries: by hashes, then by all they say, as the file spells it.
func compareEntries(a, b *Entry) int {
	c := slices.CompareFunc(a.Hashes, b.Hashes, func(x, y EntryHash) int {
		if c := compareHashes(x.Hash, y.Hash); c != 0 {
			return c
		}
		return int(x.Quality) - int(y.Quality)
	})
	if c != 0 {
		return c
	}
	return slices.Compare(appendFields(nil, a), appendFields(nil, b))
}
