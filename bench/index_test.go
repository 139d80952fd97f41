package bench

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/bench/internal/rival"
	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/synth"
)

// entries is the number of codes of the searched sets: a million, with -short a tenth of that.
func entries() int {
	if testing.Short() {
		return 100_000
	}
	return 1_000_000
}

// within is what all engines and slow ways share.
type within[C index.Code] interface {
	Within(dst []index.Hit, q C, radius int) []index.Hit
}

// engines holds the searched codes and all that searches them, made once.
type engines[C index.Code] struct {
	codes []C
	all   map[string]within[C]
	mu    sync.Mutex
	slow  map[string]time.Duration // measured once for each slow way and radius
}

func newEngines[C index.Code]() *engines[C] {
	codes := dataset.Make[C](dataset.Uniform, entries(), 1)
	return &engines[C]{codes: codes, slow: map[string]time.Duration{}, all: map[string]within[C]{
		"brute": rival.Brute[C](codes), "textbook": rival.NewTextbook(codes), "flat": index.NewFlat(codes, nil),
		"bktree": index.NewBKTree(codes, nil), "index": index.New(codes, nil),
	}}
}

// queries are half new codes and half altered copies of entries.
func (e *engines[C]) queries(radius, n int) []C {
	return dataset.Queries(dataset.Uniform, e.codes, radius, n, 2)
}

// slowWay returns the time of one query in a slow way, measured once for each radius.
func (e *engines[C]) slowWay(name string, radius int) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	cell := fmt.Sprint(name, radius)
	if _, ok := e.slow[cell]; !ok {
		qs := e.queries(radius, 4)
		dst := e.all[name].Within(nil, qs[1], radius) // room for the hits, as the measured loop has
		start := time.Now()
		for _, q := range qs {
			dst = e.all[name].Within(dst[:0], q, radius)
		}
		e.slow[cell] = time.Since(start) / time.Duration(len(qs))
	}
	return e.slow[cell]
}

// agrees fails b if an engine answers otherwise than brute force.
func (e *engines[C]) agrees(b *testing.B, engine string, radius int) {
	order := func(x, y index.Hit) int { return cmp.Compare(x.ID, y.ID) }
	for _, q := range e.queries(radius, 2) {
		want, got := e.all["brute"].Within(nil, q, radius), e.all[engine].Within(nil, q, radius)
		slices.SortFunc(want, order)
		slices.SortFunc(got, order)
		if !slices.Equal(want, got) {
			b.Fatalf("%s answers %d hits, brute force %d, or others", engine, len(got), len(want))
		}
	}
}

// Radius 31 on 64 bits meets almost half of all codes: nobody asks for that, but the cell is shown.
func benchmarkEngines[C index.Code](b *testing.B, all func() *engines[C]) {
	for _, radius := range []int{0, 8, 31} {
		for _, name := range []string{"brute", "textbook", "flat", "bktree", "index"} {
			b.Run(fmt.Sprintf("r=%d/%s", radius, name), func(b *testing.B) {
				e := all()
				e.agrees(b, name, radius)
				slow := map[string]time.Duration{"brute": e.slowWay("brute", radius), "textbook": e.slowWay("textbook", radius)}
				qs := e.queries(radius, 64)
				var dst []index.Hit
				i := 0
				for b.Loop() {
					dst = e.all[name].Within(dst[:0], qs[i%len(qs)], radius)
					i++
				}
				perQuery := float64(b.Elapsed()) / float64(b.N)
				for way, t := range slow {
					b.ReportMetric(float64(t)/perQuery, "x-"+way)
				}
			})
		}
	}
}

var (
	engines64  = sync.OnceValue(newEngines[uint64])
	engines256 = sync.OnceValue(newEngines[[4]uint64])
)

// BenchmarkWithin64 searches uniform 64-bit codes.
func BenchmarkWithin64(b *testing.B) { benchmarkEngines(b, engines64) }

// BenchmarkWithin256 searches uniform 256-bit codes.
func BenchmarkWithin256(b *testing.B) { benchmarkEngines(b, engines256) }

// BenchmarkLookup looks up digests of 20 bytes in a table, absent and present ones. x-map compares with a Go map.
func BenchmarkLookup(b *testing.B) {
	const width = 20
	keys := synth.Noise(1, entries()*width)
	absent := synth.Noise(2, 1000*width)
	table := index.NewTable(keys, width, nil)
	plain := make(map[[width]byte]uint32, entries())
	for i := range entries() {
		plain[[width]byte(keys[i*width:])] = uint32(i)
	}
	for _, c := range []struct {
		name string
		keys []byte
		hits int
	}{{"absent", absent, 0}, {"present", keys[:1000*width], 1}} {
		b.Run(c.name, func(b *testing.B) {
			rival := best(func() {
				for i := range 1000 {
					if _, ok := plain[[width]byte(c.keys[i*width:])]; ok != (c.hits > 0) {
						b.Fatal("the map answers otherwise")
					}
				}
			}) / 1000
			var dst []uint32
			i := 0
			for b.Loop() {
				dst = table.Lookup(dst[:0], c.keys[i*width:][:width])
				if len(dst) != c.hits {
					b.Fatalf("%d entries, want %d", len(dst), c.hits)
				}
				i = (i + 1) % 1000
			}
			b.ReportMetric(float64(rival)/(float64(b.Elapsed())/float64(b.N)), "x-map")
		})
	}
}
