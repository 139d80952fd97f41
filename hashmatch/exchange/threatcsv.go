package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// threatcsv is ThreatExchange's indicators as a table: with a header that names the columns as threat_updates names its
// fields, or, without one, the rows in which the `threatexchange` program holds them:
// indicator id, indicator, descriptor id, date, tags with spaces between them (older ones have the indicator first).
var threatcsv = Format{
	Name:  "threatexchange-csv",
	About: "ThreatExchange indicators as CSV",
	Sniff: sniffThreatCSV,
	Read:  readThreatCSV,
}

func sniffThreatCSV(head []byte) int {
	if bytes.IndexByte(head, 0) >= 0 {
		return 0
	}
	lines := linesOf(head)
	if len(lines) == 0 {
		return 0
	}
	if columns := threatHeader(strings.Split(lines[0], ",")); columns != nil {
		return Certain
	}
	n := 0
	for _, l := range lines {
		if columns := threatRow(strings.Split(l, ",")); columns != nil {
			n++
		}
	}
	if n == len(lines) { // any table may hold such rows
		return Certain
	}
	return n
}

// threatColumns are the numbers of the columns; -1 for those that are not there.
type threatColumns struct {
	cells                                               int // of every row
	id, indicator, kind, updated, deleted, status, tags int
}

// threatHeader reads a header; nil if this is none.
func threatHeader(row []string) *threatColumns {
	names := make([]string, len(row))
	for i, name := range row {
		names[i] = strings.ToLower(strings.Trim(name, " \t\r\""))
	}
	find := func(any ...string) int {
		return slices.IndexFunc(names, func(n string) bool { return slices.Contains(any, n) })
	}
	c := &threatColumns{
		cells: len(row),
		id:    find("id", "indicator_id"), indicator: find("indicator", "raw_indicator"), kind: find("type", "indicator_type"),
		updated: find("last_updated", "added_on"), deleted: find("should_delete"), status: find("status"), tags: find("tags"),
	}
	if c.indicator < 0 || c.kind < 0 {
		return nil
	}
	return c
}

// threatRow tells the columns of a row without header; nil if it is none.
func threatRow(row []string) *threatColumns {
	if len(row) != 5 || !isDecimal(row[2]) {
		return nil
	}
	c := &threatColumns{cells: len(row), id: 0, indicator: 1, kind: -1, updated: 3, deleted: -1, status: -1, tags: 4}
	if !isDecimal(row[0]) || isDecimal(row[1]) && len(row[1]) < len(row[0]) {
		c.id, c.indicator = 1, 0
	}
	if id, digits := row[c.id], row[c.indicator]; !isDecimal(id) || len(id) > 20 || !isHex(digits) || len(digits) < 32 {
		return nil
	}
	return c
}

func isDecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func readThreatCSV(r io.Reader, o Options, s *Sink) error {
	in := newBounded(r)
	c := csv.NewReader(in)
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	var columns *threatColumns // of the header
	for number := int64(1); ; number++ {
		in.mark(c.InputOffset())
		row, err := c.Read()
		at := Place{Row: number}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, csv.ErrQuote) && in.ended():
			return fmt.Errorf("%s: %w: the document ends within quotes", at, hashmatch.ErrIncomplete)
		case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
			s.Refuse(at, "quotes that do not belong there")
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", at, err)
		}
		if number == 1 {
			if columns = threatHeader(row); columns != nil {
				continue
			}
		}
		of := columns
		if of == nil {
			of = threatRow(row)
		}
		if of == nil || of.cells != len(row) {
			s.Refuse(at, "a row of another shape")
			continue
		}
		if in.ended() && in.last != '\n' && c.InputOffset() == in.given {
			s.Note(at, oddEnd)
		}
		takeThreatRow(at, of, row, o, s)
	}
}

func takeThreatRow(at Place, c *threatColumns, row []string, o Options, s *Sink) {
	cell := func(i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return strings.Clone(strings.TrimSpace(row[i])) // the row's memory is used again
	}
	indicator, kind := strings.ToLower(cell(c.indicator)), cell(c.kind)
	id := cell(c.id)
	name := id
	if name == "" {
		name = kind + ":" + indicator
	}
	if isTrue(cell(c.deleted)) {
		s.Remove(at, name, c.time(at, cell(c.updated), s))
		return
	}
	h, err := threatHash(kind, c.kind >= 0, indicator, o.HexKind)
	if err != nil {
		s.Refuse(at, err.Error())
		return
	}
	e := hashmatch.Entry{
		ID: id, Hashes: []hashmatch.EntryHash{{Hash: h}}, Sources: []string{"threatexchange"}, Tags: strings.Fields(cell(c.tags)),
	}
	status := cell(c.status)
	if status == "NON_MALICIOUS" {
		s.Note(at, oddHarmless)
	}
	if extra, ok := jsonExtra("threatexchange", threatExtra{Type: kind, Status: status}); ok {
		e.Extras = append(e.Extras, extra)
	}
	s.Update(at, name, c.time(at, cell(c.updated), s), e)
}

// time reads when a row was updated, if the table says that at all. "mine" is what the program writes instead where it
// holds an opinion of its own.
func (c *threatColumns) time(at Place, text string, s *Sink) int64 {
	if c.updated < 0 || text == "mine" {
		return math.MinInt64
	}
	return timeOf(at, text, s)
}

// threatHash reads an indicator; rows without header say nothing about their type.
func threatHash(kind string, said bool, digits string, hexKind hashmatch.Kind) (hashmatch.Hash, error) {
	if !said {
		return ParseListed(digits, hexKind)
	}
	k := threatKinds[kind]
	if k == 0 {
		return hashmatch.Hash{}, errors.New(reasonOther)
	}
	return hashmatch.ParseHex(k, digits)
}

func isTrue(s string) bool { return strings.EqualFold(s, "true") || s == "1" }
