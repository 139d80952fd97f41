package index

import (
	"cmp"
	"slices"
)

// nearest collects the k smallest hits by (Distance, ID) behind what its caller's slice held already. They form a heap
// with the greatest on top, so that a hit that is too far costs one comparison.
type nearest struct {
	dst   []Hit
	from  int // where the heap begins in dst
	k     int
	limit int // hits beyond this distance are of no use; falls as the heap fills, -1 when k is not positive
}

// newNearest collects up to k hits of at most a distance of limit.
func newNearest(dst []Hit, k, limit int) nearest {
	if k <= 0 {
		limit = -1
	}
	return nearest{dst, len(dst), k, limit}
}

// full tells that k hits were found.
func (n *nearest) full() bool { return len(n.dst)-n.from >= n.k }

// compareHits orders hits by distance, then ID.
func compareHits(a, b Hit) int {
	if c := cmp.Compare(a.Distance, b.Distance); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// add offers a hit. Its distance must not be beyond the limit.
func (n *nearest) add(h Hit) {
	if !n.full() {
		n.dst = append(n.dst, h)
		n.up()
	} else if compareHits(h, n.dst[n.from]) < 0 {
		n.dst[n.from] = h
		n.down()
	}
	if n.full() {
		// Not one less: a hit of the same distance may have a smaller ID.
		n.limit = min(n.limit, int(n.dst[n.from].Distance))
	}
}

// up moves the last hit of the heap to its place.
func (n *nearest) up() {
	heap := n.dst[n.from:]
	for i := len(heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if compareHits(heap[i], heap[parent]) <= 0 {
			return
		}
		heap[i], heap[parent] = heap[parent], heap[i]
		i = parent
	}
}

// down moves the first hit of the heap to its place.
func (n *nearest) down() {
	heap := n.dst[n.from:]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && compareHits(heap[child+1], heap[child]) > 0 {
			child++
		}
		if compareHits(heap[i], heap[child]) >= 0 {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// sorted ends the search and returns the caller's slice with the hits appended in ascending order.
func (n *nearest) sorted() []Hit {
	slices.SortFunc(n.dst[n.from:], compareHits)
	return n.dst
}
