package exchange

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// csvRows reads the rows below a header. A row with fewer fields than the header lacks the last columns; one with more has
// a separator where none may stand, so that nothing says which field is which: it is a fault.
func csvRows(b *bufio.Reader, o RowOptions) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		sep, err := rowSeparator(b, o.Separator)
		if err != nil {
			yield(nil, err)
			return
		}
		l := newLeash(b)
		c := csv.NewReader(l)
		c.Comma, c.FieldsPerRecord, c.ReuseRecord = sep, -1, true
		columns, err := csvHeader(c, l)
		if err == nil {
			err = checkNeeded(o.Needed, columns)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		row := &Row{columns: columns}
		for {
			l.loosen()
			fields, err := c.Read()
			var misread *csv.ParseError
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil && !errors.As(err, &misread):
				yield(nil, fmt.Errorf("after offset %d: %w", c.InputOffset(), err))
				return
			case err != nil:
				row.At, row.Fault, row.cells = Place{Line: int64(misread.StartLine)}, "a quote stands where none may, or one is not closed", nil
			default:
				line, _ := c.FieldPos(0)
				row.At, row.Fault, row.cells = Place{Line: int64(line)}, "", fields
				if len(fields) > len(columns) {
					row.Fault = "more fields than the header has columns"
				}
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// csvHeader reads the names of the columns. Excel's "sep=;" line before them is obeyed.
func csvHeader(c *csv.Reader, l *leash) ([]string, error) {
	for {
		l.loosen()
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: the document is empty", hashmatch.ErrFormat)
		}
		var misread *csv.ParseError
		if errors.As(err, &misread) {
			return nil, fmt.Errorf("line %d: %w: the header is no CSV", misread.StartLine, hashmatch.ErrFormat)
		}
		if err != nil {
			return nil, err
		}
		if sep, ok := strings.CutPrefix(strings.Join(fields, string(c.Comma)), "sep="); ok && len(sep) == 1 && strings.ContainsAny(sep, rowSeparators) {
			c.Comma = rune(sep[0])
			continue
		}
		columns := make([]string, len(fields))
		for i, f := range fields {
			columns[i] = strings.TrimSpace(f)
		}
		return columns, nil
	}
}

// rowSeparators are those that are looked for, that first which is least likely to stand in a column's name.
const rowSeparators = "\t;|,"

// rowSeparator returns the one said, or that which stands most often in the first line, outside quotes.
func rowSeparator(b *bufio.Reader, said rune) (rune, error) {
	switch said {
	case 0:
	case '"', '\r', '\n', 0xfffd:
		return 0, fmt.Errorf("%w: %q cannot separate fields", hashmatch.ErrFormat, said)
	default:
		return said, nil
	}
	line, err := firstLine(b)
	if err != nil {
		return 0, err
	}
	var counts [len(rowSeparators)]int
	quoted := false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		} else if i := strings.IndexByte(rowSeparators, c); i >= 0 && !quoted {
			counts[i]++
		}
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return rune(rowSeparators[best]), nil
}

// firstLine returns the first line without taking it, as far as the buffer holds it.
func firstLine(b *bufio.Reader) ([]byte, error) {
	for n := 1; ; {
		head, err := b.Peek(n)
		if i := bytes.IndexByte(head, '\n'); i >= 0 {
			return head[:i], nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
			return head, nil
		}
		if err != nil {
			return nil, err
		}
		n = max(n+1, b.Buffered())
	}
}
