package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/report"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// scanOptions are the flags of scan.
type scanOptions struct {
	hashingFlags
	sets      []string
	radius    radiusFlag
	out       string
	exitMatch bool
}

func newScan() *cobra.Command {
	var o scanOptions
	cmd := &cobra.Command{
		Use:   "scan --set FILE.hms ROOT...",
		Short: "look for known files on a tree, one JSON record a file",
		Long: `scan reads every file below each ROOT, once and read-only, and writes one JSON
record for each directory entry that is no directory, in byte order of the
names, with what it matched or why it could not be examined. The first line
describes the scan, the last one accounts for every file. No record holds
anything of a picture but numbers. A match is a lead: an authorised person
confirms before anyone acts; no match says nothing about a file.`,
		Example: `  hashmatch scan --set known.hms -o results.jsonl /mnt/evidence`,
		Args:    atLeast(1, "ROOT"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runScan(cmd, &o, args) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.sets, "set", nil, "set file; may be given again")
	addRadius(cmd, &o.radius)
	f.StringVarP(&o.out, "output", "o", "-", "where to write the records; replaced only when the scan is complete")
	f.BoolVar(&o.exitMatch, "exit-match", false, "end with 10 if there was a match")
	o.hashingFlags.add(cmd)
	o.prefer(f, "light")
	return cmd
}

func runScan(cmd *cobra.Command, o *scanOptions, args []string) error {
	h, err := o.hasher()
	if err != nil {
		return err
	}
	roots, err := openRoots(args)
	if err != nil {
		return err
	}
	defer closeRoots(roots)
	if o.out != "-" {
		if r := insideRoots(o.out, roots); r != "" {
			return usagef("-o %s lies below %s: evidence is never written to", o.out, r)
		}
	}
	if err := notAnInput(o.out, o.sets...); err != nil {
		return err
	}
	sets, err := openSets(o.sets)
	if err != nil {
		return err
	}
	cfg, err := o.radius.config(sets)
	if err != nil {
		return err
	}
	m, err := hashmatch.NewMatcher(cfg, sets...)
	if err != nil {
		return usagef("%v", err)
	}
	warnings := append(m.Warnings(), kindWarnings(h, m)...)
	if !o.quiet {
		for _, w := range warnings {
			fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
		}
	}
	out, err := openOutput(cmd, o.out)
	if err != nil {
		return err
	}
	defer out.discard()
	header := scanHeader(h, m, sets, len(roots), warnings)
	header.Views = o.views
	p, err := o.startProgress(cmd, roots, o.out == "-")
	if err != nil {
		return err
	}
	defer p.stop()
	worker, closeWorker, err := o.isolated(h)
	if err != nil {
		return err
	}
	defer closeWorker()
	capHeap()
	s := &scan.Scanner{Querier: m, Hasher: worker, Workers: o.workers, Observer: p}
	tally, err := writeScan(cmd, s, p, roots, out, header)
	p.stop()
	if err != nil {
		return err
	}
	o.tellWalls(cmd, worker)
	if err := out.commit(); err != nil {
		return err
	}
	if !o.quiet {
		fmt.Fprintln(cmd.ErrOrStderr(), tally)
	}
	switch {
	case tally.Trouble > 0:
		return &exitError{code: exitTrouble}
	case tally.Matches > 0 && o.exitMatch:
		return &exitError{code: exitMatches}
	}
	return nil
}

// writeScan runs the scan and writes its records.
func writeScan(cmd *cobra.Command, s *scan.Scanner, p *progress, roots []root, out *output, header report.Header) (*hashmatch.Tally, error) {
	w, err := report.NewJSONL(out, header)
	if err != nil {
		return nil, err
	}
	for rec, err := range s.Run(cmd.Context(), allItems(roots)) {
		if err != nil {
			return nil, err
		}
		if err := w.Write(&rec); err != nil {
			return nil, err
		}
	}
	tally := p.Tally()
	return &tally, w.Close(tally)
}

// kindWarnings tells which searches the user has left without hashes.
func kindWarnings(h *media.Hasher, m *hashmatch.Matcher) (warnings []string) {
	computed := map[hashmatch.Kind]bool{}
	for _, k := range h.Kinds {
		computed[k] = true
	}
	for _, s := range m.Searches() {
		if !computed[s.Kind] {
			warnings = append(warnings, fmt.Sprintf("set %s is searched by %s, which is not computed: files that only %s could find are reported as skipped, not as clear", s.Set, s.Kind, s.Kind))
		}
	}
	return warnings
}

func scanHeader(h *media.Hasher, m *hashmatch.Matcher, sets []*hashmatch.Set, roots int, warnings []string) report.Header {
	header := report.Header{
		Tool: "hashmatch " + toolVersion(), Kinds: h.Kinds, Exact: h.Exact, Searches: m.Searches(),
		Quality: hashmatch.DefaultQuality, Roots: roots, Warnings: warnings,
	}
	for _, s := range sets {
		info := s.Info()
		header.Sets = append(header.Sets, report.SetInfo{Name: info.Name, Disposition: info.Disposition, Digest: s.Digest(), Entries: s.Len()})
	}
	return header
}
