package index

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Batches of every length around a group's and a block's, on any number of cores, find what single look-ups find.
func TestTableBatchLengths(t *testing.T) {
	rnd := testkit.Rand(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const n = 20_000
	looked := 0
	for _, cores := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(cores)
		for _, width := range []int{16, 20, 32} {
			keys := randomKeys(rnd, n, width)
			table := NewTable(keys, width, nil)
			want := map[string][]uint32{}
			for i := range n {
				key := string(keys[i*width:][:width])
				want[key] = append(want[key], uint32(i))
			}
			mixed := between(rnd, keys, width)
			for _, length := range []int{0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 129, tableBlock - 1, tableBlock, tableBlock + 1, 3 * tableBlock, 2 * n} {
				looked += length
				checkBatch(t, fmt.Sprintf("%d cores, %d keys of %d", cores, length, width), table, mixed[:length*width], want)
			}
		}
	}
	testkit.AtLeast(t, 500_000, looked, "look-ups")
}

// A batch ends where yield says, wherever that is, and panics of yield come through. TestMain sees that no goroutine stays.
func TestTableBatchEndsEarly(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 6 * tableBlock, 16
	keys := randomKeys(rnd, n, width)
	table := NewTable(keys, width, nil)
	for _, last := range []int{0, 1, tableBlock - 1, tableBlock, 3*tableBlock + 7, n - 1} {
		calls := 0
		table.LookupBatch(keys, func(i int, _ []uint32) bool {
			if i != calls {
				t.Fatalf("key %d was handed out as number %d", i, calls)
			}
			calls++
			return i < last
		})
		if calls != last+1 {
			t.Errorf("yield said no to key %d and was called %d times", last, calls)
		}
		func() {
			defer func() {
				if got := recover(); got != "yield's own" {
					t.Errorf("the panic of yield became %v", got)
				}
			}()
			table.LookupBatch(keys, func(i int, _ []uint32) bool {
				if i == last {
					panic("yield's own")
				}
				return true
			})
		}()
	}
}

// A table, and batches in it, may be used by many at once, also from within yield.
func TestTableConcurrently(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 3 * tableBlock, 20
	keys := randomKeys(rnd, n, width)
	table := NewTable(keys, width, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			found := 0
			table.LookupBatch(keys, func(i int, ids []uint32) bool {
				kept := slices.Clone(ids)
				if i%1000 == 0 {
					table.LookupBatch(keys[:100*width], func(int, []uint32) bool { return true })
					if got := table.Lookup(nil, keys[i*width:][:width]); !slices.Equal(got, kept) {
						t.Errorf("key %d has the ids %v, in a batch %v", i, got, kept)
					}
				}
				if !slices.Equal(ids, kept) {
					t.Errorf("the ids of key %d changed under yield", i)
				}
				found++
				return true
			})
			if found != n {
				t.Errorf("%d of %d keys found", found, n)
			}
		})
	}
	wg.Wait()
}

// Building on any number of cores gives the same bytes.
func TestTableBuildIsDeterministic(t *testing.T) {
	rnd := testkit.Rand(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const n, width = 100_000, 20
	keys := randomKeys(rnd, n, width)
	copy(keys[:n/2*width], keys[n/2*width:]) // every key twice
	ids := randomIDs(rnd, n, n)
	var want []byte
	for _, cores := range []int{1, 2, 3, 8} {
		runtime.GOMAXPROCS(cores)
		got, err := NewTable(keys, width, ids).AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d cores build another table", cores)
		}
	}
}
