package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// compareOptions are the flags of compare.
type compareOptions struct {
	hashing   hashingFlags
	radius    int
	json      bool
	out       string
	exitMatch bool
}

func newCompare() *cobra.Command {
	o := compareOptions{hashing: hashingFlags{views: everyView}}
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "tell what two files, or two sets, have in common",
		Long: `compare explains two files: whether their bytes or picture data are the same, how
far apart they are by every kind of hash and in every view, and what could not
be compared. It says of numbers only; it shows no picture. Sets hold upright
pictures, so that views are of the file that is scanned: where it matters which of
the two that is, compare tells both ways.

Of two sets it finds the entries that both have, by digest and by PDQ in eight
orientations, without the pictures: turned hashes are some 10 bits off (small
pictures' 20 to 40), so that a larger --radius finds more of them. -o gets a
JSON line for each entry of A that meets one of B.`,
		Example: `  hashmatch compare photo1.jpg photo2.png
  hashmatch compare -o shared.jsonl mine.hms theirs.hms`,
		Args: exactly(2, "A or B"),
		RunE: func(cmd *cobra.Command, args []string) error { return runComparison(cmd, &o, args[0], args[1]) },
	}
	f := cmd.Flags()
	f.IntVar(&o.radius, "radius", usualRadius, "Hamming radius of pdq, inclusive")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVarP(&o.out, "output", "o", "", "of sets: where to write the lines; replaced only when they are whole")
	f.BoolVar(&o.exitMatch, "exit-match", false, "end with 10 if they have something in common")
	f.BoolVar(&o.hashing.exact, "exact", false, "of files: reference arithmetic on full pixels")
	f.BoolVar(&o.hashing.isolate, "isolate", false, "of files: decode in processes of their own")
	o.hashing.heic.add(f)
	return cmd
}

// everyView names the largest set of views that a file is hashed in.
const everyView = "full"

func runComparison(cmd *cobra.Command, o *compareOptions, a, b string) error {
	if o.radius < 0 || o.radius > hashmatch.PDQ.Bits() {
		return usagef("--radius %d: from 0 to %d", o.radius, hashmatch.PDQ.Bits())
	}
	var sets [2]*hashmatch.Set
	for i, path := range []string{a, b} {
		set, err := openEither(path)
		if err != nil {
			return err
		}
		sets[i] = set
	}
	switch {
	case sets[0] != nil && sets[1] != nil:
		return o.compareSets(cmd, [2]string{a, b}, sets)
	case sets[0] != nil || sets[1] != nil:
		set, file := a, b
		if sets[1] != nil {
			set, file = b, a
		}
		return usagef("%s is a set and %s is none: two files or two sets are compared\nhint: hashmatch scan --set %s %s looks for the file in the set, hashmatch match for hashes", set, file, set, file)
	case o.out != "":
		return usagef("-o is for sets; what is said of two files goes to standard output")
	}
	return o.compareFiles(cmd, [2]string{a, b})
}

// openEither opens a set, and returns nil for another file that can be compared. A file counts as a set by its content, or
// by its name where the content is damaged.
func openEither(path string) (*hashmatch.Set, error) {
	if path == "-" {
		return nil, usagef("-: compare reads files that have a name")
	}
	r, err := openRoot(path)
	if err != nil {
		return nil, err
	}
	if r.dir != nil {
		r.dir.Close()
		return nil, fmt.Errorf("%s is a directory: two files or two sets are compared", path)
	}
	set, err := openSet(path)
	if err == nil || strings.EqualFold(filepath.Ext(path), ".hms") || errors.Is(err, hashmatch.ErrUnsupported) {
		return set, err
	}
	return nil, nil
}

// compareFiles hashes two files by every kind and view and says what they have in common.
func (o *compareOptions) compareFiles(cmd *cobra.Command, paths [2]string) error {
	o.hashing.kinds.kinds = media.Computable()
	h, err := o.hashing.hasher()
	if err != nil {
		return err
	}
	worker, closeWorker, err := o.hashing.isolated(h)
	if err != nil {
		return err
	}
	defer closeWorker()
	capHeap()
	files, err := hashBoth(cmd.Context(), worker, paths)
	if err != nil {
		return err
	}
	o.hashing.tellWalls(cmd, worker)
	x, err := explain(cmd.Context(), files, o.radius)
	if err != nil {
		return err
	}
	x.SameFile = sameFile(paths[0], paths[1])
	if o.json {
		err = printVisibleJSON(cmd.OutOrStdout(), x)
	} else {
		err = x.print(cmd.OutOrStdout())
	}
	switch {
	case err != nil:
		return err
	case files[0].Trouble() || files[1].Trouble():
		return &exitError{code: exitTrouble}
	case o.exitMatch && x.Verdict.meets():
		return &exitError{code: exitMatches}
	}
	return nil
}

// hashBoth hashes the two files. One that cannot be read is a record like any other.
func hashBoth(ctx context.Context, h scan.Hasher, paths [2]string) (files [2]hashmatch.Record, err error) {
	s := &scan.Scanner{Querier: noSets{}, Hasher: h, Workers: 2}
	items := func(yield func(scan.Item, error) bool) {
		for _, path := range paths {
			if !yield(scan.File(path, filepath.ToSlash(path)), nil) {
				return
			}
		}
	}
	i := 0
	for rec, err := range s.Run(ctx, items) {
		if err != nil {
			return files, err
		}
		if rec.Outcome == hashmatch.NotRegular {
			return files, fmt.Errorf("%s: %s", paths[i], rec.Error)
		}
		files[i] = rec
		i++
	}
	return files, nil
}
