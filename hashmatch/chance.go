package hashmatch

import (
	"fmt"
	"math"
	"strconv"
	"sync"
)

// DefaultChance is the number of chance matches that a scan is meant to stay under.
const DefaultChance = 0.01

// MaxThorough is the greatest radius that ChanceRadius chooses: farther than this from a picture nearly nothing is an
// altered copy of it.
const MaxThorough = 60

// effectiveBits is how many fair bits spread as far as PDQ's 256 do between unrelated pictures. Their distances were
// measured to spread as those of 241 bits; taken 5 % wider, for the tail, that is 241/1.05², which is 219. With 220 the
// model gives all twenty radii of the table that the defaults were chosen by, with 219 two of them one lower.
const effectiveBits = 220

// chanceModel holds, for each distance t, how often an unrelated hash is at most that far away.
var chanceModel = sync.OnceValue(func() (within [257]float64) {
	for t, p := range modelTail() {
		within[t] = rounded(min(p, 1), sureDigits)
	}
	return within
})

// modelTail computes the model.
func modelTail() (within [257]float64) {
	const scale = effectiveBits / 256.0
	ln := func(x float64) float64 { y, _ := math.Lgamma(x + 1); return y } // of x factorial
	all := ln(effectiveBits) - effectiveBits*math.Ln2
	sum := 0.0
	for t := range within {
		x := float64(float64(t) * scale)
		sum += float64(scale * math.Exp(all-ln(x)-ln(effectiveBits-x)))
		within[t] = sum
	}
	return within
}

// sureDigits are digits that every machine agrees on. Which radius is chosen and what is written must not depend on the
// machine, but some processors' compilers make one operation, which rounds once, of a product and a sum (a conversion to
// float64 between the two forbids it), and math.Exp, Log and Lgamma differ in their last bits. All that is computed with
// them is rounded to so many digits; a test sees that none of these numbers is near where two machines might round it
// differently.
const sureDigits = 8

// ChanceModel returns how often one of a picture's views is within t of the PDQ hash of an unrelated picture, of all such
// pairs: at most 1, and 0 without views or below distance 0.
//
// The distance is taken for that of as many fair bits as spread as far, its distribution stretched to 256 bits; the views
// for ones that never meet the same hash (the union bound). Between real pictures small distances are more frequent, at
// some tens of bits 7 to 75 times, so the model is never the only input where there is a Calibration.
func ChanceModel(t, views int) float64 {
	if t < 0 || views < 1 {
		return 0
	}
	return min(1, float64(views)*chanceModel()[min(t, 256)])
}

// Chance says how many matches of a scan are to be expected between pictures that have nothing to do with each other, and
// the radius that was chosen by it. Its numbers are rounded to three digits, so that every machine writes the same.
type Chance struct {
	Files   int64   `json:"files"`
	Entries int64   `json:"entries"`
	Views   int     `json:"views"` // looked up for each file
	Radius  int     `json:"radius"`
	Bound   float64 `json:"bound,omitempty"` // that the expected chance matches should stay under; 0 where none chose the radius
	// Model is what ChanceModel expects in this scan.
	Model float64 `json:"model"`
	// Measured is what the calibration allows for with 95 % confidence, 0 without one. Where it saw nothing, that is
	// what three chance matches in all its pairs would give.
	Measured float64 `json:"measured"`
	Seen     int64   `json:"seen"`  // by the calibration, within Radius
	Pairs    int64   `json:"pairs"` // that it compared; 0 without one
	// Upper is the greater of Model and Measured: the upper bound of the chance matches that are to be expected.
	Upper float64 `json:"upper"`
	Why   string  `json:"why,omitempty"` // where the radius comes from
}

// String tells the upper bound with both of its inputs, and what its greater one can be lowered by.
func (c Chance) String() string {
	inputs := "no calibration"
	if c.Pairs > 0 {
		inputs = fmt.Sprintf("measured %s, from %d seen in %d pairs", plainly(c.Measured), c.Seen, c.Pairs)
		switch {
		case c.Measured > 0 && c.Measured >= rounded(pairsOf(c.Files, c.Entries), told):
			inputs += ", which rule nothing out"
		case c.FewPairs():
			inputs += ": so few cannot rule that many out, and more pairs lower this bound"
		}
	}
	return fmt.Sprintf("expected chance matches in this scan, upper bound: %s (model %s; %s)", plainly(c.Upper), plainly(c.Model), inputs)
}

// FewPairs reports whether Upper says more about the calibration than about the pictures: it saw nothing, and with so few
// pairs it cannot rule out more than the model expects.
func (c *Chance) FewPairs() bool { return c.Pairs > 0 && c.Seen == 0 && c.Measured > c.Model }

