package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// hashdeep is what hashdeep prints, with any choice of digests. Audits that were written one after the other into a file
// are read, each with the columns of its own header.
var hashdeep = Format{
	Name:  "hashdeep",
	About: "what hashdeep prints (%%%% HASHDEEP-1.0)",
	Sniff: func(head []byte) int {
		if bytes.HasPrefix(bytes.TrimPrefix(head, []byte(bom)), []byte(deepMagic)) {
			return Certain
		}
		return 0
	},
	Read: func(r io.Reader, _ Options, s *Sink) error {
		b := bufio.NewReader(r)
		if err := passMark(b); err != nil {
			return err
		}
		return takeAllRows(hashdeepRows(b, RowOptions{}), s, func(row *Row) {
			name := row.cells[len(row.cells)-1]
			switch {
			case strings.Contains(name, "\n"):
				s.Note(row.At, "a name with a line break: if more than one line of it looks like a record, it was split there")
			case piece.MatchString(name):
				s.Note(row.At, "digests of a piece of a file (hashdeep -p): they match the piece alone, not its file")
			}
		})
	},
}

const (
	deepSign  = "%%%% "
	deepMagic = deepSign + "HASHDEEP-"
	deepFirst = deepMagic + "1.0"
)

// piece is how hashdeep -p names the pieces of a file.
var piece = regexp.MustCompile(` offset \d+-\d+$`)

// deepDigits says how many hex digits a column has; of others any number.
var deepDigits = map[string]int{"md5": 32, "sha1": 40, "sha256": 64, "tiger": 48, "whirlpool": 128}

// deep reads hashdeep's output. The name of a file is its row's last field, written as it is: it may hold commas and line
// breaks. So a row ends only where the next one begins.
type deep struct {
	b       *bufio.Reader
	line    int64
	crlf    bool // the lines of this audit end in CR LF, so that a CR there is no part of a name
	needed  []string
	columns []string
	begun   bool // a row of this audit was seen, so that ## begins no comment any more
	row     *Row // that whose name may go on; nil between audits
	name    []byte
	blank   int  // empty lines since, which are part of the name if it goes on
	ready   *Row // that which is complete
}

func hashdeepRows(b *bufio.Reader, o RowOptions) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		d := &deep{b: b, needed: o.Needed}
		for {
			more, err := d.step()
			if err != nil {
				yield(nil, err)
				return
			}
			if row := d.ready; row != nil {
				d.ready = nil
				if !yield(row, nil) {
					return
				}
			}
			if !more {
				return
			}
		}
	}
}

// step reads a line; false after the last.
func (d *deep) step() (bool, error) {
	raw, tooLong, err := readLine(d.b)
	d.line++
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return false, fmt.Errorf("line %d: %w", d.line, err)
	case err != nil && len(raw) > 0, err != nil && tooLong:
		return false, fmt.Errorf("line %d: %w: the document breaks off (hashdeep ends its last line too)", d.line, hashmatch.ErrIncomplete)
	case err != nil && d.columns == nil:
		return false, fmt.Errorf("%w: there is no header", hashmatch.ErrIncomplete)
	case err != nil:
		d.close()
		return false, nil
	}
	text := strings.TrimSuffix(string(raw), "\n")
	if d.crlf {
		text = strings.TrimSuffix(text, "\r")
	}
	switch {
	case d.columns == nil || strings.HasPrefix(text, deepMagic) && d.columnsFollow():
		return true, d.header(text)
	case tooLong:
		d.begin(&Row{Fault: reasonTooLong})
	case !d.begun && strings.HasPrefix(text, "##"):
	case text == "":
		d.blank++
	default:
		d.take(text)
	}
	return true, nil
}

// columnsFollow reports whether the next line names columns; else what looked like a header is part of a file's name.
func (d *deep) columnsFollow() bool {
	next, _ := d.b.Peek(len(deepSign))
	return string(next) == deepSign
}

// header reads the two lines that begin an audit.
func (d *deep) header(text string) error {
	d.close()
	text, d.crlf = strings.CutSuffix(text, "\r")
	if text != deepFirst {
		if strings.HasPrefix(text, deepMagic) {
			return fmt.Errorf("line %d: %w: a version of hashdeep's format that is not 1.0", d.line, hashmatch.ErrUnsupported)
		}
		return fmt.Errorf("line %d: %w: what hashdeep prints begins with %s", d.line, hashmatch.ErrFormat, deepFirst)
	}
	raw, _, err := readLine(d.b)
	d.line++
	if err != nil {
		return fmt.Errorf("line %d: the columns: %w", d.line, cutShort(err))
	}
	names, ok := strings.CutPrefix(strings.TrimRight(string(raw), "\r\n"), deepSign)
	d.columns, d.begun = strings.Split(names, ","), false
	if n := len(d.columns); !ok || n < 2 || n > 20 || d.columns[n-1] != "filename" {
		return fmt.Errorf("line %d: %w: the columns are not named, or the last is no filename", d.line, hashmatch.ErrFormat)
	}
	return checkNeeded(d.needed, d.columns)
}

// take takes a line that is a row, or goes on with the name of the one before. A line that begins like a row and is none
// is a damaged row: to take it for a name would lose it silently.
func (d *deep) take(text string) {
	fields := strings.SplitN(text, ",", len(d.columns))
	switch {
	case len(fields) == len(d.columns) && d.whole(fields):
		d.begin(&Row{columns: d.columns, cells: fields})
	case len(fields) == len(d.columns) && isDigits(fields[0]), d.row == nil:
		d.begin(&Row{Fault: "not a line of the columns that the header names"})
	case d.row.Fault != "":
	case len(d.name)+d.blank+1+len(text) > maxLine:
		d.row.Fault = reasonTooLong
	default:
		for ; d.blank >= 0; d.blank-- {
			d.name = append(d.name, '\n')
		}
		d.name, d.blank = append(d.name, text...), 0
	}
}

// begin completes the row before and keeps the new one until it is known to be complete.
func (d *deep) begin(row *Row) {
	d.close()
	row.At = Place{Line: d.line}
	d.row, d.begun, d.name = row, true, d.name[:0]
	if row.cells != nil {
		d.name = append(d.name, row.cells[len(row.cells)-1]...)
	}
}

// close completes the row. Empty lines behind it are taken for what an editor left.
func (d *deep) close() {
	if d.row != nil && d.row.cells != nil {
		d.row.cells[len(d.row.cells)-1] = string(d.name)
	}
	d.ready = d.row
	d.row, d.blank = nil, 0
}

// whole reports whether the fields before the name are what their columns say.
func (d *deep) whole(fields []string) bool {
	for i, column := range d.columns[:len(d.columns)-1] {
		switch digits, known := deepDigits[column]; {
		case column == "size":
			if !isDigits(fields[i]) {
				return false
			}
		case !isHex(fields[i]), known && len(fields[i]) != digits:
			return false
		}
	}
	return true
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
