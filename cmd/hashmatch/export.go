package main

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// exportOptions are the flags of export.
type exportOptions struct {
	format, out, country string
	json, quiet          bool
}

func newExport() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export --format vics|csv|list -o OUT FILE.hms",
		Short: "write a set in a form that other tools read",
		Long: `export writes all entries of a set:
  vics  Project VIC 2.0 Media; what came as VICS goes out in the form it came.
        The format demands an MD5: entries without one are counted, not written.
  csv   a table of everything that entries say; build reads it back without a loss
  list  kind:hex, one hash a line
What is written holds all that the set does, PhotoDNA values and comments too.`,
		Example: `  hashmatch export --format vics -o known.json known.hms`,
		Args:    exactly(1, "FILE.hms"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runExport(cmd, &o, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "vics, csv or list")
	f.StringVarP(&o.out, "output", "o", "-", "where to write; replaced only when the new one is whole")
	f.StringVar(&o.country, "country", "Default", "with vics: the dialect it names, Default, US, UK or CUSTOM; category codes are written as they are")
	f.BoolVar(&o.json, "json", false, "with -o: print what was written as JSON on standard output")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no summary on standard error")
	return cmd
}

// exported says what an export wrote.
type exported struct {
	Entries int                  `json:"entries"`
	VICS    *exchange.VICSReport `json:"vics,omitempty"`
}

func runExport(cmd *cobra.Command, o *exportOptions, path string) error {
	if o.format != "vics" && o.format != "csv" && o.format != "list" {
		return usagef("--format %q: vics, csv or list", o.format)
	}
	if o.json && o.out == "-" {
		return usagef("--json without -o would mix with what is exported")
	}
	if err := notAnInput(o.out, path); err != nil {
		return err
	}
	set, err := openSet(path)
	if err != nil {
		return err
	}
	defer set.Close()
	out, err := openOutput(cmd, o.out)
	if err != nil {
		return err
	}
	defer out.discard()
	wrote, err := o.write(cmd.Context(), out, set)
	if err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	if o.json {
		if err := printJSON(cmd.OutOrStdout(), wrote); err != nil {
			return err
		}
	}
	if !o.quiet {
		wrote.print(cmd.ErrOrStderr())
	}
	if v := wrote.VICS; v != nil && v.WithoutMD5 > 0 {
		return &exitError{code: exitTrouble}
	}
	return nil
}

// write writes the set's entries.
func (o *exportOptions) write(ctx context.Context, w io.Writer, set *hashmatch.Set) (exported, error) {
	wrote := exported{Entries: set.Len()}
	entries := until(ctx, set.Entries())
	var err error
	switch o.format {
	case "vics":
		var report exchange.VICSReport
		report, err = exchange.WriteVICS(w, entries, exchange.VICSOptions{Country: o.country})
		wrote.VICS = &report
	case "csv":
		err = exchange.WriteCSV(w, entries)
	default:
		err = exchange.WriteList(w, entries)
	}
	for _, failed := range []error{err, context.Cause(ctx), set.Fault()} { // a set that faults ends early
		if failed != nil {
			return wrote, failed
		}
	}
	return wrote, nil
}

// until goes through entries until ctx is done.
func until(ctx context.Context, entries iter.Seq2[uint32, hashmatch.Entry]) iter.Seq2[uint32, hashmatch.Entry] {
	return func(yield func(uint32, hashmatch.Entry) bool) {
		for number, e := range entries {
			if ctx.Err() != nil || !yield(number, e) {
				return
			}
		}
	}
}

func (e *exported) print(w io.Writer) {
	v := e.VICS
	if v == nil {
		fmt.Fprintf(w, "%d entries written\n", e.Entries)
		return
	}
	fmt.Fprintf(w, "%d entries, %d records written\n", e.Entries, v.Records)
	for _, line := range []struct {
		n    int
		what string
	}{
		{v.WithoutMD5, "not written, since the format demands an MD5"},
		{v.Unreadable, "written anew, since the form they came in could not be read"},
		{v.Ambiguous, "texts of which two could be meant; the first was written"},
		{v.Missing, "texts that the set does not hold any more; null was written"},
		{v.Repaired, "texts that are not UTF-8; what cannot be written became U+FFFD"},
		{v.LeftOut, "values that VICS has no place for: categories and ids that are no numbers, further tags"},
	} {
		if line.n > 0 {
			fmt.Fprintf(w, "  %d %s\n", line.n, line.what)
		}
	}
}
