package hashmatch

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// merge joins the entries that tell of one item. Two entries are one when they share a digest and nothing of which an
// item has one differs where both say it: digests, size, what the source calls it, category, series, comments, flags.
// What an item may have several of (perceptual hashes, tags, names, sources, extras) is put together. Perceptual hashes alone
// never join entries that differ, since two pictures may share one.
//
// Entries that hang together by digests are looked at together. Where none contradicts another they are one. Where A fits
// B and C but B contradicts C, somebody has to go first, and it must not be who came first: what is said alike is one
// saying; the sayings, in their order, each join the first item that they fit, and draw further ones in that they link
// to it. Of more than crowd sayings none draws another in: only what is said alike is one.
func (o *ordering) merge() {
	m := merging{o: o}
	for _, component := range o.components() {
		m.join(component)
	}
}

// crowd is the number of sayings beyond which contradicting ones are kept as they are. Comparing each with each would
// take a time that a document of one digest could make as long as it likes.
const crowd = 256

// components returns the involved entries that hang together by digests, two or more each.
func (o *ordering) components() [][]uint32 {
	roots := make([]uint32, o.involved.n)
	for i := range roots {
		roots[i] = uint32(i)
	}
	root := func(i uint32) uint32 {
		for roots[i] != i {
			roots[i] = roots[roots[i]]
			i = roots[i]
		}
		return i
	}
	for k, column := range o.c.kinds {
		if column == nil || !joins(Kind(k)) || o.involved.n == 0 {
			continue
		}
		var last uint32
		column.each(func(row []byte, same bool) {
			entry := column.entryOf(row) &^ firstHash
			if same {
				a, b := root(o.involved.dense(last)), root(o.involved.dense(entry))
				roots[max(a, b)] = min(a, b)
			}
			last = entry
		})
	}
	return membersOf(roots, root)
}

// membersOf lists the members of each root that has more than itself. Roots are lower than what they are roots of.
func membersOf(roots []uint32, root func(uint32) uint32) (groups [][]uint32) {
	sizes := make([]uint32, len(roots))
	total := 0
	for i := range roots {
		roots[i] = root(uint32(i))
		sizes[roots[i]]++
	}
	for _, n := range sizes {
		if n > 1 {
			total += int(n)
		}
	}
	room := make([]uint32, 0, total)
	place := sizes // of a root that was met, its group
	for i, r := range roots {
		switch n := sizes[r]; {
		case int(r) == i && n == 1:
			place[r] = noNumber
		case int(r) == i:
			place[r] = uint32(len(groups))
			groups = append(groups, room[len(room):len(room):len(room)+int(n)])
			room = room[:len(room)+int(n)]
		}
		if g := place[r]; g != noNumber {
			groups[g] = append(groups[g], uint32(i))
		}
	}
	return groups
}

// saying is what one or more entries say of what an item has one of. Its texts lie in the arena.
type saying struct {
	digests  [kindEnd]uint32 // by kind, 1 + the first row that holds the digest
	size     int64
	hasSize  bool
	id       []byte
	category []byte
	series   []byte
	comments []byte
	flags    Flags
	members  []uint32 // who say it
}

// sayingOf returns what an involved entry says.
func (o *ordering) sayingOf(i uint32) (s saying) {
	for _, h := range o.hashesOf(i) {
		if h.kind.Digest() {
			s.digests[h.kind] = 1 + h.row
		}
	}
	public, private := o.record(i)
	for _, b := range [][]byte{public, private} {
		for len(b) > 0 {
			number, data, rest, _ := cutField(b)
			switch number {
			case fieldSize:
				n, _ := uvarint(data)
				s.size, s.hasSize = int64(n), true
			case fieldID:
				s.id = data
			case fieldCategory:
				s.category = data
			case fieldSeries:
				s.series = data
			case fieldComments:
				s.comments = data
			case fieldFlags:
				s.flags = flagsOf(data)
			}
			b = rest
		}
	}
	return s
}

// appendKey appends bytes by which sayings are told apart and put in order: that of entries that say nothing else.
func (s *saying) appendKey(b []byte) []byte {
	for k, d := range s.digests {
		if d != 0 {
			b = binary.BigEndian.AppendUint32(append(b, byte(k)), d)
		}
	}
	b = append(b, 0)
	e := Entry{Size: s.size, HasSize: s.hasSize, ID: string(s.id), Category: string(s.category), Series: string(s.series), Flags: s.flags}
	return appendText(appendPublic(b, &e), fieldComments, string(s.comments))
}

// fits reports whether nothing that both say differs.
func (s *saying) fits(t *saying) bool {
	for k := range s.digests {
		if differ(s.digests[k], t.digests[k]) {
			return false
		}
	}
	return !(s.hasSize && t.hasSize && s.size != t.size) && !differTexts(s.category, t.category) && !differTexts(s.id, t.id) &&
		!differTexts(s.series, t.series) && !differTexts(s.comments, t.comments) && !differFlags(s.flags, t.flags)
}

// differ reports whether both values are said and are not the same.
func differ[T comparable](a, b T) bool {
	var unsaid T
	return a != unsaid && b != unsaid && a != b
}

func differTexts(a, b []byte) bool { return len(a) > 0 && len(b) > 0 && !bytes.Equal(a, b) }

func differFlags(a, b Flags) bool {
	x, y := a.bytes(), b.bytes()
	for i := range x {
		if differ(x[i], y[i]) {
			return true
		}
	}
	return false
}

