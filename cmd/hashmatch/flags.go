package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/atomicfile"
)

// radiusFlag is --radius N|KIND=N|SET:KIND=N,...
type radiusFlag struct {
	plain  int // PDQ's, when said without a kind
	said   bool
	byKind map[hashmatch.Kind]int
	bySet  map[string]map[hashmatch.Kind]int
	text   string
}

func (f *radiusFlag) String() string { return f.text }
func (f *radiusFlag) Type() string   { return "N|[SET:]KIND=N,..." }

func (f *radiusFlag) Set(text string) error {
	f.text = text
	for _, part := range strings.Split(text, ",") {
		name, number, named := strings.Cut(part, "=")
		if !named {
			name, number = "", part
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is no radius", number)
		}
		if !named {
			if f.said {
				return errors.New("the radius of pdq is said twice")
			}
			f.plain, f.said = n, true
			continue
		}
		if err := f.say(name, n); err != nil {
			return err
		}
	}
	return nil
}

// say notes the radius of a kind, or of a kind in a set.
func (f *radiusFlag) say(name string, n int) error {
	if f.byKind == nil {
		f.byKind, f.bySet = map[hashmatch.Kind]int{}, map[string]map[hashmatch.Kind]int{}
	}
	to := f.byKind
	kind := name
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		set := name[:i]
		if f.bySet[set] == nil {
			f.bySet[set] = map[hashmatch.Kind]int{}
		}
		to, kind = f.bySet[set], name[i+1:]
	}
	k, err := hashmatch.ParseKind(kind)
	if err != nil {
		return err
	}
	if _, twice := to[k]; twice {
		return fmt.Errorf("the radius of %s is said twice", name)
	}
	to[k] = n
	return nil
}

// ofSets reports whether a single set has a radius of its own for a kind.
func (f *radiusFlag) ofSets(k hashmatch.Kind) bool {
	for _, radii := range f.bySet {
		if _, said := radii[k]; said {
			return true
		}
	}
	return false
}

// config returns the matcher's configuration. A plain number is PDQ's radius; where no set holds PDQ it would say
// nothing, and silence would look like consent.
func (f *radiusFlag) config(sets []*hashmatch.Set) (hashmatch.Config, error) {
	cfg := hashmatch.Config{Radius: map[hashmatch.Kind]int{}, Sets: map[string]hashmatch.SetConfig{}}
	for name, radii := range f.bySet {
		i := slices.IndexFunc(sets, func(s *hashmatch.Set) bool { return s.Info().Name == name })
		if i < 0 {
			return cfg, usagef("--radius %s:...: no set is called %q", name, name)
		}
		for k, n := range radii {
			if sets[i].Hashes(k) == 0 {
				return cfg, usagef("--radius %s:%s=%d: the set holds no %s hashes", name, k, n, k)
			}
		}
		cfg.Sets[name] = hashmatch.SetConfig{Radius: radii}
	}
	for k, n := range f.byKind {
		if k.Digest() {
			return cfg, usagef("--radius: %s is a digest: it matches exactly or not at all", k)
		}
		if !holds(sets, k) {
			return cfg, usagef("--radius %s=%d: no set holds %s hashes", k, n, k)
		}
		cfg.Radius[k] = n
	}
	if _, twice := cfg.Radius[hashmatch.PDQ]; twice && f.said {
		return cfg, usagef("--radius: the radius of pdq is said twice")
	}
	if f.said {
		cfg.Radius[hashmatch.PDQ] = f.plain
		if !holds(sets, hashmatch.PDQ) {
			return cfg, usagef("--radius %d is the radius of pdq, and no set holds pdq hashes: name a kind, as in --radius phash=%d", f.plain, f.plain)
		}
	}
	return cfg, nil
}

// holds reports whether any of the sets has hashes of kind k.
func holds(sets []*hashmatch.Set, k hashmatch.Kind) bool {
	return slices.ContainsFunc(sets, func(s *hashmatch.Set) bool { return s.Hashes(k) > 0 })
}

// addRadius adds --radius.
func addRadius(cmd *cobra.Command, f *radiusFlag) {
	cmd.Flags().Var(f, "radius", "Hamming radius, inclusive: of pdq (default 31), by kind, or of a set; naming a 64-bit kind lets it match alone")
}

