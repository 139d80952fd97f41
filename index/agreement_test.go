package index

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Every engine gives the answers of comparing the query with each code bit by bit.
func TestEnginesAgree(t *testing.T) {
	t.Run("64", testEnginesAgree[uint64])
	t.Run("256", testEnginesAgree[[4]uint64])
}

func testEnginesAgree[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	w := width[C]()
	radii := []int{math.MinInt, -1, 0, 1, 2, 3, 7, 8, w / 8, w / 4, w / 2, w - 1, w, w + 1, math.MaxInt}
	pairs := 0
	for _, n := range []int{0, 1, 2, 300, 2000 / raceSlowdown} {
		for _, d := range datasets[C](rnd, max(1, n)) {
			if n == 0 {
				d.codes, d.ids = nil, nil
			}
			oracles := make([]*oracle, len(d.qs))
			for i, q := range d.qs {
				oracles[i] = newOracle(d.codes, d.ids, q)
			}
			for _, e := range engines(d.codes, d.ids) {
				pairs += checkEngine(t, fmt.Sprintf("%d %s codes, %s", n, d.name, e.name), e, d.qs, oracles, radii)
			}
		}
	}
	testkit.AtLeast(t, 34_000_000/raceSlowdown, pairs, "pairs of a query and a code")
}

// checkEngine compares all answers of an engine with the oracles', one for each query, and returns how many pairs of a
// query and a code that took.
func checkEngine[C Code](t *testing.T, what string, e engine[C], qs []C, oracles []*oracle, radii []int) (pairs int) {
	t.Helper()
	n := e.Len()
	if want := len(oracles[0].sorted); n != want {
		t.Fatalf("%s: length %d, want %d", what, n, want)
	}
	mark := Hit{7, 7}
	for _, radius := range radii {
		next := 0
		e.WithinBatch(qs, radius, func(i int, hits []Hit) bool {
			if i != next {
				t.Fatalf("%s, radius %d: query %d was answered, want %d", what, radius, i, next)
			}
			next++
			want := oracles[i].within(radius)
			if s := oracles[i].check(want, hits); s != "" {
				t.Errorf("%s, radius %d, query %x in a batch: %s", what, radius, qs[i], s)
			}
			got := e.Within([]Hit{mark}, qs[i], radius)
			if got[0] != mark {
				t.Fatalf("%s, radius %d: what dst held is gone", what, radius)
			}
			if s := oracles[i].check(want, got[1:]); s != "" {
				t.Errorf("%s, radius %d, query %x: %s", what, radius, qs[i], s)
			}
			pairs += 2 * n
			return true
		})
		if next != len(qs) {
			t.Fatalf("%s, radius %d: %d queries were answered, want %d", what, radius, next, len(qs))
		}
	}
	for i, q := range qs {
		for _, k := range []int{math.MinInt, 0, 1, 2, 10, n - 1, math.MaxInt} {
			got := e.Nearest([]Hit{mark}, q, k)
			if want := oracles[i].nearest(k); got[0] != mark || !slices.Equal(got[1:], want) {
				t.Errorf("%s, %d nearest of %x: %s", what, k, q, oracles[i].check(len(want), got[1:]))
			}
			pairs += n
		}
	}
	return pairs
}

// No radius is special: every one of them, and one beyond at both ends.
func TestEveryRadius(t *testing.T) {
	t.Run("64", testEveryRadius[uint64])
	t.Run("256", testEveryRadius[[4]uint64])
}

func testEveryRadius[C Code](t *testing.T) {
	t.Parallel()
	n := 20_000 / raceSlowdown
	rnd := testkit.Rand(t)
	pairs := 0
	for _, d := range []dataset[C]{
		{name: "uniform", codes: uniform[C](rnd, n)},
		{name: "clustered", codes: clustered[C](rnd, n), ids: randomIDs(rnd, n, uint32(n))},
	} {
		deep := newBKTree(d.codes, d.ids, 8)
		list := []engine[C]{
			{"Flat", NewFlat(d.codes, d.ids)},
			{"BKTree", NewBKTree(d.codes, d.ids)},
			{"BKTree with leaves of 8", deep},
			{"Index", New(d.codes, d.ids)},
		}
		for _, q := range []C{randomCode[C](rnd), near(rnd, d.codes[n-1], 4)} {
			o := newOracle(d.codes, d.ids, q)
			var buf []Hit
			for radius := -1; radius <= width[C]()+1; radius++ {
				want := o.within(radius)
				for _, e := range list {
					buf = e.Within(buf[:0], q, radius)
					if s := o.check(want, buf); s != "" {
						t.Errorf("%s codes, %s, radius %d, query %x: %s", d.name, e.name, radius, q, s)
					}
					pairs += n
				}
			}
		}
	}
	testkit.AtLeast(t, 16*n*(width[C]()+3), pairs, "pairs of a query and a code")
}

// One code a million times is what a blank picture makes of a large set.
func TestMillionTimesOneCode(t *testing.T) {
	t.Run("64", testMillionTimesOneCode[uint64])
	t.Run("256", testMillionTimesOneCode[[4]uint64])
}

func testMillionTimesOneCode[C Code](t *testing.T) {
	t.Parallel()
	n := 1_000_000 / raceSlowdown
	if testing.Short() {
		n = 50_000
	}
	rnd := testkit.Rand(t)
	w := width[C]()
	c := randomCode[C](rnd)
	codes := fill(n, c)
	list := []engine[C]{{"Flat", NewFlat(codes, nil)}, {"BKTree", NewBKTree(codes, nil)}, {"Index", New(codes, nil)}}
	pairs := 0
	var got []Hit
	for _, d := range []int{0, 1, w / 2, w} {
		q := near(rnd, c, d)
		o := newOracle(codes, nil, q)
		for _, e := range list {
			for _, radius := range []int{0, 1, w / 2, w} {
				got = e.Within(got[:0], q, radius)
				if s := o.check(o.within(radius), got); s != "" {
					t.Errorf("%s, distance %d, radius %d: %s", e.name, d, radius, s)
				}
				pairs += n
			}
			if got := e.Nearest(nil, q, 3); !slices.Equal(got, o.nearest(3)) {
				t.Errorf("%s, distance %d: nearest are %v, want %v", e.name, d, got, o.nearest(3))
			}
		}
	}
	testkit.AtLeast(t, 48*n, pairs, "pairs of a query and a code")
}

// The distance is the number of ones of the difference, and the same both ways.
func TestDistance(t *testing.T) {
	rnd := testkit.Rand(t)
	pairs := 0
	for range 2000 {
		a, b := randomCode[uint64](rnd), randomCode[uint64](rnd)
		if d := Distance(a, b); d != slowDistance(a, b) || d != Distance(b, a) {
			t.Errorf("distance of %x and %x is %d, want %d", a, b, d, slowDistance(a, b))
		}
		c, d := randomCode[[4]uint64](rnd), randomCode[[4]uint64](rnd)
		if got := Distance(c, d); got != slowDistance(c, d) || got != Distance(d, c) {
			t.Errorf("distance of %x and %x is %d, want %d", c, d, got, slowDistance(c, d))
		}
		pairs += 2
	}
	for bit := range 256 {
		if d := Distance(units[[4]uint64](256)[bit], [4]uint64{}); d != 1 {
			t.Errorf("distance of bit %d to nothing is %d, want 1", bit, d)
		}
		pairs++
	}
	testkit.AtLeast(t, 4256, pairs, "pairs of codes")
}
