package index

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Work of any number of workers is delivered in order, once, and by the goroutine that asked for it.
func TestParallelDeliversInOrder(t *testing.T) {
	cases := 0
	for _, workers := range []int{0, 1, 2, 3, 8} {
		for _, n := range []int{0, 1, 2, 3, 7, 100} {
			next := 0
			parallel(workers, n, func(i int) int { return i * i }, func(i, square int) bool {
				if i != next || square != i*i {
					t.Errorf("%d workers, %d tasks: task %d with %d was delivered, want task %d", workers, n, i, square, next)
				}
				next++
				return true
			})
			if next != n {
				t.Errorf("%d workers, %d tasks: %d were delivered", workers, n, next)
			}
			cases++
		}
	}
	testkit.AtLeast(t, 30, cases, "cases")
}

// When the caller has seen enough no more work is begun than was under way, and none goes on behind its back; the test
// of leaks at the end of the package would see a goroutine.
func TestParallelStops(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		var begun, running atomic.Int32
		parallel(workers, 1000, func(i int) int {
			begun.Add(1)
			running.Add(1)
			runtime.Gosched()
			running.Add(-1)
			return i
		}, func(i, _ int) bool { return i < 3 })
		if running.Load() != 0 || int(begun.Load()) > 4+2*workers {
			t.Errorf("%d workers: %d tasks were begun, %d still run", workers, begun.Load(), running.Load())
		}
	}
}

// A panic in a task, or in its delivery, reaches the caller, who may go on.
func TestParallelPanics(t *testing.T) {
	for _, workers := range []int{1, 4} {
		for _, where := range []string{"work", "deliver"} {
			got := func() (p any) {
				defer func() { p = recover() }()
				parallel(workers, 50, func(i int) int {
					if where == "work" && i == 7 {
						panic(fmt.Sprint(where, i))
					}
					return i
				}, func(i, _ int) bool {
					if where == "deliver" && i == 7 {
						panic(fmt.Sprint(where, i))
					}
					return true
				})
				return nil
			}()
			if want := where + "7"; got != want {
				t.Errorf("%d workers: panic %v, want %s", workers, got, want)
			}
		}
	}
}

// Hits of a block are put in the order of its queries, those without any included.
func TestBlockOrder(t *testing.T) {
	var b blockHits
	for range 2 { // buffers are used again
		b.found = append(b.found[:0], found{3, 30, 1}, found{0, 1, 2}, found{3, 31, 0}, found{1, 10, 5})
		b.order(5)
		if got, want := fmt.Sprint(b.hits, b.ends), "[{1 2} {10 5} {30 1} {31 0}] [1 2 2 4 4]"; got != want {
			t.Errorf("order %s, want %s", got, want)
		}
	}
}

// Large batches are the same on one core and on several.
func TestBatchOnAllCores(t *testing.T) {
	rnd := testkit.Rand(t)
	codes := clustered[uint64](rnd, 3000)
	qs := make([]uint64, 5000/raceSlowdown)
	for i := range qs {
		qs[i] = near(rnd, codes[rnd.IntN(len(codes))], 3)
	}
	for _, e := range []engine[uint64]{{"Flat", NewFlat(codes, nil)}, {"Multi", NewMulti(codes, nil)}, {"Index", New(codes, nil)}} {
		var want [][2]uint64
		for _, cores := range []int{1, 2, 7} {
			before := runtime.GOMAXPROCS(cores)
			var got [][2]uint64
			e.WithinBatch(qs, 8, func(i int, hits []Hit) bool {
				got = append(got, fingerprint(hits))
				return true
			})
			runtime.GOMAXPROCS(before)
			if want == nil {
				want = got
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s on %d cores answers otherwise than on one", e.name, cores)
			}
		}
		if len(want) != len(qs) {
			t.Errorf("%s answered %d queries of %d", e.name, len(want), len(qs))
		}
	}
}

// More hits than may wait in memory are answered query by query, and none is lost.
func TestTooManyHits(t *testing.T) {
	if testkit.Race {
		t.Skip("it starts no goroutine that others do not, and would take minutes")
	}
	n := 40_000
	rnd := testkit.Rand(t)
	codes := append(fill[uint64](n, 7), uniform[uint64](rnd, 2000)...)
	qs := append(fill[uint64](mostHits/n+60, 7), codes[n:n+40]...) // more than mostHits together
	live := NewMutable(codes, nil)
	defer live.Close()
	for _, e := range []engine[uint64]{
		{"Flat", NewFlat(codes, nil)}, {"BKTree", NewBKTree(codes, nil)}, {"Multi", NewMulti(codes, nil)}, {"Index", New(codes, nil)}, {"Mutable", live},
	} {
		answered, sum := 0, 0
		e.WithinBatch(qs, 0, func(q int, hits []Hit) bool {
			if q != answered {
				t.Fatalf("%s: query %d was answered, want %d", e.name, q, answered)
			}
			answered++
			sum += len(hits)
			return true
		})
		if want := n*(mostHits/n+60) + 40; answered != len(qs) || sum != want {
			t.Errorf("%s: %d queries have %d hits, want %d with %d", e.name, answered, sum, len(qs), want)
		}
	}
	if _, ok := NewMulti(codes, nil).block(nil, qs, 0); ok {
		t.Error("a block with too many hits is said to be whole")
	}
}

// No queries, or a radius that finds nothing, are no work, however large the set is.
func TestEmptyBatches(t *testing.T) {
	if testkit.Race {
		t.Skip("it starts no goroutine that others do not, and would take minutes")
	}
	codes := make([]uint64, 5_000_000)
	asked := 0
	for _, e := range []engine[uint64]{{"Flat", NewFlat(codes, nil)}, {"Multi", NewMulti(codes[:5000], nil)}, {"BKTree", NewBKTree(codes[:5000], nil)}} {
		e.WithinBatch(nil, 3, func(int, []Hit) bool { t.Errorf("%s: a query that was not asked", e.name); return true })
		e.WithinBatch([]uint64{1, 2}, -1, func(int, []Hit) bool { asked++; return true })
	}
	testkit.AtLeast(t, 6, asked, "queries")
}
