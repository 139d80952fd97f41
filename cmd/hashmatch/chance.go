package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

// chanceFlags say what a scan knows of chance matches.
type chanceFlags struct {
	files        []string // of calibrations
	bound        boundFlag
	calibrations map[string]*hashmatch.Calibration // by the name of their set
}

// boundFlag is --chance X.
type boundFlag struct {
	value float64
	said  bool
}

func (f *boundFlag) String() string { return fmt.Sprint(f.value) }
func (f *boundFlag) Type() string   { return "X" }

func (f *boundFlag) Set(text string) error {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x > 0 && x <= 1e18) {
		return errors.New("how many chance matches are to be expected at most? A number above 0 and up to 1e18, such as 0.01")
	}
	f.value, f.said = x, true
	return nil
}

func (f *chanceFlags) add(cmd *cobra.Command) {
	f.bound.value = hashmatch.DefaultChance
	cmd.Flags().StringArrayVar(&f.files, "calibration", nil, "what calibrate measured for a set; may be given again")
	cmd.Flags().Var(&f.bound, "chance", "with --thorough: the chance matches to expect at most, which set the radius")
}

// read reads the calibrations. One of another set, or of the set as it was before, would say something about other pictures.
func (f *chanceFlags) read(sets []*hashmatch.Set) error {
	f.calibrations = map[string]*hashmatch.Calibration{}
	for _, path := range f.files {
		c, err := readCalibration(path)
		if err != nil {
			return err
		}
		if err := belongs(c, sets); err != nil {
			return usagef("--calibration %s: %v", path, err)
		}
		if f.calibrations[c.Set] != nil {
			return usagef("--calibration %s: set %s has another one already", path, c.Set)
		}
		f.calibrations[c.Set] = c
	}
	return nil
}

// reach refuses calibrations that did not look as far as the matcher does: they would rule nothing out.
func (f *chanceFlags) reach(m *hashmatch.Matcher) error {
	for _, s := range m.Searches() {
		c := f.calibrations[s.Set]
		switch {
		case c == nil || s.Kind != hashmatch.PDQ || s.Radius <= c.Radius:
		case s.Radius > hashmatch.CalibrationReach:
			return usagef("--calibration: nothing is calibrated beyond %d, and set %s is searched within %d: leave --calibration out, or lower --radius", hashmatch.CalibrationReach, s.Set, s.Radius)
		default:
			return usagef("--calibration: that of set %s looked as far as %d, and the set is searched within %d: measure again, by hashmatch calibrate --radius %d", s.Set, c.Radius, s.Radius, s.Radius)
		}
	}
	return nil
}

func readCalibration(path string) (*hashmatch.Calibration, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := hashmatch.ReadCalibration(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// belongs tells why a calibration is of none of the sets. Its hubs are held against their entries, since they change what
// matches.
func belongs(c *hashmatch.Calibration, sets []*hashmatch.Set) error {
	i := slices.IndexFunc(sets, func(s *hashmatch.Set) bool { return s.Info().Name == c.Set })
	if i < 0 {
		return fmt.Errorf("it is of set %s, which is not searched", c.Set)
	}
	s := sets[i]
	if s.Digest() != c.Digest {
		return fmt.Errorf("it was measured with another state of set %s: measure again with this one", c.Set)
	}
	if c.Entries > s.Len() {
		return fmt.Errorf("entries: %d, and set %s has %d: measure again", c.Entries, c.Set, s.Len())
	}
	for i, h := range c.Hubs {
		if int64(h.Entry) >= int64(s.Len()) || !slices.ContainsFunc(s.Entry(h.Entry).Hashes, func(e hashmatch.EntryHash) bool { return e.Hash == h.Hash }) {
			return fmt.Errorf("hubs[%d]: entry %d of set %s has no such hash: measure again", i, h.Entry, c.Set)
		}
	}
	return nil
}

// hubs returns the entries that came near unrelated pictures, as the matcher wants them.
func (f *chanceFlags) hubs() map[string][]uint32 {
	hubs := map[string][]uint32{}
	for name, c := range f.calibrations {
		for _, h := range c.Hubs {
			hubs[name] = append(hubs[name], h.Entry)
		}
	}
	return hubs
}

// expect tells what a scan of so many pictures has to expect of each set that is searched by pdq.
func (f *chanceFlags) expect(m *hashmatch.Matcher, pictures int64, views int) (all []report.SetChance) {
	for _, s := range m.Searches() {
		if s.Kind == hashmatch.PDQ {
			c := hashmatch.ChanceAt(s.Radius, pictures, int64(s.Hashes), views, f.calibrations[s.Set])
			all = append(all, report.SetChance{Set: s.Set, Chance: c})
		}
	}
	return all
}

// second tells what a scan has to expect whose radius the bound has chosen.
func (f *chanceFlags) second(m *hashmatch.Matcher, pictures int64, views int) []report.SetChance {
	all := f.expect(m, pictures, views)
	for i := range all {
		all[i].Bound = f.share(m)
	}
	return all
}

// before tells what an earlier pass had to expect, by the calibrations of this scan.
func (f *chanceFlags) before(earlier []report.SetChance) (all []report.SetChance) {
	for _, c := range earlier {
		all = append(all, report.SetChance{Set: c.Set, Chance: hashmatch.ChanceAt(c.Radius, c.Files, c.Entries, c.Views, f.calibrations[c.Set])})
	}
	return all
}

// searchedByPDQ returns the searches that can meet a picture by chance.
func searchedByPDQ(m *hashmatch.Matcher) []hashmatch.Search {
	return slices.DeleteFunc(m.Searches(), func(s hashmatch.Search) bool { return s.Kind != hashmatch.PDQ || s.Hashes == 0 })
}

// share is the part of the bound that each set has.
func (f *chanceFlags) share(m *hashmatch.Matcher) float64 {
	return f.bound.value / float64(max(1, len(searchedByPDQ(m))))
}

// radius returns the radius at which the chance matches of all sets together stay under the bound, and where it comes from.
func (f *chanceFlags) radius(m *hashmatch.Matcher, pictures int64, views int) (radius int, why string) {
	pdq, share := searchedByPDQ(m), f.share(m)
	radius = hashmatch.MaxThorough
	for _, s := range pdq {
		c := hashmatch.ChanceRadius(pictures, int64(s.Hashes), views, share, f.calibrations[s.Set])
		if c.Radius <= radius {
			radius, why = c.Radius, c.Why
			if len(pdq) > 1 {
				why = fmt.Sprintf("by set %s, which has %.3g of the bound: %s", s.Set, share, why)
			}
		}
	}
	return radius, why
}

// passNames are those of a thorough scan.
var passNames = []string{", first pass", ", second pass"}

// tellChance says on standard error what is to be expected of each pass of a scan, and warns where that is more than one
// match.
func tellChance(cmd *cobra.Command, passes ...[]report.SetChance) {
	for i, all := range passes {
		name := ""
		if len(passes) > 1 {
			name = passNames[i]
		}
		for _, c := range all {
			fmt.Fprintf(cmd.ErrOrStderr(), "set %s%s: %s\n", c.Set, name, c.Chance)
		}
	}
	if w := report.ChanceWarning(slices.Concat(passes...)); w != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
	}
}
