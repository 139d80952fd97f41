// Package report turns the records of a scan into results: JSON lines, which hold everything and can be read back, a CSV
// table, and one HTML page.
//
// JSONL writes results while a scan runs. Read goes through them again, and CSV and HTML make of them a table and a
// page. Results that are cut short, or whose counts do not add up, give an error and never a report that looks whole;
// what CSV or HTML had written by then is to be thrown away.
//
// Everything written depends on the header and the records alone, not on a clock, a host or a number of workers: the
// same records give the same bytes. Nothing of a picture is in it but numbers. Names come from seized media, so they are
// taken for hostile: whatever shows one goes through Visible.
//
// No type of this package may be used from several goroutines at once.
package report

import (
	"fmt"
	"math"

	"github.com/hashmatch/engine/hashmatch"
)

// Header says what was compared with what, and how. It is the first line of the results.
type Header struct {
	Tool     string             `json:"tool"`            // name and version
	Sets     []SetInfo          `json:"sets"`            // in the order they were given
	Kinds    []hashmatch.Kind   `json:"kinds"`           // hashes that were computed of every file
	Searches []hashmatch.Search `json:"searches"`        // Matcher.Searches
	Quality  int                `json:"quality"`         // the gate: perceptual hashes of a lower quality did not match
	Roots    int                `json:"roots"`           // how many roots were scanned, at least 1
	Exact    bool               `json:"exact"`           // reference arithmetic on full pixels
	Views    string             `json:"views,omitempty"` // in which pictures were hashed besides the upright one
	Thorough *ThoroughInfo      `json:"thorough,omitempty"`
	Chance   []SetChance        `json:"chance,omitempty"` // where it is known beforehand; else the summary has it
	Warnings []string           `json:"warnings,omitempty"`
}

// SetInfo names a set that was searched.
type SetInfo struct {
	Name        string                `json:"name"`
	Disposition hashmatch.Disposition `json:"disposition"`
	Digest      string                `json:"digest"` // Set.Digest: what names the set's content
	Entries     int                   `json:"entries"`
}

// check returns an error that wraps ErrFormat when the header does not describe a scan.
func (h *Header) check() error {
	if h.Roots < 1 {
		return fmt.Errorf("%w: a scan of %d roots", hashmatch.ErrFormat, h.Roots)
	}
	for i, s := range h.Sets {
		if _, err := s.Disposition.MarshalText(); err != nil || s.Name == "" || s.Entries < 0 {
			return fmt.Errorf("%w: set %d of the header lacks a name, a disposition or a number of entries", hashmatch.ErrFormat, i)
		}
	}
	for i, s := range h.Searches {
		if !s.Kind.Valid() || s.Radius < 0 || s.Radius > s.Kind.Bits() {
			return fmt.Errorf("%w: search %d of the header: radius %d of %s", hashmatch.ErrFormat, i, s.Radius, s.Kind)
		}
	}
	for _, k := range h.Kinds {
		if !k.Valid() {
			return fmt.Errorf("%w: the header lists %s among the kinds", hashmatch.ErrFormat, k)
		}
	}
	if err := h.Thorough.check(); err != nil {
		return err
	}
	return checkChances(h.Chance, h.Sets)
}

// account checks and counts records, the same way when they are written and when they are read back.
type account struct {
	roots int
	tally hashmatch.Tally
}

// add takes a record into the account. Its errors wrap ErrFormat or ErrLimit.
func (a *account) add(rec *hashmatch.Record) error {
	if err := checkRecord(rec, a.roots); err != nil {
		return err
	}
	a.tally.Seen++
	a.tally.Add(rec)
	if a.tally.Bytes < 0 || a.tally.Matches < 0 {
		return fmt.Errorf("%w: the sizes or matches of all records do not fit 63 bits", hashmatch.ErrLimit)
	}
	return nil
}

// checkRecord tells what keeps a record from being the outcome of a scanned file. What later code indexes or sums by is
// in range after it.
func checkRecord(rec *hashmatch.Record, roots int) error {
	switch {
	case rec.Outcome == 0:
		return fmt.Errorf("%w: the record has no status, so it is not of a scan", hashmatch.ErrFormat)
	case rec.Root < 0 || rec.Root > roots:
		return fmt.Errorf("%w: root %d of %d", hashmatch.ErrFormat, rec.Root, roots)
	case rec.Fingerprint.Size < 0:
		return fmt.Errorf("%w: size %d", hashmatch.ErrFormat, rec.Fingerprint.Size)
	case !(rec.Fingerprint.Partial >= 0 && rec.Fingerprint.Partial <= 1):
		return fmt.Errorf("%w: partial %v, which is no share", hashmatch.ErrFormat, rec.Fingerprint.Partial)
	case rec.Fault != 0 && rec.Outcome != hashmatch.Matched:
		return fmt.Errorf("%w: fault %s beside status %s", hashmatch.ErrFormat, rec.Fault, rec.Outcome)
	case rec.More < 0 || rec.More > math.MaxInt-len(rec.Matches):
		return fmt.Errorf("%w: matches_more %d", hashmatch.ErrFormat, rec.More)
	case len(rec.Matches) == 0 && (rec.Outcome == hashmatch.Matched || rec.More > 0):
		return fmt.Errorf("%w: a matched record lists no match", hashmatch.ErrFormat)
	}
	for i := range rec.Matches {
		m := &rec.Matches[i]
		if !m.Kind.Valid() || m.Distance < 0 || m.Distance > m.Kind.Bits() {
			return fmt.Errorf("%w: match %d: distance %d of %s", hashmatch.ErrFormat, i, m.Distance, m.Kind)
		}
		if _, err := m.Disposition.MarshalText(); err != nil || m.Tier == 0 {
			return fmt.Errorf("%w: match %d lacks a disposition or a tier", hashmatch.ErrFormat, i)
		}
		if m.Tier > hashmatch.TierC {
			return fmt.Errorf("%w: match %d: %s", hashmatch.ErrFormat, i, m.Tier)
		}
		for _, q := range []*int{m.Quality, m.EntryQuality} {
			if q != nil && (*q < 0 || *q > 100) {
				return fmt.Errorf("%w: match %d: quality %d (0 to 100)", hashmatch.ErrFormat, i, *q)
			}
		}
		if s := m.Second; s != nil && (!s.Kind.Perceptual() || s.Kind == m.Kind || s.Distance < 0 || s.Distance > s.Kind.Bits()) {
			return fmt.Errorf("%w: match %d by %s: a second hash of %s at distance %d", hashmatch.ErrFormat, i, m.Kind, s.Kind, s.Distance)
		}
	}
	return nil
}

// gravest returns the match that stands for a file where only one is shown; nil when there is none. It is the first of
// the gravest disposition: a file that equals an entry of a known-good set may be near one of a known-bad set, and the
// lead must not disappear behind the better tier.
func gravest(matches []hashmatch.Match) (lead *hashmatch.Match) {
	rank := func(d hashmatch.Disposition) int {
		for i, o := range dispositions {
			if d == o {
				return i
			}
		}
		return len(dispositions)
	}
	for i := range matches {
		if lead == nil || rank(matches[i].Disposition) < rank(lead.Disposition) {
			lead = &matches[i]
		}
	}
	return lead
}

// dispositions are all dispositions, gravest first.
var dispositions = []hashmatch.Disposition{hashmatch.KnownBad, hashmatch.Other, hashmatch.KnownGood}
