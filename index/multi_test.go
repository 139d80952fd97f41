package index

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

var long = flag.Bool("long", false, "search ten times as many codes in the agreement of all paths")

// forms are the ways in which a multi-index may answer; every one is right at every radius.
var forms = []struct {
	name string
	set  func(p *plan)
}{
	{"as planned", func(*plan) {}},
	{"one by one", func(p *plan) { p.sliced, p.scanBlock, p.budget = 1<<31-1, false, 1<<30 }},
	{"slice by slice", func(p *plan) { p.sliced, p.scanBlock, p.budget, p.blockBudget = 0, false, 1<<30, 1<<16 }},
	{"given up", func(p *plan) { p.sliced, p.scanBlock, p.budget, p.blockBudget = 20, false, 3, 1 }},
	{"scanned", func(p *plan) { p.scan, p.scanBlock = true, true }},
}

// inForm is a multi-index that answers all radii in one way, as far as it can.
func inForm[C Code](codes []C, ids []uint32, widths []int, second bool, set func(p *plan)) *Multi[C] {
	m := newMulti(codes, ids, widths, second)
	for radius := range m.m.bits + 1 {
		p := m.m.newPlan(radius)
		if p.probes > 0 {
			p.scan = false
			set(p)
		}
		m.m.plans[radius].Store(p)
	}
	return m
}

// All engines agree with an independent comparison on every path of instructions that can run here, in every form, with
// any number of tables.
func TestPathsAgree(t *testing.T) {
	if testkit.Race {
		t.Skip("it starts no goroutine that others do not, and would take minutes")
	}
	paths := 0
	for p := cpu.Go; p <= cpu.AVX512; p++ {
		if !cpu.Has(p) {
			t.Logf("%v is not tested: this machine does not have it", p)
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			defer hamming.Use(p)()
			t.Run("64", testPathAgrees[uint64])
			t.Run("256", testPathAgrees[[4]uint64])
		})
		paths++
	}
	testkit.AtLeast(t, 1, paths, "paths")
}

func testPathAgrees[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	n := 1500 / raceSlowdown
	if *long {
		n *= 10
	}
	pairs := 0
	w := width[C]()
	for _, d := range datasets[C](rnd, n) {
		qs := slices.Clone(d.qs)
		for range 20 { // views: queries near each other, in turn
			for i := range 3 {
				qs = append(qs, near(rnd, d.codes[i], rnd.IntN(familyRadius(w)/2+1)))
			}
		}
		list := formed(d.codes, d.ids)
		for _, radius := range []int{0, 1, 2, 3, 5, 8, 12, w / 8, w / 5, w / 3} {
			want := make([][2]uint64, len(qs))
			for i, q := range qs {
				want[i] = fingerprint(compareAll(d.codes, d.ids, q, radius))
			}
			for _, e := range list {
				e.WithinBatch(qs, radius, func(i int, hits []Hit) bool {
					if got := fingerprint(hits); got != want[i] {
						t.Errorf("%s codes, %s, radius %d, query %d (%x) in a batch: %d hits, want %d, or others", d.name, e.name, radius, i, qs[i], got[0], want[i][0])
					}
					return !t.Failed()
				})
				for i, q := range qs[:len(d.qs)] {
					if got := fingerprint(e.Within(nil, q, radius)); got != want[i] {
						t.Fatalf("%s codes, %s, radius %d, query %x: %d hits, want %d, or others", d.name, e.name, radius, q, got[0], want[i][0])
					}
				}
				pairs += (len(qs) + len(d.qs)) * len(d.codes)
			}
		}
	}
	t.Logf("%d pairs of a query and a code", pairs)
	testkit.AtLeast(t, 50_000_000/raceSlowdown, pairs, "pairs of a query and a code")
}

// formed are multi-indexes of all forms, and the other engines.
func formed[C Code](codes []C, ids []uint32) []engine[C] {
	list := []engine[C]{{"Flat", NewFlat(codes, ids)}, {"BKTree", NewBKTree(codes, ids)}}
	tables := []int{4, 3, 6}
	if width[C]() == maxWidth {
		tables = []int{16, 13, 32}
	}
	for i, f := range forms {
		n := tables[i%len(tables)]
		for _, second := range []bool{false, true}[:(width[C]()+128)/192] { // codes of 64 bits have none
			list = append(list, engine[C]{
				fmt.Sprintf("Multi of %d tables, second fingerprints %t, %s", n, second, f.name),
				inForm(codes, ids, divideBits(width[C](), n), second, f.set),
			})
		}
	}
	return list
}

// compareAll compares with each code.
func compareAll[C Code](codes []C, ids []uint32, q C, radius int) (hits []Hit) {
	for i, c := range codes {
		if d := Distance(c, q); d <= radius {
			hits = append(hits, Hit{idAt(ids, i), uint32(d)})
		}
	}
	return hits
}

