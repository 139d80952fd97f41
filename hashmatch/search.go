package hashmatch

import (
	"bytes"
	"context"

	"github.com/hashmatch/engine/index"
)

// searchSet is a set, or what a delta added to one, with what it is searched by. It is never changed once it is made: what is
// different in another generation, such as the entries that are hidden, is a copy's that shares the indexes.
type searchSet struct {
	position int    // in its matcher
	first    uint32 // number of the set's first entry in answers: what deltas add is numbered on
	set      *Set
	info     Info
	exactBy  []*exactKind
	near     []*nearKind
	masks    map[uint32]int // the combinations of kinds, as bit sets, of which a file needs one in common with each; with how many entries have it
	lost     int            // entries that nothing can find: no digest, and no perceptual hash that passes the gate
	hidden   hidden
}

// exactKind finds entries by a digest.
type exactKind struct {
	kind   Kind
	table  *index.Table // of entry numbers
	hidden int          // digests of denied entries
}

// newSearchSet indexes a set and hides what cfg says.
func newSearchSet(position int, s *Set, cfg *Config) *searchSet {
	return chained(position, []*searchSet{indexed(s, cfg)}, nil, cfg)[0]
}

// indexed indexes all of a set.
func indexed(s *Set, cfg *Config) *searchSet {
	ss := &searchSet{set: s, info: s.info, masks: map[uint32]int{}}
	found := newFindable(s.Len())
	for _, k := range Kinds() {
		if t := &s.tables[k]; k.Digest() && t.len() > 0 {
			entries := make([]uint32, t.len())
			for i := range entries {
				entries[i] = t.entry(i)
				found.by[entries[i]] |= 1 << k.Whole()
			}
			ss.exactBy = append(ss.exactBy, &exactKind{kind: k, table: index.NewTable(s.keys(t), k.Size(), entries, index.InPlace())})
		}
	}
	for _, k := range nearOrder {
		if n := newNearKind(ss, k, cfg, found); n != nil {
			ss.near = append(ss.near, n)
		}
	}
	for i, by := range found.by {
		ss.count(by, found.gated[i], 1)
	}
	return ss
}

// keys returns a table's digests for an index that keeps them. Those of a mapped set are copied: the index reads them on
// goroutines that no guard watches.
func (s *Set) keys(t *table) []byte {
	if s.mapping != nil {
		return bytes.Clone(t.hashes)
	}
	return t.hashes
}

// findable says by which kinds the entries of a set can be found, as bit sets.
type findable struct {
	by    []uint32
	gated []uint32 // by which they could be, were they not below the gate
}

func newFindable(entries int) *findable {
	return &findable{make([]uint32, entries), make([]uint32, entries)}
}

// count adds entries that are found by those kinds to the masks. Nothing finds an entry that is found by none: a file is
// compared with it as well as can be by having those kinds of its that are below the gate.
func (ss *searchSet) count(by, gated uint32, entries int) {
	mask := by
	if by == 0 {
		ss.lost += entries
		mask = gated
	}
	if ss.masks[mask] += entries; ss.masks[mask] == 0 {
		delete(ss.masks, mask)
	}
}

// asksForPictures reports whether anything in the set is found by pictures.
func (ss *searchSet) asksForPictures() bool {
	for _, n := range ss.near {
		if n.rows > 0 {
			return true
		}
	}
	for m := range ss.masks {
		if m&digestMask == 0 {
			return true
		}
	}
	return false
}

// digestMask is the bit set of the whole digests.
const digestMask = 1<<MD5 | 1<<SHA1 | 1<<SHA256

// perceptualMask is the bit set of the perceptual kinds.
const perceptualMask = 1<<PDQ | 1<<AHash | 1<<DHash | 1<<PHash | 1<<PyAHash | 1<<PyDHash | 1<<PyPHash

// unanswered returns the kinds, as a bit set, that fp lacks and without which the set's answer is not complete; 0 when
// it is. near tells that only perceptual kinds are lacking.
//
// A digest that was compared answers for its entry. A picture or video must besides be compared by each perceptual kind
// that the set is searched by, since an altered copy has another digest; content that is known to be no media need not.
func (ss *searchSet) unanswered(fp *Fingerprint, usable uint32) (missing uint32, near bool) {
	byDigest := false
	if fp.Media() {
		for _, n := range ss.near {
			if n.rows > 0 {
				missing |= 1 << n.kind &^ usable
			}
		}
	}
	for m := range ss.masks {
		noPicture := m&digestMask == 0 && fp.Format == FormatOther
		if m&usable == 0 && !noPicture {
			missing |= m
			byDigest = byDigest || m&digestMask != 0
		}
	}
	return missing, !byDigest
}