// kindsFlag is --kinds K,K,...
type kindsFlag struct {
	kinds []hashmatch.Kind
	text  string
}

func (f *kindsFlag) String() string { return f.text }
func (f *kindsFlag) Type() string   { return "KIND,..." }

func (f *kindsFlag) Set(text string) error {
	f.text, f.kinds = text, nil
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		k, err := hashmatch.ParseKind(name)
		if err != nil {
			return err
		}
		f.kinds = append(f.kinds, k)
	}
	if len(f.kinds) == 0 {
		return errors.New("no kind is named")
	}
	return nil
}

// digestsFlag is --digests D,D,...|none.
type digestsFlag struct {
	said  bool
	kinds []hashmatch.Kind
	text  string
}

func (f *digestsFlag) String() string { return f.text }
func (f *digestsFlag) Type() string   { return "DIGEST,...|none" }

func (f *digestsFlag) Set(text string) error {
	f.said, f.text, f.kinds = true, text, nil
	if text == "none" {
		return nil
	}
	var list kindsFlag
	if err := list.Set(text); err != nil {
		return err
	}
	for _, k := range list.kinds {
		if !k.Digest() || k.Trimmed() {
			return fmt.Errorf("%s is none of md5, sha1 and sha256", k)
		}
	}
	f.kinds = list.kinds
	return nil
}

// choose returns the kinds to compute, of those that --kinds names; the usual ones if it names none. A digest that is
// chosen here brings its trimmed form.
func (f *digestsFlag) choose(kinds []hashmatch.Kind) []hashmatch.Kind {
	if len(kinds) == 0 {
		kinds = media.Default()
	}
	if !f.said {
		return kinds
	}
	var chosen []hashmatch.Kind
	for _, k := range f.kinds {
		chosen = append(chosen, k, k.TrimmedForm())
	}
	for _, k := range kinds {
		if k.Perceptual() {
			chosen = append(chosen, k)
		}
	}
	return chosen
}

// openSets opens the set files of --set. A set that is not whole and healthy ends the program with its own exit code.
func openSets(paths []string) ([]*hashmatch.Set, error) {
	if len(paths) == 0 {
		return nil, usagef("--set FILE.hms is missing: which set of known hashes?")
	}
	sets := make([]*hashmatch.Set, 0, len(paths))
	for _, p := range paths {
		s, err := openSet(p)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	return sets, nil
}

func openSet(path string) (*hashmatch.Set, error) {
	s, err := hashmatch.Open(path)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, hashmatch.ErrUnsupported):
		return nil, &exitError{exitIncomplete, fmt.Errorf("%w\nhint: build the set again with this version, or use a newer program", err)}
	case errors.Is(err, hashmatch.ErrFormat):
		return nil, &exitError{exitIncomplete, fmt.Errorf("%w\nhint: a set is made with hashmatch build, from lists or from what hash prints", err)}
	case errors.Is(err, hashmatch.ErrUntrusted):
		return nil, &exitError{exitIncomplete, err}
	case errors.Is(err, hashmatch.ErrCorrupt), errors.Is(err, hashmatch.ErrLimit):
		return nil, &exitError{exitIncomplete, fmt.Errorf("%w\nhint: do not use this file; take a fresh copy or build it again", err)}
	}
	return nil, err
}

// output is where a verb's answer goes: a file that appears whole or not at all, or standard output.
type output struct {
	io.Writer
	file *atomicfile.File
}

// openOutput begins the file at path; "" and "-" mean standard output.
func openOutput(cmd *cobra.Command, path string) (*output, error) {
	if path == "" || path == "-" {
		return &output{Writer: cmd.OutOrStdout()}, nil
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	return &output{f, f}, nil
}

// commit puts the file under its name.
func (o *output) commit() error {
	if o.file == nil {
		return nil
	}
	return o.file.Commit(nil)
}

// discard drops what was not committed.
func (o *output) discard() {
	if o.file != nil {
		o.file.Discard()
	}
}

// printJSON writes v as indented JSON.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// isDir reports whether path is a directory.
func isDir(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.IsDir()
}
