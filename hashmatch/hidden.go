package hashmatch

import (
	"maps"
	"slices"
)

// hidden are the entries of a set that do not match as others do.
type hidden struct {
	denied      map[uint32]bool // by nothing, as somebody said
	removed     map[uint32]bool // by nothing, since a delta took them out
	quarantined map[uint32]bool // by digests only
}

// newHidden says what is hidden of a set whose first entry has the number first, removed besides what c says.
func newHidden(s *Set, first uint32, c SetConfig, removed []uint32) hidden {
	h := hidden{denied: map[uint32]bool{}, removed: map[uint32]bool{}, quarantined: map[uint32]bool{}}
	for _, list := range []struct {
		numbers []uint32
		to      map[uint32]bool
	}{{c.Quarantine, h.quarantined}, {removed, h.removed}} {
		for _, e := range list.numbers {
			if e >= first && int64(e-first) < int64(s.Len()) {
				list.to[e-first] = true
			}
		}
	}
	for _, d := range c.Deny {
		for _, e := range s.holders(d) {
			h.denied[e] = !h.removed[e]
		}
	}
	maps.DeleteFunc(h.denied, func(_ uint32, denied bool) bool { return !denied })
	return h
}

// chained returns the parts of one set, a first file and what deltas added to it, as they are searched together: entries
// are numbered on from part to part, and those of the removed numbers are found by nothing. They share the indexes of
// parts, from which nothing was hidden.
func chained(position int, parts []*searchSet, removed []uint32, cfg *Config) (chain []*searchSet) {
	first := uint32(0)
	for _, p := range parts {
		part := p.without(newHidden(p.set, first, cfg.Sets[p.info.Name], removed), cfg)
		part.position, part.first = position+len(chain), first
		chain = append(chain, part)
		first += uint32(p.set.Len())
	}
	for _, k := range nearOrder { // the radius follows the size of the whole
		rows := 0
		for _, part := range chain {
			if n := part.nearOf(k); n != nil {
				rows += n.rows
			}
		}
		for _, part := range chain {
			if n := part.nearOf(k); n != nil {
				n.setRadius(cfg, rows)
			}
		}
	}
	return chain
}

// everywhere tells that nothing finds an entry, near that no perceptual hash does.
func (h *hidden) everywhere(entry uint32) bool { return h.denied[entry] || h.removed[entry] }
func (h *hidden) near(entry uint32) bool       { return h.everywhere(entry) || h.quarantined[entry] }

// each calls yield for every entry of h once, ascending.
func (h *hidden) each(yield func(entry uint32)) {
	all := maps.Clone(h.quarantined)
	if all == nil {
		all = map[uint32]bool{}
	}
	maps.Copy(all, h.denied)
	maps.Copy(all, h.removed)
	for _, e := range slices.Sorted(maps.Keys(all)) {
		yield(e)
	}
}

// without returns a copy of ss, from which nothing was hidden so far, that answers without what h hides. Its counts, and
// what it asks of a file, are those of a set that never held it.
func (ss *searchSet) without(h hidden, cfg *Config) *searchSet {
	less := *ss
	less.hidden, less.masks = h, maps.Clone(ss.masks)
	less.exactBy, less.near = slices.Clone(ss.exactBy), slices.Clone(ss.near)
	for i, by := range ss.exactBy {
		of := *by
		less.exactBy[i] = &of
	}
	for i, n := range ss.near {
		of := *n
		of.set = &less
		less.near[i] = &of
	}
	h.each(func(entry uint32) { less.take(entry, cfg) })
	return &less
}

// take takes a hidden entry out of the counts.
func (ss *searchSet) take(entry uint32, cfg *Config) {
	e := ss.set.Entry(entry)
	gone := ss.hidden.everywhere(entry)
	by, gated := uint32(0), uint32(0)
	for _, h := range e.Hashes {
		if k := h.Hash.kind; k.Digest() {
			by |= 1 << k.Whole()
		}
	}
	if gone {
		for _, x := range ss.exactBy {
			if !e.Digest(x.kind).IsZero() {
				x.hidden++
			}
		}
	}
	digests := by
	for _, k := range nearOrder { // as newNearKind goes through them
		_, asked := cfg.radius(ss.info.Name, k)
		if by&perceptualMask != 0 && k != PDQ && !asked {
			continue
		}
		n := ss.nearOf(k)
		for _, h := range e.Hashes {
			switch {
			case h.Hash.kind != k:
			case h.Quality.Below(cfg.gate()):
				gated |= 1 << k
				n.gated--
				n.hidden++
			default:
				by |= 1 << k
				n.rows--
				n.hidden++
			}
		}
	}
	ss.count(by, gated, -1)
	if !gone && digests != 0 {
		ss.count(digests, 0, 1)
	}
}
