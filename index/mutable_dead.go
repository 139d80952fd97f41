package index

import (
	"iter"
	"math/bits"
	"slices"
)

// deadSet is an immutable set of positions: the entries that were deleted. To add to it makes another set, which shares
// with the old one all pages that did not change, so that a reader keeps what it has. nil is the empty set.
type deadSet struct {
	count int
	pages []*deadPage // nil where nothing is dead
}

type (
	deadPage [64]*deadLeaf
	deadLeaf [8]uint64 // a bit for each position
)

const (
	deadLeafBits = 9  // of a position inside a leaf
	deadPageBits = 15 // of a position inside a page
)

// len is the number of positions in the set.
func (d *deadSet) len() int {
	if d == nil {
		return 0
	}
	return d.count
}

// has tells whether a position is in the set.
func (d *deadSet) has(position uint32) bool {
	leaf := d.leaf(position)
	return leaf != nil && leaf[position>>6&7]>>(position&63)&1 != 0
}

// leaf is the leaf that may hold a position, or nil.
func (d *deadSet) leaf(position uint32) *deadLeaf {
	if d == nil || int(position>>deadPageBits) >= len(d.pages) {
		return nil
	}
	page := d.pages[position>>deadPageBits]
	if page == nil {
		return nil
	}
	return page[position>>deadLeafBits&63]
}

// with is the set of d and the positions.
func (d *deadSet) with(positions ...uint32) *deadSet {
	if len(positions) == 0 {
		return d
	}
	fresh := &deadSet{count: d.len()}
	if d != nil {
		fresh.pages = d.pages
	}
	pages := max(len(fresh.pages), int(slices.Max(positions)>>deadPageBits)+1)
	fresh.pages = append(make([]*deadPage, 0, pages), fresh.pages...)[:pages]
	for _, p := range positions {
		fresh.add(d, p)
	}
	return fresh
}

// add sets a bit, in copies of the page and leaf where these are still those of old.
func (d *deadSet) add(old *deadSet, position uint32) {
	at := position >> deadPageBits
	page := d.pages[at]
	switch {
	case page == nil:
		page = new(deadPage)
	case old != nil && int(at) < len(old.pages) && page == old.pages[at]:
		own := *page
		page = &own
	}
	d.pages[at] = page
	leaf := page[position>>deadLeafBits&63]
	switch {
	case leaf == nil:
		leaf = new(deadLeaf)
	case leaf == old.leaf(position):
		own := *leaf
		leaf = &own
	}
	page[position>>deadLeafBits&63] = leaf
	word := &leaf[position>>6&7]
	if *word>>(position&63)&1 == 0 {
		*word |= 1 << (position & 63)
		d.count++
	}
}

// since yields in ascending order what is in d but not in old, of which d was made. What they share is passed over.
func (d *deadSet) since(old *deadSet) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if d == nil {
			return
		}
		for i, page := range d.pages {
			if page == nil || old != nil && i < len(old.pages) && page == old.pages[i] {
				continue
			}
			for j, leaf := range page {
				from := uint32(i)<<deadPageBits | uint32(j)<<deadLeafBits
				before := old.leaf(from)
				if leaf == nil || leaf == before {
					continue
				}
				for k, word := range leaf {
					if before != nil {
						word &^= before[k]
					}
					for ; word != 0; word &= word - 1 {
						if !yield(from | uint32(k)<<6 | uint32(bits.TrailingZeros64(word))) {
							return
						}
					}
				}
			}
		}
	}
}