// all appends to found what fps meet in the set.
func (ss *searchSet) all(ctx context.Context, gate int, fps []*Fingerprint, found [][]Match) error {
	if err := ss.exact(ctx, fps, found); err != nil {
		return err
	}
	for _, n := range ss.near {
		if err := n.within(ctx, gate, fps, found); err != nil {
			return err
		}
	}
	return nil
}

// exact appends to found what fps' digests meet, the digests of all of them together. A file's digests up to the end of
// its picture are met by whole entries too, and the other way round: either may be the one that had something appended.
func (ss *searchSet) exact(ctx context.Context, fps []*Fingerprint, found [][]Match) error {
	type owner struct {
		fp   int
		kind Kind
	}
	var keys []byte
	var owners []owner
	for _, by := range ss.exactBy {
		keys, owners = keys[:0], owners[:0]
		for i, fp := range fps {
			for _, d := range fp.Digests {
				if d.kind.Whole() == by.kind.Whole() {
					keys, owners = append(keys, d.b[:by.kind.Size()]...), append(owners, owner{i, d.kind})
				}
			}
		}
		by.table.LookupBatch(keys, func(i int, entries []uint32) bool {
			o := owners[i]
			for _, e := range entries {
				if ss.hidden.everywhere(e) {
					continue
				}
				found[o.fp] = append(found[o.fp], ss.exactMatch(fps[o.fp], o.kind, by.kind, e))
			}
			return ctx.Err() == nil
		})
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// exactMatch describes a digest of the file, of kind own, that equals one of the entry, of kind known. MD5 can be forged,
// and SHA-1 too: a match is plainly exact only if nothing the entry says speaks against it, and for MD5 only if something
// speaks for it.
func (ss *searchSet) exactMatch(fp *Fingerprint, own, known Kind, number uint32) Match {
	e := ss.set.Entry(number)
	kind := own
	if known.Trimmed() {
		kind = known
	}
	m := ss.match(kind, number)
	m.View = Upright
	confirmed := own.Whole() != MD5
	for _, k := range []Kind{MD5, SHA1, SHA256} {
		ours, theirs := fp.Digest(k), e.Digest(k)
		if own.Trimmed() {
			ours = fp.Digest(k.TrimmedForm())
		}
		if known.Trimmed() {
			theirs = e.Digest(k.TrimmedForm())
		}
		if ours.IsZero() || theirs.IsZero() {
			continue
		}
		m.Conflict = m.Conflict || ours.b != theirs.b
		confirmed = confirmed || ours.b == theirs.b && k != own.Whole()
	}
	size := fp.Size
	if own.Trimmed() {
		size = fp.Trimmed
	}
	if e.HasSize && size > 0 && !known.Trimmed() { // of a trimmed entry nobody wrote down the size
		m.Conflict = m.Conflict || e.Size != size
		confirmed = confirmed || e.Size == size
	}
	m.Tier = Exact
	if m.Conflict || !confirmed {
		m.Tier = ExactWeak
	}
	return m
}

// match begins a Match. What the entry says is added by describe, once it is known which matches are listed: a blank
// picture's hash can have a million.
func (ss *searchSet) match(k Kind, number uint32) Match {
	return Match{Set: ss.info.Name, Disposition: ss.info.Disposition, Entry: ss.first + number, Kind: k, set: ss.position}
}

// describe adds to matches what their entries say.
func (m *Matcher) describe(fp *Fingerprint, matches []Match) {
	for i := range matches {
		of := m.sets[matches[i].set]
		e := of.set.Entry(matches[i].Entry - of.first)
		matches[i].ID, matches[i].Category = e.ID, e.Category
		matches[i].Second = second(fp, &e, &matches[i])
	}
}

func (ss *searchSet) nearOf(k Kind) *nearKind {
	for _, n := range ss.near {
		if n.kind == k {
			return n
		}
	}
	return nil
}
