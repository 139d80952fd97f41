package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"unicode/utf8"

	"github.com/hashmatch/engine/hashmatch"
)

const (
	// maxLine is the longest line that is read, in bytes. A record lists at most hashmatch.MaxMatches matches.
	maxLine = 16 << 20
	// maxObjects bounds the objects of a line. A record holds about a hundred; without a bound a line of maxLine bytes, full
	// of empty matches, takes a hundred times its size in memory.
	maxObjects = 1 << 14
)

// Reader goes through results, in order and once. Use it as in
//
//	r, err := report.Read(f)
//	for rec, err := range r.Records() { ... }
//	tally, err := r.Summary()
//
// Only when Records has come to its end without an error were the results whole.
type Reader struct {
	Header  Header
	lines   *bufio.Reader
	line    []byte // the one read last, with its end
	number  int    // of the line read last, from 1
	account account
	chance  []SetChance // of the summary
	whole   bool        // the summary was read and is right, and nothing follows
	err     error       // the first; nothing is read after it
}

// Read reads the header. An error of r comes with the line it struck at; text that is not the results of a scan gives an
// error that wraps ErrFormat, and results that are cut one that wraps ErrIncomplete. A UTF-8 byte order mark, CR LF and
// empty lines are passed over.
func Read(r io.Reader) (*Reader, error) {
	reader := &Reader{lines: bufio.NewReader(r)}
	line, cut, err := reader.next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("report: %w: no results at all", hashmatch.ErrIncomplete)
	}
	if err != nil {
		return nil, err
	}
	var f frame
	if err := json.Unmarshal(line, &f); err != nil {
		return nil, reader.fault(err, cut)
	}
	if f.Scan == nil {
		return nil, reader.fault(fmt.Errorf("%w: the results of a scan begin with a line {\"scan\":...}", hashmatch.ErrFormat), false)
	}
	if err := f.Scan.check(); err != nil {
		return nil, reader.fault(err, false)
	}
	reader.Header, reader.account.roots = *f.Scan, f.Scan.Roots
	return reader, nil
}

// Records yields the records. An error is the last thing it yields: it wraps ErrFormat or ErrLimit for a line that no scan
// wrote, ErrIncomplete for a missing summary or one that does not count what was read, or is the error of the
// underlying reader. It goes on where an earlier call was left off.
func (r *Reader) Records() iter.Seq2[hashmatch.Record, error] {
	return func(yield func(hashmatch.Record, error) bool) {
		for !r.whole && r.err == nil {
			rec, err := r.record()
			if err != nil {
				r.err = err
				yield(hashmatch.Record{}, err)
				return
			}
			if r.whole || !yield(rec, nil) {
				return
			}
		}
	}
}

// Summary returns the accounting of the whole scan. It fails until all records were read without an error.
func (r *Reader) Summary() (hashmatch.Tally, error) {
	if r.err != nil {
		return hashmatch.Tally{}, r.err
	}
	if !r.whole {
		return hashmatch.Tally{}, fmt.Errorf("report: %w: not all records were read", hashmatch.ErrIncomplete)
	}
	return r.account.tally, nil
}

// Chance returns the chance matches that were to be expected, for each set that was searched by PDQ: those of the header,
// and once all records were read also those of the summary. Results of earlier versions tell none.
func (r *Reader) Chance() []SetChance { return slices.Concat(r.Header.Chance, r.chance) }

// Line returns the number, from 1, of the line that was read last: that of the header, or of the record just yielded.
func (r *Reader) Line() int { return r.number }

