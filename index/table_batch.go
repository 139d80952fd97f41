package index

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"unsafe"

	"github.com/hashmatch/engine/index/internal/blocked"
)

const (
	// tableBlock is the number of keys that are looked up before their IDs are handed out.
	tableBlock = 4096
	// inFlight is the number of keys whose buckets are fetched at the same time.
	inFlight = 32
)

// span is the keys of a table, lo to hi-1, that equal one of a batch.
type span struct{ query, lo, hi uint32 }

// tableBuffer holds the answers to a block of keys.
type tableBuffer struct {
	passed []uint32 // keys that the filter let through
	spans  []span
	ids    []uint32
}

var tableBuffers = sync.Pool{New: func() any { return new(tableBuffer) }}

// LookupBatch looks up keys, which lie one after the other, and calls yield for each that the table has, in the order of
// keys: with its number among them and its IDs, ascending. Absent keys are passed over. The IDs are valid until yield
// returns and must not be changed. It ends when yield returns false. Looking up many keys in one call is several times
// faster than looking up each, as their accesses to memory overlap; large batches use all cores, but yield is called on
// the caller's goroutine. It panics when keys is no whole number of keys.
func (t *Table) LookupBatch(keys []byte, yield func(i int, ids []uint32) bool) {
	if len(keys)%t.width != 0 {
		panic(fmt.Sprintf("index: %d bytes are no whole number of keys of %d bytes", len(keys), t.width))
	}
	size := tableBlock * t.width
	blocks := (len(keys) + size - 1) / size
	if workers := min(runtime.GOMAXPROCS(0), blocks); workers > 1 {
		parallel(workers, blocks, func(i int) *tableBuffer {
			b := tableBuffers.Get().(*tableBuffer)
			t.findAll(b, keys[i*size:min((i+1)*size, len(keys))])
			return b
		}, func(i int, b *tableBuffer) bool {
			defer tableBuffers.Put(b)
			return t.yield(b, i*tableBlock, yield)
		})
		return
	}
	b := tableBuffers.Get().(*tableBuffer)
	defer tableBuffers.Put(b)
	for i := range blocks {
		t.findAll(b, keys[i*size:min((i+1)*size, len(keys))])
		if !t.yield(b, i*tableBlock, yield) {
			return
		}
	}
}

// yield hands out the answers in b, to keys that are numbered from first.
func (t *Table) yield(b *tableBuffer, first int, yield func(i int, ids []uint32) bool) bool {
	for _, s := range b.spans {
		var ids []uint32
		if t.ids != nil {
			ids = t.ids[s.lo:s.hi:s.hi]
		} else {
			b.ids = t.appendIDs(b.ids[:0], int(s.lo), int(s.hi))
			ids = b.ids
		}
		if !yield(first+int(s.query), ids) {
			return false
		}
	}
	return true
}

// findAll sets b.spans to those of keys.
func (t *Table) findAll(b *tableBuffer, keys []byte) {
	b.passed = t.filter.TestBatch(b.passed[:0], keys, t.width)
	b.spans = b.spans[:0]
	for passed := b.passed; len(passed) > 0; {
		n := min(inFlight, len(passed))
		b.spans = t.findGroup(b.spans, keys, passed[:n])
		passed = passed[n:]
	}
}

// findGroup appends the spans of keys whose numbers are in passed, at most inFlight. It asks memory first for the starts
// of all their buckets, then for where each key should be, and then looks.
func (t *Table) findGroup(dst []span, keys []byte, passed []uint32) []span {
	var buckets, rests [inFlight]uint64
	var lines [2 * inFlight]uint64
	n := len(passed)
	for i, q := range passed {
		buckets[i], rests[i] = bits.Mul64(prefix(keys[int(q)*t.width:]), t.buckets)
		lines[i] = buckets[i] * 4
	}
	blocked.Fetch(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.starts))), 4*len(t.starts)), lines[:n])
	for i := range passed {
		start, end := t.starts[buckets[i]], t.starts[buckets[i]+1]
		lines[2*i], lines[2*i+1] = t.linesOf(int(start), int(end), rests[i])
	}
	blocked.Fetch(t.keys, lines[:2*n])
	for i, q := range passed {
		key := keys[int(q)*t.width:][:t.width]
		bucket := buckets[i]
		lo, hi := t.findIn(key, int(t.starts[bucket]), int(t.starts[bucket+1]), rests[i])
		if lo < hi {
			dst = append(dst, span{q, uint32(lo), uint32(hi)})
		}
	}
	return dst
}
