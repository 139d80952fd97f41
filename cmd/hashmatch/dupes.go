package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// dupesOptions are the flags of dupes.
type dupesOptions struct {
	hashingFlags
	results  string
	radius   int
	diameter int
	least    int
	out      string
}

func newDupes() *cobra.Command {
	var o dupesOptions
	cmd := &cobra.Command{
		Use:   "dupes ROOT...|--results RESULTS.jsonl",
		Short: "group near-duplicates, so that each picture is looked at once",
		Long: `dupes groups the pictures below each ROOT, or those that a scan did not match, so
that one look at a group's representative stands for all its files: equal files,
altered copies, also mirrored, turned, bordered or slightly cropped, but no
screenshot or collage of a picture. It writes a JSON line for each group, the
largest first and each with its representative first, and a last line that
accounts for every file. "also" names other pictures that a file holds.

Results of a scan hold no views but those that matched, unless scan was given
--with views: without them copies that were mirrored, turned, bordered or cropped
stay apart. dupes warns where they are missing.`,
		Example: `  hashmatch dupes -o groups.jsonl /mnt/evidence
  hashmatch scan --with views --set known.hms -o results.jsonl /mnt/evidence
  hashmatch dupes --results results.jsonl --min 10`,
		RunE: func(cmd *cobra.Command, args []string) error { return runDupes(cmd, &o, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.results, "results", "", "results of a scan (- for standard input)")
	f.IntVar(&o.radius, "radius", 31, "PDQ distance of near-duplicates, inclusive")
	f.IntVar(&o.diameter, "diameter", 0, "greatest distance in a group (default: twice the radius)")
	f.IntVar(&o.least, "min", 2, "smallest group to write; 1: files alone, too")
	f.StringVarP(&o.out, "output", "o", "-", "where to write the groups; replaced only when they are complete")
	var hashing cobra.Command
	o.hashingFlags.add(&hashing)
	hashing.Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name == "kinds" || flag.Name == "digests" { // groups are of one pair of kinds
			return
		}
		f.AddFlag(flag)
	})
	o.kinds.kinds = []hashmatch.Kind{hashmatch.SHA256, hashmatch.PDQ}
	o.prefer(f, "light")
	return cmd
}

// options returns what Group is to do.
func (o *dupesOptions) options(cmd *cobra.Command) (hashmatch.GroupOptions, error) {
	g := hashmatch.GroupOptions{Radius: o.radius, Diameter: o.diameter}
	most := hashmatch.PDQ.Bits()
	switch {
	case o.radius < 0 || o.radius > most:
		return g, usagef("--radius %d: 0 to %d", o.radius, most)
	case !cmd.Flags().Changed("diameter"):
		g.Diameter = 0
	case o.diameter < o.radius || o.diameter > most:
		return g, usagef("--diameter %d: from the radius, which is %d, to %d", o.diameter, o.radius, most)
	}
	if o.least < 1 {
		return g, usagef("--min %d: groups of how many files?", o.least)
	}
	if g.Radius == 0 {
		g.Radius = -1
	}
	return g, nil
}

func runDupes(cmd *cobra.Command, o *dupesOptions, args []string) error {
	opts, err := o.options(cmd)
	switch {
	case err != nil:
		return err
	case o.results == "" && len(args) == 0:
		return usagef("ROOT or --results is missing (see %s --help)", cmd.CommandPath())
	case o.results != "" && len(args) > 0:
		return usagef("either ROOT or --results, not both")
	}
	d := &dupes{cmd: cmd, opts: opts, least: o.least, quiet: o.quiet, out: o.out}
	if o.results != "" {
		return o.groupResults(d)
	}
	return o.groupRoots(d, args)
}

// groupResults groups what a scan did not match.
func (o *dupesOptions) groupResults(d *dupes) error {
	var useless string
	d.cmd.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains([]string{"results", "radius", "diameter", "min", "output", "progress", "quiet"}, f.Name) {
			useless = f.Name
		}
	})
	if useless != "" {
		return usagef("--%s is about reading files, and --results reads none", useless)
	}
	if err := notAnInput(o.out, o.results); err != nil {
		return err
	}
	in := d.cmd.InOrStdin()
	if o.results != "-" {
		f, err := openInput(d.cmd.Context(), o.results)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	r, err := report.Read(&contextReader{d.cmd.Context(), in})
	if err != nil {
		return err
	}
	d.header = dupesHeader{Kinds: r.Header.Kinds, Exact: r.Header.Exact, Views: r.Header.Views, Roots: r.Header.Roots}
	d.warnOfKinds()
	return d.run(r.Records(), d.warnOfLostViews)
}

// groupRoots groups the files below roots.
func (o *dupesOptions) groupRoots(d *dupes, args []string) error {
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
	worker, closeWorker, err := o.isolated(h)
	if err != nil {
		return err
	}
	defer closeWorker()
	p, err := o.startProgress(d.cmd, roots, o.out == "-")
	if err != nil {
		return err
	}
	defer p.stop()
	d.header = dupesHeader{Kinds: h.Kinds, Exact: o.exact, Views: o.views, Roots: len(roots)}
	d.warnOfKinds()
	if o.views == "none" {
		d.warn("without views, as of --views light, turned, mirrored and bordered copies stay apart")
	}
	s := &scan.Scanner{Querier: noSets{}, Hasher: worker, Workers: o.workers, Observer: p}
	err = d.run(s.Run(d.cmd.Context(), allItems(roots)), func() {
		p.finish()
		o.tellWalls(d.cmd, worker)
	})
	if err != nil {
		return err
	}
	if tally := p.Tally(); tally.Trouble > 0 {
		return &exitError{code: exitTrouble}
	}
	return nil
}

