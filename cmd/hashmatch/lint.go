package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
)

// lintOptions are the flags of lint.
type lintOptions struct {
	against         []string
	hub, quality    int
	json, exitMatch bool
}

func newLint() *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:   "lint FILE.hms",
		Short: "look through a set for entries that would make false hits",
		Long: `lint looks for entries of a set that would make false hits, whether they came
into it by accident or by malice:
  constant       a perceptual hash of one pattern over and over: a blank picture
  unbalanced     one with more or fewer bits set than pictures with content give
  low-quality    perceptual hashes that are all below the quality gate
  hub            a PDQ hash with more than --hub others near it
  benign         one that a picture of a set of --against hits, also turned
  trivial        the digest of the empty file, of zeros, of an empty archive, ...
  benign-digest  a digest that a set of --against holds
It prints the numbers of the entries and no hash, and changes nothing. --json
lists all numbers: what --quarantine of match and scan takes, so that the entries
match by their digests only.
Digests that are trivial or benign go on a --deny list of match and scan.`,
		Example: `  hashmatch lint received.hms --against harmless.hms`,
		Args:    exactly(1, "FILE.hms"),
		RunE:    func(cmd *cobra.Command, args []string) error { return lint(cmd, &o, args[0]) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.against, "against", nil, "set of harmless items; may be given again")
	f.IntVar(&o.hub, "hub", hashmatch.DefaultHub, "how many pictures may be near one (within 31 of its PDQ hash) before it is a hub; -1: do not look, which takes a search for each entry")
	f.IntVar(&o.quality, "quality", hashmatch.DefaultQuality, "quality gate; hashes that are known to be below never match")
	f.BoolVar(&o.json, "json", false, "print JSON on one line, with the numbers of all entries")
	f.BoolVar(&o.exitMatch, "exit-match", false, "end with 10 if an entry was flagged")
	return cmd
}

func lint(cmd *cobra.Command, o *lintOptions, path string) error {
	switch {
	case o.hub < -1 || o.hub == 0:
		return usagef("--hub %d: how many pictures may be near one? 1 or more, or -1", o.hub)
	case o.quality < 1 || o.quality > 100:
		return usagef("--quality %d: 1 to 100", o.quality)
	}
	set, err := openSet(path)
	if err != nil {
		return err
	}
	defer set.Close()
	cfg := hashmatch.LintConfig{Hub: o.hub, Quality: o.quality}
	for _, p := range o.against {
		benign, err := openSet(p)
		if err != nil {
			return err
		}
		defer benign.Close()
		cfg.Benign = append(cfg.Benign, benign)
	}
	report, err := hashmatch.Lint(cmd.Context(), cfg, set)
	if err != nil {
		return err
	}
	if o.json {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(report)
	} else {
		err = printLint(cmd.OutOrStdout(), report)
	}
	if err == nil && o.exitMatch && report.Flagged > 0 {
		return &exitError{code: exitMatches}
	}
	return err
}

// printLint writes a report for people, with the first numbers of each reason.
func printLint(w io.Writer, r *hashmatch.LintReport) error {
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%-14s%9d  entries %s\n", f.Reason, f.Count, firstNumbers(f.Entries))
	}
	_, err := fmt.Fprintf(w, "%s: %d of %d entries flagged\n", r.Set, r.Flagged, r.Entries)
	return err
}

// firstNumbers lists a few of the numbers.
func firstNumbers(numbers []uint32) string {
	const most = 10
	var b strings.Builder
	for i, n := range numbers[:min(len(numbers), most)] {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, n)
	}
	if len(numbers) > most {
		b.WriteString(" ...")
	}
	return b.String()
}
