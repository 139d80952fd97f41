package index

import (
	"math/bits"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/index/internal/layout"
)

// Flat compares the query with every code. It is the plain engine that the others are measured and tested against, and
// the fastest where there are few codes or the radius is so large that nothing can be ruled out.
//
// One query costs what it takes to read the codes from memory. A batch reads them once for hundreds of queries: with a
// million codes of 256 bits, a query at a radius of 31 then takes a tenth of that. How is told at hamming.Block.
type Flat[C Code] struct {
	codes []C
	ids   []uint32 // nil: codes are found by position
}

// NewFlat makes a searcher that scans codes; codes[i] is found as ids[i], or as i when ids is nil. It copies nothing. It
// panics when the lengths differ, or when there are more codes than an ID can number.
func NewFlat[C Code](codes []C, ids []uint32) *Flat[C] {
	checkIDs("codes", len(codes), ids)
	return &Flat[C]{codes, ids}
}

// Len is the number of codes, duplicates counted.
func (f *Flat[C]) Len() int { return len(f.codes) }

// bytes is the memory that codes and IDs take.
func (f *Flat[C]) bytes() int { return len(f.codes)*width[C]()/8 + 4*len(f.ids) }

// Within implements Searcher. The hits are in the order of the codes.
func (f *Flat[C]) Within(dst []Hit, q C, radius int) []Hit {
	return scan(dst, f.codes, f.ids, 0, len(f.codes), q, radius)
}

// Nearest implements Searcher.
func (f *Flat[C]) Nearest(dst []Hit, q C, k int) []Hit {
	top := newNearest(dst, k, width[C]())
	scanNearest(&top, f.codes, f.ids, 0, len(f.codes), q)
	return top.sorted()
}

// WithinLimit implements Limiter. It holds no more hits than the limit.
func (f *Flat[C]) WithinLimit(dst []Hit, q C, radius, limit int) (hits []Hit, more int) {
	top := newNearest(dst, limit, width[C]())
	all := scanLimit(&top, f.codes, f.ids, 0, len(f.codes), q, radius)
	return top.sorted(), all - max(0, min(all, limit))
}

// WithinBatchLimit implements Limiter.
func (f *Flat[C]) WithinBatchLimit(qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool) {
	withinBatchLimit(f, qs, radius, limit, yield)
}

// scanRoom is the number of codes that a kernel may find before they are taken from it.
const scanRoom = 32

// nearCodes writes the positions of codes within the radius of q to dst as hamming.Scan64 does.
//
// The width is decided once per call, not per code: a loop over C itself would look its type up at every comparison.
func nearCodes[C Code](dst []hamming.Found, codes []C, q *C, radius int) (n, done int) {
	if codes, ok := any(codes).([]uint64); ok {
		return hamming.Scan64(dst, codes, *any(q).(*uint64), radius)
	}
	return hamming.Scan256(dst, any(codes).([][4]uint64), any(q).(*[4]uint64), radius)
}

// scan appends a hit for each of codes[lo:hi] that lies within the radius of q.
func scan[C Code](dst []Hit, codes []C, ids []uint32, lo, hi int, q C, radius int) []Hit {
	var room [scanRoom]hamming.Found
	for lo < hi {
		n, done := nearCodes(room[:], codes[lo:hi], &q, radius)
		for _, f := range room[:n] {
			dst = append(dst, Hit{idAt(ids, lo+int(f.Position)), f.Distance})
		}
		lo += done
	}
	return dst
}

// scanNearest offers codes[lo:hi], of which it looks for those within the limit, which falls with what is found: a range
// search with a radius that shrinks.
func scanNearest[C Code](top *nearest, codes []C, ids []uint32, lo, hi int, q C) {
	var room [scanRoom]hamming.Found
	for lo < hi {
		n, done := nearCodes(room[:], codes[lo:hi], &q, top.limit)
		for _, f := range room[:n] {
			if int(f.Distance) <= top.limit {
				top.add(Hit{idAt(ids, lo+int(f.Position)), f.Distance})
			}
		}
		lo += done
	}
}

// scanLimit offers those of codes[lo:hi] that lie within the radius and returns how many there are.
func scanLimit[C Code](top *nearest, codes []C, ids []uint32, lo, hi int, q C, radius int) (all int) {
	var room [scanRoom]hamming.Found
	for lo < hi {
		n, done := nearCodes(room[:], codes[lo:hi], &q, radius)
		for _, f := range room[:n] {
			if int(f.Distance) <= top.limit {
				top.add(Hit{idAt(ids, lo+int(f.Position)), f.Distance})
			}
		}
		all += n
		lo += done
	}
	return all
}

// idAt is the ID of the i-th code.
func idAt(ids []uint32, i int) uint32 {
	if ids == nil {
		return uint32(i)
	}
	return ids[i]
}

// distances sets dst[i] to the distance between q and codes[i].
func distances[C Code](dst []uint16, codes []C, q C) {
	switch codes := any(codes).(type) {
	case []uint64:
		q := *any(&q).(*uint64)
		for i, c := range codes {
			dst[i] = uint16(bits.OnesCount64(c ^ q))
		}
	case [][4]uint64:
		q := any(&q).(*[4]uint64)
		for i := range codes {
			dst[i] = uint16(Distance(codes[i], *q))
		}
	}
}

// flatName names the engine in its bytes.
func flatName[C Code]() string {
	if width[C]() == 64 {
		return "flat64"
	}
	return "flat256"
}

// AppendBinary implements encoding.BinaryAppender. It cannot fail.
func (f *Flat[C]) AppendBinary(dst []byte) ([]byte, error) {
	w := layout.NewWriter(dst, flatName[C]())
	w.Uint(uint64(len(f.codes)))
	w.Uint(uint64(len(f.ids)))
	layout.Append(w, f.codes)
	layout.Append(w, f.ids)
	return w.Finish(), nil
}

// LoadFlat makes a searcher of what AppendBinary wrote. It uses the codes where they lie in b, which must not change
// while the searcher is in use, or copies them where that is not possible. Errors wrap ErrCorrupt.
func LoadFlat[C Code](b []byte, opts ...LoadOption) (*Flat[C], error) {
	r := layout.NewReader(b, flatName[C](), isTrusted(opts))
	codes, ids := loadCodes[C](r)
	if err := r.End(); err != nil {
		return nil, err
	}
	return &Flat[C]{codes, ids}, nil
}

// loadCodes reads codes and their IDs, of which there are as many or none.
func loadCodes[C Code](r *layout.Reader) (codes []C, ids []uint32) {
	n := r.Uint("number of codes", 0, 1<<32-1)
	named := r.Uint("number of ids", 0, n)
	if named != 0 && named != n {
		r.Fail("number of ids", 0, "%d for %d codes", named, n)
	}
	return layout.Slice[C](r, "codes", n), layout.Slice[uint32](r, "ids", named)
}
