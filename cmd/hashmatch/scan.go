package main

import (
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/report"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// scanOptions are the flags of scan.
type scanOptions struct {
	hashingFlags
	matchingFlags
	chance    chanceFlags
	thorough  bool
	from      string
	with      []string
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
confirms before anyone acts; no match says nothing about a file.

A scan ends with 3 if a file could not be examined as asked, whether or not others
matched: the last line counts both. Only a scan without such files ends with 0 or,
with --exit-match, 10 if there was a match.`,
		Example: `  hashmatch scan --set known.hms -o results.jsonl /mnt/evidence`,
		Args:    atLeast(1, "ROOT"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runScan(cmd, &o, args) },
	}
	f := cmd.Flags()
	o.matchingFlags.add(cmd)
	f.StringVarP(&o.out, "output", "o", "-", "where to write the records; replaced only when the scan is complete")
	f.BoolVar(&o.thorough, "thorough", false, "then look at pictures that met nothing again: all views, farther off; tells first what it costs")
	f.StringVar(&o.from, "from", "", "with --thorough: results of an earlier scan of the same (- for standard input), instead of a first pass")
	o.chance.add(cmd)
	f.StringSliceVar(&o.with, "with", nil, "write more into the records: views (all their hashes)")
	f.BoolVar(&o.exitMatch, "exit-match", false, "end with 10 if there was a match, and no file that could not be examined")
	o.hashingFlags.add(cmd)
	o.prefer(f, "light")
	return cmd
}

func runScan(cmd *cobra.Command, o *scanOptions, args []string) error {
	r, err := o.prepare(cmd, args)
	if err != nil {
		return err
	}
	defer closeRoots(r.roots)
	out, err := openOutput(cmd, o.out)
	if err != nil {
		return err
	}
	defer out.discard()
	capHeap()
	var tally hashmatch.Tally
	if o.thorough {
		tally, err = r.twice(out)
	} else {
		r.final = true
		tally, err = r.once(out)
	}
	if err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	if !o.quiet {
		fmt.Fprintln(cmd.ErrOrStderr(), &tally)
	}
	switch {
	case tally.Trouble > 0:
		return &exitError{code: exitTrouble}
	case tally.Matches > 0 && o.exitMatch:
		return &exitError{code: exitMatches}
	}
	return nil
}

// scanRun is a scan with all it needs.
type scanRun struct {
	*scanOptions
	cmd      *cobra.Command
	roots    []root
	sets     []*hashmatch.Set
	cfg      hashmatch.Config
	matcher  *hashmatch.Matcher
	hasher   *media.Hasher
	warnings []string

	chosenBytes int64              // of the files of a second pass
	before      []report.SetChance // of the pass before a second one
	final       bool               // no other pass follows
}

// prepare checks all that the user said before anything is read.
func (o *scanOptions) prepare(cmd *cobra.Command, args []string) (_ *scanRun, err error) {
	r := &scanRun{scanOptions: o, cmd: cmd}
	if r.hasher, err = o.hasher(); err != nil {
		return nil, err
	}
	if err := o.checkThorough(r.hasher); err != nil {
		return nil, err
	}
	for _, w := range o.with {
		if w != "views" {
			return nil, usagef("--with %s: only views is known", w)
		}
	}
	if r.roots, err = openRoots(args); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeRoots(r.roots)
		}
	}()
	if o.out != "-" {
		if inside := insideRoots(o.out, r.roots); inside != "" {
			return nil, usagef("-o %s lies below %s: evidence is never written to", o.out, inside)
		}
	}
	if err := notAnInput(o.out, append(slices.Concat(o.sets, o.deny, o.quarantine, o.chance.files), o.from)...); err != nil {
		return nil, err
	}
	if r.sets, err = openSets(o.sets); err != nil {
		return nil, err
	}
	var notes []string
	if r.cfg, notes, err = o.config(cmd.Context(), r.sets); err != nil {
		return nil, err
	}
	if err := o.chance.read(r.sets); err != nil {
		return nil, err
	}
	r.cfg.Hubs = o.chance.hubs()
	if r.matcher, err = hashmatch.NewMatcher(r.cfg, r.sets...); err != nil {
		return nil, usagef("%v", err)
	}
	if err := r.worthwhile(); err != nil {
		return nil, err
	}
	if err := o.chance.reach(r.matcher); err != nil {
		return nil, err
	}
	r.warnings = append(append(notes, r.matcher.Warnings()...), kindWarnings(r.hasher, r.matcher)...)
	r.tell(r.warnings)
	return r, nil
}

// tell writes warnings to standard error.
func (r *scanRun) tell(warnings []string) {
	if !r.quiet {
		for _, w := range warnings {
			fmt.Fprintf(r.cmd.ErrOrStderr(), "warning: %s\n", w)
		}
	}
}

// once is a scan of one pass.
func (r *scanRun) once(out io.Writer) (hashmatch.Tally, error) {
	header := r.header()
	return r.pass(out, header, r.matcher, r.hasher, func(s *scan.Scanner) iter.Seq2[hashmatch.Record, error] {
		return s.Run(r.cmd.Context(), allItems(r.roots))
	})
}

// pass hashes and looks up what records takes from a scanner, and writes the results.
func (r *scanRun) pass(out io.Writer, header report.Header, m *hashmatch.Matcher, h *media.Hasher, records func(*scan.Scanner) iter.Seq2[hashmatch.Record, error]) (hashmatch.Tally, error) {
	counted := r.roots
	if header.Thorough != nil {
		counted = nil
	}
	p, err := r.startProgress(r.cmd, counted, r.out == "-")
	if err != nil {
		return hashmatch.Tally{}, err
	}
	defer p.stop()
	if t := header.Thorough; t != nil {
		p.expect(t.Chosen, r.chosenBytes)
	}
	worker, closeWorker, err := r.isolated(h)
	if err != nil {
		return hashmatch.Tally{}, err
	}
	defer closeWorker()
	w, err := report.NewJSONL(out, header)
	if err != nil {
		return hashmatch.Tally{}, err
	}
	var written scan.Account // of all records, where the scanner has not made all
	pictures := int64(0)
	for rec, err := range records(&scan.Scanner{Querier: m, Hasher: worker, Workers: r.workers, Observer: p}) {
		if err != nil {
			return hashmatch.Tally{}, err
		}
		if lookedUp(&rec) {
			pictures++
		}
		if !slices.Contains(r.with, "views") {
			rec.DropViews()
		}
		written.Taken(scan.Item{})
		written.Done(&rec)
		if err := w.Write(&rec); err != nil {
			return hashmatch.Tally{}, err
		}
	}
	if r.final {
		p.finish()
	}
	p.stop()
	r.tellWalls(r.cmd, worker)
	tally := p.Tally()
	chance := r.before
	if header.Thorough != nil {
		tally = written.Tally()
	} else {
		chance = r.chance.expect(m, pictures, lookUps(h.Views))
		if r.final && !r.quiet {
			tellChance(r.cmd, chance)
		}
	}
	return tally, w.Close(tally, chance...)
}

// lookedUp reports whether any hash of a file was looked up as a picture's, as long as the record still has them all: that
// of a part may pass the gate where that of the whole does not.
func lookedUp(rec *hashmatch.Record) bool {
	return slices.ContainsFunc(rec.Fingerprint.Hashes, func(h hashmatch.PictureHash) bool {
		return h.Hash.Kind() == hashmatch.PDQ && !h.Quality.Below(hashmatch.DefaultQuality)
	})
}

// beside is how many hashes a file has at most beside those of its picture's views: of its thumbnail, and of the first three
// pictures behind its end.
const beside = 4

// lookUps is the most hashes that are looked up for a file.
func lookUps(v media.Views) int { return v.Hashes() + beside }

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

// header describes the scan.
func (r *scanRun) header() report.Header {
	header := report.Header{
		Tool: "hashmatch " + toolVersion(), Kinds: r.hasher.Kinds, Exact: r.hasher.Exact, Searches: r.matcher.Searches(),
		Quality: hashmatch.DefaultQuality, Roots: len(r.roots), Views: r.views, Warnings: r.warnings,
	}
	for _, s := range r.sets {
		info := s.Info()
		header.Sets = append(header.Sets, report.SetInfo{Name: info.Name, Disposition: info.Disposition, Digest: s.Digest(), Entries: s.Len()})
	}
	return header
}
