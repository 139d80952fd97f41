package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
)

// table is separated values under a row of column names: what Options.Columns or a Preset says about the columns is taken,
// and nothing is guessed. Rows are counted as a spreadsheet shows them, the names being row 1.
var table = Format{
	Name:  "csv",
	About: "a table, its columns named by --csv-map or by a preset: " + presetNames(),
	Sniff: sniffTable,
	Read:  readTable,
}

// sniffTable is certain of a table that a preset recognises. One whose columns nobody named is claimed by its rows, so
// that its refusal tells what to do, rather than by another format that understands a line or two.
func sniffTable(head []byte) int {
	if bytes.IndexByte(head, 0) >= 0 {
		return 0
	}
	if h, _ := recognised(headingsOf(head, Options{})); h != nil {
		return Certain
	}
	if sk := sketchOf(head, Options{}); sk != nil && sk.named {
		return sk.hashRows
	}
	return 0
}

const (
	oddShortRow  = "row with fewer cells than the header names"
	oddLongRow   = "row with more cells than the header names, so that they may be shifted: only the hashes before all other columns were taken"
	oddNoLineEnd = "the last row has no line end: if the document was cut there, its last cell may be too"

	reasonLongRow = "row with more cells than the header names, so that they may be shifted"
)

func readTable(r io.Reader, o Options, s *Sink) error {
	b := bufio.NewReaderSize(r, headSize)
	head, err := b.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	lay, err := layoutOf(head, o)
	if err != nil {
		return err
	}
	s.report.Variant = lay.variant
	rows := newRowReader(b, lay.sep, len(head))
	for range lay.before {
		if _, err := rows.next(); err != nil && err != io.EOF {
			return err
		}
	}
	rows.width = lay.width
	return takeRows(rows, lay, s)
}

// takeRows takes all rows below the names.
func takeRows(rows *rowReader, lay *layout, s *Sink) error {
	m := entryMaker{lay: lay, sink: s}
	fewest := lay.width // cells of a row that ends as it should
	for {
		row, err := rows.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		at := Place{Row: row.number}
		switch {
		case row.ended && row.refused == "":
			fewest = min(fewest, len(row.cells))
		case row.refused == "" && len(row.cells) < fewest:
			return fmt.Errorf("%s: %w: the document breaks off within its last row", at, hashmatch.ErrIncomplete)
		case !row.ended:
			s.Note(at, oddNoLineEnd)
		}
		if row.odd != "" {
			s.Note(at, row.odd)
		}
		if err := m.take(at, row); err != nil {
			return err
		}
	}
}

// entryMaker makes entries of rows. What entries hold is cut from slabs, so that a row costs few allocations.
type entryMaker struct {
	lay     *layout
	sink    *Sink
	at      Place
	e       hashmatch.Entry
	refused string // why the row cannot be taken
	width   int    // the most cells of a row; 0 before the first
	hashes  []hashmatch.EntryHash
	strings []string
}

// take gives a row on as an entry, or refuses it.
func (m *entryMaker) take(at Place, row tableRow) error {
	if row.refused != "" {
		m.sink.Refuse(at, row.refused)
		return nil
	}
	bindings := m.lay.bindings
	switch n := len(row.cells); {
	case n < m.lay.width:
		m.sink.Note(at, oddShortRow)
	case n > m.most(row.cells):
		if bindings = m.lay.leading; len(bindings) == 0 {
			m.sink.Refuse(at, reasonLongRow)
			return nil
		}
		m.sink.Note(at, oddLongRow)
	}
	m.at, m.e, m.refused = at, hashmatch.Entry{}, ""
	if cap(m.hashes)-len(m.hashes) < 16 {
		m.hashes = make([]hashmatch.EntryHash, 0, 1024)
	}
	first := len(m.hashes)
	m.e.Hashes = m.hashes[first:first]
	for i := range bindings {
		if b := &bindings[i]; b.column < len(row.cells) && len(row.cells[b.column]) > 0 {
			b.take(m, row.cells[b.column])
		}
	}
	if m.refused == "" && len(m.e.Hashes) == 0 {
		m.refused = "the row holds no hash"
	}
	if m.refused != "" {
		m.sink.Refuse(at, m.refused)
		return nil
	}
	if n := first + len(m.e.Hashes); n <= cap(m.hashes) {
		m.hashes = m.hashes[:n]
	}
	m.e.Hashes = m.e.Hashes[:len(m.e.Hashes):len(m.e.Hashes)]
	return m.sink.Take(at, m.e)
}

// most returns how many cells a row may have: as many as the header names, and empty ones behind them if the first row
// ends with separators, as all rows of some exports do. A row alone with an empty cell too many may be one with a
// separator in a text.
func (m *entryMaker) most(cells [][]byte) int {
	if m.width == 0 {
		m.width = m.lay.width
		if n := len(cells); n > m.width && !slices.ContainsFunc(cells[m.width:], func(c []byte) bool { return len(c) > 0 }) {
			m.width = n
		}
	}
	return m.width
}

// list returns a list of one string.
func (m *entryMaker) list(s string) []string {
	if len(m.strings) == cap(m.strings) {
		m.strings = make([]string, 0, 1024)
	}
	n := len(m.strings)
	m.strings = append(m.strings, s)
	return m.strings[n : n+1 : n+1]
}
