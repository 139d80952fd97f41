package exchange

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
)

// nsrlDelta is the text of SQL by which NIST brings a release of NSRL v3 up to date: INSERT, UPDATE and DELETE of single
// rows of FILE (minimal releases) or METADATA (full ones), as sqldiff writes them. The text is read, never executed.
//
// Rows that are added become entries. A row that is deleted belongs to an earlier release: it is counted and told of, but a
// set that was built from that release still holds it. (Nor would it be right to strike its digests: the same file may well
// be known from another package.) Of a row that is updated the new state becomes an entry where the statement tells a
// digest of it.
var nsrlDelta = Format{
	Name:  "nsrl-delta",
	About: "a quarterly delta of NSRL v3 (SQL text)",
	Sniff: func(head []byte) int {
		upper := bytes.ToUpper(head)
		for _, table := range []string{"FILE", "METADATA"} {
			for _, verb := range []string{"INSERT INTO ", "DELETE FROM ", "UPDATE "} {
				if bytes.Contains(upper, []byte("\n"+verb+table)) || bytes.HasPrefix(upper, []byte(verb+table)) {
					return Certain
				}
			}
		}
		return 0
	},
	Read: readDelta,
}

const (
	reasonLiteral  = "a statement that is no list of plain values"
	noteDeleted    = "a row of an earlier release is deleted: sets of that release still hold it"
	noteUpdated    = "a row of an earlier release is changed: sets of that release still hold the old one"
	noteUnreadable = "a statement that is neither an INSERT, an UPDATE nor a DELETE was passed over"
)

// fileColumns are those of FILE, for an INSERT that does not name them.
var fileColumns = []string{"SHA256", "SHA1", "MD5", "CRC32", "FILE_NAME", "FILE_SIZE", "PACKAGE_ID"}

// delta is a delta while it is read.
type delta struct {
	s    *Sink
	open bool // a transaction has begun and is not committed

	// A delta is millions of INSERTs that begin alike. What the last one began with, up to its values, is not read again.
	head    []byte
	columns []string // nil: the table is none of files
}

// fileRow is what a statement says of a row of FILE or METADATA.
type fileRow struct{ md5, sha1, sha256, name, extension, size string }

// set takes the value of a column, if it is one that is read.
func (f *fileRow) set(column, value string) {
	switch column {
	case "MD5":
		f.md5 = value
	case "SHA1":
		f.sha1 = value
	case "SHA256":
		f.sha256 = value
	case "FILE_NAME":
		f.name = value
	case "EXTENSION":
		f.extension = value
	case "FILE_SIZE", "BYTES":
		f.size = value
	}
}

func readDelta(r io.Reader, _ Options, s *Sink) error {
	b := bufio.NewReaderSize(r, headSize)
	if err := passMark(b); err != nil {
		return err
	}
	d := &delta{s: s}
	in := &statements{b: b}
	for {
		st, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := d.statement(&st); err != nil {
			return err
		}
	}
	if d.open {
		return fmt.Errorf("%w: the COMMIT is missing, so statements may be too", hashmatch.ErrIncomplete)
	}
	return nil
}

func (d *delta) statement(st *statement) error {
	at := Place{Line: st.line}
	t := &tokens{st.text}
	if len(d.head) > 0 && bytes.HasPrefix(st.text, d.head) {
		t.rest = st.text[len(d.head):]
		return d.insertValues(at, t, st.tooLong)
	}
	switch verb := t.next(); verb.text {
	case "INSERT":
		if !d.insertHead(t) {
			d.s.Refuse(at, reasonLiteral)
			return nil
		}
		if d.columns != nil {
			d.head = append(d.head, st.text[:len(st.text)-len(t.rest)]...)
		}
		return d.insertValues(at, t, st.tooLong)
	case "UPDATE":
		return d.update(at, t, st.tooLong)
	case "DELETE":
		t.is("FROM")
		d.delete(at, t)
	case "BEGIN":
		d.open = true
	case "COMMIT", "END":
		d.open = false
	case "ROLLBACK":
		return fmt.Errorf("line %d: %w: a ROLLBACK takes back what stands before it", st.line, hashmatch.ErrFormat)
	case "PRAGMA", "CREATE", "ANALYZE":
	default:
		d.s.Note(at, noteUnreadable)
	}
	return nil
}

// fileTable takes the name of a table, and reports whether it is one of files.
func (t *tokens) fileTable() (name string, files bool) {
	if t.is("MAIN") {
		t.is(".")
	}
	name = t.next().text
	return name, name == "FILE" || name == "METADATA"
}

