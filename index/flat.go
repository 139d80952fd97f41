package index

import "math/bits"

// Flat compares the query with every code. It is the plain engine that the others are measured and tested against, and
// the fastest where the radius is so large that nothing can be ruled out.
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

// Within implements Searcher. The hits are in the order of the codes.
func (f *Flat[C]) Within(dst []Hit, q C, radius int) []Hit {
	return scan(dst, f.codes, f.ids, 0, len(f.codes), q, radius)
}

// WithinBatch implements Searcher.
func (f *Flat[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	oneByOne(f, qs, radius, yield)
}

// Nearest implements Searcher.
func (f *Flat[C]) Nearest(dst []Hit, q C, k int) []Hit {
	top := newNearest(dst, k, width[C]())
	scanNearest(&top, f.codes, f.ids, 0, len(f.codes), q)
	return top.sorted()
}

// scan appends a hit for each of codes[lo:hi] that lies within the radius of q.
//
// The width is decided once per call, not per code: a loop over C itself would look its type up at every comparison.
func scan[C Code](dst []Hit, codes []C, ids []uint32, lo, hi int, q C, radius int) []Hit {
	if codes, ok := any(codes).([]uint64); ok {
		return scan64(dst, codes, ids, lo, hi, *any(&q).(*uint64), radius)
	}
	return scan256(dst, any(codes).([][4]uint64), ids, lo, hi, any(&q).(*[4]uint64), radius)
}

func scan64(dst []Hit, codes []uint64, ids []uint32, lo, hi int, q uint64, radius int) []Hit {
	for lo += first64(codes[lo:hi], q, radius); lo < hi; lo += first64(codes[lo:hi], q, radius) {
		dst = append(dst, Hit{idAt(ids, lo), uint32(bits.OnesCount64(codes[lo] ^ q))})
		lo++
	}
	return dst
}

// first64 is the position of the first code within the radius of q, or the number of codes. It stays a function of its
// own: in a loop that also appends, the compiler keeps on the stack what here is in registers, and takes thrice the time.
//
//go:noinline
func first64(codes []uint64, q uint64, radius int) int {
	for i, c := range codes {
		if bits.OnesCount64(c^q) <= radius {
			return i
		}
	}
	return len(codes)
}

func scan256(dst []Hit, codes [][4]uint64, ids []uint32, lo, hi int, q *[4]uint64, radius int) []Hit {
	for lo += first256(codes[lo:hi], q, radius); lo < hi; lo += first256(codes[lo:hi], q, radius) {
		dst = append(dst, Hit{idAt(ids, lo), uint32(Distance(codes[lo], *q))})
		lo++
	}
	return dst
}

// first256 works like first64.
//
//go:noinline
func first256(codes [][4]uint64, q *[4]uint64, radius int) int {
	q0, q1 := q[0], q[1]
	for i := range codes {
		c := &codes[i]
		// Half of the code says no to nearly all of them up to a radius of about 45.
		d := bits.OnesCount64(c[0]^q0) + bits.OnesCount64(c[1]^q1)
		if d <= radius && d+bits.OnesCount64(c[2]^q[2])+bits.OnesCount64(c[3]^q[3]) <= radius {
			return i
		}
	}
	return len(codes)
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
