package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// comparison is what hash --compare prints of a file: each kind computed in the fast way and with the reference's
// arithmetic.
type comparison struct {
	Path    *string      `json:"path,omitempty"`
	PathB64 *string      `json:"path_b64,omitempty"` // in place of path when it is not UTF-8
	Format  string       `json:"format,omitempty"`
	Width   int          `json:"width,omitempty"`
	Height  int          `json:"height,omitempty"`
	Quality *int         `json:"pdq_quality,omitempty"` // by the reference
	Kinds   []bothHashes `json:"kinds,omitempty"`
	Error   string       `json:"error,omitempty"`
}

// bothHashes is one kind of a file.
type bothHashes struct {
	Kind       hashmatch.Kind       `json:"kind"`
	Fast       string               `json:"fast"`
	Reference  string               `json:"reference"`
	Distance   int                  `json:"distance"`
	Arithmetic hashmatch.Arithmetic `json:"arithmetic"` // of the fast one
}

// runCompare is hash --compare.
func runCompare(cmd *cobra.Command, f *hashingFlags, args []string) error {
	if slices.Contains(args, "-") || f.exact || f.isolate {
		return usagef("--compare takes files and folders, and computes both ways itself: no -, --exact or --isolate")
	}
	h, err := f.hasher()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(h.Kinds, hashmatch.Kind.Perceptual) {
		return usagef("--compare compares perceptual hashes, and --kinds names none")
	}
	exact := &media.Hasher{Kinds: h.Kinds, Exact: true, Limits: h.Limits}
	roots, missing := openNamed(args)
	defer closeRoots(roots)
	p, err := f.startProgress(cmd, roots, true)
	if err != nil {
		return err
	}
	defer p.stop()
	fast := &scan.Scanner{Querier: noSets{}, Hasher: h, Workers: f.workers, Observer: p}
	slow := &scan.Scanner{Querier: noSets{}, Hasher: exact, Workers: f.workers}
	next, stop := iter.Pull2(slow.Run(cmd.Context(), hashItems(roots)))
	defer stop()
	out := newLineWriter(cmd.OutOrStdout())
	var sum distances
	for rec, err := range fast.Run(cmd.Context(), hashItems(roots)) {
		if err != nil {
			return errors.Join(err, out.flush())
		}
		other, err, ok := next()
		switch {
		case err != nil:
			return errors.Join(err, out.flush())
		case !ok || other.Path != rec.Path:
			return fmt.Errorf("%w: the folder changed between its two readings: %q, then %q", hashmatch.ErrIncomplete, rec.Path, other.Path)
		}
		c := compared(&rec, &other)
		sum.add(&c)
		if err := out.write(&c); err != nil {
			return err
		}
	}
	p.finish()
	if err := out.flush(); err != nil {
		return err
	}
	if !f.quiet {
		if err := sum.print(cmd.ErrOrStderr()); err != nil {
			return err
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d of the paths do not exist", missing)
	}
	if tally := p.Tally(); tally.Trouble > 0 {
		return &exitError{code: exitTrouble}
	}
	return nil
}

// compared sets the hashes of a file beside each other.
func compared(fast, exact *hashmatch.Record) comparison {
	fp := &exact.Fingerprint
	c := comparison{Format: fp.Format, Width: fp.Width, Height: fp.Height, Error: fast.Error}
	if utf8.ValidString(fast.Path) {
		c.Path = &fast.Path
	} else {
		b64 := base64.StdEncoding.EncodeToString([]byte(fast.Path))
		c.PathB64 = &b64
	}
	if c.Error == "" {
		c.Error = exact.Error
	}
	if q, ok := fp.Quality().Value(); ok {
		c.Quality = &q
	}
	for _, h := range fast.Fingerprint.Hashes {
		other, ok := fp.Hash(h.Hash.Kind(), h.View)
		if !ok || h.View != hashmatch.Upright {
			continue
		}
		d, _ := h.Hash.Distance(other.Hash)
		c.Kinds = append(c.Kinds, bothHashes{h.Hash.Kind(), h.Hash.Hex(), other.Hash.Hex(), d, h.Arithmetic})
	}
	return c
}

// distances gathers the distances of each kind and arithmetic, of pictures that are good enough to be matched.
type distances struct {
	all   map[distanceKey][]int
	plain int // pictures below the quality gate
}

type distanceKey struct {
	kind       hashmatch.Kind
	arithmetic hashmatch.Arithmetic
}

func (d *distances) add(c *comparison) {
	if c.Quality != nil && *c.Quality < hashmatch.DefaultQuality {
		d.plain++
		return
	}
	if d.all == nil {
		d.all = map[distanceKey][]int{}
	}
	for _, k := range c.Kinds {
		key := distanceKey{k.Kind, k.Arithmetic}
		d.all[key] = append(d.all[key], k.Distance)
	}
}

// print writes the table of distances.
func (d *distances) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "kind\tarithmetic\tpictures\tequal\tmean\t99 %%\tmost\t\n")
	for _, k := range hashmatch.Kinds() {
		for _, a := range []hashmatch.Arithmetic{hashmatch.Luma1, hashmatch.Luma4, hashmatch.Luma8, hashmatch.Reference} {
			list := d.all[distanceKey{k, a}]
			if len(list) == 0 {
				continue
			}
			slices.Sort(list)
			sum, equal := 0, 0
			for _, v := range list {
				sum += v
				if v == 0 {
					equal++
				}
			}
			fmt.Fprintf(t, "%s\t%s\t%d\t%d %%\t%.2f\t%d\t%d\t\n", k, a, len(list), 100*equal/len(list),
				float64(sum)/float64(len(list)), list[(99*len(list)-1)/100], list[len(list)-1])
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if d.plain > 0 {
		_, err := fmt.Fprintf(w, "%d pictures are too plain to be matched and were left out of the table\n", d.plain)
		return err
	}
	return nil
}
