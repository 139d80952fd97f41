package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/cmd/sqlitein"
	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
	"github.com/hashmatch/engine/internal/atomicfile"
)

// buildOptions are the flags of build.
type buildOptions struct {
	out, name, disposition, description, format, hexKind string
	quiet, json                                          bool
	table                                                tableFlags
}

func newBuild() *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build -o FILE.hms --name N --disposition D INPUT...|-",
		Short: "make a set of known hashes from lists or from what hash and scan print",
		Long: `build reads each INPUT (- is standard input), whose format is found by its
content:
` + formatHelp() + `
An INPUT may be packed with gzip or zstd. What the columns of a table mean is said by --csv-map or
--csv-preset, or known by the names of its columns; about any other table build says what to add.
Records that cannot be taken are refused, counted with their place, and the rest is kept (exit 3).
A document that breaks off, or holds nothing usable, makes no set (exit 1).
The disposition is yours to say: known-bad, known-good or other.`,
		Example: `  hashmatch hash ~/pictures | hashmatch build -o mine.hms --name mine --disposition other -
  sha256sum * | hashmatch build -o sums.hms --name sums --disposition known-good -
  hashmatch build -o nsrl.hms --name nsrl --disposition known-good NSRLFile.txt.gz
  hashmatch build -o k.hms --name k --disposition known-bad --csv-map 'md5=Hash,category=Cat' list.csv`,
		Args: atLeast(1, "INPUT"),
		RunE: func(cmd *cobra.Command, args []string) error { return build(cmd, &o, args) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "", "the set file to write; replaced only when the new one is whole")
	f.StringVar(&o.name, "name", "", "what matches call the set")
	f.StringVar(&o.disposition, "disposition", "", "known-bad, known-good or other")
	f.StringVar(&o.description, "description", "", "a sentence about the set")
	f.StringVar(&o.format, "format", "", "format of every INPUT, instead of finding it by content")
	f.StringVar(&o.hexKind, "hex-kind", "", "kind of bare hex lines, where their length leaves a choice (64 digits: sha256 or pdq)")
	o.table.add(cmd)
	f.BoolVar(&o.json, "json", false, "print the import report as JSON on standard output")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no import report on standard error")
	return cmd
}

func formatHelp() string {
	var b strings.Builder
	for _, f := range exchange.Formats() {
		fmt.Fprintf(&b, "  %-20s%s\n", f.Name, f.About)
	}
	fmt.Fprintf(&b, "and %s, which must be files.", sqlitein.About)
	return b.String()
}

// importReport is what build tells about its inputs.
type importReport struct {
	Set    string           `json:"set"`
	Digest string           `json:"digest"`
	Counts hashmatch.Counts `json:"counts"`
	Inputs []inputReport    `json:"inputs"`
}

type inputReport struct {
	Input   string            `json:"input"`
	Format  string            `json:"format"`
	Variant string            `json:"variant,omitempty"`
	Packed  string            `json:"packed,omitempty"`
	Read    int               `json:"read"`
	Kept    int               `json:"kept"`
	Refused map[string]int    `json:"refused,omitempty"`
	Removed int               `json:"removed,omitempty"`
	Odd     map[string]int    `json:"odd,omitempty"`
	Samples []exchange.Remark `json:"samples,omitempty"`
	Oddness []exchange.Remark `json:"oddness,omitempty"`
	Scan    bool              `json:"scan,omitempty"`
}

func build(cmd *cobra.Command, o *buildOptions, inputs []string) error {
	info, read, err := o.parse()
	if err != nil {
		return err
	}
	if err := notAnInput(o.out, inputs...); err != nil {
		return err
	}
	probe, err := atomicfile.Create(o.out) // nothing is read in vain
	if err != nil {
		return err
	}
	probe.Discard()
	b := hashmatch.NewBuilder(info)
	var report importReport
	refused := 0
	for _, input := range inputs {
		r, digest, err := readInput(cmd, input, o.quiet, read, b.Add)
		if err != nil {
			return refusedDocument(input, err)
		}
		if err := b.AddInput(provenance(input, digest, &r)); err != nil {
			return err
		}
		refused += r.RefusedTotal()
		report.Inputs = append(report.Inputs, inputReport{input, r.Format, r.Variant, r.Packed, r.Read, r.Kept, r.Refused, r.Removed, r.Odd, r.Samples, r.Oddness, r.Scan})
	}
	if !slices.ContainsFunc(report.Inputs, func(in inputReport) bool { return in.Kept > 0 }) {
		return refusedDocument(inputs[0], fmt.Errorf("%w: no input holds records", hashmatch.ErrFormat))
	}
	if _, err := b.Counts(); err != nil { // the long part
		return err
	}
	if err := context.Cause(cmd.Context()); err != nil {
		return err
	}
	if err := b.WriteFile(o.out); err != nil {
		return err
	}
	set, err := hashmatch.Open(o.out, hashmatch.StructureOnly()) // WriteFile has verified it
	if err != nil {
		return err
	}
	defer set.Close()
	report.Set, report.Digest = o.out, set.Digest()
	if report.Counts, err = b.Counts(); err != nil {
		return err
	}
	if o.json {
		if err := printJSON(cmd.OutOrStdout(), report); err != nil {
			return err
		}
	}
	if !o.quiet {
		report.print(cmd.ErrOrStderr())
	}
	if refused > 0 {
		return &exitError{code: exitTrouble}
	}
	return nil
}

