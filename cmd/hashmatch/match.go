package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// matchOptions are the flags of match.
type matchOptions struct {
	matchingFlags
	nearest     int
	hexKind     string
	exitMatch   bool
	quiet       bool
	bareHexKind hashmatch.Kind
	artefacts   artefactOptions
}

func newMatch() *cobra.Command {
	var o matchOptions
	cmd := &cobra.Command{
		Use:   "match --set FILE.hms [HASH...|-] | --input FORMAT [FILE|-]",
		Short: "look up hashes, one JSON answer a line",
		Long: `match looks up each HASH, or each line of standard input, and answers one JSON
line each, in order, as soon as it is known: it can run as a co-process for
hours. A line is kind:hex, or a JSON object with keys named for kinds ("md5",
"pdq", "pdq_quality", ...); its "id", or the "path" of what hash and scan print,
is echoed.

"unexamined" means that the sets hold entries which these hashes cannot be
compared with: it is not "clear". With --nearest the K nearest entries are
listed besides, whatever their distance; beyond the radius they have no tier.

With --input it looks up the hashes that another tool wrote down in a table, such
as a chat's database or another suite's digests, and passes the columns of
--context through. Each answer says that the content is referenced, not present:
nobody has seen the file.`,
		Example: `  hashmatch match --set known.hms pdq:f8f8...
  echo '{"id":7,"md5":"9e10..."}' | hashmatch match --set known.hms
  hashmatch match --set known.hms --input csv --hash-column sha256 --context path,chat,time messages.csv`,
		RunE: func(cmd *cobra.Command, args []string) error { return runMatch(cmd, &o, args) },
	}
	f := cmd.Flags()
	o.matchingFlags.add(cmd)
	f.IntVar(&o.nearest, "nearest", 0, "list the K nearest entries besides")
	f.StringVar(&o.hexKind, "hex-kind", "", "kind of bare hex digits, where their length leaves a choice")
	f.BoolVar(&o.exitMatch, "exit-match", false, "end with 10 if there was a match")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no warnings on standard error")
	o.artefacts.add(cmd)
	return cmd
}

