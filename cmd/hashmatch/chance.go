package main

import (
	"fmt"
	"math"
	"os"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

// chanceFlags say what a scan knows of chance matches.
type chanceFlags struct {
	files        []string // of calibrations
	bound        float64
	calibrations map[string]*hashmatch.Calibration // by the name of their set
}

func (f *chanceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.files, "calibration", nil, "what calibrate measured for a set; may be given again")
	cmd.Flags().Float64Var(&f.bound, "chance", hashmatch.DefaultChance, "with --thorough: the chance matches to expect at most, which set the radius")
}

// read reads the calibrations. One of another set, or of the set as it was before, would say something about other pictures.
func (f *chanceFlags) read(sets []*hashmatch.Set) error {
	if !(f.bound > 0) || math.IsInf(f.bound, 0) {
		return usagef("--chance %v: how many chance matches, above 0?", f.bound)
	}
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

func belongs(c *hashmatch.Calibration, sets []*hashmatch.Set) error {
	for _, s := range sets {
		if s.Info().Name != c.Set {
			continue
		}
		if s.Digest() != c.Digest {
			return fmt.Errorf("it was measured with another state of set %s: measure again with this one", c.Set)
		}
		return nil
	}
	return fmt.Errorf("it is of set %s, which is not searched", c.Set)
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

// radius returns the radius at which the chance matches of all sets together stay under the bound, and where it comes from.
func (f *chanceFlags) radius(m *hashmatch.Matcher, pictures int64, views int) (radius int, why string) {
	var pdq []hashmatch.Search
	for _, s := range m.Searches() {
		if s.Kind == hashmatch.PDQ && s.Hashes > 0 {
			pdq = append(pdq, s)
		}
	}
	radius = hashmatch.MaxThorough
	for _, s := range pdq {
		c := hashmatch.ChanceRadius(pictures, int64(s.Hashes), views, f.bound/float64(len(pdq)), f.calibrations[s.Set])
		if c.Radius <= radius {
			radius, why = c.Radius, c.Why
		}
	}
	return radius, why
}

// tellChance says on standard error what is to be expected, and warns where that is more than one match.
func tellChance(cmd *cobra.Command, all []report.SetChance) {
	for _, c := range all {
		fmt.Fprintf(cmd.ErrOrStderr(), "set %s: %s\n", c.Set, c.Chance)
		if c.Upper > 1 {
			fmt.Fprintf(cmd.ErrOrStderr(), "warning: set %s: more than one chance match is to be expected within the bound: every match that is not exact needs review\n", c.Set)
		}
	}
}
