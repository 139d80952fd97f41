package index

import (
	"slices"
	"sync"
	"unsafe"
)

// leafBytes is the size of a range of codes up to which it is scanned and not divided. Measured by BenchmarkLeafSize with
// AVX2: half of it differs little at small radii and is slower at greater ones, double it the other way round.
const leafBytes = 8 << 10

// leafSize is the number of codes in a leaf of a tree that NewBKTree builds.
func leafSize[C Code]() int { return leafBytes / (width[C]() / 8) }

// BKTree divides codes by their distance to a pivot, again and again, and skips what the triangle inequality rules out:
// codes at distance k from a pivot that is at distance d from the query are at least |d-k| from the query. (W. A. Burkhard
// and R. M. Keller, Some approaches to best-match file searching, CACM 16, 1973.) It is the engine for small radii. For
// random codes of 256 bits all distances are close to 128, so that at a radius of 30 nothing is skipped any more.
//
// In front of the tree stands a Bloom filter of bands, which ends most searches of a radius up to 7 (256 bits) or 1 (64
// bits) that find nothing.
//
// The tree is an array of nodes over the codes in an order of its own, in which the codes of each node lie side by side.
// Ranges of at most 8 KiB of codes are scanned. A node whose codes are all equal is never divided: one comparison decides
// for all of them.
type BKTree[C Code] struct {
	codes []C
	ids   []uint32
	nodes []node // the root first, children after their parent and side by side; none without codes
	bands *bands[C]
}

// node is a range of the tree's codes. When it has children, the pivot that divides it is its first code.
type node struct {
	lo, hi    uint32 // its codes
	child     uint32 // its first child; 0 in a leaf, as the root is nobody's child
	children  uint16
	near, far uint16 // least and greatest distance of its codes to the pivot of its parent
	same      bool   // a leaf of equal codes, perhaps very many
}

// NewBKTree builds a tree of codes, in which codes[i] is found as ids[i], or as i when ids is nil. It copies both. It
// panics when their lengths differ, or when there are more codes than an ID can number.
//
// No set of codes makes the tree deep: it has at most as many levels of pivots as a code has bits, as split explains. Sets
// made for that depth (unit vectors, say) take some three times as long to build as random ones.
func NewBKTree[C Code](codes []C, ids []uint32) *BKTree[C] {
	return newBKTree(codes, ids, leafSize[C]())
}

