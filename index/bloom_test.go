package index

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashmatch/engine/internal/testkit"
)

// Additions, deletions and look-ups in any order answer as a map does, and so does the table that is made of them.
func TestGrowingAgreesWithMap(t *testing.T) {
	rnd := testkit.Rand(t)
	steps := 0
	for _, width := range []int{16, 20, 32} {
		g := NewGrowing(width)
		want := map[string][]uint32{}
		total := 0
		pool := randomKeys(rnd, 9000, width)
		check := func(key []byte, table *Table) {
			expect := slices.Clone(want[string(key)])
			slices.Sort(expect)
			if got := g.Lookup([]uint32{77}, key); got[0] != 77 || !slices.Equal(got[1:], expect) {
				t.Fatalf("key %x has the ids %v, want %v", key, got[1:], expect)
			}
			if table != nil && !slices.Equal(table.Lookup(nil, key), expect) {
				t.Fatalf("key %x has the ids %v in the table, want %v", key, table.Lookup(nil, key), expect)
			}
		}
		for range 60_000 {
			key := pool[rnd.IntN(9000)*width:][:width]
			if rnd.IntN(10) == 0 {
				key = pool[:width] // one key has many
			}
			id := rnd.Uint32N(50)
			switch rnd.IntN(4) {
			case 0:
				kept := slices.DeleteFunc(slices.Clone(want[string(key)]), func(have uint32) bool { return have == id })
				if got, expect := g.Delete(key, id), len(want[string(key)])-len(kept); got != expect {
					t.Fatalf("%d were deleted, want %d", got, expect)
				}
				total -= len(want[string(key)]) - len(kept)
				want[string(key)] = kept
			case 1:
				check(key, nil)
			default:
				g.Add(key, id)
				want[string(key)] = append(want[string(key)], id)
				total++
			}
			if g.Len() != total {
				t.Fatalf("length %d, want %d", g.Len(), total)
			}
			steps++
		}
		testkit.AtLeast(t, 3, len(*g.parts.Load()), "segments")
		table := g.Table()
		if table.Len() != total {
			t.Errorf("a table of %d keys, want %d", table.Len(), total)
		}
		for i := range 9000 {
			key := slices.Clone(pool[i*width:][:width])
			check(key, table)
			key[width-1] ^= 1
			check(key, table)
		}
	}
	testkit.AtLeast(t, 180_000, steps, "steps")
}

// A million IDs of one key cost no more than as many keys: an empty file's digest has as many names.
func TestGrowingOfOneKey(t *testing.T) {
	const n = 200_000
	g := NewGrowing(20)
	key := make([]byte, 20)
	for i := range n {
		g.Add(key, uint32(n-i))
	}
	ids := g.Lookup(nil, key)
	if len(ids) != n || ids[0] != 1 || ids[n-1] != n {
		t.Errorf("%d ids", len(ids))
	}
}

// Readers see each addition whole: whoever is told that a key was added finds it, at once, with its ID, while segments
// fill up and keys are deleted beside it.
func TestGrowingConcurrently(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 30_000, 16
	keys := randomKeys(rnd, n, width)
	g := NewGrowing(width)
	var added atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			g.Add(keys[i*width:][:width], uint32(i))
			g.Add(keys[i*width:][:width], uint32(i)+n)
			g.Delete(keys[i*width:][:width], uint32(i)+n)
			added.Store(int64(i + 1))
		}
	})
	var looked atomic.Int64
	for range 3 {
		rnd := rand.New(rand.NewPCG(rnd.Uint64(), 0))
		wg.Go(func() {
			var ids []uint32
			for {
				before := int(added.Load())
				i := rnd.IntN(n)
				if rnd.IntN(2) == 0 { // one of those that are added just now
					i = min(n-1, before+rnd.IntN(64))
				}
				ids = g.Lookup(ids[:0], keys[i*width:][:width])
				looked.Add(1)
				if len(ids) == 0 && i < before || len(ids) > 0 && ids[0] != uint32(i) || len(ids) > 1 && ids[1] != uint32(i)+n {
					t.Errorf("key %d of %d has the ids %v", i, before, ids)
					return
				}
				if i < before && len(ids) != 1 {
					t.Errorf("key %d has the ids %v after one was deleted", i, ids)
					return
				}
				if before == n {
					return
				}
			}
		})
	}
	for added.Load() < n {
		if table := g.Table(); table.Len() > 0 {
			if ids := table.Lookup(nil, keys[:width]); len(ids) != 1 && len(ids) != 2 {
				t.Errorf("a table made meanwhile has the ids %v of the first key", ids)
				break
			}
		}
	}
	wg.Wait()
	testkit.AtLeast(t, 100, int(looked.Load()), "look-ups")
}

func TestGrowingAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	rnd := testkit.Rand(t)
	const n, width = 10_000, 32
	keys := randomKeys(rnd, n, width)
	g := NewGrowing(width)
	for i := range n {
		g.Add(keys[i*width:][:width], uint32(i))
	}
	dst := make([]uint32, 0, 10)
	i := 0
	if a := testing.AllocsPerRun(1000, func() { dst = g.Lookup(dst[:0], keys[i*width:][:width]); i++ }); a != 0 {
		t.Errorf("%v allocations for a look-up", a)
	}
}

func TestGrowingMisuse(t *testing.T) {
	g := NewGrowing(16)
	for name, misuse := range map[string]func(){
		"width":  func() { NewGrowing(17) },
		"add":    func() { g.Add(make([]byte, 20), 1) },
		"delete": func() { g.Delete(make([]byte, 15), 1) },
		"lookup": func() { g.Lookup(nil, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			misuse()
		}()
	}
}

// Two bytes of input are a step: what to do with which of a few keys, many of which begin alike.
func FuzzGrowing(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x01\x01\x01\x00\x02\x02\x02"))
	f.Fuzz(func(t *testing.T, steps []byte) {
		g := NewGrowing(16)
		want := map[byte][]uint32{}
		for ; len(steps) >= 2; steps = steps[2:] {
			name, id := steps[1]&15, uint32(steps[1]>>4)
			key := make([]byte, 16)
			binary.LittleEndian.PutUint32(key[12:], uint32(name))
			switch steps[0] % 3 {
			case 0:
				g.Add(key, id)
				want[name] = append(want[name], id)
			case 1:
				g.Delete(key, id)
				want[name] = slices.DeleteFunc(want[name], func(have uint32) bool { return have == id })
			}
			expect := slices.Clone(want[name])
			slices.Sort(expect)
			if got := g.Lookup(nil, key); !slices.Equal(got, expect) {
				t.Fatalf("key %d has the ids %v, want %v", name, got, expect)
			}
			if got := g.Table().Lookup(nil, key); !slices.Equal(got, expect) {
				t.Fatalf("key %d has the ids %v in a table, want %v", name, got, expect)
			}
		}
	})
}

// Additions, and look-ups of absent keys and of present ones, in a table that grew key by key, beside the map with a lock
// that everybody would take. As in BenchmarkTableLookup, times are those of the fastest rounds.
func BenchmarkGrowing(b *testing.B) {
	const round, width = 1 << 13, 20
	rnd := rand.New(rand.NewPCG(1, 2))
	n := *tableKeys
	keys, absent := randomKeys(rnd, n, width), randomKeys(rnd, round, width)
	var mu sync.RWMutex
	plain := map[[width]byte]uint32{}
	g := NewGrowing(width)
	var dst []uint32
	each := func(do func(i int)) time.Duration {
		start := time.Now()
		for i := range round {
			do(i)
		}
		return time.Since(start)
	}
	var adds [2]time.Duration
	for from := 0; from+round <= n; from += round {
		adds[0] += each(func(i int) { g.Add(keys[(from+i)*width:][:width], uint32(i)) })
		adds[1] += each(func(i int) { mu.Lock(); plain[[width]byte(keys[(from+i)*width:])] = uint32(i); mu.Unlock() })
	}
	for range b.N {
		var best [4]time.Duration
		for range 20 {
			from := rnd.IntN(n - round)
			for kind, took := range []time.Duration{
				each(func(i int) { dst = g.Lookup(dst[:0], absent[i*width:][:width]) }),
				each(func(i int) { mu.RLock(); _ = plain[[width]byte(absent[i*width:])]; mu.RUnlock() }),
				each(func(i int) { dst = g.Lookup(dst[:0], keys[(from+i*7919)%n*width:][:width]) }),
				each(func(i int) { mu.RLock(); _ = plain[[width]byte(keys[(from+i*7919)%n*width:])]; mu.RUnlock() }),
			} {
				if best[kind] == 0 || took < best[kind] {
					best[kind] = took
				}
			}
		}
		for kind, name := range []string{"miss-ns", "map-miss-ns", "hit-ns", "map-hit-ns"} {
			b.ReportMetric(float64(best[kind].Nanoseconds())/round, name)
		}
	}
	for kind, name := range []string{"add-ns", "map-add-ns"} {
		b.ReportMetric(float64(adds[kind].Nanoseconds())/float64(n), name)
	}
}
