package hashmatch

import (
	"fmt"
	"slices"
)

// letters spell the order in which equally good matches of one entry are listed.
var letters = map[Kind]string{
	SHA256: "a", SHA1: "b", SHA256Trimmed: "c", SHA1Trimmed: "d", MD5: "e", MD5Trimmed: "f",
	PDQ: "g", PHash: "h", PyPHash: "i", DHash: "j", PyDHash: "k", AHash: "l", PyAHash: "m",
}

// oracleMatch answers from the entries alone, by comparing everything with everything.
func oracleMatch(cfg Config, sets []*Set, fp *Fingerprint) []Match {
	var found []Match
	for pos, s := range sets {
		for number, e := range s.Entries() {
			best := map[Kind]Match{}
			denied, quarantined := oracleHidden(cfg, s, number, &e)
			if denied {
				continue
			}
			for _, d := range fp.Digests {
				for _, h := range e.Hashes {
					if h.Hash.Kind().Digest() && bareHex(d) == bareHex(h.Hash) {
						m := oracleExact(fp, &e, d.Kind(), h.Hash.Kind())
						if old, twice := best[m.Kind]; !twice || m.Tier < old.Tier || m.Tier == old.Tier && old.Conflict {
							best[m.Kind] = m
						}
					}
				}
			}
			for _, h := range e.Hashes {
				radius, ok := oracleRadius(cfg, s, &e, h.Hash.Kind())
				if !ok || quarantined || h.Quality.Below(cfg.gate()) {
					continue
				}
				for _, q := range fp.Hashes {
					d, same := q.Hash.Distance(h.Hash)
					if !same || d > radius || q.Quality.Below(cfg.gate()) {
						continue
					}
					if h.Hash.Kind() == PDQ && d > 31 && (q.Graphic || slices.Contains(cfg.Hubs[s.info.Name], number)) {
						continue
					}
					m := Match{Kind: h.Hash.Kind(), Distance: d, View: q.View, Tier: nearTier(h.Hash.Kind(), q.View == Upright, d)}
					old, ok := best[m.Kind]
					if !ok || m.Tier < old.Tier || m.Tier == old.Tier && (d < old.Distance || d == old.Distance && compareViews(q.View, old.View) < 0) {
						best[m.Kind] = m
					}
				}
			}
			for _, m := range best {
				if m.Kind == PDQ && m.View == Upright {
					m.Second = oracleSecond(fp, &e)
				}
				m.Set, m.Disposition, m.Entry, m.ID, m.Category, m.set = s.info.Name, s.info.Disposition, number, e.ID, e.Category, pos
				found = append(found, m)
			}
		}
	}
	slices.SortFunc(found, func(a, b Match) int {
		ka := fmt.Sprintf("%d %03d %s %09d %s", a.Tier, a.Distance, a.Set, a.Entry, letters[a.Kind])
		kb := fmt.Sprintf("%d %03d %s %09d %s", b.Tier, b.Distance, b.Set, b.Entry, letters[b.Kind])
		if ka < kb {
			return -1
		}
		return 1
	})
	return found
}

// oracleSecond is the word of the best kind but PDQ that both have.
func oracleSecond(fp *Fingerprint, e *Entry) *Second {
	for _, k := range []Kind{PHash, PyPHash, DHash, PyDHash, AHash, PyAHash} {
		var all []int
		for _, ours := range fp.Hashes {
			for _, theirs := range e.Hashes {
				if d, same := ours.Hash.Distance(theirs.Hash); same && ours.Hash.Kind() == k && ours.View == Upright {
					all = append(all, d)
				}
			}
		}
		if len(all) > 0 {
			d := slices.Min(all)
			return &Second{k, d, d <= map[Kind]int{PHash: 10, PyPHash: 10, DHash: 10, PyDHash: 10, AHash: 5, PyAHash: 5}[k]}
		}
	}
	return nil
}

// bareHex is a digest without its kind: digests of the three functions differ in length.
func bareHex(h Hash) string { return h.Hex() }

