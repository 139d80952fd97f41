package index

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Thresholds are at least -1, sum up to what the pigeonhole principle asks for, and no other such thresholds cost less.
func TestThresholds(t *testing.T) {
	rnd := testkit.Rand(t)
	cases := 0
	for range 300 {
		tables, radius := 1+rnd.IntN(4), rnd.IntN(9)
		costs := make([][]uint64, tables) // rising
		for i := range costs {
			sum := uint64(0)
			for range radius + 2 {
				sum += rnd.Uint64N(50)
				costs[i] = append(costs[i], sum)
			}
		}
		got := make([]int8, tables)
		ok := thresholds(got, radius, func(i, d int) (uint64, bool) { return costs[i][d], true })
		price := func(t []int8) (cost uint64) {
			for i, most := range t {
				for d := range int(most) + 1 {
					cost += costs[i][d]
				}
			}
			return cost
		}
		least := ^uint64(0)
		try := make([]int8, tables)
		var all func(i, left int)
		all = func(i, left int) { // every way to hand out radius+1 steps
			if i == tables-1 {
				try[i] = int8(left) - 1
				least = min(least, price(try))
				return
			}
			for n := range left + 1 {
				try[i] = int8(n) - 1
				all(i+1, left-n)
			}
		}
		all(0, radius+1)
		sum := 0
		for _, v := range got {
			sum += int(v)
		}
		if !ok || slices.Min(got) < -1 || sum != radius-tables+1 || price(got) != least {
			t.Fatalf("radius %d: thresholds %v cost %d, the best cost %d", radius, got, price(got), least)
		}
		cases++
	}
	if thresholds(make([]int8, 2), 4, func(_, d int) (uint64, bool) { return 1, d < 2 }) {
		t.Error("five steps were handed out where four can be")
	}
	testkit.AtLeast(t, 300, cases, "cases")
}

// Whatever lies within a radius is a candidate of a table: its key is within the threshold, and key and fingerprint
// together are within the bound.
func TestBounds(t *testing.T) {
	rnd := testkit.Rand(t)
	pairs := 0
	for _, codeBits := range []int{64, 256} {
		for _, tables := range []int{3, 4, 5, 7, 13, 16, 19, 32} {
			if codeBits/tables < leastPart || codeBits/tables >= mostPart {
				continue
			}
			m := &multi{bits: codeBits, unique: 1 << 20, second: codeBits == maxWidth}
			m.divide(divideBits(codeBits, tables))
			for radius := 0; radius <= codeBits/3; radius++ {
				p := m.newPlan(radius)
				if slices.Max(p.threshold) < 0 {
					continue
				}
				for range 60 {
					x := someBits(rnd, codeBits, radius-rnd.IntN(min(3, radius+1)))
					if found := candidates(m, p, &x); len(found) == 0 && !unplanned(p) {
						t.Fatalf("%d bits, %d tables, radius %d: difference %x is in no table; thresholds %v, bounds %v", codeBits, tables, radius, x, p.threshold, p.bound)
					}
					pairs++
				}
			}
		}
	}
	testkit.AtLeast(t, 20_000, pairs, "pairs of codes")
}

// unplanned tells that thresholds could not be found, so that bounds mean nothing.
func unplanned(p *plan) bool {
	sum := 0
	for _, v := range p.threshold {
		sum += int(v)
	}
	return sum != p.radius-len(p.threshold)+1
}

// candidates are the tables in which a code that differs from the query by x passes.
func candidates(m *multi, p *plan, x *[4]uint64) (list []int) {
	for i := range m.tables {
		t := &m.tables[i]
		if d := bits.OnesCount32(cut(x, t.bit, t.width)); d <= int(p.threshold[i]) && m.candidate(t, x, d, p, i) {
			list = append(list, i)
		}
	}
	return list
}

// someBits sets n of the first bits, now and then side by side.
func someBits(rnd *rand.Rand, codeBits, n int) (x [4]uint64) {
	if rnd.IntN(4) == 0 {
		from := rnd.IntN(codeBits)
		for i := range n {
			bit := (from + i) % codeBits
			x[bit/64] |= 1 << (bit % 64)
		}
		return x
	}
	for _, bit := range rnd.Perm(codeBits)[:n] {
		x[bit/64] |= 1 << (bit % 64)
	}
	return x
}

// A set of masks has each mask of each weight once, by weight.
func TestMaskSets(t *testing.T) {
	sets := 0
	for width := range maxWidth/8 + 1 {
		s := maskSets[width]()
		seen := map[uint32]bool{}
		from := uint32(0)
		for weight, to := range s.levels {
			count := uint32(1) // of subsets of the size
			for k := range weight {
				count = count * uint32(width-k) / uint32(k+1)
			}
			if to-from != count || s.upTo(weight) != int(to) {
				t.Errorf("%d masks of %d bits have weight %d, want %d", to-from, width, weight, count)
			}
			for i := from; i < to; i++ {
				mask := s.masks[i]
				if seen[mask] || bits.OnesCount32(mask) != weight || s.weightOf(i) != weight || uint64(mask)>>width != 0 {
					t.Errorf("mask %x of %d bits does not belong at weight %d", mask, width, weight)
				}
				seen[mask] = true
			}
			from = to
		}
		if int(from) != len(s.masks) || len(s.masks) > maxProbes {
			t.Errorf("%d masks for %d bits", len(s.masks), width)
		}
		sets++
	}
	testkit.AtLeast(t, 33, sets, "sets of masks")
}

// The order of bits keeps distances and is told by its bits.
func TestPermutation(t *testing.T) {
	rnd := testkit.Rand(t)
	for _, codeBits := range []int{64, 256} {
		order := make([]uint8, codeBits)
		for i, bit := range rnd.Perm(codeBits) {
			order[i] = uint8(bit)
		}
		p := newPermutation(order)
		for range 100 {
			a, b := someBits(rnd, codeBits, rnd.IntN(codeBits)), someBits(rnd, codeBits, rnd.IntN(codeBits))
			x, y := a, b
			p.apply(&x)
			p.apply(&y)
			if Distance(x, y) != Distance(a, b) {
				t.Fatalf("distance %d became %d", Distance(a, b), Distance(x, y))
			}
			for to, from := range order {
				if x[to/64]>>(to%64)&1 != a[from/64]>>(from%64)&1 {
					t.Fatalf("bit %d is not bit %d", to, from)
				}
			}
		}
	}
}

// Bits that depend on each other are spread over the tables; uniform codes keep their order.
func TestSpread(t *testing.T) {
	rnd := testkit.Rand(t)
	var alike, uniform [][4]uint64
	for range sampleCodes {
		x := rnd.Uint64()
		alike = append(alike, [4]uint64{x & 0x0f0f0f0f0f0f0f0f * 0x11}) // each bit twice, in one table
		uniform = append(uniform, [4]uint64{x})
	}
	widths := divideBits(64, 4)
	order := spread(alike, widths)
	own := make([]uint8, 64)
	for i := range own {
		own[i] = uint8(i)
	}
	if order == nil {
		t.Fatal("the order of bits that depend on each other is kept")
	}
	if a, b := collisions(alike, order, widths), collisions(alike, own, widths); a > b/10 {
		t.Errorf("%d pairs collide in the order chosen, %d in the codes' own", a, b)
	}
	if again := spread(alike, widths); !slices.Equal(order, again) {
		t.Error("the second time another order is chosen")
	}
	if spread(uniform, widths) != nil {
		t.Error("uniform codes are permuted")
	}
}
