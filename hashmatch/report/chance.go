package report

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
)

// SetChance is what a scan has to expect of one set: matches between pictures that have nothing to do with each other.
type SetChance struct {
	Set string `json:"set"` // its name
	hashmatch.Chance
}

// ThoroughInfo describes the second pass of a thorough scan.
type ThoroughInfo struct {
	Radius  int    `json:"radius"` // of PDQ
	Why     string `json:"why"`    // where it comes from
	Views   int    `json:"views"`  // hashes that were looked up for a picture, at most
	Chosen  int64  `json:"chosen"` // files that were examined again
	Of      int64  `json:"of"`     // files there are
	LookUps int64  `json:"look_ups"`
}

// mostViews is more than any picture has views.
const mostViews = 1 << 16

// check returns an error that wraps ErrFormat when there is no such pass. A nil one is none, and in order.
func (t *ThoroughInfo) check() error {
	switch {
	case t == nil:
		return nil
	case t.Radius < 0 || t.Radius > hashmatch.PDQ.Bits():
		return fmt.Errorf("%w: thorough: radius %d of pdq", hashmatch.ErrFormat, t.Radius)
	case t.Views < 0 || t.Views > mostViews:
		return fmt.Errorf("%w: thorough: %d views (0 to %d)", hashmatch.ErrFormat, t.Views, mostViews)
	case t.Chosen < 0 || t.Of < t.Chosen || t.LookUps < 0:
		return fmt.Errorf("%w: thorough: %d of %d files, %d look-ups", hashmatch.ErrFormat, t.Chosen, t.Of, t.LookUps)
	}
	return nil
}

// checkChances returns an error that wraps ErrFormat when all is not what a scan of these sets has to expect. Each set is
// named once at most.
func checkChances(all []SetChance, sets []SetInfo) error {
	known := make(map[string]bool, len(sets))
	for _, s := range sets {
		known[s.Name] = true
	}
	for i := range all {
		c := &all[i]
		if !known[c.Set] {
			return fmt.Errorf("%w: chance %d: set %q was not searched, or is there twice", hashmatch.ErrFormat, i, c.Set)
		}
		known[c.Set] = false
		if what := absurd(&c.Chance); what != "" {
			return fmt.Errorf("%w: chance %d: %s", hashmatch.ErrFormat, i, what)
		}
	}
	return nil
}

// absurd tells what in c no scan has to expect; "" for nothing. A number that is none is neither below nor above another,
// so each comparison asks for what must hold. After it the sum over all sets of a line is finite.
func absurd(c *hashmatch.Chance) string {
	pairs := float64(c.Files) * float64(c.Entries) * 1.01 // its numbers are rounded to three digits
	switch {
	case c.Files < 0 || c.Entries < 0:
		return fmt.Sprintf("%d files and %d entries", c.Files, c.Entries)
	case c.Views < 0 || c.Views > mostViews:
		return fmt.Sprintf("%d views (0 to %d)", c.Views, mostViews)
	case c.Radius < 0 || c.Radius > hashmatch.PDQ.Bits():
		return fmt.Sprintf("radius %d of pdq", c.Radius)
	case !(c.Bound >= 0 && c.Bound <= 1e300):
		return fmt.Sprintf("bound %v", c.Bound)
	case !(c.Model >= 0 && c.Model <= pairs):
		return fmt.Sprintf("the model expects %v, of %d files and %d entries", c.Model, c.Files, c.Entries)
	case !(c.Measured >= 0 && c.Measured <= pairs):
		return fmt.Sprintf("the calibration allows for %v, of %d files and %d entries", c.Measured, c.Files, c.Entries)
	case c.Upper != max(c.Model, c.Measured):
		return fmt.Sprintf("upper bound %v of %v and %v", c.Upper, c.Model, c.Measured)
	case c.Seen < 0 || c.Pairs < c.Seen || c.Pairs == 0 && c.Measured != 0:
		return fmt.Sprintf("a calibration of %d pairs that saw %d, and %v from it", c.Pairs, c.Seen, c.Measured)
	}
	return ""
}

// expected returns the upper bound of the chance matches of all sets and passes together, and what the models alone
// expect where a calibration had too few pairs to rule out more.
func expected(all []SetChance) (upper, least float64) {
	for i := range all {
		c := &all[i]
		upper += c.Upper
		if c.FewPairs() {
			least += c.Model
		} else {
			least += c.Upper
		}
	}
	return upper, least
}

// chanceRow is what the page shows of the chance matches of one set.
type chanceRow struct {
	Set            text
	Pass           string // of a thorough scan
	Files, Entries int64
	Views, Radius  int
	Expected       string // with the bound's own words
	Bound          string // that was asked for; "" for none
	Why            text
}

// chanceRows takes what the header tells, of which the pass is second where the scan had two, and the summary's.
func chanceRows(h *Header, all []SetChance) (rows []chanceRow) {
	for i := range all {
		c := &all[i]
		row := chanceRow{
			Set: show(c.Set), Files: c.Files, Entries: c.Entries, Views: c.Views, Radius: c.Radius,
			Expected: c.Chance.String(), Why: show(c.Why),
		}
		if c.Bound > 0 {
			row.Bound = fmt.Sprintf("%.3g", c.Bound)
		}
		switch {
		case h.Thorough != nil && i < len(h.Chance):
			row.Pass = "second pass"
		case h.Thorough != nil:
			row.Pass = "first pass"
		}
		rows = append(rows, row)
	}
	return rows
}

// ChanceWarning is "" unless more than one chance match is to be expected of all sets and passes together, though each
// alone may be below that.
func ChanceWarning(all []SetChance) string {
	upper, least := expected(all)
	if !(upper > 1) {
		return ""
	}
	what := fmt.Sprintf("More than one chance match is to be expected within the upper bound: up to %s, of all sets together.", about(upper))
	if !(least > 1) {
		what = fmt.Sprintf("More than one chance match cannot be ruled out: the upper bound is %s, of all sets together. "+
			"It is that high only because calibrations that saw none have few pairs: without them it would be %s, and more pairs lower it.", about(upper), about(least))
	}
	return what + " A match by pdq may be between pictures that have nothing to do with each other: every match that is not exact needs review."
}

// about writes a number with three digits.
func about(x float64) string {
	if x >= 1000 && x < 1e15 {
		return grouped(int64(x + 0.5))
	}
	return fmt.Sprintf("%.3g", x)
}

// viewSets says in words what the views of a scan are. Results may name others.
var viewSets = map[string]string{
	"none":     "the upright picture alone",
	"light":    "the picture turned and mirrored, and parts and extensions of it by which cropped, bordered, turned and embedded copies are found",
	"full":     "parts and extensions of the picture, small turns, other tones, and what lies over it taken out; most of them mirrored too, some turned",
	"dihedral": "the picture turned and mirrored, as derived from its hash",
}