func newBKTree[C Code](codes []C, ids []uint32, leafSize int) *BKTree[C] {
	checkIDs("codes", len(codes), ids)
	t := &BKTree[C]{codes: slices.Clone(codes), ids: slices.Clone(ids)}
	if ids == nil {
		t.ids = make([]uint32, len(codes))
		for i := range t.ids {
			t.ids[i] = uint32(i)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { t.bands = newBands(codes) }) // of the caller's codes: the tree's are being moved meanwhile
	t.divide(leafSize)
	wg.Wait()
	return t
}

// divide makes the nodes, level by level.
func (t *BKTree[C]) divide(leafSize int) {
	if len(t.codes) == 0 {
		return
	}
	t.nodes = append(t.nodes, node{hi: uint32(len(t.codes))})
	dists := make([]uint16, len(t.codes))
	for i := 0; i < len(t.nodes); i++ {
		if n := t.nodes[i]; int(n.hi-n.lo) > leafSize {
			t.split(i, leafSize, dists[n.lo:n.hi])
		}
	}
	t.nodes = slices.Clip(t.nodes)
}

// split sorts a node's codes by their distance to the first of them and makes a child of each distance. Neighbouring
// distances share a child as long as it stays a leaf: the rare distances would otherwise make leaves of a few codes.
//
// Only codes of one distance are divided further, which bounds the depth. That x is at distance k from p is a linear
// equation in the bits of x, with coefficients 1 where p has a 0 and -1 where it has a 1. All codes of a node fulfil the
// equations of the pivots above it. Were the left side of its own pivot's equation a combination of theirs, all its codes
// would be at one distance from that pivot, which is one of them: they would be equal, and the node not divided. So the
// equations on a path are independent, and no more of them than a code has bits.
func (t *BKTree[C]) split(i, leafSize int, dists []uint16) {
	lo, hi := t.nodes[i].lo, t.nodes[i].hi
	codes, ids := t.codes[lo:hi], t.ids[lo:hi]
	distances(dists, codes, codes[0])
	var counts [maxWidth + 1]uint32
	for _, d := range dists {
		counts[d]++
	}
	if counts[0] == hi-lo {
		t.nodes[i].same = true
		return
	}
	sortByDistance(codes, ids, dists, &counts)

	first := len(t.nodes)
	for d, count := range counts {
		if count == 0 {
			continue
		}
		end := lo + count
		if last := len(t.nodes) - 1; last >= first && int(end-t.nodes[last].lo) <= leafSize {
			t.nodes[last].hi, t.nodes[last].far = end, uint16(d)
		} else {
			t.nodes = append(t.nodes, node{lo: lo, hi: end, near: uint16(d), far: uint16(d)})
		}
		lo = end
	}
	t.nodes[i].child, t.nodes[i].children = uint32(first), uint16(len(t.nodes)-first)
}

// sortByDistance puts codes, ids and dists in the order of dists, of which each value appears as often as counts says. It
// works in place: each swap brings one code to the part of its distance.
func sortByDistance[C Code](codes []C, ids []uint32, dists []uint16, counts *[maxWidth + 1]uint32) {
	var next, end [maxWidth + 1]uint32 // what is left to fill of each distance's part
	var sum uint32
	for d, count := range counts {
		next[d] = sum
		sum += count
		end[d] = sum
	}
	for part := range next {
		for next[part] < end[part] {
			i := next[part]
			d := dists[i]
			j := next[d]
			next[d]++
			if i != j {
				codes[i], codes[j] = codes[j], codes[i]
				ids[i], ids[j] = ids[j], ids[i]
				dists[i], dists[j] = dists[j], dists[i]
			}
		}
	}
}

// bytes is the memory that the tree takes.
func (t *BKTree[C]) bytes() int {
	return len(t.codes)*width[C]()/8 + 4*len(t.ids) + int(unsafe.Sizeof(node{}))*len(t.nodes) + t.bands.bytes()
}

// Len is the number of codes, duplicates counted.
func (t *BKTree[C]) Len() int { return len(t.codes) }

// Within implements Searcher.
func (t *BKTree[C]) Within(dst []Hit, q C, radius int) []Hit {
	if radius = min(radius, width[C]()); !t.bands.mayHold(q, radius) {
		return dst
	}
	var room [stackSize]frame
	n, stack := t.next(t.start(room[:0]), q, radius)
	for ; n != nil; n, stack = t.next(stack, q, radius) {
		if !n.same {
			dst = scan(dst, t.codes, t.ids, int(n.lo), int(n.hi), q, radius)
		} else if d := Distance(q, t.codes[n.lo]); d <= radius {
			for _, id := range t.ids[n.lo:n.hi] {
				dst = append(dst, Hit{id, uint32(d)})
			}
		}
	}
	return dst
}

// treeBlock is the number of queries that a core answers before another's answers are waited for.
const treeBlock = 64

// WithinBatch implements Searcher. Large batches are answered by all cores.
func (t *BKTree[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	batch(t, qs, radius, yield)
}

// blockSize implements blockEngine.
func (t *BKTree[C]) blockSize(int, int) int { return treeBlock }

// block implements blockEngine.
func (t *BKTree[C]) block(dst []found, qs []C, radius int) (hits []found, ok bool) {
	return eachAlone(dst, qs, func(dst []Hit, q C) []Hit { return t.Within(dst, q, radius) })
}

// WithinLimit implements Limiter. It holds no more hits than the limit.
func (t *BKTree[C]) WithinLimit(dst []Hit, q C, radius, limit int) (hits []Hit, more int) {
	if radius = min(radius, width[C]()); !t.bands.mayHold(q, radius) {
		return dst, 0
	}
	top, all := newNearest(dst, limit, radius), 0
	var room [stackSize]frame
	n, stack := t.next(t.start(room[:0]), q, radius)
	for ; n != nil; n, stack = t.next(stack, q, radius) {
		if !n.same || Distance(q, t.codes[n.lo]) <= radius {
			all += scanLimit(&top, t.codes, t.ids, int(n.lo), int(n.hi), q, radius)
		}
	}
	return top.sorted(), all - max(0, min(all, limit))
}

// WithinBatchLimit implements Limiter.
func (t *BKTree[C]) WithinBatchLimit(qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool) {
	withinBatchLimit(t, qs, radius, limit, yield)
}

// Nearest implements Searcher.
func (t *BKTree[C]) Nearest(dst []Hit, q C, k int) []Hit {
	dst, _ = t.nearest(dst, q, k, width[C]())
	return dst
}

// nearest does the work of Nearest with hits of at most a distance of limit. When there are fewer than k of them, not all
// codes are within the limit and it returns dst as it was, and false.
//
// It searches with radii that double, so that the last search, which finds k hits, is the greater part of the work. One
// search with a radius that shrinks would begin with codes that are far away.
func (t *BKTree[C]) nearest(dst []Hit, q C, k, limit int) ([]Hit, bool) {
	for radius := 0; ; radius = 2*radius + 1 {
		radius = min(radius, limit)
		top := newNearest(dst, k, radius)
		t.collect(&top, q)
		if top.full() || len(top.dst)-top.from == len(t.codes) {
			return top.sorted(), true
		}
		if radius == limit {
			return dst, false
		}
	}
}

// collect offers to top the codes within its limit.
func (t *BKTree[C]) collect(top *nearest, q C) {
	if !t.bands.mayHold(q, top.limit) {
		return
	}
	var room [stackSize]frame
	n, stack := t.next(t.start(room[:0]), q, top.limit)
	for ; n != nil; n, stack = t.next(stack, q, top.limit) {
		if !n.same || Distance(q, t.codes[n.lo]) <= top.limit {
			scanNearest(top, t.codes, t.ids, int(n.lo), int(n.hi), q)
		}
	}
}

// stackSize is the number of frames for which a search has room without an allocation: more levels than millions of
// codes have, unless they were made for it.
const stackSize = 16

// frame is a run of siblings that are still to be visited.
type frame struct {
	next, end uint32
	d         uint16 // distance of the query to the pivot of their parent
}

// start puts the root on an empty stack, as if it were at distance 0 from a parent that equals the query.
func (t *BKTree[C]) start(stack []frame) []frame {
	if len(t.nodes) == 0 {
		return stack
	}
	return append(stack, frame{next: 0, end: 1})
}

// next returns the next leaf that may hold a code within the radius of q, or nil after the last, and the stack to go on
// with. The radius may shrink from call to call.
func (t *BKTree[C]) next(stack []frame, q C, radius int) (*node, []frame) {
	for len(stack) > 0 {
		f := &stack[len(stack)-1]
		if f.next == f.end {
			stack = stack[:len(stack)-1]
			continue
		}
		n := &t.nodes[f.next]
		f.next++
		if int(n.near) > int(f.d)+radius {
			f.next = f.end // the siblings after it are farther still
			continue
		}
		if int(n.far)+radius < int(f.d) {
			continue
		}
		if n.child == 0 {
			return n, stack
		}
		d := Distance(q, t.codes[n.lo])
		stack = append(stack, frame{n.child, n.child + uint32(n.children), uint16(d)})
	}
	return nil, stack
}
