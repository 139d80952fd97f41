package hashmatch

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/internal/testkit"
)

// The greatest radius at which so many pairs, in so many views, keep under 0.01 chance matches: the table that the
// defaults were chosen by, before the cap at MaxThorough.
var radiusTable = []struct {
	pairs  float64
	views  [5]int
	radius [5]int
}{
	{1e9, [5]int{1, 8, 34, 270, 512}, [5]int{70, 68, 66, 64, 63}},
	{1e11, [5]int{1, 8, 34, 270, 512}, [5]int{65, 63, 61, 59, 59}},
	{1e13, [5]int{1, 8, 34, 270, 512}, [5]int{60, 58, 57, 55, 54}},
	{1e15, [5]int{1, 8, 34, 270, 512}, [5]int{56, 54, 53, 51, 50}},
}

func TestRadiusTable(t *testing.T) {
	cells := 0
	for _, row := range radiusTable {
		for i, views := range row.views {
			cells++
			most := -1
			for row.pairs*ChanceModel(most+1, views) <= DefaultChance {
				most++
			}
			if most != row.radius[i] {
				t.Errorf("%g pairs, %d views: radius %d, want %d", row.pairs, views, most, row.radius[i])
			}
			ch := ChanceRadius(int64(row.pairs/1e6), 1e6, views, DefaultChance, nil)
			if want := min(row.radius[i], MaxThorough); ch.Radius != want || ch.Upper != ch.Model || ch.Upper > DefaultChance {
				t.Errorf("%g pairs, %d views: %+v, want radius %d", row.pairs, views, ch, want)
			}
		}
	}
	testkit.AtLeast(t, 20, cells, "cells")
}

// The unrounded model is what the rounded one is compared by, so its own mistake must be far below the rounding's.
func TestModelTail(t *testing.T) {
	tail, big := modelTail(), chanceBig()
	for d, want := range big {
		if got := tail[d]; math.Abs(got-want) > unlike/5*want {
			t.Errorf("distance %d: %.17g, want %.17g", d, got, want)
		}
	}
}

// chanceBig tells how often effectiveBits fair bits, stretched to 256, differ in at most 0, 1, ... 128: sums of binomial
// coefficients between whole numbers, n!·sin(πx)/(π·x·(1-x)·...·(n-x)), in whole numbers but for the sine.
func chanceBig() (within [129]float64) {
	const n, up, down = effectiveBits, 55, 64 // 220/256 is 55/64
	above := new(big.Int).Exp(big.NewInt(down), big.NewInt(n+1), nil)
	above.Mul(above, new(big.Int).MulRange(1, n))
	all := new(big.Int).Lsh(big.NewInt(1), n)
	sum := new(big.Float).SetPrec(300)
	for d := range int64(len(within)) {
		term := new(big.Float).SetPrec(300)
		if x := d * up; x%down == 0 {
			term.SetInt(new(big.Int).Binomial(n, x/down))
		} else {
			below := big.NewInt(x)
			for j := int64(1); j <= n; j++ {
				below.Mul(below, big.NewInt(j*down-x))
			}
			term.Quo(term.SetInt(above), new(big.Float).SetPrec(300).SetInt(below))
			term.Mul(term, big.NewFloat(math.Sin(math.Pi*float64(x%(2*down))/down)/math.Pi))
		}
		term.Quo(term, new(big.Float).SetPrec(300).SetInt(all))
		sum.Add(sum, term.Mul(term, big.NewFloat(float64(up)/down)))
		within[d], _ = sum.Float64()
	}
	return within
}

func TestChanceModelAgainstBigNumbers(t *testing.T) {
	distances := 0
	for d, p := range chanceBig() {
		distances++
		for _, views := range []int{1, 8, 512} {
			if got, want := ChanceModel(d, views), min(1, float64(views)*p); math.Abs(got-want) > 1e-7*want {
				t.Errorf("distance %d, %d views: %g, want %g", d, views, got, want)
			}
		}
	}
	testkit.AtLeast(t, 129, distances, "distances")
}

