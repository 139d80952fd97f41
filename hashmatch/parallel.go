package hashmatch

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel does n pieces of work on all cores. Each core has a worker of its own, which newWorker makes.
func inParallel(n int, newWorker func() func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		work := newWorker()
		for i := range n {
			work(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			work := newWorker()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wg.Wait()
}

// checkParallel checks n pieces on all cores and returns the fault of the lowest that has one, so that the same bytes
// always give the same error.
func checkParallel(n int, check func(i int) error) error {
	faults := make([]error, n)
	var faulty atomic.Int64 // the lowest so far; those behind it need no check
	faulty.Store(int64(n))
	inParallel(n, func() func(int) {
		return func(i int) {
			if int64(i) > faulty.Load() {
				return
			}
			if faults[i] = check(i); faults[i] != nil {
				for old := faulty.Load(); int64(i) < old && !faulty.CompareAndSwap(old, int64(i)); old = faulty.Load() {
				}
			}
		}
	})
	if i := faulty.Load(); i < int64(n) {
		return faults[i]
	}
	return nil
}
