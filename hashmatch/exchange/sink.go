package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// Place is where a record stands in its document: by one of these, whichever its reader knows, from 1 (offsets from 0).
type Place struct {
	Line   int64 `json:"line,omitempty"`
	Row    int64 `json:"row,omitempty"`    // of a table
	Offset int64 `json:"offset,omitempty"` // in bytes, of the unpacked document
}

// String returns "line 3", "row 3" or "offset 3".
func (p Place) String() string {
	switch {
	case p.Line > 0:
		return fmt.Sprintf("line %d", p.Line)
	case p.Row > 0:
		return fmt.Sprintf("row %d", p.Row)
	}
	return fmt.Sprintf("offset %d", p.Offset)
}

// Remark is what was noticed of a record that was refused, or kept although it is odd.
type Remark struct {
	Place
	Reason string `json:"reason"` // holds no hash value
}

// Report says what became of a document: Read = Kept + Removed + the sum of Refused.
type Report struct {
	Format  string
	Variant string         // which form of the format, such as the preset of a table; "" where there is one only
	Packed  string         // how the document was packed, such as "gzip"; "" is not at all
	Read    int            // records found
	Kept    int            // records taken
	Removed int            // records that a later one of the document took back, and those that only take back
	Refused map[string]int // by reason; at most maxReasons, those after them together
	Odd     map[string]int // what was unusual, by reason; the records were kept, but for what the reason says
	Samples []Remark       // the first of the refused
	Oddness []Remark       // the first of the odd
	Scan    bool           // the document is the results of a scan: what was kept is what was scanned, matched or not
	Ignored bool           // the document holds no records and is none the worse for it; Odd says why
}

// maxReasons is how many reasons are told apart, so that no document can fill the memory with them.
const maxReasons = 50

// otherReasons stands for the reasons beyond maxReasons.
const otherReasons = "other reasons"

// maxSamples is how many remarks of a sort a Report describes; the rest is only counted.
const maxSamples = 20

// RefusedTotal returns the number of records that were not taken.
func (r *Report) RefusedTotal() (n int) {
	for _, c := range r.Refused {
		n += c
	}
	return n
}

// Reasons returns the reasons of Refused or Odd, the most frequent first.
func Reasons(counts map[string]int) []string {
	var reasons []string
	for reason := range counts {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return reasons
}

// Sink takes the records of a document on their way to a set, and counts what becomes of them. It is not safe for
// concurrent use.
type Sink struct {
	add    func(hashmatch.Entry) error
	report Report
	held   map[string]*held // records that may still be taken back, by name
	order  []*held          // as they came
}

// held is a record that waits for the document's end.
type held struct {
	at      Place
	updated int64
	removed bool
	entry   hashmatch.Entry
}

// NewSink returns a sink of a document of the named format. Read makes one itself; readers that are no Format, since they
// read more than a stream, use it directly.
func NewSink(format string, add func(hashmatch.Entry) error) *Sink {
	return &Sink{add: add, report: Report{Format: format, Refused: map[string]int{}, Odd: map[string]int{}}, held: map[string]*held{}}
}

// Take gives an entry on. The error returned is one that ends the reading.
func (s *Sink) Take(at Place, e hashmatch.Entry) error {
	if reason := trivial(&e); reason != "" {
		s.Refuse(at, reason)
		return nil
	}
	err := s.add(e)
	switch {
	case errors.Is(err, hashmatch.ErrFormat):
		s.Refuse(at, err.Error())
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", at, err)
	}
	s.report.Read++
	s.report.Kept++
	return nil
}

// Refuse counts a record that cannot be taken. Reason must not hold a value of the document.
func (s *Sink) Refuse(at Place, reason string) {
	s.report.Read++
	count(s.report.Refused, reason)
	if len(s.report.Samples) < maxSamples {
		s.report.Samples = append(s.report.Samples, Remark{at, reason})
	}
}

// Note counts something odd about the document or a record that is taken all the same.
func (s *Sink) Note(at Place, reason string) {
	count(s.report.Odd, reason)
	if len(s.report.Oddness) < maxSamples {
		s.report.Oddness = append(s.report.Oddness, Remark{at, reason})
	}
}

// Ignore says that the document is of a sort that holds no records, and why it may be given all the same.
func (s *Sink) Ignore(reason string) {
	s.report.Ignored = true
	s.Note(Place{}, reason)
}

func count(counts map[string]int, reason string) {
	if counts[reason] == 0 && len(counts) >= maxReasons {
		reason = otherReasons
	}
	counts[reason]++
}

// Update takes an entry that a later record of the same name replaces or takes back: of records of one name that with the
// greatest time counts, of equal times the last. It is given on by Finish.
func (s *Sink) Update(at Place, name string, time int64, e hashmatch.Entry) {
	s.hold(name, &held{at: at, updated: time, entry: e})
}

// Remove takes back the entry of a name.
func (s *Sink) Remove(at Place, name string, time int64) {
	s.hold(name, &held{at: at, updated: time, removed: true})
}

func (s *Sink) hold(name string, h *held) {
	old := s.held[name]
	switch {
	case old == nil:
		s.held[name] = h
		s.order = append(s.order, h)
		return
	case h.updated >= old.updated:
		*old = *h
	}
	s.report.Read++ // the one of the two that does not count
	s.report.Removed++
}

// Finish gives on what was held, and says whether the document held anything.
func (s *Sink) Finish() error {
	for _, h := range s.order {
		if h.removed {
			s.report.Read++
			s.report.Removed++
		} else if err := s.Take(h.at, h.entry); err != nil {
			return err
		}
	}
	s.held, s.order = nil, nil
	switch r := &s.report; {
	case r.Ignored && r.Read == 0:
		return nil
	case r.Read == 0:
		return fmt.Errorf("%w: the document holds no records", hashmatch.ErrFormat)
	case r.Kept == 0 && len(r.Samples) > 0:
		return fmt.Errorf("%w: none of %d records could be taken (%s: %s)", hashmatch.ErrFormat, r.Read, r.Samples[0].Place, r.Samples[0].Reason)
	case r.Kept == 0:
		return fmt.Errorf("%w: all of %d records are taken back", hashmatch.ErrFormat, r.Read)
	}
	return nil
}

// Report says what became of the document so far.
func (s *Sink) Report() Report { return s.report }

// emptyDigests are the digests of no bytes at all: in a set they would match every empty file of a drive.
var emptyDigests = func() (list []hashmatch.Hash) {
	for _, text := range []string{
		"md5:d41d8cd98f00b204e9800998ecf8427e",
		"sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		h, err := hashmatch.ParseHash(text)
		if err != nil {
			panic(err)
		}
		list = append(list, h)
	}
	return list
}()

// trivial returns why an entry says nothing about any content; "" when it does.
func trivial(e *hashmatch.Entry) string {
	for _, h := range e.Hashes {
		if slices.Contains(emptyDigests, h.Hash) {
			return "digest of the empty file"
		}
	}
	return ""
}
