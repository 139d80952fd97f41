package exchange

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// Row is what another tool noted about one file, by column: a line of a CSV file, an object of JSON lines, a line of
// hashdeep, a fileobject of DFXML.
type Row struct {
	At    Place
	Fault string // why the row could not be read, "" when it could; what cells there are then must not be trusted

	columns []string // names of the cells; of a CSV file shared by all rows
	cells   []string
	object  map[string]json.RawMessage // of JSON lines, instead
}

// Cell is one value of a row.
type Cell struct {
	Text string
	JSON json.RawMessage // the value as it stood, where the document is JSON: it may be no text; nil elsewhere
}

// Cell returns the value of a column, by its name; where none is called exactly so, by its name in other letters' case. In
// JSON a dotted name goes into objects. false: the row has no such column, or, in JSON, it is null.
func (r *Row) Cell(column string) (Cell, bool) {
	if r.object != nil {
		return jsonCell(r.object, column)
	}
	i := columnNamed(r.columns, column)
	if i < 0 || i >= len(r.cells) {
		return Cell{}, false
	}
	return Cell{Text: r.cells[i]}, true
}

// columnNamed returns the number of the column of that name; -1 when there is none.
func columnNamed(columns []string, name string) int {
	folded := -1
	for i, c := range columns {
		if c == name {
			return i
		}
		if folded < 0 && strings.EqualFold(c, name) {
			folded = i
		}
	}
	return folded
}

// RowOptions says how to read rows.
type RowOptions struct {
	Format    string   // one of RowFormats
	Separator rune     // of CSV; 0 takes that which stands most in its first line, of comma, semicolon, tab and bar
	Needed    []string // columns that the document must have, where it says first which it has: CSV and hashdeep
}

// rowFormats are the documents whose rows are read.
var rowFormats = []struct {
	name string
	read func(b *bufio.Reader, o RowOptions) iter.Seq2[*Row, error]
}{
	{"csv", csvRows},
	{"jsonl", func(b *bufio.Reader, _ RowOptions) iter.Seq2[*Row, error] { return jsonRows(b) }},
	{"hashdeep", hashdeepRows},
	{"dfxml", func(b *bufio.Reader, _ RowOptions) iter.Seq2[*Row, error] { return dfxmlRows(b) }},
}

// RowFormats returns the names that RowOptions.Format may have.
func RowFormats() (names []string) {
	for _, f := range rowFormats {
		names = append(names, f.name)
	}
	return names
}

// Rows goes through the rows of a document. A row is valid until the next. A row that cannot be read says so (Fault); an
// error, which is the last that is given, means that the document breaks off or is not what it should be. Memory is bounded
// by the longest row, and that by 1 MiB.
//
// It reads ahead no more than it must, so that rows which another program writes one by one come one by one.
func Rows(r io.Reader, o RowOptions) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		for _, f := range rowFormats {
			if f.name != o.Format {
				continue
			}
			b := bufio.NewReader(r)
			if err := passMark(b); err != nil {
				yield(nil, fmt.Errorf("exchange: %s: %w", f.name, err))
				return
			}
			for row, err := range f.read(b, o) {
				if err != nil {
					yield(nil, fmt.Errorf("exchange: %s: %w", f.name, err))
					return
				}
				if !yield(row, nil) {
					return
				}
			}
			return
		}
		yield(nil, fmt.Errorf("exchange: %w: no rows are read from %q (but from: %s)", hashmatch.ErrFormat, o.Format, strings.Join(RowFormats(), " ")))
	}
}

// passMark passes over a UTF-8 byte order mark, and refuses UTF-16.
func passMark(b *bufio.Reader) error {
	head, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch string(head) {
	case "\xff\xfe", "\xfe\xff":
		return fmt.Errorf("%w: the document is UTF-16, as some Windows programs write it: save it as UTF-8", hashmatch.ErrFormat)
	case bom[:2]:
		if head, _ := b.Peek(len(bom)); string(head) == bom {
			_, err := b.Discard(len(bom))
			return err
		}
	}
	return nil
}

// checkNeeded says which of the needed columns a document lacks. Names of columns are no values, and may be told.
func checkNeeded(needed, columns []string) error {
	for _, n := range needed {
		if columnNamed(columns, n) < 0 {
			return fmt.Errorf("%w: there is no column %q; the columns are: %s", hashmatch.ErrFormat, n, quoted(columns))
		}
		same := 0
		for _, c := range columns {
			if c == n {
				same++
			}
		}
		if same > 1 {
			return fmt.Errorf("%w: %d columns are called %q", hashmatch.ErrFormat, same, n)
		}
	}
	return nil
}

// mostTold is how many columns of a document an error tells, and longestTold how long a name it repeats.
const (
	mostTold    = 80
	longestTold = 60
)

// quoted lists names for an error.
func quoted(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i == mostTold {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if len(n) > longestTold {
			n = n[:longestTold] + "..."
		}
		fmt.Fprintf(&b, " %q", n)
	}
	return strings.TrimSpace(b.String())
}

// entry makes an entry of a row of hashdeep or DFXML, whose columns have known names. odd is told of columns that hold a
// digest of a kind which is not read.
func (r *Row) entry(odd func(column string)) (hashmatch.Entry, error) {
	var e hashmatch.Entry
	for i, column := range r.columns {
		text := r.cells[i]
		switch k := tagKinds[strings.ToUpper(column)]; {
		case k != 0:
			h, err := hashmatch.ParseHex(k, strings.TrimSpace(text))
			if err != nil {
				return e, err
			}
			e.Hashes = append(e.Hashes, hashmatch.EntryHash{Hash: h})
		case column == "filename":
			e.Names = append(e.Names, text)
		case column == "size" || column == "filesize":
			size, err := sizeIn(text)
			if err != nil {
				return e, err
			}
			e.Size, e.HasSize = size, true
		case otherDigests[column]:
			odd(column)
		}
	}
	if len(e.Hashes) == 0 {
		return e, fmt.Errorf("%w: no md5, sha1 or sha256", hashmatch.ErrFormat)
	}
	return e, nil
}

// otherDigests are columns of digests that are not read.
var otherDigests = map[string]bool{
	"tiger": true, "whirlpool": true, "sha224": true, "sha384": true, "sha512": true, "sha3": true, "ssdeep": true,
	"hashdigest": true, // of DFXML, in a coding that is not read
}

// takeAllRows gives the entries of rows to a sink.
func takeAllRows(rows iter.Seq2[*Row, error], s *Sink, check func(*Row)) error {
	told := map[string]bool{} // what every row has is told once
	for row, err := range rows {
		if err != nil {
			return err
		}
		if row.Fault != "" {
			s.Refuse(row.At, row.Fault)
			continue
		}
		e, err := row.entry(func(column string) {
			if !told[column] {
				told[column] = true
				s.Note(row.At, "digests of a kind that is not read, from here on: "+column)
			}
		})
		if err != nil {
			s.Refuse(row.At, err.Error())
			continue
		}
		if check != nil {
			check(row)
		}
		if err := s.Take(row.At, e); err != nil {
			return err
		}
	}
	return nil
}

// sizeIn reads the size of a file.
func sizeIn(text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: the size is no number of bytes", hashmatch.ErrFormat)
	}
	return n, nil
}