// linked reports whether both have a digest that may join them.
func (s *saying) linked(t *saying) bool {
	for k := MD5; k <= SHA256; k++ {
		if s.digests[k] != 0 && s.digests[k] == t.digests[k] {
			return true
		}
	}
	return false
}

// join adds to s what only t says. The two must fit.
func (s *saying) join(t *saying) {
	for k, d := range t.digests {
		s.digests[k] = max(s.digests[k], d)
	}
	if t.hasSize {
		s.size, s.hasSize = t.size, true
	}
	for _, x := range []struct{ to, from *[]byte }{{&s.id, &t.id}, {&s.category, &t.category}, {&s.series, &t.series}, {&s.comments, &t.comments}} {
		if len(*x.to) == 0 {
			*x.to = *x.from
		}
	}
	a, b := s.flags.bytes(), t.flags.bytes()
	for i := range a {
		a[i] = max(a[i], b[i])
	}
	s.flags = flagsOf(a[:])
	s.members = append(s.members, t.members...)
}

// merging joins the entries of components.
type merging struct {
	o   *ordering
	key []byte
	n   normal
}

func (m *merging) join(component []uint32) {
	if m.agree(component) {
		m.unite(component)
		return
	}
	items := m.sayings(component)
	if len(items) <= crowd {
		items = firstFit(items)
	}
	for _, s := range items {
		if len(s.members) > 1 {
			slices.Sort(s.members)
			m.unite(s.members)
			m.o.together[s.members[0]] = m.hashesOf(s.members)
		}
	}
}

// agree reports whether none of the entries contradicts another.
func (m *merging) agree(component []uint32) bool {
	all := m.o.sayingOf(component[0])
	for _, i := range component[1:] {
		s := m.o.sayingOf(i)
		if !all.fits(&s) {
			return false
		}
		all.join(&s)
	}
	return true
}

// sayings returns what the entries say, in order, what is said alike once.
func (m *merging) sayings(component []uint32) []*saying {
	type keyed struct {
		key string
		s   *saying
	}
	known := make(map[string]*saying)
	var list []keyed
	for _, i := range component {
		s := m.o.sayingOf(i)
		m.key = s.appendKey(m.key[:0])
		old, ok := known[string(m.key)]
		if !ok {
			old = &s
			known[string(m.key)] = old
			list = append(list, keyed{string(m.key), old})
		}
		old.members = append(old.members, i)
	}
	slices.SortFunc(list, func(a, b keyed) int { return bytes.Compare([]byte(a.key), []byte(b.key)) })
	sayings := make([]*saying, len(list))
	for i, k := range list {
		sayings[i] = k.s
	}
	return sayings
}

// firstFit joins each saying to the first item that it shares a digest with and fits, and to that the others that it
// links with it. Items that share a digest always contradict each other, so the first is the only one for each digest.
func firstFit(sayings []*saying) (items []*saying) {
	for _, s := range sayings {
		var home *saying
		for at, item := range items {
			switch {
			case item == nil || !item.linked(s):
			case home == nil && item.fits(s):
				home = item
				home.join(s)
			case home != nil && home.fits(item):
				home.join(item)
				items[at] = nil
			}
		}
		if home == nil {
			items = append(items, s)
		}
	}
	return slices.DeleteFunc(items, func(s *saying) bool { return s == nil })
}

// unite makes the first of the entries, which are one, speak for all.
func (m *merging) unite(list []uint32) {
	o := m.o
	public, private := o.record(list[0])
	alike := true
	for _, i := range list[1:] {
		o.owner[i] = list[0]
		p, q := o.record(i)
		alike = alike && bytes.Equal(p, public) && bytes.Equal(q, private)
	}
	if alike {
		return
	}
	all := Entry{}
	m.n.tags, m.n.names, m.n.sources, m.n.extras = m.n.tags[:0], m.n.names[:0], m.n.sources[:0], m.n.extras[:0]
	all.Tags, all.Names, all.Sources, all.Extras = m.n.tags, m.n.names, m.n.sources, m.n.extras
	flags := Flags{}.bytes()
	for _, i := range list {
		public, private := o.record(i)
		addFields(&all, public, &flags)
		addFields(&all, private, &flags)
	}
	m.n.tags, m.n.names, m.n.sources, m.n.extras = all.Tags, all.Names, all.Sources, all.Extras
	all.Flags = flagsOf(flags[:])
	all.Tags, all.Names, all.Sources, all.Extras = normalStrings(all.Tags), normalStrings(all.Names), normalStrings(all.Sources), normalExtras(all.Extras)
	m.n.entry = all
	o.moved[list[0]] = 1 + o.c.arena.add(m.n.said())
}

// addFields adds to e what a record says. Of entries that are one, each says what the others say, or nothing.
func addFields(e *Entry, b []byte, flags *[flagCount]byte) {
	decodeFields(b, e)
	for i, f := range e.Flags.bytes() {
		flags[i] = max(flags[i], f)
	}
}

// hashesOf returns the hashes of entries that are one, in their normal form.
func (m *merging) hashesOf(list []uint32) (all []hashRef) {
	for _, i := range list {
		all = append(all, m.o.hashesOf(i)...)
	}
	slices.SortFunc(all, compareRefs)
	kept := all[:0]
	for at, h := range all {
		if at+1 < len(all) && all[at+1].kind == h.kind && all[at+1].row == h.row && (h.quality == 0 || h.quality == all[at+1].quality) {
			continue
		}
		kept = append(kept, h)
	}
	return kept
}
