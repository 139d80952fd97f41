package hashmatch

import (
	"fmt"
	"maps"
	"slices"
)

// hidden are the entries of a set that do not match as others do.
type hidden struct {
	denied      map[uint32]bool // by nothing, as somebody said
	removed     map[uint32]bool // by nothing, since a delta took them out
	quarantined map[uint32]bool // by digests only
}

func newHidden(s *Set, c SetConfig) hidden {
	h := hidden{denied: map[uint32]bool{}, quarantined: map[uint32]bool{}}
	for _, d := range c.Deny {
		for _, e := range s.holders(d) {
			h.denied[e] = true
		}
	}
	for _, e := range c.Quarantine {
		h.quarantined[e] = true
	}
	return h
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
	for _, n := range less.near {
		n.setRadius(cfg, n.rows)
	}
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
	} else if !gone {
		ss.lost++ // no file need be compared with it, but it is there
	}
}

// warnings tells of entries that are left out, of which a reader of the answers must know.
func (h *hidden) warnings(set string) (list []string) {
	if n := len(h.denied); n > 0 {
		list = append(list, fmt.Sprintf("set %s: %d entries never match, as the deny-list says", set, n))
	}
	if n := len(h.quarantined); n > 0 {
		list = append(list, fmt.Sprintf("set %s: %d entries are quarantined: only their digests match", set, n))
	}
	return list
}
