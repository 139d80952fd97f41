package hashmatch

import (
	"context"

	"github.com/hashmatch/engine/index"
)

// nearKind finds entries by a perceptual hash.
type nearKind struct {
	set     *searchSet
	kind    Kind
	radius  int
	reason  string
	rows    int             // hashes that are searched
	gated   int             // hashes of the set that are below the quality gate and never match
	hidden  int             // hashes of the set whose entries perceptual hashes do not find
	hubs    map[uint32]bool // entries that are met within tierA only
	code64  index.Searcher[uint64]
	code256 index.Searcher[[4]uint64]
}

// nearOrder lists the perceptual kinds, those that say more first.
var nearOrder = []Kind{PDQ, PHash, PyPHash, DHash, PyDHash, AHash, PyAHash}

// newNearKind indexes the hashes of kind k: all of them when k is PDQ or was asked for, otherwise those of entries that
// hold nothing better that passes the gate. It notes which entries it finds. It returns nil when nothing is left to search.
func newNearKind(ss *searchSet, k Kind, cfg *Config, found *findable) *nearKind {
	t := &ss.set.tables[k]
	_, asked := cfg.radius(ss.info.Name, k)
	var rows []uint32
	n := &nearKind{set: ss, kind: k}
	for i := range t.len() {
		switch e := t.entry(i); {
		case found.by[e]&perceptualMask != 0 && k != PDQ && !asked: // a better kind serves it
		case t.quality(i).Below(cfg.gate()):
			n.gated++
			found.gated[e] |= 1 << k
		default:
			rows = append(rows, uint32(i))
		}
	}
	for _, r := range rows { // only now: an entry may have several hashes of the kind
		found.by[t.entry(int(r))] |= 1 << k
	}
	if len(rows)+n.gated == 0 {
		return nil
	}
	n.rows = len(rows)
	if hubs := cfg.Hubs[ss.info.Name]; k == PDQ && len(hubs) > 0 {
		n.hubs = make(map[uint32]bool, len(hubs))
		for _, e := range hubs {
			n.hubs[e] = true
		}
	}
	if k.Bits() == 64 {
		codes := make([]uint64, len(rows))
		for i, r := range rows {
			codes[i] = t.hash(int(r)).Code64()
		}
		n.code64 = index.New(codes, rows)
	} else {
		codes := make([][4]uint64, len(rows))
		for i, r := range rows {
			codes[i] = t.hash(int(r)).Code256()
		}
		n.code256 = index.New(codes, rows)
	}
	return n
}

// setRadius chooses the radius in a set that has so many hashes to be searched.
func (n *nearKind) setRadius(cfg *Config, rows int) {
	radius, asked := cfg.radius(n.set.info.Name, n.kind)
	switch {
	case asked:
		n.radius, n.reason = radius, "as asked"
	case n.kind == PDQ:
		n.radius, n.reason = tierA, "the usual radius"
	default:
		n.radius, n.reason = aloneRadius(n.kind, rows), "these entries hold nothing better; radius by their number"
	}
}

// aloneRadius is the radius of a 64-bit kind that has to match alone in n entries, so that a million files give about
// 0.01 chance matches: measured for pHash. dHash and aHash tell so few pictures apart (31-35 and 14 effective bits) that
// only equality is left to them.
func aloneRadius(k Kind, n int) int {
	if k != PHash && k != PyPHash {
		return 0
	}
	switch {
	case n <= 1_000:
		return 5
	case n <= 100_000:
		return 3
	case n <= 10_000_000:
		return 1
	}
	return 0
}

// query is one perceptual hash of a batch.
type query struct {
	fp    int
	hash  PictureHash
	whole bool // it is the hash of the whole upright picture
}

// queries returns the hashes of the kind that pass the gate.
func (n *nearKind) queries(gate int, fps []*Fingerprint) (qs []query) {
	for i, fp := range fps {
		for _, h := range fp.Hashes {
			if h.Hash.kind == n.kind && !h.Quality.Below(gate) {
				qs = append(qs, query{i, h, h.View == Upright && !fp.Incomplete()})
			}
		}
	}
	return qs
}