// plainly writes x without an exponent where people can read it so.
func plainly(x float64) string {
	if x != 0 && (x < 1e-4 || x >= 1e9) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// ChanceRadius chooses the greatest PDQ radius, 31 to MaxThorough, at which a scan of so many files, each looked up in so
// many views, against so many entries is expected to have at most bound chance matches.
//
// The model has a say at every radius, the calibration where it saw something or did not look: were "nothing seen" held
// against a radius, no calibration could ever be large enough. It is counted in Upper all the same, so Upper may be over
// the bound at any radius, and Why then says so; at 31, which is never gone below, so may all else. A calibration by
// fewer views counts for more, as if all views met as often as its own. c may be nil.
func ChanceRadius(files, entries int64, views int, bound float64, c *Calibration) Chance {
	e := expected{pairs: pairsOf(files, entries), views: views, c: c}
	t, why := tierA, e.against(tierA, bound)
	if why != "" {
		why = "the usual radius; the bound cannot be held: even there " + why
	} else {
		for t < MaxThorough && why == "" {
			if why = e.against(t+1, bound); why == "" {
				t++
			}
		}
		if why == "" {
			why = "the greatest there is; " + e.inFavour(t, bound)
		} else {
			why = "beyond it " + why
		}
	}
	if e.silent(t, bound) {
		why += fmt.Sprintf("; the calibration has no say in this: it saw none, and its %d pairs are too few to rule out more", c.Pairs)
	}
	ch := ChanceAt(t, files, entries, views, c)
	ch.Bound, ch.Why = bound, why
	return ch
}

// ChanceAt tells what such a scan has to expect at a radius that something else has chosen.
func ChanceAt(radius int, files, entries int64, views int, c *Calibration) Chance {
	e := expected{pairs: pairsOf(files, entries), views: views, c: c}
	ch := Chance{
		Files: files, Entries: entries, Views: views, Radius: radius,
		Model: rounded(e.model(radius), told), Measured: rounded(e.measured(radius), told),
	}
	if c != nil {
		ch.Seen, ch.Pairs = c.Within(radius), c.Pairs
	}
	ch.Upper = max(ch.Model, ch.Measured)
	return ch
}

// pairsOf is the number of pairs of a file and an entry.
func pairsOf(files, entries int64) float64 {
	return float64(float64(max(files, 0)) * float64(max(entries, 0)))
}

// expected is what one scan has to expect.
type expected struct {
	pairs float64 // of files and entries
	views int
	c     *Calibration
}

func (e *expected) model(t int) float64 { return e.pairs * ChanceModel(t, e.views) }

func (e *expected) measured(t int) float64 {
	if e.c == nil {
		return 0
	}
	more := max(1, float64(e.views)/float64(max(e.c.ViewCount, 1)))
	return e.pairs * min(1, more*e.c.Upper(t))
}

// against says what speaks against radius t; "" if nothing does. A bound that is no number is one that nothing holds.
func (e *expected) against(t int, bound float64) string {
	switch {
	case !(e.model(t) <= bound):
		return fmt.Sprintf("the model expects more than %.3g chance matches", bound)
	case e.c == nil:
		return ""
	case t > e.c.Radius:
		return "the calibration did not look"
	case e.c.Within(t) > 0 && !(e.measured(t) <= bound):
		return fmt.Sprintf("the calibration, with %d seen at most %d away, allows for more than %.3g chance matches", e.c.Within(t), t, bound)
	}
	return ""
}

// inFavour says what speaks for radius t, against which nothing does.
func (e *expected) inFavour(t int, bound float64) string {
	text := fmt.Sprintf("the model expects at most %.3g chance matches", bound)
	if e.c == nil || e.silent(t, bound) {
		return text
	}
	return text + ", and the calibration allows for no more"
}

// silent reports whether the calibration saw nothing within t where it looked, and rules out nothing that matters.
func (e *expected) silent(t int, bound float64) bool {
	return e.c != nil && t <= e.c.Radius && e.c.Within(t) == 0 && !(e.measured(t) <= bound)
}

// told is how many digits of a number of matches are told.
const told = 3

// rounded returns x with so many digits.
func rounded(x float64, digits int) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	return y
}

// seam is the least count whose bound is taken from a formula. The exact one would take some √k steps, and counts are
// read from files: nobody checks that somebody really counted to 2⁶¹.
const seam = 500

// mostOf returns the mean that a Poisson count has with 95 % confidence at most when k was counted: the mean of which k
// or less are counted in 5 of 100 cases. It is 3.00 for 0 and the exact bound of Garwood (1936) below seam, and less than
// a hundred-thousandth above it beyond. For small rates it is also that of Clopper and Pearson, and is above it otherwise.
func mostOf(k int64) float64 {
	if k < seam {
		return rounded(exactMost(k), sureDigits)
	}
	return formulaMost(k)
}

// formulaMost is mostOf by Wilson and Hilferty's approximation (1931). With the 95 % point of the normal distribution,
// 1.64485, it falls short by 0.0045/√k; 1.645 is more by 0.00015·√k, so that from 31 on it is above the exact bound.
// Every operation in it is one that all machines round alike.
func formulaMost(k int64) float64 {
	n := float64(k) + 1
	root := 1 - 1/(9*n) + 1.645/(3*math.Sqrt(n))
	return float64(n * root * root * root)
}

// exactMost is mostOf by Newton's method on the logarithm, which is concave.
func exactMost(k int64) float64 {
	const doubt = 0.05
	mean := formulaMost(k)
	for range 50 {
		exactly, atMost := poisson(k, mean)
		step := float64((math.Log(atMost) - math.Log(doubt)) * atMost / exactly)
		mean += step
		if math.Abs(step) <= 1e-13*mean {
			break
		}
	}
	return mean
}

// poisson returns how often a count of the given mean, which is above k, is k, and at most k.
func poisson(k int64, mean float64) (exactly, atMost float64) {
	n := float64(k)
	factorial, _ := math.Lgamma(n + 1)
	exactly = math.Exp(float64(n*math.Log(mean)) - mean - factorial)
	for term := exactly; term > 1e-18*atMost; n-- {
		atMost += term
		term = float64(term * (n / mean))
	}
	return exactly, atMost
}
