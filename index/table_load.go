package index

import (
	"bytes"
	"math"
	"sync"

	"github.com/hashmatch/engine/index/internal/blocked"
	"github.com/hashmatch/engine/index/internal/layout"
)

// tableName is what a table is called in bytes.
const tableName = "table"

// AppendBinary appends the table to dst, for LoadTable. It never fails. Tables of the same keys, IDs and secret have the
// same bytes. A secret itself is not among them, but what the filter made of it is, as are the keys.
func (t *Table) AppendBinary(dst []byte) ([]byte, error) {
	w := layout.NewWriter(dst, tableName)
	w.Uint(uint64(t.width))
	w.Uint(uint64(t.Len()))
	w.Uint(uint64(len(t.ids)))
	w.Uint(t.buckets)
	w.Uint(uint64(len(t.filter.Words()) / blocked.Words))
	layout.Append(w, t.seed[:])
	layout.Append(w, t.filter.Words())
	layout.Append(w, t.starts)
	layout.Append(w, t.keys)
	layout.Append(w, t.ids)
	return w.Finish(), nil
}

// LoadTable makes a table of what AppendBinary wrote. It copies nothing that grows with the number of keys, if b begins
// at a multiple of 8 and the machine is little-endian, and look-ups are fastest if it begins at one of 64. So b must stay
// as it is while the table is used. All of b is checked, on all cores: the table then answers as the one that was written,
// even if the bytes were changed by somebody who made the checksum anew, or as that of other keys. Errors wrap ErrCorrupt.
//
// Trusted leaves out looking at the filter, the keys and the IDs, which are then not even read from a file that b maps.
func LoadTable(b []byte, opts ...LoadOption) (*Table, error) {
	trusted := isTrusted(opts)
	r := layout.NewReader(b, tableName, trusted)
	t := &Table{width: int(r.Uint("width", 16, 32))}
	if !isWidth(t.width) {
		r.Fail("width", 0, "keys of %d bytes", t.width)
	}
	n := r.Uint("keys", 0, math.MaxUint32)
	ids := r.Uint("ids", 0, n)
	if ids != 0 && ids != n {
		r.Fail("ids", 0, "%d for %d keys", ids, n)
	}
	t.buckets = r.Uint("buckets", 1, max(1, n))
	blocks := r.Uint("filter's blocks", 1, max(1, n))
	copy(t.seed[:], layout.Slice[uint8](r, "filter's seed", 32))
	words := layout.Slice[uint64](r, "filter", blocks*blocked.Words)
	t.starts = layout.Slice[uint32](r, "starts", t.buckets+1)
	t.keys = layout.Slice[uint8](r, "keys", n*uint64(t.width))
	t.ids = layout.Slice[uint32](r, "ids", ids)
	if err := r.End(); err != nil {
		return nil, err
	}
	t.filter = blocked.Of(words, t.seed)
	t.checkStarts(r)
	if !trusted && r.Err() == nil {
		t.check(r)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// checkStarts checks that the buckets are ranges of the keys, one after the other. No look-up leaves the keys then.
func (t *Table) checkStarts(r *layout.Reader) {
	before := uint32(0)
	for b, start := range t.starts {
		if start < before || uint64(start) > uint64(t.Len()) || b == 0 && start != 0 {
			r.Fail("starts", 4*b, "bucket %d begins at key %d of %d, the one before it at %d", b, start, t.Len(), before)
			return
		}
		before = start
	}
	if int(before) != t.Len() {
		r.Fail("starts", 4*len(t.starts), "the last bucket ends at key %d of %d", before, t.Len())
	}
}

// check checks all that makes answers right: every key lies in its bucket, none before a smaller one, and passes the
// filter; IDs of equal keys ascend.
func (t *Table) check(r *layout.Reader) {
	var mu sync.Mutex
	eachPart(t.Len(), 1<<12, func(from, to int) {
		if i, what := t.firstFault(from, to); what != "" {
			mu.Lock()
			defer mu.Unlock()
			r.Fail("keys", i*t.width, "key %d of %d %s", i, t.Len(), what)
		}
	})
}

// firstFault returns the first of the keys from to to-1 with which something is wrong, and what.
func (t *Table) firstFault(from, to int) (i int, what string) {
	var passed []uint32
	for first := from; first < to; first += tableBlock {
		last := min(to, first+tableBlock)
		for i := first; i < last; i++ {
			if b := t.bucketOf(i); i < int(t.starts[b]) || i >= int(t.starts[b+1]) {
				return i, "is in another's bucket"
			}
			if i == 0 {
				continue
			}
			switch bytes.Compare(t.key(i-1), t.key(i)) {
			case 1:
				return i, "is less than the one before it"
			case 0:
				if t.ids != nil && t.ids[i-1] > t.ids[i] {
					return i, "equals the one before it, whose id is greater"
				}
			}
		}
		passed = t.filter.TestBatch(passed[:0], t.keys[first*t.width:last*t.width], t.width)
		if len(passed) < last-first {
			return first, "or one of those that follow it is not in the filter"
		}
	}
	return to, ""
}
