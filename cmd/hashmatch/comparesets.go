package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

// setComparison is the first line of what compare -o writes of two sets.
type setComparison struct {
	Tool    string         `json:"tool"`
	A       report.SetInfo `json:"a"`
	B       report.SetInfo `json:"b"`
	Radius  int            `json:"radius"`  // of pdq, in all orientations
	Quality int            `json:"quality"` // the gate
}

// sharedLine is an entry of A that meets one of B.
type sharedLine struct {
	Entry    uint32            `json:"entry"`
	ID       string            `json:"id,omitempty"`
	Category string            `json:"category,omitempty"`
	Matches  []hashmatch.Match `json:"matches"`
	More     int64             `json:"matches_more,omitempty"`
}

// setsFrame is the first or the last line.
type setsFrame struct {
	Compare *setComparison     `json:"compare,omitempty"`
	Summary *hashmatch.Overlap `json:"summary,omitempty"`
}

// compareSets finds what two sets have in common.
func (o *compareOptions) compareSets(cmd *cobra.Command, paths [2]string, sets [2]*hashmatch.Set) error {
	if o.hashing.exact || o.hashing.isolate || o.hashing.heic.thorough {
		return usagef("--exact, --isolate and --thorough-heic are for files: of sets nothing is hashed")
	}
	if o.json && o.out == "-" {
		return usagef("--json and -o - would both write to standard output")
	}
	if err := notAnInput(o.out, paths[:]...); err != nil {
		return err
	}
	head := setComparison{
		Tool: "hashmatch " + toolVersion(), A: setLine(sets[0]), B: setLine(sets[1]), Radius: o.radius, Quality: hashmatch.DefaultQuality,
	}
	sum, err := o.writeShared(cmd, head, sets)
	if err != nil {
		return err
	}
	switch {
	case o.json:
		err = printVisibleJSON(cmd.OutOrStdout(), struct {
			setComparison
			Summary hashmatch.Overlap `json:"summary"`
		}{head, sum})
	case o.out == "-":
		err = printOverlap(cmd.ErrOrStderr(), &head, paths, &sum)
	default:
		err = printOverlap(cmd.OutOrStdout(), &head, paths, &sum)
	}
	if err == nil && o.exitMatch && sum.Matches > 0 {
		return &exitError{code: exitMatches}
	}
	return err
}

func setLine(s *hashmatch.Set) report.SetInfo {
	info := s.Info()
	return report.SetInfo{Name: info.Name, Disposition: info.Disposition, Digest: s.Digest(), Entries: s.Len()}
}

// writeShared compares the sets and writes the lines of -o, if there is one.
func (o *compareOptions) writeShared(cmd *cobra.Command, head setComparison, sets [2]*hashmatch.Set) (hashmatch.Overlap, error) {
	cfg := hashmatch.Config{Radius: map[hashmatch.Kind]int{hashmatch.PDQ: o.radius}}
	if o.out == "" {
		return hashmatch.CompareSets(cmd.Context(), cfg, sets[0], sets[1], nil)
	}
	out, err := openOutput(cmd, o.out)
	if err != nil {
		return hashmatch.Overlap{}, err
	}
	defer out.discard()
	w := newLineWriter(out)
	if err := w.write(&setsFrame{Compare: &head}); err != nil {
		return hashmatch.Overlap{}, err
	}
	sum, err := shareLines(cmd.Context(), cfg, sets, w)
	if err != nil {
		return hashmatch.Overlap{}, err
	}
	if err := w.write(&setsFrame{Summary: &sum}); err != nil {
		return hashmatch.Overlap{}, err
	}
	if err := w.flush(); err != nil {
		return hashmatch.Overlap{}, err
	}
	return sum, out.commit()
}

// shareLines compares the sets and writes a line for each entry of A that meets one of B.
func shareLines(ctx context.Context, cfg hashmatch.Config, sets [2]*hashmatch.Set, w *lineWriter) (hashmatch.Overlap, error) {
	var failed error
	sum, err := hashmatch.CompareSets(ctx, cfg, sets[0], sets[1], func(s *hashmatch.Shared) bool {
		e := sets[0].Entry(s.Entry)
		failed = w.write(&sharedLine{s.Entry, e.ID, e.Category, s.Matches, s.More})
		return failed == nil
	})
	if failed != nil {
		err = failed
	}
	return sum, err
}

// printOverlap writes the counts for people.
func printOverlap(w io.Writer, head *setComparison, paths [2]string, sum *hashmatch.Overlap) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, s := range []report.SetInfo{head.A, head.B} {
		fmt.Fprintf(t, "%c\t%s\t%s, %s\n", 'A'+i, report.Visible(paths[i]), s.Name, s.Disposition)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	row := func(text string, a, b any) { fmt.Fprintf(w, "%-46s%10v%10v\n", text, a, b) }
	tier := func(text string, tier hashmatch.Tier) { row(text, sum.A.By[tier], sum.B.By[tier]) }
	fmt.Fprintln(w)
	row("ENTRIES", "OF A", "OF B")
	row("all", sum.A.Entries, sum.B.Entries)
	tier("in both exactly", hashmatch.Exact)
	tier("in both by an unconfirmed digest (exact-weak)", hashmatch.ExactWeak)
	tier("near, both upright (tier A)", hashmatch.TierA)
	tier("near turned, or farther (tier B)", hashmatch.TierB)
	if head.Radius > usualRadius {
		tier("farther and turned (tier C)", hashmatch.TierC)
	}
	row("in this set only", sum.A.Apart, sum.B.Apart)
	if sum.A.DigestsAlone+sum.B.DigestsAlone > 0 {
		row("  of these compared by digests alone", sum.A.DigestsAlone, sum.B.DigestsAlone)
	}
	row("nothing to compare with", sum.A.Unexamined, sum.B.Unexamined)
	fmt.Fprintf(w, "\n%d matches, by digest or by pdq within %d in eight orientations", sum.Matches, head.Radius)
	if left := sum.Matches - sum.Listed; sum.Listed > 0 && left > 0 {
		fmt.Fprintf(w, "; %d are listed, %d only counted", sum.Listed, left)
	}
	_, err := fmt.Fprintln(w)
	return err
}
