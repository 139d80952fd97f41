package bench

import (
	"cmp"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/synth"
)

// entries is the number of codes of the searched sets.
const entries = 1_000_000

// brute compares everything with everything.
type brute[C index.Code] []C

func (b brute[C]) Within(dst []index.Hit, q C, radius int) []index.Hit {
	switch codes := any(b).(type) {
	case brute[uint64]:
		q := any(q).(uint64)
		for i, c := range codes {
			if d := bits.OnesCount64(c ^ q); d <= radius {
				dst = append(dst, index.Hit{ID: uint32(i), Distance: uint32(d)})
			}
		}
	case brute[[4]uint64]:
		q := any(q).([4]uint64)
		for i, c := range codes {
			d := bits.OnesCount64(c[0]^q[0]) + bits.OnesCount64(c[1]^q[1]) + bits.OnesCount64(c[2]^q[2]) + bits.OnesCount64(c[3]^q[3])
			if d <= radius {
				dst = append(dst, index.Hit{ID: uint32(i), Distance: uint32(d)})
			}
		}
	}
	return dst
}

// textbook is a BK-tree as books draw it, nodes with a map of children, behind a Bloom filter of whole codes, which can
// say no only at radius 0.
type textbook[C index.Code] struct {
	root   *node[C]
	filter *bloom.BloomFilter
}

type node[C index.Code] struct {
	code     C
	ids      []uint32
	children map[int]*node[C]
}

func newTextbook[C index.Code](codes []C) *textbook[C] {
	t := &textbook[C]{filter: bloom.NewWithEstimates(uint(len(codes)), 0.01)}
	for i, c := range codes {
		t.filter.Add(key(c))
		t.insert(c, uint32(i))
	}
	return t
}

func key[C index.Code](c C) []byte { return fmt.Append(nil, c) }

func (t *textbook[C]) insert(c C, id uint32) {
	at := &t.root
	for *at != nil {
		d := index.Distance((*at).code, c)
		if d == 0 {
			(*at).ids = append((*at).ids, id)
			return
		}
		if (*at).children == nil {
			(*at).children = map[int]*node[C]{}
		}
		child, ok := (*at).children[d]
		if !ok {
			(*at).children[d] = &node[C]{code: c, ids: []uint32{id}}
			return
		}
		at = &child
	}
	*at = &node[C]{code: c, ids: []uint32{id}}
}

func (t *textbook[C]) Within(dst []index.Hit, q C, radius int) []index.Hit {
	if radius == 0 && !t.filter.Test(key(q)) {
		return dst
	}
	for stack := []*node[C]{t.root}; len(stack) > 0; {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		d := index.Distance(n.code, q)
		if d <= radius {
			for _, id := range n.ids {
				dst = append(dst, index.Hit{ID: id, Distance: uint32(d)})
			}
		}
		for k, child := range n.children {
			if k >= d-radius && k <= d+radius {
				stack = append(stack, child)
			}
		}
	}
	return dst
}

// within is what all engines and slow ways share.
type within[C index.Code] interface {
	Within(dst []index.Hit, q C, radius int) []index.Hit
}

// random fills a code.
func random[C index.Code](r *rand.Rand) (c C) {
	switch p := any(&c).(type) {
	case *uint64:
		*p = r.Uint64()
	case *[4]uint64:
		*p = [4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}
	}
	return c
}

// flip changes n bits of a code.
func flip[C index.Code](r *rand.Rand, c C, n int) C {
	switch p := any(&c).(type) {
	case *uint64:
		for _, b := range r.Perm(64)[:n] {
			*p ^= 1 << b
		}
	case *[4]uint64:
		for _, b := range r.Perm(256)[:n] {
			p[b/64] ^= 1 << (b % 64)
		}
	}
	return c
}

// engines holds the searched codes and all that searches them, made once.
type engines[C index.Code] struct {
	codes []C
	all   map[string]within[C]
	mu    sync.Mutex
	slow  map[string]time.Duration // measured once for each slow way and radius
}

func newEngines[C index.Code]() *engines[C] {
	r := rand.New(rand.NewPCG(1, 1))
	e := &engines[C]{codes: make([]C, entries), slow: map[string]time.Duration{}}
	for i := range e.codes {
		e.codes[i] = random[C](r)
	}
	e.all = map[string]within[C]{
		"brute": brute[C](e.codes), "textbook": newTextbook(e.codes), "flat": index.NewFlat(e.codes, nil),
		"bktree": index.NewBKTree(e.codes, nil), "index": index.New(e.codes, nil),
	}
	return e
}

// queries are half new codes and half altered copies of entries.
func (e *engines[C]) queries(radius, n int) []C {
	r := rand.New(rand.NewPCG(2, uint64(radius)))
	qs := make([]C, n)
	for i := range qs {
		if i%2 == 0 {
			qs[i] = random[C](r)
		} else {
			qs[i] = flip(r, e.codes[r.IntN(len(e.codes))], r.IntN(radius+1))
		}
	}
	return qs
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

// BenchmarkWithin64 searches 1 M uniform 64-bit codes.
func BenchmarkWithin64(b *testing.B) { benchmarkEngines(b, engines64) }

// BenchmarkWithin256 searches 1 M uniform 256-bit codes.
func BenchmarkWithin256(b *testing.B) { benchmarkEngines(b, engines256) }

// BenchmarkLookup looks up digests of 20 bytes in a table of 1 M, absent and present ones. x-map compares with a Go map.
func BenchmarkLookup(b *testing.B) {
	const width = 20
	keys := synth.Noise(1, entries*width)
	absent := synth.Noise(2, 1000*width)
	table := index.NewTable(keys, width, nil)
	plain := make(map[[width]byte]uint32, entries)
	for i := range entries {
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
