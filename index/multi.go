package index

import (
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Multi is a multi-index hash, the engine for large sets at the radii of matching. Its bits are cut into m parts, and a
// table for each part tells which codes have a value there: a code within a radius of the query must be near the query in
// some part, so that it is in one of few buckets (M. Norouzi, A. Punjani and D. J. Fleet, Fast Exact Search in Hamming
// Space with Multi-Index Hashing, IEEE TPAMI 36, 2014). Beside each entry of a bucket stand the 16 bits that follow the
// part. Nearly all entries are ruled out by them, which takes a fraction of a nanosecond each, and only the others are
// looked at.
//
// Where a radius asks for so many buckets that comparing the query with every code is cheaper, Multi does that.
//
// Equal codes are held once. Multi copies what it needs from the codes and ids that it is made of.
type Multi[C Code] struct{ m *multi }

// multi is Multi without its type: codes are of four words, or of one with zeros behind it.
type multi struct {
	length int // codes, duplicates counted
	unique int // different codes
	bits   int // of a code
	order  *permutation
	tables []multiTable
	codes  [][4]uint64 // the permuted codes by position, nil when tables hold whole codes
	second bool        // tables have second fingerprints
	owner  owners

	plans   [maxWidth + 1]atomic.Pointer[plan]
	scratch sync.Pool // of *multiSearch
}

// multiTable is the buckets of one part of the codes. Entries of the first table are in the order of positions.
type multiTable struct {
	bit, width int      // the part
	offsets    []uint32 // where each bucket begins, and the end of the last
	planes     []byte   // fingerprints as in package hamming
	rest       []byte   // what follows key and fingerprint of each entry, when these make the whole code; or
	packed     []byte   // the position of each entry, but for the first table, in 3 or 4 bytes
	seconds    []byte   // second fingerprints, which lie as those of planes do; nil when there are none
	span       [2]int   // parts that the fingerprint reaches into, and that both do
	masks      *maskSet
	chunks     int    // that most buckets fit into
	crowd      uint64 // entries in the bucket of a code, the mean over codes, in 1/16ths
}

// owners are the IDs of each different code. Most have one.
type owners struct {
	ids    []uint32 // of each position; the number of a list where shared says so
	shared []uint64 // a bit for each position
	starts []uint32 // of each list, and the end of the last
	lists  []uint32
}

// The least and the greatest width of a part. Less would leave more than maxTables tables.
const (
	leastPart = 8
	mostPart  = 22
)

// positionsOf3 is the number of positions that 3 bytes can tell apart.
const positionsOf3 = 1 << 24

// NewMulti builds a multi-index of codes, in which codes[i] is found as ids[i], or as i when ids is nil. It panics when
// their lengths differ, or when there are more codes than an ID can number.
//
// For a million codes it takes about 29 bytes of memory for each code of 64 bits, and 150 for each of 256 bits, the code
// included; for ten million 28 and 146. Building uses all cores and a third more memory than is left in the end.
func NewMulti[C Code](codes []C, ids []uint32) *Multi[C] {
	checkIDs("codes", len(codes), ids)
	return newMulti(codes, ids, partWidths(len(codes), width[C]()), true)
}

// newMulti builds a multi-index with parts of the given widths, and with second fingerprints or without.
func newMulti[C Code](codes []C, ids []uint32, widths []int, second bool) *Multi[C] {
	return &Multi[C]{buildMulti(codes, ids, widths, second, runtime.GOMAXPROCS(0))}
}

// partWidths are the widths of the parts into which codes are cut: about such that a bucket holds sixteen codes, which
// take no more time than one. Wider parts than of 16 bits need too many buckets, unless there are very many codes.
func partWidths(n, codeBits int) []int {
	most := 16
	if codeBits == 64 && n >= 50_000_000 {
		most = mostPart
	}
	part := min(max(bits.Len(uint(n/12)), leastPart), most)
	return divideBits(codeBits, (codeBits+part-1)/part)
}

// divideBits are the widths of so many parts, as equal as can be.
func divideBits(codeBits, tables int) []int {
	widths := make([]int, tables)
	for i := range widths {
		widths[i] = codeBits / tables
		if i < codeBits%tables {
			widths[i]++
		}
	}
	return widths
}

// words is the words of a code, and zeros behind them.
func words[C Code](c *C) (w [4]uint64) {
	switch c := any(c).(type) {
	case *uint64:
		w[0] = *c
	case *[4]uint64:
		w = *c
	}
	return w
}

// ofFour is the code of the words.
func ofFour[C Code](w *[4]uint64) (c C) {
	switch c := any(&c).(type) {
	case *uint64:
		*c = w[0]
	case *[4]uint64:
		*c = *w
	}
	return c
}

// Len is the number of codes, duplicates counted.
func (m *Multi[C]) Len() int { return m.m.length }

// Within implements Searcher.
func (m *Multi[C]) Within(dst []Hit, q C, radius int) []Hit {
	if radius < 0 || m.m.unique == 0 {
		return dst
	}
	s := m.m.search()
	dst = s.within(dst, words(&q), min(radius, m.m.bits))
	m.m.scratch.Put(s)
	return dst
}

// WithinBatch implements Searcher. Large batches are answered by all cores.
func (m *Multi[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	batch(m, qs, radius, yield)
}

// Nearest implements Searcher. It searches within radii that double until there are k hits, and from the radius on at
// which all codes are compared anyway, within one that shrinks.
func (m *Multi[C]) Nearest(dst []Hit, q C, k int) []Hit {
	if k <= 0 || m.m.unique == 0 {
		return dst
	}
	buf := hitPool.Get().(*[]Hit)
	defer hitPool.Put(buf)
	for radius := 0; !m.m.plan(radius).scan; radius = min(2*radius+1, m.m.bits) {
		if *buf = m.Within((*buf)[:0], q, radius); len(*buf) >= min(k, m.m.length) || radius == m.m.bits {
			dst, _ = smallest(dst, *buf, k)
			return dst
		}
	}
	s := m.m.search()
	defer m.m.scratch.Put(s)
	top := newNearest(dst, k, m.m.bits)
	s.nearest(&top, words(&q))
	return top.sorted()
}

// WithinLimit implements Limiter.
func (m *Multi[C]) WithinLimit(dst []Hit, q C, radius, limit int) (hits []Hit, more int) {
	return withinLimit(m, dst, q, radius, limit)
}

// WithinBatchLimit implements Limiter.
func (m *Multi[C]) WithinBatchLimit(qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool) {
	withinBatchLimit(m, qs, radius, limit, yield)
}

// list is the IDs of the code at a position when it has several, nil otherwise.
func (o *owners) list(position uint32) []uint32 {
	if o.shared == nil || o.shared[position/64]>>(position%64)&1 == 0 {
		return nil
	}
	k := o.ids[position]
	return o.lists[o.starts[k]:o.starts[k+1]]
}

// addHits appends a hit for each ID of a code that was found.
func (o *owners) addHits(dst []Hit, f *found) []Hit {
	list := o.list(f.id)
	if list == nil {
		return append(dst, Hit{o.ids[f.id], f.distance})
	}
	for _, id := range list {
		dst = append(dst, Hit{id, f.distance})
	}
	return dst
}

// addFound is addHits for a query of a block.
func (o *owners) addFound(dst []found, f *found) []found {
	list := o.list(f.id)
	if list == nil {
		return append(dst, found{f.query, o.ids[f.id], f.distance})
	}
	for _, id := range list {
		dst = append(dst, found{f.query, id, f.distance})
	}
	return dst
}

// bytes is the memory that m holds, in bytes.
func (m *multi) bytes() int {
	n := len(m.codes)*int(unsafe.Sizeof([4]uint64{})) + 4*(len(m.owner.ids)+len(m.owner.starts)+len(m.owner.lists)) + 8*len(m.owner.shared)
	for i := range m.tables {
		t := &m.tables[i]
		n += 4*len(t.offsets) + len(t.planes) + len(t.rest) + len(t.packed) + len(t.seconds)
	}
	return n
}