// insertHead reads an INSERT up to and with VALUES.
func (d *delta) insertHead(t *tokens) bool {
	d.head, d.columns = d.head[:0], nil
	for _, word := range []string{"OR", "REPLACE", "IGNORE", "INTO"} {
		t.is(word)
	}
	table, files := t.fileTable()
	if !files {
		return true
	}
	if table == "FILE" {
		d.columns = fileColumns
	}
	if t.is("(") {
		d.columns = nil
		for {
			column := t.next()
			if column.kind != tokenWord {
				return false
			}
			if d.columns = append(d.columns, column.text); !t.is(",") {
				break
			}
		}
		t.is(")")
	}
	return d.columns != nil && t.is("VALUES")
}

// insertValues takes the rows of an INSERT.
func (d *delta) insertValues(at Place, t *tokens, tooLong bool) error {
	if d.columns == nil {
		return nil
	}
	for {
		var row fileRow
		if tooLong || !t.values(d.columns, &row) {
			d.s.Refuse(at, reasonLiteral)
			return nil
		}
		if err := d.take(at, &row); err != nil {
			return err
		}
		if !t.is(",") {
			return nil
		}
	}
}

// values reads a list of literals in brackets, one for each column.
func (t *tokens) values(columns []string, row *fileRow) bool {
	if !t.is("(") {
		return false
	}
	for i, column := range columns {
		v, ok := t.literal()
		if !ok {
			return false
		}
		row.set(column, v)
		if i < len(columns)-1 && !t.is(",") {
			return false
		}
	}
	return t.is(")")
}

// literal reads a plain value; NULL is "".
func (t *tokens) literal() (value string, ok bool) {
	switch v := t.next(); {
	case v.kind == tokenText, v.kind == tokenNumber:
		return v.text, true
	case v.kind == tokenWord && v.text == "NULL":
		return "", true
	}
	return "", false
}

// update takes the new state of a row, as far as SET and WHERE tell it.
func (d *delta) update(at Place, t *tokens, tooLong bool) error {
	if _, files := t.fileTable(); !files {
		return nil
	}
	if !t.is("SET") || tooLong {
		d.s.Refuse(at, reasonLiteral)
		return nil
	}
	set := *t
	var row fileRow
	if !t.equations(",", &fileRow{}) || !t.is("WHERE") || !t.equations("AND", &row) || t.next().kind != tokenEnd {
		d.s.Refuse(at, reasonLiteral)
		return nil
	}
	set.equations(",", &row)
	d.s.Note(at, noteUpdated)
	if row.md5+row.sha1+row.sha256 == "" {
		d.takenBack()
		return nil
	}
	return d.take(at, &row)
}

// equations reads "column=literal", separated by the given word or byte.
func (t *tokens) equations(between string, row *fileRow) bool {
	for {
		column := t.next()
		if column.kind != tokenWord || !t.is("=") && !t.is("IS") {
			return false
		}
		v, ok := t.literal()
		if !ok {
			return false
		}
		if row.set(column.text, v); !t.is(between) {
			return true
		}
	}
}

func (d *delta) delete(at Place, t *tokens) {
	if _, files := t.fileTable(); files {
		d.s.Note(at, noteDeleted)
		d.takenBack()
	}
}

// takenBack counts a record that only takes back.
func (d *delta) takenBack() {
	d.s.report.Read++
	d.s.report.Removed++
}

// take makes an entry of a row.
func (d *delta) take(at Place, row *fileRow) error {
	e, err := row.entry()
	if err != nil {
		d.s.Refuse(at, err.Error())
		return nil
	}
	return d.s.Take(at, e)
}

func (row *fileRow) entry() (e hashmatch.Entry, err error) {
	for i, digits := range [...]string{row.md5, row.sha1, row.sha256} {
		if digits == "" {
			continue
		}
		h, err := hashmatch.ParseHex([...]hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}[i], digits)
		if err != nil {
			return e, err
		}
		e.Hashes = append(e.Hashes, hashmatch.EntryHash{Hash: h})
	}
	if len(e.Hashes) == 0 {
		return e, fmt.Errorf("%w: no md5, sha1 or sha256", hashmatch.ErrFormat)
	}
	if row.size != "" {
		if e.Size, err = sizeIn(row.size); err != nil {
			return e, err
		}
		e.HasSize = true
	}
	if row.extension != "" {
		row.name += "." + row.extension
	}
	if row.name != "" {
		e.Names = []string{row.name}
	}
	return e, nil
}
