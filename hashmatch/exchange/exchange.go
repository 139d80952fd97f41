// Package exchange reads known items in the forms that other tools, and our own, write them. Each format stands in a file
// of its own. Reading streams: memory does not grow with the document.
//
// A record that cannot be taken is refused, counted with its place, and the rest is kept. A document that breaks off or
// is not what it says keeps nothing: Read returns an error. A hash value never stands in an error or a report.
package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// Format is one form of document.
type Format struct {
	Name  string // what --format calls it
	About string // one line for people
	// sniff says how many of the lines at the head of a document look like this format.
	sniff func(lines []string) int
	// read gives each record of the document to t.
	read func(r io.Reader, o Options, t *taker) error
}

// Formats returns all formats, in the order in which they are tried.
func Formats() []Format { return []Format{records, sums, list} }

// FormatNamed returns the format with the given name.
func FormatNamed(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("exchange: %w: no format is named %q (formats: %s)", hashmatch.ErrFormat, name, strings.Join(names, " "))
}

// Options says what a document does not say itself.
type Options struct {
	Format string // name of the format; "" finds it by content
	// HexKind is the kind of bare hex digits, needed where their number leaves a choice: 64 digits are a SHA-256 or a
	// PDQ, 16 are one of six hashes. 0 refuses such lines.
	HexKind hashmatch.Kind
}

// maxReasons is how many reasons are told apart, so that no document can fill the memory with them.
const maxReasons = 50

// otherReasons stands for the reasons beyond maxReasons.
const otherReasons = "other reasons"

// maxSamples is how many refusals a Report describes; the rest is only counted.
const maxSamples = 20

// Refusal is a record that was not taken.
type Refusal struct {
	Line   int    `json:"line"` // of the document, from 1
	Reason string `json:"reason"`
}

// Report says what became of a document: Read = Kept + the sum of Refused.
type Report struct {
	Format  string
	Read    int            // records found
	Kept    int            // records taken
	Refused map[string]int // by reason; at most maxReasons, those after them together
	Samples []Refusal      // the first of them
	Scan    bool           // the document is the results of a scan: what was kept is what was scanned, matched or not
}

// RefusedTotal returns the number of records that were not taken.
func (r *Report) RefusedTotal() (n int) {
	for _, c := range r.Refused {
		n += c
	}
	return n
}

// Reasons returns the reasons of refusals, the most frequent first.
func (r *Report) Reasons() []string {
	var reasons []string
	for reason := range r.Refused {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int {
		if d := r.Refused[b] - r.Refused[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return reasons
}

// Read reads a document and gives every record to add, whose refusal (an error that wraps hashmatch.ErrFormat) is counted
// like our own; any other error of add ends the reading. On error the caller must throw away what add was given.
func Read(r io.Reader, o Options, add func(hashmatch.Entry) error) (Report, error) {
	b := bufio.NewReaderSize(r, headSize)
	f, err := formatOf(b, o.Format)
	if err != nil {
		return Report{}, err
	}
	t := &taker{add: add, report: Report{Format: f.Name, Refused: map[string]int{}}}
	if err := f.read(b, o, t); err != nil {
		return t.report, fmt.Errorf("exchange: %s: %w", f.Name, err)
	}
	switch {
	case t.report.Read == 0:
		return t.report, fmt.Errorf("exchange: %s: %w: the document holds no records", f.Name, hashmatch.ErrFormat)
	case t.report.Kept == 0:
		return t.report, fmt.Errorf("exchange: %s: %w: none of %d records could be taken (line %d: %s)",
			f.Name, hashmatch.ErrFormat, t.report.Read, t.report.Samples[0].Line, t.report.Samples[0].Reason)
	}
	return t.report, nil
}

// headSize is how many bytes of a document its format is found by.
const headSize = 64 << 10

// formatOf finds the format by name, or by which one understands the most lines of the head.
func formatOf(b *bufio.Reader, name string) (Format, error) {
	if name != "" {
		return FormatNamed(name)
	}
	head, err := b.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return Format{}, fmt.Errorf("exchange: %w", err)
	}
	if strings.HasPrefix(string(head), "\xff\xfe") || strings.HasPrefix(string(head), "\xfe\xff") {
		return Format{}, fmt.Errorf("exchange: %w: the document is UTF-16, as some Windows programs write it: save it as UTF-8", hashmatch.ErrFormat)
	}
	if strings.IndexByte(string(head), 0) >= 0 {
		return Format{}, fmt.Errorf("exchange: %w: the document is no text: a picture or another file is to be hashed first", hashmatch.ErrFormat)
	}
	text := strings.TrimPrefix(string(head), bom)
	whole := strings.Split(text, "\n")
	if len(whole) > 1 && len(head) == headSize {
		whole = whole[:len(whole)-1] // the last line may be cut by the head's end
	}
	lines := whole[:0]
	for _, l := range whole {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return Format{}, fmt.Errorf("exchange: %w: the document is empty", hashmatch.ErrFormat)
	}
	var best Format
	most := 0
	for _, f := range Formats() {
		if n := f.sniff(lines); n > most {
			best, most = f, n
		}
	}
	if most == 0 {
		return Format{}, fmt.Errorf("exchange: %w: no format is recognised (a list of hashes, the output of md5sum, sha1sum or sha256sum, or our own JSON lines)", hashmatch.ErrFormat)
	}
	return best, nil
}

// taker counts records on their way to the set.
type taker struct {
	add    func(hashmatch.Entry) error
	report Report
}

// take gives an entry on; the error returned is one that ends the reading.
func (t *taker) take(line int, e hashmatch.Entry) error {
	if reason := trivial(&e); reason != "" {
		t.refuse(line, reason)
		return nil
	}
	err := t.add(e)
	switch {
	case errors.Is(err, hashmatch.ErrFormat):
		t.refuse(line, err.Error())
		return nil
	case err != nil:
		return err
	}
	t.report.Read++
	t.report.Kept++
	return nil
}

func (t *taker) refuse(line int, reason string) {
	t.report.Read++
	key := reason
	if t.report.Refused[key] == 0 && len(t.report.Refused) >= maxReasons {
		key = otherReasons
	}
	t.report.Refused[key]++
	if len(t.report.Samples) < maxSamples {
		t.report.Samples = append(t.report.Samples, Refusal{line, reason})
	}
}

// emptyDigests are the digests of no bytes at all: in a set they would match every empty file of a drive.
var emptyDigests = []string{
	"md5:d41d8cd98f00b204e9800998ecf8427e",
	"sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}

// trivial returns why an entry says nothing about any content; "" when it does.
func trivial(e *hashmatch.Entry) string {
	for _, h := range e.Hashes {
		if slices.Contains(emptyDigests, h.Hash.String()) {
			return "digest of the empty file"
		}
	}
	return ""
}