// dupes is one run of the verb.
type dupes struct {
	cmd     *cobra.Command
	opts    hashmatch.GroupOptions
	least   int
	quiet   bool
	out     string
	header  dupesHeader
	files   []dupeFile // the pictures, by their positions
	upright int        // pictures that can be compared, by their upright hash
	viewed  int        // those of them that have views
	summary dupesSummary
}

// run groups what the records are of and writes the groups. read is called when all records were read.
func (d *dupes) run(records iter.Seq2[hashmatch.Record, error], read func()) error {
	out, err := openOutput(d.cmd, d.out)
	if err != nil {
		return err
	}
	defer out.discard()
	ctx, cancel := context.WithCancelCause(d.cmd.Context())
	defer cancel(nil)
	clusters, err := hashmatch.Group(ctx, func(yield func(*hashmatch.Fingerprint) bool) {
		for rec, err := range records {
			if err != nil {
				cancel(err)
				return
			}
			if d.take(&rec) && !yield(&rec.Fingerprint) {
				return
			}
		}
		read()
		if !d.quiet && len(d.files) > 100_000 {
			fmt.Fprintf(d.cmd.ErrOrStderr(), "grouping %d pictures\n", len(d.files))
		}
	}, d.opts)
	if err != nil {
		return err
	}
	if err := d.write(out, clusters); err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	if !d.quiet {
		d.summary.print(d.cmd.ErrOrStderr())
	}
	return nil
}

// warn tells what these hashes cannot find: people at once, and whoever reads the groups.
func (d *dupes) warn(text string) {
	d.header.Warnings = append(d.header.Warnings, text)
	if !d.quiet {
		fmt.Fprintln(d.cmd.ErrOrStderr(), "warning:", text)
	}
}

// warnOfKinds tells which kinds are missing.
func (d *dupes) warnOfKinds() {
	if !slices.Contains(d.header.Kinds, hashmatch.PDQ) {
		d.warn("without pdq only files of one SHA-256 are grouped")
	}
	if !slices.Contains(d.header.Kinds, hashmatch.SHA256) {
		d.warn("without sha256 files whose pictures cannot be compared stay apart even when they are equal")
	}
}

// warnOfLostViews tells how many pictures of results have no views. The header of a scan says in which views it looked, but
// its records hold them only if the scan was asked to write them.
func (d *dupes) warnOfLostViews() {
	lost := d.upright - d.viewed
	if lost == 0 {
		return
	}
	if d.viewed == 0 {
		d.header.Views = "none"
	}
	d.header.WithoutViews = lost
	d.warn(fmt.Sprintf("the results hold no views of %d of %d pictures: turned, mirrored, bordered and cropped copies of them stay apart (scan --with views keeps the views)",
		lost, d.upright))
}

// take accounts for a file and reports whether it is one to be grouped.
func (d *dupes) take(rec *hashmatch.Record) bool {
	d.summary.Seen++
	switch rec.Outcome {
	case hashmatch.Matched:
		d.summary.Matched++
		return false
	case hashmatch.NotRegular, hashmatch.Denied, hashmatch.IOError, hashmatch.Changed:
		d.summary.Unread++
		return false
	}
	if rec.Fingerprint.Format == hashmatch.FormatOther {
		d.summary.NoPicture++
		return false
	}
	if lookedUp(rec) && !rec.Fingerprint.Incomplete() {
		d.upright++
		if slices.ContainsFunc(rec.Fingerprint.Hashes, isView) {
			d.viewed++
		}
	}
	d.files = append(d.files, newDupeFile(rec))
	return true
}

// isView reports whether a hash is of the picture in another way than as it is stored.
func isView(h hashmatch.PictureHash) bool {
	picture, _ := h.View.Base()
	return h.Hash.Kind() == hashmatch.PDQ && h.View != hashmatch.Upright && !isOtherPicture(picture)
}

// write writes the groups and accounts for every file.
func (d *dupes) write(w io.Writer, clusters []hashmatch.Cluster) error {
	out := newLineWriter(w)
	d.header.Tool, d.header.Quality = "hashmatch "+toolVersion(), hashmatch.DefaultQuality
	d.header.Radius, d.header.Diameter = max(d.opts.Radius, 0), d.opts.Diameter
	if d.opts.Diameter == 0 {
		d.header.Diameter = min(2*d.header.Radius, hashmatch.PDQ.Bits())
	}
	if err := out.write(map[string]*dupesHeader{"dupes": &d.header}); err != nil {
		return err
	}
	for i := range clusters {
		c := &clusters[i]
		d.summary.add(c)
		if len(c.Members) < d.least {
			continue
		}
		if err := out.write(d.group(i+1, c)); err != nil {
			return err
		}
		d.summary.Written++
	}
	if err := d.summary.check(); err != nil {
		return err
	}
	return errors.Join(out.write(map[string]*dupesSummary{"summary": &d.summary}), out.flush())
}
