package index

import (
	"runtime"
	"sync"
)

// found is one hit of a block of queries, before it is put in order.
type found struct{ query, id, distance uint32 }

// blockEngine answers a block of queries at once.
type blockEngine[C Code] interface {
	Searcher[C]
	// blockSize is the number of queries to answer at once when there are n.
	blockSize(n, radius int) int
	// block appends the hits of all queries, numbered from 0 in qs, in any order. When there are more than mostHits it may
	// stop: what it returns is then incomplete, and not ok.
	block(dst []found, qs []C, radius int) (hits []found, ok bool)
}

// mostHits is how many hits of a block may wait in memory.
const mostHits = 1 << 22

// blockHits are the answers to one block of queries, unless there were too many.
type blockHits struct {
	ok    bool
	found []found
	hits  []Hit    // the same in the order of queries
	ends  []uint32 // where the hits of each query end
}

var blockPool = sync.Pool{New: func() any { return new(blockHits) }}

// batch answers queries in blocks on all cores, as many at once as GOMAXPROCS allows, and yields in order. Answers
// wait in memory for at most one block per core; a block with too many of them, as when many queries meet a picture that
// a set has a hundred thousand times, is answered query by query. When yield ends it early, or panics, no goroutine is
// left.
func batch[C Code](s blockEngine[C], qs []C, radius int, yield func(q int, hits []Hit) bool) {
	size := s.blockSize(len(qs), radius)
	answer := func(i int) *blockHits {
		b := blockPool.Get().(*blockHits)
		block := qs[i*size : min((i+1)*size, len(qs))]
		if b.found, b.ok = s.block(b.found[:0], block, radius); b.ok {
			b.order(len(block))
		}
		return b
	}
	deliver := func(i int, b *blockHits) bool {
		defer blockPool.Put(b)
		if !b.ok {
			for q := i * size; q < min((i+1)*size, len(qs)); q++ {
				if b.hits = s.Within(b.hits[:0], qs[q], radius); !yield(q, b.hits) {
					return false
				}
			}
			return true
		}
		from := uint32(0)
		for q, end := range b.ends {
			if !yield(i*size+q, b.hits[from:end:end]) {
				return false
			}
			from = end
		}
		return true
	}
	parallel(runtime.GOMAXPROCS(0), (len(qs)+size-1)/size, answer, deliver)
}

// eachAlone is block for an engine that shares no work between queries: within appends the hits of one.
func eachAlone[C Code](dst []found, qs []C, within func(dst []Hit, q C) []Hit) (hits []found, ok bool) {
	buf := hitPool.Get().(*[]Hit)
	defer hitPool.Put(buf)
	for i, q := range qs {
		*buf = within((*buf)[:0], q)
		for _, h := range *buf {
			dst = append(dst, found{uint32(i), h.ID, h.Distance})
		}
		if len(dst) > mostHits {
			return dst, false
		}
	}
	return dst, true
}

// blockCost is what a block should take at least, in picoseconds, so that handing it to another core is little beside it.
const blockCost = 100_000_000

// blockQueries is the number of queries of a block when there are n of a cost in picoseconds: at most most, and so few
// that every core gets some, unless they are soon done by one.
func blockQueries(n, most int, cost uint64) int {
	workers := runtime.GOMAXPROCS(0)
	least := min(uint64(most), blockCost/max(1, cost)+1)
	return max(int(least), min(most, (n+workers-1)/workers))
}

// order sorts what was found by queries, of which there are n, and keeps the order inside each.
func (b *blockHits) order(n int) {
	b.ends = append(b.ends[:0], make([]uint32, n+1)...) // one more: the counts stand one place behind
	for i := range b.found {
		b.ends[b.found[i].query+1]++
	}
	for q := range n {
		b.ends[q+1] += b.ends[q]
	}
	if cap(b.hits) < len(b.found) {
		b.hits = make([]Hit, len(b.found))
	}
	b.hits = b.hits[:len(b.found)]
	for i := range b.found {
		f := &b.found[i]
		b.hits[b.ends[f.query]] = Hit{f.id, f.distance}
		b.ends[f.query]++
	}
	b.ends = b.ends[:n]
}

// parallel does the work of 0 to n-1, so many at once, and hands the results to deliver in order, on the caller's
// goroutine. It stops when deliver returns false, and leaves no goroutine however it ends. A panic of work becomes the
// caller's.
func parallel[T any](workers, n int, work func(i int) T, deliver func(i int, result T) bool) {
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			if !deliver(i, work(i)) {
				return
			}
		}
		return
	}
	type outcome struct {
		result   T
		panicked any
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	defer wg.Wait()
	defer close(stop)
	queue := make(chan chan outcome, workers-1) // in order; one more is being waited for, so that workers are at work
	wg.Go(func() {
		defer close(queue)
		for i := range n {
			c := make(chan outcome, 1)
			select {
			case queue <- c:
			case <-stop:
				return
			}
			wg.Go(func() {
				var o outcome
				defer func() {
					o.panicked = recover()
					c <- o
				}()
				o.result = work(i)
			})
		}
	})
	i := 0
	for c := range queue {
		o := <-c
		if o.panicked != nil {
			panic(o.panicked)
		}
		if !deliver(i, o.result) {
			return
		}
		i++
	}
}
