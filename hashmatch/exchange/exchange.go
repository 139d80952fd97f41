// Package exchange reads known items in the forms that other tools, and our own, write them. Each format stands in a file
// of its own. Reading streams: memory does not grow with the document.
//
// A record that cannot be taken is refused, counted with its place, and the rest is kept. A document that breaks off or
// is not what it says keeps nothing: Read returns an error. A hash value never stands in an error or a report.
package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// Format is one form of document.
type Format struct {
	Name  string // what --format calls it
	About string // one line for people
	// Sniff says how much of a document's head, of up to 64 KiB, looks like this format: how many of its lines, or
	// Certain; 0 is not at all. The format that says most reads the document. A compressed document is sniffed unpacked.
	Sniff func(head []byte) int
	// Read gives each record of the document to s. Its errors end the reading and mean that nothing of the document may
	// be kept; they wrap a sentinel of package hashmatch and say where the fault is, but never a hash value.
	Read func(r io.Reader, o Options, s *Sink) error
}

// Certain is what Sniff says of a document that can be no other.
const Certain = 1 << 30

// Formats returns all formats, in the order in which they are tried.
func Formats() []Format {
	return []Format{
		vics, records, hashdeep, dfxml, hfindIndex, hfindJumps, encase, nsrlDelta, sums, list, signals,
		ncmec, stopncii, threatexchange, threatcsv, vpdq, table,
	}
}

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
	Name   string // what the document is called, where its content says nothing of whose hashes they are; "" is unknown
	// HexKind is the kind of bare hex digits, needed where their number leaves a choice: 64 digits are a SHA-256 or a
	// PDQ, 16 are one of six hashes. 0 refuses such lines.
	HexKind hashmatch.Kind
	// Origin is the program that made what the document only calls average, difference or perception hashes. Without it
	// such hashes are refused.
	Origin Origin

	// Columns says what the columns of a table are: field -> the column's name, or its number from 1. Preset says it for one
	// tool's tables; Columns adds to it and goes first. Either makes the format "csv". Without both, a table is read only if
	// a built-in preset knows the names of its columns.
	Columns   map[string]string
	Preset    *Preset
	Separator rune // between the cells of a table; 0 finds it
}

// Read reads a document, which may be packed with gzip or zstd, and gives every record to add, whose refusal (an error that wraps hashmatch.ErrFormat) is counted
// like our own; any other error of add ends the reading. On error the caller must throw away what add was given.
func Read(r io.Reader, o Options, add func(hashmatch.Entry) error) (Report, error) {
	b, err := unpack(r)
	defer b.close()
	if err != nil {
		return Report{}, fmt.Errorf("exchange: %w", err)
	}
	if o.Format == "" && (o.Columns != nil || o.Preset != nil) {
		o.Format = table.Name
	}
	f, err := formatOf(b.Reader, o.Format)
	if err != nil {
		return Report{}, err
	}
	s := NewSink(f.Name, add)
	s.report.Packed = b.name()
	err = f.Read(b.Reader, o, s)
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		return s.report, fmt.Errorf("exchange: %s: %w", f.Name, err)
	}
	if err := s.Finish(); err != nil {
		return s.report, fmt.Errorf("exchange: %s: %w", f.Name, err)
	}
	return s.report, nil
}

// headSize is how many bytes of a document its format is found by.
const headSize = 64 << 10

// formatOf finds the format by name, or by which one understands the most of the head.
func formatOf(b *bufio.Reader, name string) (Format, error) {
	if name != "" {
		return FormatNamed(name)
	}
	head, err := b.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return Format{}, fmt.Errorf("exchange: %w", err)
	}
	var best Format
	most := 0
	for _, f := range Formats() {
		if n := f.Sniff(head); n > most {
			best, most = f, n
		}
	}
	if most == 0 {
		return Format{}, unrecognised(head)
	}
	return best, nil
}

// unrecognised says why no format was found, and what to do.
func unrecognised(head []byte) error {
	what := "no format is recognised (a list of hashes, the output of md5sum, sha1sum or sha256sum, VICS, a table that a preset knows, or our own JSON lines)"
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		what = "the document is UTF-16, as some Windows programs write it: save it as UTF-8"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		what = "the document is a zip archive: unpack it first"
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		what = "the document is a SQLite database, which cannot be read from a stream: give the file itself, unpacked"
	case bytes.IndexByte(head, 0) >= 0:
		what = "the document is no text: a picture or another file is to be hashed first"
	case len(linesOf(head)) == 0:
		what = "the document is empty"
	case sketchOf(head, Options{}) != nil:
		return fmt.Errorf("exchange: %s: %w", table.Name, unknownTable(head, Options{}))
	}
	return fmt.Errorf("exchange: %w: %s", hashmatch.ErrFormat, what)
}

// countLines is a Sniff that counts the lines of a text which look like the format's. What holds a zero byte is no text.
func countLines(looks func(line string) bool) func(head []byte) int {
	return func(head []byte) (n int) {
		if bytes.IndexByte(head, 0) >= 0 {
			return 0
		}
		for _, l := range linesOf(head) {
			if looks(l) {
				n++
			}
		}
		return n
	}
}

// linesOf returns the lines of a document's head that say something. A last line that the head's end may cut is left out.
func linesOf(head []byte) []string {
	whole := strings.Split(strings.TrimPrefix(string(head), bom), "\n")
	if len(whole) > 1 && len(head) == headSize {
		whole = whole[:len(whole)-1]
	}
	lines := whole[:0]
	for _, l := range whole {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	return lines
}