// answer is one line of match's output.
type answer struct {
	echo
	Query   string            `json:"query,omitempty"`
	Status  string            `json:"status,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Matches []hashmatch.Match `json:"matches,omitempty"`
	More    int               `json:"matches_more,omitempty"`
	Nearest []hashmatch.Match `json:"nearest,omitempty"`
	Error   string            `json:"error,omitempty"`
}

// echo is what comes back with the answer to a JSON object: its id, and what our own records name their file by.
type echo struct {
	ID      json.RawMessage `json:"id,omitempty"`
	Root    json.RawMessage `json:"root,omitempty"`
	Path    json.RawMessage `json:"path,omitempty"`
	PathB64 json.RawMessage `json:"path_b64,omitempty"`
}

func runMatch(cmd *cobra.Command, o *matchOptions, args []string) error {
	if o.nearest < 0 {
		return usagef("--nearest %d: how many neighbours?", o.nearest)
	}
	if o.hexKind != "" {
		k, err := hashmatch.ParseKind(o.hexKind)
		if err != nil {
			return usagef("--hex-kind: %v", err)
		}
		o.bareHexKind = k
	}
	if err := o.artefacts.check(args); err != nil {
		return err
	}
	m, err := o.matcher(cmd)
	if err != nil {
		return err
	}
	if o.artefacts.input != "" {
		return o.answerRows(cmd, m, args)
	}
	if slices.Contains(args, "-") && len(args) > 1 {
		return usagef("either hashes or -, not both")
	}
	if slices.ContainsFunc(args, func(a string) bool { return strings.TrimSpace(a) == "" }) {
		return usagef("an empty HASH")
	}
	if len(args) > 0 && args[0] != "-" {
		return o.answerAll(cmd, m, strings.NewReader(strings.Join(args, "\n")))
	}
	return o.answerAll(cmd, m, cmd.InOrStdin())
}

func (o *matchOptions) matcher(cmd *cobra.Command) (*hashmatch.Matcher, error) {
	sets, err := openSets(o.sets)
	if err != nil {
		return nil, err
	}
	cfg, notes, err := o.config(cmd.Context(), sets)
	if err != nil {
		return nil, err
	}
	m, err := hashmatch.NewMatcher(cfg, sets...)
	if err != nil {
		return nil, usagef("%v", err)
	}
	if !o.quiet {
		for _, w := range append(notes, m.Warnings()...) {
			fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
		}
	}
	return m, nil
}

// answerAll answers line by line, and hands an answer out before it waits for the next question.
func (o *matchOptions) answerAll(cmd *cobra.Command, m *hashmatch.Matcher, r io.Reader) error {
	in := newLineReader(cmd.Context(), r)
	out := newLineWriter(cmd.OutOrStdout())
	var answered tally
	for {
		if in.idle() { // whoever asks may wait for the answers before it asks again
			if err := out.flush(); err != nil {
				return err
			}
		}
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return errors.Join(err, out.flush())
		}
		if err == nil && strings.TrimSpace(line) == "" {
			continue
		}
		a, err := o.answer(cmd.Context(), m, line, err)
		if err != nil {
			return errors.Join(err, out.flush())
		}
		answered.count(a)
		if err := out.write(a); err != nil {
			return err
		}
	}
	if err := out.flush(); err != nil {
		return err
	}
	return answered.exit(o.exitMatch, "lines")
}

// tally counts answers.
type tally struct{ all, matched, refused int }

func (t *tally) count(a *answer) {
	t.all++
	if a.Error != "" {
		t.refused++
	}
	if len(a.Matches) > 0 {
		t.matched++
	}
}

// exit is the error that the program ends with; things are what was asked, in the plural.
func (t *tally) exit(exitMatch bool, things string) error {
	switch {
	case t.refused > 0:
		return &exitError{exitTrouble, fmt.Errorf("%d %s could not be understood", t.refused, things)}
	case t.matched > 0 && exitMatch:
		return &exitError{code: exitMatches}
	}
	return nil
}

// answer answers one line. Its error is one that ends the program: a line that makes no sense is an answer too.
func (o *matchOptions) answer(ctx context.Context, m *hashmatch.Matcher, line string, bad error) (*answer, error) {
	a := &answer{}
	fp, err := o.query(line, a)
	if bad != nil {
		err = bad
	}
	if err != nil {
		a.Error = err.Error()
		return a, nil
	}
	return a, o.search(ctx, m, fp, a)
}

// search looks a fingerprint up.
func (o *matchOptions) search(ctx context.Context, m *hashmatch.Matcher, fp *hashmatch.Fingerprint, a *answer) error {
	r, err := m.Match(ctx, fp)
	if err != nil {
		return err
	}
	a.Status, a.Reason, a.Matches, a.More = r.Status.String(), r.Reason, r.Matches, r.More
	if o.nearest > 0 {
		a.Nearest, err = m.Nearest(ctx, fp, o.nearest)
	}
	return err
}

// query reads a question; what is to be echoed goes to a.
func (o *matchOptions) query(line string, a *answer) (*hashmatch.Fingerprint, error) {
	line = strings.TrimSpace(line)
	fp := &hashmatch.Fingerprint{}
	if strings.HasPrefix(line, "{") {
		if err := json.Unmarshal([]byte(line), &a.echo); err != nil {
			return nil, errors.New("not a JSON object")
		}
		if err := json.Unmarshal([]byte(line), fp); err != nil {
			return nil, err
		}
		if len(fp.Digests)+len(fp.Hashes) == 0 {
			return nil, errors.New("the object has no key that is a kind of hash, such as md5 or pdq")
		}
		return fp, nil
	}
	if a.Query = line; len(line) > 200 {
		a.Query = line[:200] + "..."
	}
	h, err := exchange.ParseListed(line, o.bareHexKind)
	if err != nil {
		return nil, err
	}
	if h.Kind().Digest() {
		fp.Digests = append(fp.Digests, h)
	} else {
		fp.Hashes = append(fp.Hashes, hashmatch.PictureHash{Hash: h, View: hashmatch.Upright})
	}
	return fp, nil
}
