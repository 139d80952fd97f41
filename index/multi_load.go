package index

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/index/internal/layout"
)

// multiName names a multi-index of codes of so many bits in bytes.
func multiName(codeBits int) string { return fmt.Sprintf("multi%d", codeBits) }

// AppendBinary implements encoding.BinaryAppender: it appends m in the form that LoadMulti takes. It returns no error.
func (m *Multi[C]) AppendBinary(dst []byte) ([]byte, error) { return m.m.appendBinary(dst), nil }

func (m *multi) appendBinary(dst []byte) []byte {
	w := layout.NewWriter(dst, multiName(m.bits))
	w.Uint(uint64(m.length))
	w.Uint(uint64(m.unique))
	w.Uint(uint64(len(m.tables)))
	w.Uint(secondFlag(m.second))
	for i := range m.tables {
		w.Uint(uint64(m.tables[i].width))
	}
	var order []uint8
	if m.order != nil {
		order = m.order.order
	}
	w.Uint(uint64(len(order)))
	layout.Append(w, order)
	o := &m.owner
	w.Uint(uint64(len(o.shared)))
	w.Uint(uint64(len(o.starts)))
	w.Uint(uint64(len(o.lists)))
	layout.Append(w, o.ids)
	layout.Append(w, o.shared)
	layout.Append(w, o.starts)
	layout.Append(w, o.lists)
	if m.bits == maxWidth {
		layout.Append(w, m.codes)
	}
	for i := range m.tables {
		t := &m.tables[i]
		layout.Append(w, t.offsets)
		layout.Append(w, t.planes)
		if m.bits == 64 {
			layout.Append(w, t.rest)
		}
		if m.second {
			layout.Append(w, t.seconds)
		}
		if m.bits == maxWidth && i > 0 {
			layout.Append(w, t.packed)
		}
	}
	return w.Finish()
}

func secondFlag(second bool) uint64 {
	if second {
		return 1
	}
	return 0
}

// LoadMulti returns the multi-index that AppendBinary wrote. It uses b, which must not change afterwards, and copies
// nothing that grows with the number of codes, provided that b begins at a multiple of 8 bytes and the machine is
// little-endian. Unless they are Trusted, every entry of every table is compared with its code, on all cores, so that bytes
// that somebody made give an error and not a wrong answer. All errors wrap ErrCorrupt.
func LoadMulti[C Code](b []byte, opts ...LoadOption) (*Multi[C], error) {
	r := layout.NewReader(b, multiName(width[C]()), isTrusted(opts))
	m, err := loadMulti(r, width[C]())
	if err == nil && !isTrusted(opts) {
		err = m.contradiction(r)
	}
	if err != nil {
		return nil, err
	}
	return &Multi[C]{m}, nil
}

func loadMulti(r *layout.Reader, codeBits int) (*multi, error) {
	m := &multi{bits: codeBits}
	m.length = int(r.Uint("codes", 0, math.MaxUint32))
	m.unique = int(r.Uint("different codes", 0, uint64(m.length)))
	n := uint64(m.unique)
	widths := make([]int, r.Uint("tables", 1, maxTables))
	m.second = r.Uint("second fingerprints", 0, secondFlag(codeBits == maxWidth)) == 1
	sum := 0
	for i := range widths {
		widths[i] = int(r.Uint("width of a table", leastPart, mostPart))
		sum += widths[i]
	}
	if r.Err() == nil && sum != codeBits {
		r.Fail("tables", 0, "their widths make %d bits, not %d", sum, codeBits)
	}
	ordered := r.Uint("order", 0, uint64(codeBits))
	order := layout.Slice[uint8](r, "order", ordered)
	m.owner.load(r, m)
	if codeBits == maxWidth {
		m.codes = layout.Slice[[4]uint64](r, "codes", n)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	if len(order) > 0 {
		checkOrder(r, order, codeBits)
		if r.Err() != nil {
			return nil, r.Err()
		}
		m.order = newPermutation(order)
	}
	m.divide(widths)
	for i := range m.tables {
		t := &m.tables[i]
		t.offsets = layout.Slice[uint32](r, "offsets", 1<<t.width+1)
		t.planes = layout.Slice[uint8](r, "fingerprints", 2*n+hamming.Pad)
		if codeBits == 64 {
			t.rest = layout.Slice[uint8](r, "rests", uint64(t.restSize())*n)
		}
		if m.second {
			t.seconds = layout.Slice[uint8](r, "second fingerprints", 2*n+hamming.Pad)
		}
		if codeBits == maxWidth && i > 0 {
			t.packed = layout.Slice[uint8](r, "positions", uint64(packedSize(m.unique)))
		}
		t.check(r, m.unique)
	}
	return m, r.End()
}

// load reads the owners of m's codes.
func (o *owners) load(r *layout.Reader, m *multi) {
	n := uint64(m.unique)
	shared := r.Uint("shared codes", 0, (n+63)/64)
	starts := r.Uint("lists", 0, n+1)
	lists := r.Uint("listed IDs", 0, uint64(m.length))
	o.ids = layout.Slice[uint32](r, "IDs", n)
	o.shared = layout.Slice[uint64](r, "shared codes", shared)
	o.starts = layout.Slice[uint32](r, "lists", starts)
	o.lists = layout.Slice[uint32](r, "listed IDs", lists)
	if r.Err() != nil {
		return
	}
	if (shared != 0 && shared != (n+63)/64) || (shared == 0) != (starts == 0) {
		r.Fail("shared codes", 0, "%d words for %d codes and %d lists", shared, n, starts)
		return
	}
	count := uint64(0)
	for i, word := range o.shared {
		for ; word != 0; word &= word - 1 {
			position := uint64(i*64 + bits.TrailingZeros64(word))
			if position >= n || uint64(o.ids[position]) != count {
				r.Fail("shared codes", 0, "code %d does not have the next list", position)
				return
			}
			count++
		}
	}
	if starts > 0 && (count+1 != starts || !ascending(o.starts, uint32(lists))) || n-count+lists != uint64(m.length) {
		r.Fail("lists", 0, "they do not add up to %d codes", m.length)
	}
}

// ascending tells that offsets begin at 0, never fall and end at end.
func ascending(offsets []uint32, end uint32) bool {
	last := uint32(0)
	for _, o := range offsets {
		if o < last {
			return false
		}
		last = o
	}
	return len(offsets) > 0 && offsets[0] == 0 && last == end
}

// checkOrder fails r unless order has each bit once.
func checkOrder(r *layout.Reader, order []uint8, codeBits int) {
	var seen [maxWidth]bool
	for _, bit := range order {
		if int(bit) >= codeBits || seen[bit] || len(order) != codeBits {
			r.Fail("order", 0, "it is no order of %d bits", codeBits)
			return
		}
		seen[bit] = true
	}
}

// check fails r unless the buckets of a table hold n entries, and sets what the planner knows of it.
func (t *multiTable) check(r *layout.Reader, n int) {
	if r.Err() != nil {
		return
	}
	if !ascending(t.offsets, uint32(n)) {
		r.Fail("offsets", 0, "the buckets do not divide %d codes", n)
		return
	}
	squares := uint64(0)
	for i := range 1 << t.width {
		size := uint64(t.offsets[i+1] - t.offsets[i])
		squares += size * size
	}
	t.measure(n, squares)
}