// within appends to found what lies within the radius of fps' hashes.
func (n *nearKind) within(ctx context.Context, gate int, fps []*Fingerprint, found [][]Match) error {
	qs := n.queries(gate, fps)
	yield := func(i int, hits []index.Hit) bool {
		for _, hit := range hits {
			if n.counts(&qs[i], hit) {
				found[qs[i].fp] = append(found[qs[i].fp], n.nearMatch(&qs[i], hit))
			}
		}
		return ctx.Err() == nil
	}
	if n.code64 != nil {
		codes := make([]uint64, len(qs))
		for i, q := range qs {
			codes[i] = q.hash.Hash.Code64()
		}
		n.code64.WithinBatch(codes, n.radius, yield)
	} else {
		codes := make([][4]uint64, len(qs))
		for i, q := range qs {
			codes[i] = q.hash.Hash.Code256()
		}
		n.code256.WithinBatch(codes, n.radius, yield)
	}
	return context.Cause(ctx)
}

// counts reports whether a hit within the radius is a match. Drawings and hubs are near what has nothing to do with them
// more often than photographs are: PDQ takes them at its usual radius only.
func (n *nearKind) counts(q *query, hit index.Hit) bool {
	entry := n.set.set.tables[n.kind].entry(int(hit.ID))
	if n.set.hidden.near(entry) {
		return false
	}
	return n.kind != PDQ || hit.Distance <= tierA || !q.hash.Graphic && !n.hubs[entry]
}

// tierOf returns the tier of a neighbour, which has none where it is no match.
func (n *nearKind) tierOf(fp *Fingerprint, m *Match) Tier {
	if m.Distance > n.radius {
		return 0
	}
	if n.kind == PDQ && m.Distance > tierA {
		if h, _ := fp.Hash(PDQ, m.View); h.Graphic || n.hubs[m.Entry-n.set.first] {
			return 0
		}
	}
	return nearTier(n.kind, m.View == Upright && !fp.Incomplete(), m.Distance)
}

// nearest appends to dst the k nearest of each of fp's hashes.
func (n *nearKind) nearest(dst []Match, gate int, fp *Fingerprint, k int) []Match {
	for _, q := range n.queries(gate, []*Fingerprint{fp}) {
		for _, hit := range n.nearestHits(&q, k) {
			dst = append(dst, n.nearMatch(&q, hit))
		}
	}
	return dst
}

// nearestHits returns the nearest hits of k entries that are not hidden: it asks for more until there are as many.
func (n *nearKind) nearestHits(q *query, k int) (seen []index.Hit) {
	t := &n.set.set.tables[n.kind]
	for ask := k; ; ask *= 2 {
		var hits []index.Hit
		if n.code64 != nil {
			hits = n.code64.Nearest(nil, q.hash.Hash.Code64(), ask)
		} else {
			hits = n.code256.Nearest(nil, q.hash.Hash.Code256(), ask)
		}
		seen = seen[:0]
		entries := make(map[uint32]bool, k) // an entry may have several hashes
		for _, hit := range hits {
			if e := t.entry(int(hit.ID)); len(seen) < k && !entries[e] && !n.set.hidden.near(e) {
				seen, entries[e] = append(seen, hit), true
			}
		}
		if len(seen) == k || len(hits) < ask {
			return seen
		}
	}
}

// nearMatch describes a hit, whose ID is a row of the kind's table.
func (n *nearKind) nearMatch(q *query, hit index.Hit) Match {
	t := &n.set.set.tables[n.kind]
	m := n.set.match(n.kind, t.entry(int(hit.ID)))
	m.Distance, m.View = int(hit.Distance), q.hash.View
	m.Tier = nearTier(n.kind, q.whole, m.Distance)
	m.Quality, m.EntryQuality = qualityPointer(q.hash.Quality), qualityPointer(t.quality(int(hit.ID)))
	return m
}

func qualityPointer(q Quality) *int {
	if v, ok := q.Value(); ok {
		return &v
	}
	return nil
}
