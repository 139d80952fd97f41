package hashmatch

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/hashmatch/engine/index"
)

// orientations are the eight, plainest first, with how a code is turned into each.
var orientations = func() (list [8]struct {
	view View
	turn turn
}) {
	for i, v := range slices.SortedFunc(slices.Values(Orientations()), compareViews) {
		list[i].view, list[i].turn = v, turns[v]
	}
	return list
}()

// nearSets finds the entries of one set whose PDQ hashes are near those of another's, class by class.
type nearSets struct {
	a, b      *pictures
	gate      int
	radius    int
	index     index.Searcher[[4]uint64] // of b's codes
	classesOf lists                     // of each of b's codes, the classes that have it

	answers []nearAnswer   // to the classes of the window
	slots   map[uint32]int // of those, the answer of each

	best    []approach // while a class is searched for: of each class of b, the nearest so far
	touched []uint32   // classes of b that have one
	counts  []int64    // of the touched, by bucket
	bestB   []Tier     // of each class of b, of all that was searched for
}

// approach is how near a class of b is to one of a. The zero orientation is the plainest.
type approach struct {
	distance    uint16 // far for none
	orientation uint8
	codeA       uint32
	codeB       uint32
}

const far = math.MaxUint16

func (n approach) compare(o approach) int {
	return cmp.Or(
		cmp.Compare(n.tier(), o.tier()), cmp.Compare(n.distance, o.distance), cmp.Compare(n.orientation, o.orientation),
		cmp.Compare(n.codeA, o.codeA), cmp.Compare(n.codeB, o.codeB),
	)
}

func (n approach) tier() Tier { return nearTier(PDQ, n.orientation == 0, int(n.distance)) }

// nearAnswer is what a class of a meets.
type nearAnswer struct {
	total  int64       // entries of b
	listed []nearEntry // the first of them, by tier, distance and number; at most MaxMatches
	best   Tier
}

type nearEntry struct {
	approach
	entry uint32
}

func newNearSets(a, b *Set, gate, radius int) *nearSets {
	n := &nearSets{a: newPictures(a, gate), b: newPictures(b, gate), gate: gate, radius: radius, slots: map[uint32]int{}}
	if !n.possible() {
		return n
	}
	n.index = index.New(n.b.codes, nil)
	n.classesOf = n.b.codesOf.inverted(len(n.b.codes))
	n.best = make([]approach, n.b.classes())
	for i := range n.best {
		n.best[i].distance = far
	}
	n.bestB = make([]Tier, n.b.classes())
	n.counts = make([]int64, buckets)
	return n
}

// possible reports whether there is anything to compare.
func (n *nearSets) possible() bool { return len(n.a.codes) > 0 && len(n.b.codes) > 0 }

// inBatch is how many codes, each in eight orientations, are looked up together.
const inBatch = 8192

// search answers the classes of a's entries from up to below to. of then gives the answers, until the next call.
func (n *nearSets) search(ctx context.Context, from, to int) error {
	n.answers = n.answers[:0]
	clear(n.slots)
	if !n.possible() {
		return nil
	}
	type question struct {
		slot int
		code uint32
	}
	var asked []question
	open := 0 // the class whose answers come in
	ask := func() error {
		queries := make([][4]uint64, 0, len(orientations)*len(asked))
		for _, q := range asked {
			for _, o := range orientations {
				queries = append(queries, o.turn.code(n.a.codes[q.code]))
			}
		}
		n.index.WithinBatch(queries, n.radius, func(i int, hits []index.Hit) bool {
			q := asked[i/len(orientations)]
			for ; open < q.slot; open++ {
				n.close(&n.answers[open])
			}
			n.offer(hits, approach{orientation: uint8(i % len(orientations)), codeA: q.code})
			return ctx.Err() == nil
		})
		asked = asked[:0]
		return context.Cause(ctx)
	}
	for _, class := range n.a.class[from:to] {
		if _, ok := n.slots[class]; ok || class == noClass {
			continue
		}
		slot := len(n.answers)
		n.slots[class] = slot
		n.answers = append(n.answers, nearAnswer{})
		for _, code := range n.a.codesOf.of(class) {
			if asked = append(asked, question{slot, code}); len(asked) == inBatch {
				if err := ask(); err != nil {
					return err
				}
			}
		}
	}
	if err := ask(); err != nil {
		return err
	}
	for ; open < len(n.answers); open++ {
		n.close(&n.answers[open])
	}
	return nil
}

// offer takes hits of one query for the class that is being searched for.
func (n *nearSets) offer(hits []index.Hit, how approach) {
	for _, hit := range hits {
		how.distance, how.codeB = uint16(hit.Distance), hit.ID
		for _, class := range n.classesOf.of(hit.ID) {
			old := &n.best[class]
			if old.distance == far {
				n.touched = append(n.touched, class)
			}
			if old.distance == far || how.compare(*old) < 0 {
				*old = how
			}
		}
	}
}

// Matches are ordered by tier and then by distance: a bucket for each.
const (
	perTier = 256 + 1
	buckets = (int(TierC) + 1) * perTier
)

func (n approach) bucket() int { return int(n.tier())*perTier + int(n.distance) }

// close makes an answer of what was offered since the last one, and forgets that.
func (n *nearSets) close(answer *nearAnswer) {
	if len(n.touched) == 0 {
		return
	}
	clear(n.counts)
	for _, class := range n.touched {
		best, members := n.best[class], int64(len(n.b.members.of(class)))
		answer.total += members
		n.counts[best.bucket()] += members
		if tier := best.tier(); n.bestB[class] == 0 || tier < n.bestB[class] {
			n.bestB[class] = tier
		}
	}
	last, listed := 0, int64(0) // the bucket that the list ends in
	for last < buckets-1 && listed+n.counts[last] < MaxMatches {
		listed += n.counts[last]
		last++
	}
	for _, class := range n.touched {
		if best := n.best[class]; best.bucket() <= last {
			members := n.b.members.of(class)
			for _, entry := range members[:min(len(members), MaxMatches)] {
				answer.listed = append(answer.listed, nearEntry{best, entry})
			}
		}
		n.best[class].distance = far
	}
	n.touched = n.touched[:0]
	slices.SortFunc(answer.listed, func(x, y nearEntry) int {
		return cmp.Or(cmp.Compare(x.bucket(), y.bucket()), cmp.Compare(x.entry, y.entry))
	})
	answer.listed = slices.Clone(answer.listed[:min(len(answer.listed), MaxMatches)])
	answer.best = answer.listed[0].tier()
}

// of returns what an entry of a meets, of the window that was searched for last; nil if nothing could.
func (n *nearSets) of(number uint32) *nearAnswer {
	if slot, ok := n.slots[n.a.class[number]]; ok {
		return &n.answers[slot]
	}
	return nil
}

// match describes what an entry of a and one of b are to each other.
func (n *nearSets) match(b *searchSet, number uint32, near nearEntry) Match {
	m := b.match(PDQ, near.entry)
	m.Distance, m.View, m.Tier = int(near.distance), orientations[near.orientation].view, near.tier()
	m.Quality = qualityPointer(n.a.quality(near.codeA, number, n.gate))
	m.EntryQuality = qualityPointer(n.b.quality(near.codeB, near.entry, n.gate))
	return m
}

// mark adds to the best tiers of b's entries those of their classes.
func (n *nearSets) mark(best []Tier) {
	for class, tier := range n.bestB {
		if tier == 0 {
			continue
		}
		for _, entry := range n.b.members.of(uint32(class)) {
			if best[entry] == 0 || tier < best[entry] {
				best[entry] = tier
			}
		}
	}
}