// record reads the next record, or the summary, which sets r.whole.
func (r *Reader) record() (rec hashmatch.Record, err error) {
	line, cut, err := r.next()
	if errors.Is(err, io.EOF) {
		return rec, fmt.Errorf("report: %w: the results break off after line %d, before their summary", hashmatch.ErrIncomplete, r.number)
	}
	if err != nil {
		return rec, err
	}
	// Only a line that may be a frame is decoded as one: most are records.
	if bytes.Contains(line, []byte(`"summary"`)) || bytes.Contains(line, []byte(`"scan"`)) {
		var f frame
		if err := json.Unmarshal(line, &f); err != nil {
			return rec, r.fault(err, cut)
		}
		if f.Scan != nil {
			return rec, r.fault(fmt.Errorf("%w: a second header", hashmatch.ErrFormat), false)
		}
		if f.Summary != nil {
			return rec, r.end(f.Summary)
		}
	}
	if err := json.Unmarshal(line, &rec); err != nil {
		return rec, r.fault(err, cut)
	}
	if err := r.account.add(&rec); err != nil {
		return rec, r.fault(err, false)
	}
	return rec, nil
}

// end holds the summary against what was read, and sees that nothing follows it.
func (r *Reader) end(s *summary) error {
	if read := &r.account.tally; !s.equals(read) {
		return r.fault(fmt.Errorf("%w: the summary counts %d files (%d bytes, %d matches), but the records read are %s (%d bytes, %d matches)",
			hashmatch.ErrIncomplete, s.Seen, s.Bytes, s.Matches, read, read.Bytes, read.Matches), false)
	}
	if err := r.account.tally.Check(); err != nil {
		return r.fault(err, false)
	}
	if err := checkChances(s.Chance, r.Header.Sets); err != nil {
		return r.fault(err, false)
	}
	switch _, _, err := r.next(); {
	case err == nil:
		return r.fault(fmt.Errorf("%w: a line after the summary", hashmatch.ErrFormat), false)
	case !errors.Is(err, io.EOF):
		return err
	}
	r.chance, r.whole = s.Chance, true
	return nil
}

// next returns the next line that is not empty, without its end. cut tells that the text ends without ending the line.
// The line is valid until the next call. At the end of the text the error is io.EOF itself.
func (r *Reader) next() (line []byte, cut bool, err error) {
	for {
		err = r.readLine()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, err
		}
		line = r.line
		if cut = err != nil; cut && len(line) == 0 {
			return nil, false, io.EOF
		}
		r.number++
		if r.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			break
		}
	}
	// encoding/json would read every byte that is not UTF-8 as U+FFFD, and two paths as one. A cut may split a character.
	if !utf8.Valid(line) && !cut {
		return nil, false, r.fault(fmt.Errorf("%w: not UTF-8", hashmatch.ErrFormat), false)
	}
	if n := objects(line); n > maxObjects {
		return nil, false, r.fault(fmt.Errorf("%w: %d objects, at most %d", hashmatch.ErrLimit, n, maxObjects), false)
	}
	return line, cut, nil
}

// objects counts the opening braces of a line of JSON outside its strings: names may hold any number of them.
func objects(line []byte) (n int) {
	inString := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case c == '{' && !inString:
			n++
		}
	}
	return n
}

// readLine reads r.line, up to and with the next LF; io.EOF says that the text ends here.
func (r *Reader) readLine() error {
	r.line = r.line[:0]
	for {
		part, err := r.lines.ReadSlice('\n')
		if len(r.line)+len(part) > maxLine {
			return fmt.Errorf("report: line %d: %w: more than %d bytes", r.number+1, hashmatch.ErrLimit, maxLine)
		}
		r.line = append(r.line, part...)
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return err
		case !errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("report: line %d: %w", r.number+1, err)
		}
	}
}

// fault gives an error the number of the line and a sentinel: what is wrong with a line that the text ends in is first of
// all that it is not whole.
func (r *Reader) fault(err error, cut bool) error {
	switch {
	case cut:
		return fmt.Errorf("report: line %d: %w: the results break off: %w", r.number, hashmatch.ErrIncomplete, err)
	case errors.Is(err, hashmatch.ErrFormat), errors.Is(err, hashmatch.ErrLimit), errors.Is(err, hashmatch.ErrIncomplete):
		return fmt.Errorf("report: line %d: %w", r.number, err)
	}
	return fmt.Errorf("report: line %d: %w: %w", r.number, hashmatch.ErrFormat, err)
}
