package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
)

// JSONL writes the results of a scan: the header, one record a line, the summary. Each line is one Write, so whoever
// follows the results sees whole lines.
type JSONL struct {
	w       io.Writer
	sets    []SetInfo // of the header
	account account
	err     error // the first; nothing is written after it
}

// frame is the first or the last line of results.
type frame struct {
	Scan    *Header  `json:"scan,omitempty"`
	Summary *summary `json:"summary,omitempty"`
}

// summary is the JSON form of a Tally.
type summary struct {
	Seen     int64    `json:"seen"`
	Bytes    int64    `json:"bytes"`
	Matches  int64    `json:"matches"`
	Faults   int64    `json:"matched_with_fault"`
	Outcomes outcomes `json:"outcomes"`
	// Chance is what was to be expected of the pictures that were looked up, where the header does not say: of a thorough
	// scan, in its first pass.
	Chance []SetChance `json:"chance,omitempty"`
}

// outcomes counts files by outcome.
type outcomes map[hashmatch.Outcome]int64

// MarshalJSON returns an object in the order of the outcomes, without those that no file had.
func (o outcomes) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for _, outcome := range hashmatch.Outcomes() {
		if n := o[outcome]; n != 0 {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = fmt.Appendf(out, "%q:%d", outcome.String(), n)
		}
	}
	return append(out, '}'), nil
}

func newSummary(t *hashmatch.Tally) *summary {
	s := &summary{Seen: t.Seen, Bytes: t.Bytes, Matches: t.Matches, Faults: t.Faults, Outcomes: outcomes{}}
	for _, o := range hashmatch.Outcomes() {
		s.Outcomes[o] = t.By[o]
	}
	return s
}

// equals reports whether s says what was counted.
func (s *summary) equals(t *hashmatch.Tally) bool {
	for o, n := range t.By {
		if s.Outcomes[hashmatch.Outcome(o)] != n {
			return false
		}
	}
	return s.Seen == t.Seen && s.Bytes == t.Bytes && s.Matches == t.Matches && s.Faults == t.Faults
}

// NewJSONL writes the header to w.
func NewJSONL(w io.Writer, h Header) (*JSONL, error) {
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	j := &JSONL{w: w, sets: h.Sets, account: account{roots: h.Roots}}
	if j.line(&frame{Scan: &h}); j.err != nil {
		return nil, j.err
	}
	return j, nil
}

// Write writes one record. One that a scan cannot have made gives an error that wraps ErrFormat. After an error
// everything fails with it.
func (j *JSONL) Write(rec *hashmatch.Record) error {
	if j.err != nil {
		return j.err
	}
	if err := j.account.add(rec); err != nil {
		j.err = fmt.Errorf("report: %q: %w", rec.Path, err)
		return j.err
	}
	j.line(rec)
	return j.err
}

// Close writes the summary, which makes the results whole, and leaves the underlying writer open. Nothing is written,
// and the error wraps ErrIncomplete, unless tally adds up and counts exactly the records written; it wraps ErrFormat where
// chance is not what a scan of the header's sets has to expect.
func (j *JSONL) Close(tally hashmatch.Tally, chance ...SetChance) error {
	if j.err != nil {
		return j.err
	}
	if err := tally.Check(); err != nil {
		j.err = fmt.Errorf("report: %w", err)
		return j.err
	}
	if written := &j.account.tally; tally != *written {
		j.err = fmt.Errorf("report: %w: the scan counts %s (%d bytes, %d matches), but the records written are %s (%d bytes, %d matches)",
			hashmatch.ErrIncomplete, &tally, tally.Bytes, tally.Matches, written, written.Bytes, written.Matches)
		return j.err
	}
	if err := checkChances(chance, j.sets); err != nil {
		j.err = fmt.Errorf("report: %w", err)
		return j.err
	}
	s := newSummary(&tally)
	s.Chance = chance
	if j.line(&frame{Summary: s}); j.err != nil {
		return j.err
	}
	j.err = errors.New("report: the results are closed")
	return nil
}

// line writes v as one line of JSON.
func (j *JSONL) line(v any) {
	data, err := Line(v)
	if err == nil {
		_, err = j.w.Write(data)
	}
	if err != nil {
		j.err = fmt.Errorf("report: %w", err)
	}
}

// Line returns v as one line of JSON, with its end, that a terminal shows as it is: what JSON leaves hidden (DEL, the C1
// controls, what reorders text) is written as \u escapes.
func Line(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return visibleJSON(b.Bytes()), nil
}