func TestChanceModelGrows(t *testing.T) {
	for views := 1; views <= 512; views *= 2 {
		for d := range 257 {
			p := ChanceModel(d, views)
			switch {
			case !(p > 0 && p <= 1), p < ChanceModel(d-1, views), p < ChanceModel(d, views-1):
				t.Errorf("distance %d, %d views: %g", d, views, p)
			case d <= 100 && views <= 8 && p <= ChanceModel(d-1, views):
				t.Errorf("distance %d, %d views: %g, no more than the distance before", d, views, p)
			}
		}
		if p := ChanceModel(256, views); p < 1-1e-12 {
			t.Errorf("%d views: %g of all pairs", views, p)
		}
	}
	if p := ChanceModel(0, 1); p < 1e-67 || p > 1e-66 {
		t.Errorf("distance 0: %g", p)
	}
	for _, c := range [][2]int{{-1, 1}, {60, 0}, {60, -1}, {math.MinInt, 8}} {
		if p := ChanceModel(c[0], c[1]); p != 0 {
			t.Errorf("distance %d, %d views: %g", c[0], c[1], p)
		}
	}
	if ChanceModel(math.MaxInt, 1) != ChanceModel(256, 1) {
		t.Error("beyond 256 there is nothing")
	}
}

// TestMostOf holds the bound against the definition, and the first ones against the tables of Garwood's.
func TestMostOf(t *testing.T) {
	for k, want := range map[int64]float64{0: 2.9957, 1: 4.7439, 2: 6.2958, 3: 7.7537, 4: 9.1535, 5: 10.5130, 10: 16.9622, 20: 29.0620} {
		if got := mostOf(k); math.Abs(got-want) > 1e-4 {
			t.Errorf("%d: %.4f, want %.4f", k, got, want)
		}
	}
	for _, k := range []int64{0, 1, 7, 50, 333, seam - 1} {
		mean := new(big.Float).SetPrec(200).SetFloat64(mostOf(k))
		term, sum := big.NewFloat(1).SetPrec(200), big.NewFloat(1).SetPrec(200)
		for j := int64(1); j <= k; j++ {
			term.Mul(term, mean)
			term.Quo(term, big.NewFloat(float64(j)))
			sum.Add(sum, term)
		}
		var exponent big.Float
		mantissa := exponent.SetMantExp(sum, 0).MantExp(&exponent)
		m, _ := exponent.Float64()
		if p := math.Exp(math.Log(m) + float64(mantissa)*math.Ln2 - mostOf(k)); math.Abs(p-0.05) > 1e-7 {
			t.Errorf("%d: at most that many are counted in %g of all cases", k, p)
		}
	}
	last := 0.0
	for _, k := range []int64{0, 1, 2, 3, 10, 100, seam - 1, seam, seam + 1, 1e4, 1e6, 1e8, 1e10, 1 << 61, math.MaxInt64} {
		most := mostOf(k)
		if n := float64(k); !(most > last && most > n && most <= n+3+3*math.Sqrt(n)) {
			t.Errorf("%d: %g", k, most)
		}
		last = most
	}
}

// Beyond the seam the bound is a formula: never below the exact one, and above it by next to nothing.
func TestMostOfManyIsABound(t *testing.T) {
	counts := 0
	for k := int64(seam) / 2; k < 80*seam; k += k / 16 {
		counts++
		exactly, formula := exactMost(k), formulaMost(k)
		if !(formula >= exactly && formula <= exactly*(1+1e-5)) {
			t.Errorf("%d: %.9g by the formula, %.9g exactly", k, formula, exactly)
		}
	}
	testkit.AtLeast(t, 60, counts, "counts")
}

// What machines compute differently is far less than what makes a number be rounded otherwise: nowhere is it near the
// middle between two rounded ones.
func TestEveryMachineRoundsAlike(t *testing.T) {
	numbers := 0
	check := func(name string, i int, x float64) {
		numbers++
		if low, high := rounded(x*(1-unlike), sureDigits), rounded(x*(1+unlike), sureDigits); low != high {
			t.Errorf("%s %d: %.17g is %.17g or %.17g", name, i, x, low, high)
		}
	}
	for d, p := range modelTail() {
		check("model", d, p)
	}
	for k := range seam {
		check("count", k, exactMost(int64(k)))
	}
	testkit.AtLeast(t, 257+seam, numbers, "numbers")
}

// unlike is more than machines differ by in what the model and the bounds are computed from.
const unlike = 5e-12

