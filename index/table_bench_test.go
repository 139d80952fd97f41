package index

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/bits-and-blooms/bloom/v3"
)

var tableKeys = flag.Int("tablekeys", 1_000_000, "SHA-1 keys in the benchmarks of Table; those of the figures in doc/ have 10 million")

// rival answers keys of 20 bytes that lie one after the other and counts those it has.
type rival struct {
	name   string
	lookup func(keys []byte) int
}

// rivals are a table, one key at a time and in batches, the map that everybody would take, and the same behind the Bloom
// filter that everybody would put in front of it.
func rivals(keys []byte) []rival {
	n := len(keys) / 20
	table := NewTable(keys, 20, nil)
	plain := make(map[[20]byte]uint32, n)
	filter := bloom.NewWithEstimates(uint(n), 0.01)
	for i := range n {
		plain[[20]byte(keys[i*20:])] = uint32(i)
		filter.Add(keys[i*20:][:20])
	}
	var dst []uint32
	each := func(has func(key []byte) bool) func(keys []byte) int {
		return func(keys []byte) int {
			found := 0
			for ; len(keys) > 0; keys = keys[20:] {
				if has(keys[:20]) {
					found++
				}
			}
			return found
		}
	}
	return []rival{
		{"map", each(func(key []byte) bool { _, ok := plain[[20]byte(key)]; return ok })},
		{"bloom+map", each(func(key []byte) bool {
			if !filter.Test(key) {
				return false
			}
			_, ok := plain[[20]byte(key)]
			return ok
		})},
		{"table", each(func(key []byte) bool { dst = table.Lookup(dst[:0], key); return len(dst) > 0 })},
		{"batch", func(keys []byte) int {
			found := 0
			table.LookupBatch(keys, func(int, []uint32) bool { found++; return true })
			return found
		}},
	}
}

// Look-ups of absent keys and of present ones, on one core, all rivals in turn on the same keys. Each metric is the time
// per key of the rival's fastest round, as the machine is shared; x-map is how many times as fast as the map a batch is.
func BenchmarkTableLookup(b *testing.B) {
	const round = 1 << 15
	rnd := rand.New(rand.NewPCG(1, 2))
	n := *tableKeys
	keys := randomKeys(rnd, n, 20)
	list := rivals(keys)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, share := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("hits=%d%%", share), func(b *testing.B) {
			best := make([]time.Duration, len(list))
			for range b.N {
				qs := randomKeys(rnd, round, 20)
				for q := range round {
					if rnd.IntN(100) < share {
						copy(qs[q*20:][:20], keys[rnd.IntN(n)*20:])
					}
				}
				want := list[0].lookup(qs) // and so its first round is not the one that warms the caches
				for r, rival := range list {
					start := time.Now()
					found := rival.lookup(qs)
					if took := time.Since(start); best[r] == 0 || took < best[r] {
						best[r] = took
					}
					if found != want {
						b.Fatalf("%s has %d of the keys, the map %d", rival.name, found, want)
					}
				}
			}
			for r, rival := range list {
				b.ReportMetric(float64(best[r].Nanoseconds())/round, rival.name+"-ns")
			}
			b.ReportMetric(float64(best[0])/float64(best[len(best)-1]), "x-map")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// Building, from keys in any order and from sorted ones, with the bytes of memory that the table takes for a key.
func BenchmarkNewTable(b *testing.B) {
	n := *tableKeys
	random := randomKeys(rand.New(rand.NewPCG(1, 2)), n, 20)
	sorted := NewTable(random, 20, nil).keys
	for name, keys := range map[string][]byte{"random": random, "sorted": sorted} {
		b.Run(name, func(b *testing.B) {
			var t *Table
			for range b.N {
				t = NewTable(keys, 20, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/key")
			b.ReportMetric(float64(t.memory())/float64(n), "B/key")
		})
	}
}

// Large batches on all cores against one, in turn; x-one is how many times as fast they are.
func BenchmarkTableCores(b *testing.B) {
	const round = 1 << 17
	rnd := rand.New(rand.NewPCG(1, 2))
	keys := randomKeys(rnd, max(*tableKeys, round), 20)
	table := NewTable(keys, 20, nil)
	cores := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(cores)
	for name, qs := range map[string][]byte{"miss": randomKeys(rnd, round, 20), "hit": keys[:round*20]} {
		b.Run(name, func(b *testing.B) {
			var best [2]time.Duration
			for range b.N {
				for i, n := range []int{1, cores} {
					runtime.GOMAXPROCS(n)
					start := time.Now()
					table.LookupBatch(qs, func(int, []uint32) bool { return true })
					if took := time.Since(start); best[i] == 0 || took < best[i] {
						best[i] = took
					}
				}
			}
			b.ReportMetric(float64(best[1].Nanoseconds())/round, "ns/key")
			b.ReportMetric(float64(best[0])/float64(best[1]), "x-one")
			b.ReportMetric(0, "ns/op")
		})
	}
}
