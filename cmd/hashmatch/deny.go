package main

import (
	"bufio"
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
	"github.com/hashmatch/engine/hashmatch/report"
)

// matchingFlags say how sets are matched.
type matchingFlags struct {
	sets       []string
	radius     radiusFlag
	deny       []string
	quarantine []string
}

func (o *matchingFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.sets, "set", nil, "set file; may be given again")
	addRadius(cmd, &o.radius)
	f.StringArrayVar(&o.deny, "deny", nil, "file of hashes, a line each, whose entries never match: they make false hits")
	f.StringArrayVar(&o.quarantine, "quarantine", nil, "what lint --json said of a set: the entries it flagged match by digests only")
}

// config returns the matcher's configuration, and what is to be told about the deny-lists.
func (o *matchingFlags) config(ctx context.Context, sets []*hashmatch.Set) (cfg hashmatch.Config, notes []string, err error) {
	if cfg, err = o.radius.config(sets); err != nil {
		return cfg, nil, err
	}
	for _, path := range o.deny {
		denied, err := readDenied(ctx, path)
		if err != nil {
			return cfg, nil, fmt.Errorf("--deny %s: %w", path, err)
		}
		for _, s := range sets {
			name := s.Info().Name
			of := cfg.Sets[name]
			of.Deny = append(of.Deny, denied...)
			cfg.Sets[name] = of
		}
		if n := strangers(denied, sets); n > 0 {
			notes = append(notes, fmt.Sprintf("--deny %s: no set holds %d of its %d hashes", path, n, len(denied)))
		}
	}
	for _, path := range o.quarantine {
		if err := quarantine(ctx, path, sets, &cfg); err != nil {
			return cfg, nil, fmt.Errorf("--quarantine %s: %w", path, err)
		}
	}
	return cfg, notes, nil
}

// maxLint is the largest report of lint that is read, in bytes: ten a flagged entry.
const maxLint = 1 << 30

// quarantine keeps the entries that lint flagged out of near matching. Their numbers mean those of one state of the set.
func quarantine(ctx context.Context, path string, sets []*hashmatch.Set, cfg *hashmatch.Config) error {
	f, err := openInput(ctx, path)
	if err != nil {
		return err
	}
	defer f.Close()
	var flagged hashmatch.LintReport
	if err := json.NewDecoder(io.LimitReader(&contextReader{ctx, f}, maxLint)).Decode(&flagged); err != nil {
		return fmt.Errorf("what lint --json prints is expected: %w", err)
	}
	if flagged.Digest == "" {
		return errors.New("what lint --json prints is expected")
	}
	i := slices.IndexFunc(sets, func(s *hashmatch.Set) bool { return s.Digest() == flagged.Digest })
	if i < 0 {
		return usagef("it is of set %s in a state that no --set has: run lint on the set again", report.Visible(flagged.Set))
	}
	name := sets[i].Info().Name
	of := cfg.Sets[name]
	of.Quarantine = append(of.Quarantine, flagged.Quarantine()...)
	cfg.Sets[name] = of
	return nil
}

// readDenied reads a list of hashes. Where one cannot be read nothing may be denied: an entry that somebody took for
// silenced would be reported.
func readDenied(ctx context.Context, path string) (denied []hashmatch.Hash, err error) {
	f, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(&contextReader{ctx, f})
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		h, err := exchange.ParseListed(text, 0)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		denied = append(denied, h)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(denied) == 0 {
		return nil, errors.New("it holds no hash")
	}
	return denied, nil
}

// strangers counts the hashes that no set holds.
func strangers(hashes []hashmatch.Hash, sets []*hashmatch.Set) (n int) {
	for _, h := range hashes {
		held := false
		for _, s := range sets {
			held = held || s.Holds(h)
		}
		if !held {
			n++
		}
	}
	return n
}