// A calibration may claim any counts that fit its pairs. They cost no time, and what comes of them are numbers.
func TestGreatCounts(t *testing.T) {
	start := time.Now()
	tried := 0
	for _, n := range []int64{seam - 1, seam, 1e9, 1 << 40, 1 << 52, 1 << 61} {
		c := wideOpen(math.MaxInt32, math.MaxInt32)
		for d := range c.Radius {
			c.Counts[d] = n / 61
		}
		c.Counts[c.Radius] = n - c.Within(c.Radius)
		c.HitPictures, c.HitEntries = min(c.Pictures, int(min(n, math.MaxInt32))), min(c.Entries, int(min(n, math.MaxInt32)))
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadCalibration(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		mustBeNumbers(t, read)
		tried++
	}
	testkit.AtLeast(t, 6, tried, "calibrations")
	if took := time.Since(start); took > 20*time.Second { // a hundredth of a second; without the formula hours
		t.Errorf("it took %v", took)
	}
}

// mustBeNumbers holds what follows from a calibration to being what its documentation says.
func mustBeNumbers(t *testing.T, c *Calibration) {
	t.Helper()
	last := 0.0
	for d := range CalibrationReach + 2 {
		upper := c.Upper(d)
		if !(upper > 0 && upper <= 1 && upper >= last) {
			t.Fatalf("within %d: %g, after %g", d, upper, last)
		}
		last = upper
	}
	for _, files := range []int64{0, 1, 1e6, math.MaxInt64} {
		ch := ChanceRadius(files, 1e6, 528, DefaultChance, c)
		if !(ch.Measured >= 0 && ch.Measured <= 1.01e6*float64(files) && ch.Upper >= ch.Measured && ch.Radius >= 31 && ch.Radius <= MaxThorough) {
			t.Fatalf("%+v", ch)
		}
	}
}

// wideOpen returns a calibration of pairs in which nothing was seen.
func wideOpen(pictures, entries int) *Calibration {
	return &Calibration{
		Set: "s", Digest: strings.Repeat("0f", 32), Sample: "none", Views: "light", ViewCount: 8,
		Pictures: pictures, Entries: entries, Pairs: int64(pictures) * int64(entries), Radius: 60,
	}
}

// seen adds n hits at a distance, each of another picture and entry.
func (c *Calibration) seen(distance, n int) *Calibration {
	c.Counts[distance] += int64(n)
	c.HitPictures += n
	c.HitEntries += n
	return c
}

func TestChanceRadius(t *testing.T) {
	narrow := wideOpen(1000, 1000)
	narrow.Radius = 50
	once := wideOpen(1000, 1000).seen(45, 1)
	cases := []struct {
		name           string
		files, entries int64
		views          int
		bound          float64
		c              *Calibration
		radius         int
		why            string
	}{
		{"a small scan", 10, 100, 8, 0.01, nil, 60, "the greatest there is; the model expects at most 0.01 chance matches"},
		{"a large one", 1e7, 1e8, 512, 0.01, nil, 50, "beyond it the model"},
		{"nothing seen restricts nothing", 1e6, 1e6, 8, 0.01, wideOpen(1000, 1000), 60, "the greatest there is; the model expects at most 0.01 chance matches; the calibration has no say in this: it saw none, and its 1000000 pairs are too few to rule out more"},
		{"nor does it where the model does", 1e10, 1e10, 512, 0.01, wideOpen(1000, 1000), 41, "chance matches; the calibration has no say in this"},
		{"unless there are pairs enough", 1, 100, 8, 0.01, wideOpen(1e5, 1e4), 60, "0.01 chance matches, and the calibration allows for no more"},
		{"what was seen does", 1e6, 1e6, 8, 0.01, once, 44, "beyond it the calibration, with 1 seen at most 45 away"},
		{"but not where it fits under the bound", 1, 1000, 8, 0.01, once, 60, "and the calibration allows for no more"},
		{"fewer views than this scan has", 1, 1000, 32, 0.01, once, 44, "the calibration, with 1"},
		{"it did not look", 10, 100, 8, 0.01, narrow, 50, "beyond it the calibration did not look"},
		{"seen within the usual radius", 1e6, 1e6, 8, 0.01, wideOpen(1000, 1000).seen(20, 3), 31, "the usual radius; the bound cannot be held: even there the calibration"},
		{"the model does not hold it either", math.MaxInt64, math.MaxInt64, 512, 0.01, nil, 31, "cannot be held: even there the model"},
		{"no bound at all", 1, 1, 1, 0, nil, 31, "cannot be held"},
		{"a bound that is no number", 1, 1, 1, math.NaN(), nil, 31, "cannot be held"},
		{"below zero", 1, 1, 1, -1, nil, 31, "cannot be held"},
		{"nothing to compare", 0, 1e6, 8, 0, nil, 60, "the greatest there is"},
		{"less than nothing", -5, 1e6, 8, 0, nil, 60, "the greatest there is"},
		{"an empty calibration looked at nothing", 1, 1000, 1, 0.01, &Calibration{}, 31, "the calibration did not look"},
	}
	for _, c := range cases {
		ch := ChanceRadius(c.files, c.entries, c.views, c.bound, c.c)
		if ch.Radius != c.radius || !strings.Contains(ch.Why, c.why) {
			t.Errorf("%s: radius %d (%s), want %d (%s)", c.name, ch.Radius, ch.Why, c.radius, c.why)
		}
		if ch.Files != c.files || ch.Entries != c.entries || ch.Views != c.views || ch.Upper != max(ch.Model, ch.Measured) {
			t.Errorf("%s: %+v", c.name, ch)
		}
		if c.c != nil && (ch.Pairs != c.c.Pairs || ch.Seen != c.c.Within(ch.Radius)) {
			t.Errorf("%s: %+v", c.name, ch)
		}
	}
	testkit.AtLeast(t, 17, len(cases), "cases")
}

// The chosen radius is the greatest that keeps its promise, by trying each.
func TestChanceRadiusAgainstTrying(t *testing.T) {
	r := testkit.Rand(t)
	held, stopped := 0, 0
	for range 500 {
		c := wideOpen(1+r.IntN(1e5), 1+r.IntN(1e6))
		c.ViewCount, c.Radius = 1+r.IntN(600), 31+r.IntN(66)
		for range r.IntN(4) {
			if d := 25 + r.IntN(72); d <= c.Radius {
				c.seen(d, 1)
			}
		}
		files, entries, views := int64(r.IntN(1e6)), int64(r.IntN(1e6)), r.IntN(600)
		bound := math.Pow(10, float64(r.IntN(8)-4))
		best := 31
		for d := 31; d <= MaxThorough; d++ {
			pairs := float64(files * entries)
			measured := pairs * min(1, max(1, float64(views)/float64(c.ViewCount))*c.Upper(d))
			if pairs*ChanceModel(d, views) <= bound && d <= c.Radius && (c.Within(d) == 0 || measured <= bound) {
				best = d
			}
		}
		got := ChanceRadius(files, entries, views, bound, c)
		if got.Radius != best {
			t.Errorf("%d files, %d entries, %d views, bound %g: %+v, want radius %d", files, entries, views, bound, got, best)
		}
		if got.Radius == MaxThorough {
			held++
		} else {
			stopped++
		}
		for _, more := range []Chance{
			ChanceRadius(2*files, entries, views, bound, c), ChanceRadius(files, 2*entries, views, bound, c),
			ChanceRadius(files, entries, 2*views, bound, c), ChanceRadius(files, entries, views, bound/2, c),
		} {
			if more.Radius > got.Radius {
				t.Errorf("more is allowed for more: %+v, then %+v", got, more)
			}
		}
	}
	testkit.AtLeast(t, 50, held, "scans at the greatest radius")
	testkit.AtLeast(t, 50, stopped, "scans below it")
}

func TestChanceSaysBothInputs(t *testing.T) {
	for want, ch := range map[string]Chance{
		"expected chance matches in this scan, upper bound: 3000000 (model 5e-09; measured 3000000, from 0 seen in 1000000 pairs: so few cannot rule that many out, and more pairs lower this bound)": ChanceRadius(1e6, 1e6, 8, 1e-8, wideOpen(1000, 1000)),
		"expected chance matches in this scan, upper bound: 4740000 (model 1.03e-10; measured 4740000, from 1 seen in 1000000 pairs)":                                                                 ChanceAt(45, 1e6, 1e6, 8, wideOpen(1000, 1000).seen(45, 1)),
		"expected chance matches in this scan, upper bound: 25 (model 7.98e-12; measured 25, from 0 seen in 6 pairs, which rule nothing out)":                                                         ChanceAt(60, 5, 5, 600, wideOpen(2, 3)),
		"expected chance matches in this scan, upper bound: 0.00526 (model 0.00526; no calibration)":                                                                                                  ChanceRadius(1e13, 1e13, 8, 0.01, nil),
		"expected chance matches in this scan, upper bound: 0 (model 0; no calibration)":                                                                                                              ChanceRadius(0, 0, 8, 0.01, nil),
	} {
		if ch.String() != want {
			t.Errorf("%s\nwant %s (%+v)", ch, want, ch)
		}
		if strings.Contains(ch.String()+ch.Why, "probab") {
			t.Error("nothing here is a probability")
		}
	}
}

func TestRounded(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, 0.0123456: 0.0123, 2.0000000000000004: 2, 999.9: 1000, 1.005e-30: 1e-30} {
		if got := rounded(x, 3); got != want && math.Abs(got-want) > 0.01*want {
			t.Errorf("%g: %g, want %g", x, got, want)
		}
	}
}
