package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

func newDemo() *cobra.Command {
	var workers int
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "see the whole job done on a made-up volume of benign pictures",
		Long: `demo writes a volume of more than 2,000 synthetic files to a new folder (DIR, or
one below the system's temporary folder): pictures in six formats, text, empty
and damaged files, and planted among them exact and altered copies of known
pictures. It makes the known set, scans, writes results.jsonl, results.csv and
report.html, and checks that every planted copy was found and nothing else: it
ends with 1 if not. Nothing is fetched, and no picture is real.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("demo takes one DIR (see hashmatch demo --help)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runDemo(cmd, args, workers) },
	}
	cmd.Flags().IntVarP(&workers, "jobs", "j", 0, "files worked on at a time (default: one for each processor)")
	return cmd
}

func runDemo(cmd *cobra.Command, args []string, workers int) error {
	dir, err := demoDir(args)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "A made-up volume and what is known of it, in %s\n\n", dir)
	v, err := makeVolume(cmd.Context(), dir)
	if err != nil {
		return err
	}
	d := &demo{cmd: cmd, dir: dir, volume: v, workers: workers}
	if err := d.work(); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	d.print(out)
	if d.failed() {
		return fmt.Errorf("the demo did not find what it planted: %s", strings.Join(d.faults, "; "))
	}
	return nil
}

// demoDir returns the folder to work in, which is new or empty.
func demoDir(args []string) (string, error) {
	if len(args) == 0 {
		return os.MkdirTemp("", "hashmatch-demo-")
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return "", err
	}
	there, err := os.ReadDir(args[0])
	if err != nil {
		return "", err
	}
	if len(there) > 0 {
		return "", fmt.Errorf("%s is not empty: the demo wants a folder of its own", args[0])
	}
	return args[0], nil
}

// demo does with the program's own verbs what a user would do, and checks the outcome.
type demo struct {
	cmd     *cobra.Command
	dir     string
	volume  *volume
	workers int

	took   time.Duration // of the scan
	tally  hashmatch.Tally
	exact  int // files that match by a digest
	near   int // files that match by a perceptual hash only
	found  map[aim]int
	hard   map[string]int // by edit
	wrong  int            // matches with something they are no copy of
	faults []string
}

// work makes the set, scans and reports.
func (d *demo) work() error {
	at := func(name string) string { return filepath.Join(d.dir, name) }
	quiet := []string{"-q"}
	if isTerminal(d.cmd.ErrOrStderr()) {
		quiet = []string{"--progress", "bar"}
	}
	quiet = append(quiet, fmt.Sprint("-j", d.workers))
	var hashes bytes.Buffer
	hash := []string{"hash", d.volume.known}
	build := []string{"build", "-o", at("known.hms"), "--name", "demo", "--disposition", "known-bad", "-"}
	d.show(hash, build)
	if err := d.run(nil, &hashes, append(hash, quiet...)); err != nil {
		return err
	}
	if err := d.run(&hashes, io.Discard, append(build, "-q")); err != nil {
		return err
	}
	scan := []string{"scan", "--set", at("known.hms"), "-o", at("results.jsonl"), d.volume.drive}
	d.show(scan)
	start := time.Now()
	err := d.run(nil, io.Discard, append(scan, quiet...))
	if exitCode(err) != exitTrouble { // the planted damage is to be seen, and to be said
		return errors.Join(errors.New("the scan should have ended with 3, for the planted damage"), err)
	}
	d.took = time.Since(start)
	for _, r := range [][2]string{{"csv", "results.csv"}, {"html", "report.html"}} {
		args := []string{"report", "--format", r[0], "-o", at(r[1]), at("results.jsonl")}
		d.show(args)
		if err := d.run(nil, io.Discard, args); err != nil {
			return err
		}
	}
	return nil
}

// show prints command lines, joined by pipes, as a user would type them.
func (d *demo) show(lines ...[]string) {
	for i, args := range lines {
		lines[i] = []string{"hashmatch " + strings.Join(args, " ")}
	}
	fmt.Fprintf(d.cmd.OutOrStdout(), "$ %s\n", strings.Join(slices.Concat(lines...), " | "))
}

// run does in this process what a command line would do.
func (d *demo) run(stdin io.Reader, stdout io.Writer, args []string) error {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(d.cmd.ErrOrStderr())
	return root.ExecuteContext(d.cmd.Context())
}

// check holds the results against what was planted.
func (d *demo) check() error {
	set, err := hashmatch.Open(filepath.Join(d.dir, "known.hms"))
	if err != nil {
		return err
	}
	defer set.Close()
	f, err := os.Open(filepath.Join(d.dir, "results.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		return err
	}
	d.found, d.hard = map[aim]int{}, map[string]int{}
	unseen := len(d.volume.plants)
	for rec, err := range r.Records() {
		if err != nil {
			return err
		}
		p, planted := d.volume.plants[rec.Path]
		if !planted {
			d.faults = append(d.faults, fmt.Sprintf("%q is not on the volume", rec.Path))
			continue
		}
		unseen--
		d.judge(set, p, &rec)
	}
	if unseen != 0 {
		d.faults = append(d.faults, fmt.Sprintf("%d files are missing from the results", unseen))
	}
	d.tally, err = r.Summary()
	return err
}

// judge holds one record against what was planted.
func (d *demo) judge(set *hashmatch.Set, p plant, rec *hashmatch.Record) {
	fault := func(format string, args ...any) {
		d.faults = append(d.faults, fmt.Sprintf("%q ", p.path)+fmt.Sprintf(format, args...))
	}
	byDigest, right := false, false
	for _, m := range rec.Matches {
		byDigest = byDigest || m.Tier == hashmatch.Exact
		if originalOf(set, m.Entry) == p.original {
			right = right || p.aim != exactCopy || m.Tier == hashmatch.Exact
		} else {
			d.wrong++
			fault("matches %s, of which it is no copy", originalOf(set, m.Entry))
		}
	}
	switch {
	case byDigest:
		d.exact++
	case len(rec.Matches) > 0:
		d.near++
	}
	switch {
	case p.aim == hardCopy:
		if right {
			d.hard[p.edit]++
		}
	case p.aim != bystander && right:
		d.found[p.aim]++
	case p.aim != bystander:
		fault("is a planted copy (%s) that was not found", p.edit)
	case p.outcome != 0 && rec.Outcome != p.outcome:
		fault("should be %s, and is %s", p.outcome, rec.Outcome)
	case p.outcome == 0 && !rec.Outcome.Examined():
		fault("is sound, and %s: %s", rec.Outcome, rec.Error)
	}
}

// unexamined tells what was not compared in full, by outcome.
func (d *demo) unexamined() string {
	var parts []string
	sum := int64(0)
	for _, o := range hashmatch.Outcomes() {
		if n := d.tally.By[o]; n > 0 && !o.Examined() {
			parts = append(parts, fmt.Sprintf("%s %d", o, n))
			sum += n
		}
	}
	return fmt.Sprintf("%d, as planted: %s", sum, strings.Join(parts, ", "))
}

func (d *demo) failed() bool { return len(d.faults) > 0 }

// print writes the short table.
func (d *demo) print(out io.Writer) {
	planted := map[aim]int{}
	edits := map[string]int{}
	for _, p := range d.volume.plants {
		planted[p.aim]++
		if p.aim == hardCopy {
			edits[p.edit]++
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	seconds := d.took.Seconds()
	fmt.Fprintln(w)
	row("files", "%d (%.0f files/s, %.1f MB/s on %d cores)", d.tally.Seen, float64(d.tally.Seen)/seconds,
		float64(d.tally.Bytes)/1e6/seconds, runtime.GOMAXPROCS(0))
	row("match exactly", "%d", d.exact)
	row("match nearly", "%d", d.near)
	row("planted exact copies found", "%d of %d", d.found[exactCopy], planted[exactCopy])
	row("planted near copies found", "%d of %d", d.found[nearCopy], planted[nearCopy])
	row("planted copies found by a view", "%d of %d", d.found[viewCopy], planted[viewCopy])
	row("wrong matches", "%d", d.wrong)
	row("could not be examined", "%s", d.unexamined())
	var hard []string
	for _, e := range slices.Sorted(maps.Keys(edits)) {
		hard = append(hard, fmt.Sprintf("%s %d of %d", e, d.hard[e], edits[e]))
	}
	row("copies that need --thorough", "%s", strings.Join(hard, ", "))
	row("accounting", "%s", &d.tally)
	for _, m := range d.volume.missing {
		row("not planted", "%s", m)
	}
	w.Flush()
	fmt.Fprintf(out, "\nA match is a lead, not a finding. Look at %s\n", filepath.Join(d.dir, "report.html"))
}
