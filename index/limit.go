package index

import "sync"

// Limiter is what engines offer beside Searcher: at most so many hits for each query, and the number of the others. Flat
// pictures and other hubs may have thousands of near codes; who shows twenty of them need not hold all.
type Limiter[C Code] interface {
	// WithinLimit appends the limit smallest hits within the radius by (Distance, ID) to dst, in that order, and returns
	// the extended slice and how many hits more there are within the radius, exactly. A limit of 0 or less only counts.
	WithinLimit(dst []Hit, q C, radius, limit int) (hits []Hit, more int)

	// WithinBatchLimit answers many queries in the same way; its calls of yield are those of WithinBatch.
	WithinBatchLimit(qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool)
}

// hitPool holds buffers for all hits of a query from which few are kept.
var hitPool = sync.Pool{New: func() any { return new([]Hit) }}

// withinLimit is WithinLimit of any engine.
func withinLimit[C Code](s Searcher[C], dst []Hit, q C, radius, limit int) (hits []Hit, more int) {
	buf := hitPool.Get().(*[]Hit)
	defer hitPool.Put(buf)
	*buf = s.Within((*buf)[:0], q, radius)
	return smallest(dst, *buf, limit)
}

// withinBatchLimit is WithinBatchLimit of any engine.
func withinBatchLimit[C Code](s Searcher[C], qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool) {
	var kept []Hit
	s.WithinBatch(qs, radius, func(q int, hits []Hit) bool {
		var more int
		kept, more = smallest(kept[:0], hits, limit)
		return yield(q, kept, more)
	})
}

// smallest appends the limit smallest of hits to dst and returns how many are left.
func smallest(dst, hits []Hit, limit int) (kept []Hit, more int) {
	limit = max(0, limit)
	top := newNearest(dst, limit, maxWidth)
	if limit > 0 {
		for _, h := range hits {
			if int(h.Distance) <= top.limit {
				top.add(h)
			}
		}
	}
	return top.sorted(), max(0, len(hits)-limit)
}