// refusedDocument is the error of an input that keeps nothing: fatal, whatever its kind, unless the user stopped it.
func refusedDocument(input string, err error) error {
	err = fmt.Errorf("%s: %w\nno set was written", input, err)
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &exitError{exitFatal, err}
}

// parse checks the flags, so that nothing is read in vain.
func (o *buildOptions) parse() (info hashmatch.Info, read exchange.Options, err error) {
	switch {
	case o.out == "":
		return info, read, usagef("-o FILE.hms is missing: where to write the set")
	case o.name == "":
		return info, read, usagef("--name is missing: what matches are to call the set")
	case o.disposition == "":
		return info, read, usagef("--disposition is missing: say known-bad, known-good or other; it is never guessed")
	case o.out == "-":
		return info, read, usagef("-o -: a set is a file; name one")
	}
	info = hashmatch.Info{Name: o.name, Description: o.description}
	if info.Disposition, err = hashmatch.ParseDisposition(o.disposition); err != nil {
		return info, read, usagef("--disposition: %v", err)
	}
	read.Format = o.format
	if o.format != "" {
		if _, err := exchange.FormatNamed(o.format); err != nil {
			return info, read, usagef("--format: %v", err)
		}
	}
	if o.hexKind != "" {
		if read.HexKind, err = hashmatch.ParseKind(o.hexKind); err != nil {
			return info, read, usagef("--hex-kind: %v", err)
		}
	}
	return info, read, o.table.options(&read)
}

// provenance is what the set says of an input. Its folder is nobody's business.
func provenance(input, digest string, r *exchange.Report) hashmatch.Input {
	name := filepath.Base(input)
	if input == "-" {
		name = "standard input"
	}
	return hashmatch.Input{Name: name, Digest: digest, Format: r.Format, Read: r.Read, Kept: r.Kept, Removed: r.Removed, Refused: r.RefusedTotal()}
}

// readInput reads an input, and takes the SHA-256 of its bytes on the way. That of a database, which is read here and there,
// is not taken.
func readInput(cmd *cobra.Command, input string, quiet bool, o exchange.Options, add func(hashmatch.Entry) error) (report exchange.Report, digest string, err error) {
	var r io.Reader = cmd.InOrStdin()
	if input != "-" {
		if isDir(input) {
			return report, "", fmt.Errorf("is a directory: hash it first, as in: hashmatch hash %s | hashmatch build ... -", input)
		}
		f, err := openInput(cmd.Context(), input)
		if err != nil {
			return report, "", err
		}
		defer f.Close()
		if o.Format == "" && isDatabase(f) {
			report, err = readDatabase(cmd, input, quiet, add)
			return report, "", err
		}
		r, o.Name = f, filepath.Base(input)
	}
	sum := sha256.New()
	r = io.TeeReader(&contextReader{cmd.Context(), r}, sum)
	if report, err = exchange.Read(r, o, add); err == nil {
		_, err = io.Copy(io.Discard, r) // what a format leaves unread is of the document too
	}
	return report, hex.EncodeToString(sum.Sum(nil)), err
}

// print writes the report for people.
func (r *importReport) print(w io.Writer) {
	for _, in := range r.Inputs {
		fmt.Fprintf(w, "%s: %s, %d records read, %d kept, %d refused%s\n", in.Input, in.what(), in.Read, in.Kept, in.Read-in.Kept-in.Removed, in.takenBack())
		if in.Scan {
			fmt.Fprintf(w, "  note: these are the results of a scan: every file with hashes became an entry, whether or not it matched\n")
		}
		for _, reason := range exchange.Reasons(in.Refused) {
			fmt.Fprintf(w, "  refused %d: %s\n", in.Refused[reason], reason)
		}
		for _, s := range in.Samples {
			fmt.Fprintf(w, "  %s: %s\n", s.Place, s.Reason)
		}
		for _, reason := range exchange.Reasons(in.Odd) {
			fmt.Fprintf(w, "  odd, %d times: %s\n", in.Odd[reason], reason)
		}
		for _, s := range in.Oddness {
			fmt.Fprintf(w, "  %s: %s\n", s.Place, s.Reason)
		}
	}
	fmt.Fprintf(w, "%s: %d entries (%d merged", r.Set, r.Counts.Entries, r.Counts.Merged)
	if r.Counts.Apart > 0 {
		fmt.Fprintf(w, ", %d share a digest with another entry but contradict it and stand apart", r.Counts.Apart)
	}
	fmt.Fprintf(w, "), digest %s\n", r.Digest)
}

// takenBack tells of records that count no more, where there are any.
func (in *inputReport) takenBack() string {
	if in.Removed == 0 {
		return ""
	}
	return fmt.Sprintf(", %d replaced or taken back", in.Removed)
}

// what says what an input was: "csv of nsrl2 (gzip)".
func (in *inputReport) what() string {
	what := in.Format
	if in.Variant != "" {
		what += " of " + in.Variant
	}
	if in.Packed != "" {
		what += " (" + in.Packed + ")"
	}
	return what
}
