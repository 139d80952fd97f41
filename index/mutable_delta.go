package index

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// delta is the part of a Mutable that takes inserts, up to as many as it was made for. One goroutine at a time may add.
// Any number may search the first n entries meanwhile, where n was read from count: these never change.
type delta[C Code] struct {
	codes []C // all room there is
	ids   []uint32
	count atomic.Uint32 // entries that may be read; what lies behind is the writer's

	tables *deltaTables
	byPair chains // of entries with an equal hash of ID and code; the writer's alone
	byID   chains
}

func newDelta[C Code](room int) *delta[C] {
	return &delta[C]{
		codes:  make([]C, room),
		ids:    make([]uint32, room),
		tables: newDeltaTables(room, width[C]()),
		byPair: newChains(room),
		byID:   newChains(room),
	}
}

// add writes an entry behind the first n. It can be read once count is more than n.
func (d *delta[C]) add(n uint32, code C, id uint32) {
	d.codes[n], d.ids[n] = code, id
	w := words(&code)
	d.tables.add(&w, n)
	d.byPair.add(n, pairHash(id, &w))
	d.byID.add(n, idHash(id))
}

// withPair appends the positions of the entries of an ID and a code that are not dead.
func (d *delta[C]) withPair(positions []uint32, id uint32, code C, dead *deadSet) []uint32 {
	w := words(&code)
	return d.byPair.find(positions, pairHash(id, &w), dead, func(p uint32) bool { return d.ids[p] == id && d.codes[p] == code })
}

// withID appends the positions of the entries of an ID that are not dead.
func (d *delta[C]) withID(positions []uint32, id uint32, dead *deadSet) []uint32 {
	return d.byID.find(positions, idHash(id), dead, func(p uint32) bool { return d.ids[p] == id })
}

// within appends what lies within a radius among the first n entries and is not dead.
func (d *delta[C]) within(dst []Hit, n uint32, dead *deadSet, q C, radius int) []Hit {
	if n == 0 || radius < 0 {
		return dst
	}
	from := len(dst)
	radius = min(radius, width[C]())
	if p := d.tables.plan(radius, n); p != nil {
		dst = d.probe(dst, n, q, radius, p)
	} else {
		flat := Flat[C]{codes: d.codes[:n]}
		dst = flat.Within(dst, q, radius)
	}
	return d.keep(dst, from, dead)
}

// keep makes hits of hits[from:], which have positions.
func (d *delta[C]) keep(hits []Hit, from int, dead *deadSet) []Hit {
	kept := hits[:from]
	for _, h := range hits[from:] {
		if !dead.has(h.ID) {
			kept = append(kept, Hit{d.ids[h.ID], h.Distance})
		}
	}
	return kept
}

// nearest offers what is not dead among the first n entries to top.
func (d *delta[C]) nearest(top *nearest, n uint32, dead *deadSet, q C) {
	var room [deltaBlock]Hit
	if top.limit >= 0 && d.tables.plan(top.limit, n) != nil {
		for _, h := range d.within(room[:0], n, dead, q, top.limit) {
			if int(h.Distance) <= top.limit {
				top.add(h)
			}
		}
		return
	}
	for lo := uint32(0); lo < n; lo += deltaBlock {
		flat := Flat[C]{codes: d.codes[lo:min(lo+deltaBlock, n)]}
		for _, h := range flat.Within(room[:0], q, top.limit) {
			if p := lo + h.ID; int(h.Distance) <= top.limit && !dead.has(p) {
				top.add(Hit{d.ids[p], h.Distance})
			}
		}
	}
}

// deltaBlock is the number of entries that a search for the nearest compares before it looks at what it found.
const deltaBlock = 256

// probe appends the positions, instead of the IDs, of the entries within a radius among the first n.
func (d *delta[C]) probe(dst []Hit, n uint32, q C, radius int, p *deltaPlan) []Hit {
	s := deltaScratches.Get().(*deltaScratch)
	defer deltaScratches.Put(s)
	w := words(&q)
	d.tables.candidates(s, &w, p)
	for _, c := range s.candidates {
		if c.position >= n {
			continue // it came later
		}
		x := words(&d.codes[c.position])
		distance := 0
		for i := range x {
			x[i] ^= w[i]
			distance += bits.OnesCount64(x[i])
		}
		if distance <= radius && d.tables.first(&x, int(c.table), p) {
			dst = append(dst, Hit{c.position, uint32(distance)})
		}
	}
	return dst
}

// chains find entries by a hash. Those of one hash hang together, the last one first.
type chains struct {
	heads []uint32 // position + 1; a power of two
	next  []uint32 // of each entry, position + 1
}

func newChains(room int) chains {
	heads := 1
	for heads < room {
		heads *= 2
	}
	return chains{make([]uint32, heads), make([]uint32, room)}
}

func (c *chains) add(position uint32, hash uint64) {
	head := &c.heads[hash&uint64(len(c.heads)-1)]
	c.next[position] = *head
	*head = position + 1
}

// find appends the positions that are not dead and equal. It takes the dead that it meets out of the chain, so that what
// was inserted and deleted many times is not walked over again and again.
func (c *chains) find(positions []uint32, hash uint64, dead *deadSet, equal func(position uint32) bool) []uint32 {
	for link := &c.heads[hash&uint64(len(c.heads)-1)]; *link != 0; {
		p := *link - 1
		if dead.has(p) {
			*link = c.next[p]
			continue
		}
		if equal(p) {
			positions = append(positions, p)
		}
		link = &c.next[p]
	}
	return positions
}

// chainSeed keeps anyone from choosing IDs and codes of one hash. It has no influence on any answer.
var chainSeed = maphash.MakeSeed()

var chainMix = maphash.Comparable(chainSeed, 0) | 1

func idHash(id uint32) uint64 { return mix(uint64(id) ^ chainMix) }

func pairHash(id uint32, w *[4]uint64) uint64 {
	h := mix(uint64(id) ^ chainMix)
	for _, x := range w {
		h = mix(h ^ x)
	}
	return h
}

// mix is the end of SplitMix64 (Steele, Lea and Flood, 2014): each bit of x changes half of the result's.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return (x ^ x>>31) + chainMix
}

// living are the entries among the first n that are not dead.
func (d *delta[C]) living(n uint32, dead *deadSet) (codes []C, ids []uint32) {
	codes, ids = make([]C, 0, n), make([]uint32, 0, n)
	for p := range n {
		if !dead.has(p) {
			codes, ids = append(codes, d.codes[p]), append(ids, d.ids[p])
		}
	}
	return codes, ids
}