// Queries that are near each other are asked together, and what does not belong to them alone.
func TestFamilies(t *testing.T) {
	rnd := testkit.Rand(t)
	codes := clustered[[4]uint64](rnd, 3000)
	m := NewMulti(codes, nil)
	var qs [][4]uint64
	bases := uniform[[4]uint64](rnd, 8)
	copy(bases, codes[:4])
	for round := range 20 {
		for _, b := range bases {
			qs = append(qs, near(rnd, b, rnd.IntN(familyRadius(maxWidth)/2+1)))
		}
		if round < 7 {
			qs = append(qs, randomCode[[4]uint64](rnd))
		}
	}
	var f families
	if !f.find(qs, familyRadius(maxWidth), 5) {
		t.Fatal("no families were found")
	}
	members, large := 0, 0
	for k := range f.heads {
		if f.size[k] < 5 {
			continue
		}
		large++
		for _, i := range f.members(uint32(k)) {
			if d := Distance(qs[i], qs[f.heads[k]]); d > familyRadius(maxWidth) || f.of[i] != uint32(k) {
				t.Errorf("query %d is %d from its first", i, d)
			}
			members++
		}
	}
	if large != 8 || members != 160 {
		t.Errorf("%d families of %d queries, want 8 of 160", large, members)
	}
	if f.find(uniform[[4]uint64](rnd, 1000), familyRadius(maxWidth), 2) || f.find(qs[:9], familyRadius(maxWidth), 2) {
		t.Error("families were found where there are none")
	}
	s := m.m.search()
	for _, radius := range []int{31, 45} {
		s.placed = s.placed[:0]
		p := m.m.newPlan(radius)
		p.scan, p.cost = false, 1<<40 // as if each search were dear
		permuted := slices.Clone(qs)
		for i := range permuted {
			m.m.order.apply(&permuted[i])
		}
		wide := m.m.plan(radius + familyRadius(maxWidth))
		if wide.scan = wide.probes == 0; !s.askFamilies(permuted, p) {
			t.Fatalf("radius %d: families are not used", radius)
		}
		var hits []found
		for i := range s.placed {
			hits = m.m.owner.addFound(hits, &s.placed[i])
		}
		for i, q := range qs {
			var got []Hit
			for _, h := range hits {
				if int(h.query) == i {
					got = append(got, Hit{h.id, h.distance})
				}
			}
			if want := compareAll(codes, nil, q, radius); fingerprint(got) != fingerprint(want) {
				t.Errorf("radius %d, query %d: %d hits, want %d, or others", radius, i, len(got), len(want))
			}
		}
	}
}

// The number of cores that build changes nothing.
func TestBuildersAgree(t *testing.T) {
	t.Run("64", testBuildersAgree[uint64])
	t.Run("256", testBuildersAgree[[4]uint64])
}

func testBuildersAgree[C Code](t *testing.T) {
	built := 0
	for _, d := range datasets[C](testkit.Rand(t), 2000) {
		widths := partWidths(len(d.codes), width[C]())
		want := buildMulti(d.codes, d.ids, widths, true, 1).appendBinary(nil)
		for _, workers := range []int{2, 3, 7} {
			if got := buildMulti(d.codes, d.ids, widths, true, workers).appendBinary(nil); !bytes.Equal(got, want) {
				t.Errorf("%s codes: %d workers build another index", d.name, workers)
			}
			built++
		}
	}
	testkit.AtLeast(t, 24, built, "indexes")
}

// A limit keeps the nearest and counts the others.
func TestLimits(t *testing.T) {
	if testkit.Race {
		t.Skip("it starts no goroutine that others do not, and would take minutes")
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	codes := clustered[uint64](rnd, 2000)
	ids := randomIDs(rnd, len(codes), 500)
	qs := append(clustered[uint64](rnd, 5), codes[:40]...)
	asked := 0
	for _, e := range engines(codes, ids) {
		l := e.Searcher.(Limiter[uint64])
		for _, radius := range []int{-1, 0, 6, 64} {
			for _, limit := range []int{-1, 0, 1, 3, 1999, 2000, math.MaxInt} {
				l.WithinBatchLimit(qs, radius, limit, func(i int, hits []Hit, more int) bool {
					want := compareAll(codes, ids, qs[i], radius)
					slices.SortFunc(want, compareHits)
					kept := max(0, min(limit, len(want)))
					single, left := l.WithinLimit([]Hit{{9, 9}}, qs[i], radius, limit)
					if !slices.Equal(hits, want[:kept]) || more != len(want)-kept || !slices.Equal(single[1:], hits) || single[0] != (Hit{9, 9}) || left != more {
						t.Errorf("%s, radius %d, limit %d, query %d: %d hits and %d more, want %d and %d", e.name, radius, limit, i, len(hits), more, kept, len(want)-kept)
					}
					asked++
					return !t.Failed()
				})
			}
		}
	}
	testkit.AtLeast(t, 5*4*7*45, asked, "queries")
}
