package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// matchingFlags say how sets are matched.
type matchingFlags struct {
	sets   []string
	radius radiusFlag
	deny   []string
}

func (o *matchingFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.sets, "set", nil, "set file; may be given again")
	addRadius(cmd, &o.radius)
	f.StringArrayVar(&o.deny, "deny", nil, "file of hashes, a line each, whose entries never match: they make false hits")
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
	return cfg, notes, nil
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