// oracleExact compares the side of the file that its digest of kind own speaks for with the side of the entry that known
// speaks for: the whole, or the part up to the picture's end.
func oracleExact(fp *Fingerprint, e *Entry, own, known Kind) Match {
	side := func(digests []Hash, trimmed bool) map[int]string {
		m := map[int]string{}
		for _, d := range digests {
			if d.Kind().Trimmed() == trimmed {
				m[d.Kind().Size()] = bareHex(d)
			}
		}
		return m
	}
	var theirs []Hash
	for _, h := range e.Hashes {
		if h.Hash.Kind().Digest() {
			theirs = append(theirs, h.Hash)
		}
	}
	ours, entrys := side(fp.Digests, own.Trimmed()), side(theirs, known.Trimmed())
	agree, against := own.Size() != MD5.Size(), false
	for size, hex := range ours {
		if other, both := entrys[size]; both && size != own.Size() {
			agree, against = agree || other == hex, against || other != hex
		}
	}
	size := fp.Size
	if own.Trimmed() {
		size = fp.Trimmed
	}
	if e.HasSize && size > 0 && !known.Trimmed() {
		agree, against = agree || e.Size == size, against || e.Size != size
	}
	m := Match{Kind: max(own, known), View: Upright, Tier: Exact, Conflict: against} // trimmed kinds are the higher ones
	if against || !agree {
		m.Tier = ExactWeak
	}
	return m
}

// oracleHidden says whether an entry is not to match at all, or by digests only.
func oracleHidden(cfg Config, s *Set, number uint32, e *Entry) (denied, quarantined bool) {
	of := cfg.Sets[s.info.Name]
	for _, h := range e.Hashes {
		denied = denied || slices.Contains(of.Deny, h.Hash)
	}
	return denied, slices.Contains(of.Quarantine, number)
}

// oracleRadius says whether an entry's hash of kind k takes part, and at which radius.
func oracleRadius(cfg Config, s *Set, e *Entry, k Kind) (int, bool) {
	if r, ok := cfg.Sets[s.info.Name].Radius[k]; ok {
		return r, true
	}
	if r, ok := cfg.Radius[k]; ok {
		return r, true
	}
	best := func(e *Entry) Kind {
		for _, k := range nearOrder {
			for _, h := range e.Hashes {
				if h.Hash.Kind() == k && !h.Quality.Below(cfg.gate()) {
					return k
				}
			}
		}
		return 0
	}
	if k == PDQ {
		return 31, true
	}
	if best(e) != k {
		return 0, false
	}
	n := 0
	for number, o := range s.Entries() {
		if denied, quarantined := oracleHidden(cfg, s, number, &o); denied || quarantined {
			continue
		}
		for _, h := range o.Hashes {
			if best(&o) == k && h.Hash.Kind() == k && !h.Quality.Below(cfg.gate()) {
				n++
			}
		}
	}
	return aloneRadius(k, n), true
}

// oracleAnswered says whether every entry was compared with fp, and a picture by every kind that entries are found by.
func oracleAnswered(cfg Config, sets []*Set, fp *Fingerprint) bool {
	has := map[Kind]bool{}
	for _, d := range fp.Digests {
		has[d.Kind()] = true
	}
	for _, h := range fp.Hashes {
		has[h.Hash.Kind()] = has[h.Hash.Kind()] || h.View == Upright && !h.Quality.Below(cfg.gate())
	}
	for _, s := range sets {
		for number, e := range s.Entries() {
			denied, quarantined := oracleHidden(cfg, s, number, &e)
			if denied {
				continue
			}
			findable, compared, digests, held := 0, 0, 0, false
			for _, h := range e.Hashes {
				k := h.Hash.Kind().Whole() // what a file needs to be compared with it
				_, searched := oracleRadius(cfg, s, &e, k)
				held = held || has[k]
				switch {
				case k.Digest():
					digests++
				case !searched || quarantined:
					continue
				case h.Quality.Below(cfg.gate()):
					continue
				case fp.Media() && !has[k]:
					return false
				}
				findable++
				if has[k] {
					compared++
				}
			}
			noPicture := digests == 0 && fp.Format == FormatOther
			if findable > 0 && compared == 0 && !noPicture {
				return false
			}
			if findable == 0 && !held && !noPicture && !quarantined { // nothing can find it; a file must at least have one of its kinds
				return false
			}
		}
	}
	return true
}
