package exchange

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
)

// rowReader splits separated values into rows (RFC 4180, LF or CR LF), faster and more forgiving than encoding/csv, as
// exports of other tools need it:
//   - a quote within a cell stands for itself, also in a quoted one, which ends where a separator or the line's end
//     follows its quote;
//   - a quoted cell may hold line ends, but a quote that never closes, or that swallows rows until another one happens to
//     close it, costs its own line only;
//   - rows may have any number of cells.
//
// Memory is bounded by twice maxLine, whatever the document, and time by its length.
type rowReader struct {
	r       io.Reader
	sep     byte
	width   int // cells that the header names; 0 while it is not known
	number  int64
	buf     []byte
	at, end int  // what of buf is not yet given
	eof     bool // nothing comes after end
	started bool
	cells   [][]byte
	doubled []int // cells that hold doubled quotes
	given   int64 // bytes of all rows so far
	wasted  int64 // bytes that were read for rows which turned out to be others
}

// tableRow is one row. Its cells are valid until the next.
type tableRow struct {
	number  int64 // of the row, from 1, blank ones counted: as a spreadsheet shows it
	cells   [][]byte
	ended   bool   // by a line end
	odd     string // what was unusual about its quotes
	refused string // why it cannot be taken
}

// maxCells is how many cells of a row are told apart.
const maxCells = 4096

// wasteAllowed is how many bytes beyond those given may be read in vain for quotes that do not close. After that each
// line is a row.
const wasteAllowed = 16 << 20

const (
	reasonOpenQuote = "a quote opens a cell and does not close it on its line"
	oddOpenQuote    = "a quote that opens a cell and does not close it was taken as it stands"
	reasonManyCells = "row of more than 4,096 cells"
)

// newRowReader reads a document through a buffer that grows with its longest row. size is how long the document is at
// least; 0 where nobody knows.
func newRowReader(r io.Reader, sep byte, size int) *rowReader {
	if size == 0 || size > headSize {
		size = headSize
	}
	return &rowReader{r: r, sep: sep, buf: make([]byte, size+1)} // a byte more than there is shows the end
}

// next returns the next row that is not blank in all its cells; io.EOF after the last.
func (t *rowReader) next() (tableRow, error) {
	for {
		if err := t.begin(); err != nil {
			return tableRow{}, err
		}
		t.number++
		row, n, err := t.row()
		if err != nil {
			return tableRow{}, fmt.Errorf("row %d: %w", t.number, err)
		}
		row.number = t.number
		t.at += n
		t.given += int64(n)
		if row.refused != "" || !row.blank() {
			return row, nil
		}
	}
}

// blank reports whether a row says nothing: it has no cells, or empty ones only. One of several cells that has no end may
// have been cut, and is none. Some old exports end with a byte that ended files once.
func (r *tableRow) blank() bool {
	says := func(c []byte) bool { return len(bytes.Trim(c, " \t\r\n\x1a")) > 0 }
	return (r.ended || len(r.cells) == 1) && !slices.ContainsFunc(r.cells, says)
}

// begin makes sure that there is something to split.
func (t *rowReader) begin() error {
	for t.at == t.end {
		if t.eof {
			return io.EOF
		}
		if err := t.fill(); err != nil {
			return err
		}
	}
	if !t.started {
		t.started = true
		if bytes.HasPrefix(t.buf[t.at:t.end], []byte(bom)) {
			t.at += len(bom)
			return t.begin()
		}
	}
	return nil
}

// row splits the row that begins at t.at and returns how many bytes it takes.
func (t *rowReader) row() (row tableRow, n int, err error) {
	for {
		data := t.buf[t.at:t.end]
		var s splitting
		if t.wasted <= t.given+wasteAllowed {
			s = t.split(data, t.eof)
		} else if bytes.IndexByte(data, '\n') >= 0 {
			return t.oneLine(0)
		}
		switch {
		case s.whole && s.n <= maxLine:
			if s.lines && t.doubtful() {
				return t.oneLine(s.n)
			}
			return t.finish(s), s.n, nil
		case !s.whole && !t.eof && len(data) < maxLine:
			if err := t.fill(); err != nil {
				return row, 0, err
			}
		case bytes.IndexByte(data, '\n') < 0 && !t.eof:
			n, err := t.skipLine()
			return tableRow{refused: reasonTooLong, ended: true}, n, err
		default:
			return t.oneLine(len(data))
		}
	}
}

// oneLine gives the first line of what was read in vain for more.
func (t *rowReader) oneLine(wasted int) (row tableRow, n int, err error) {
	t.wasted += int64(wasted)
	line := t.buf[t.at:t.end]
	ended := false
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line, ended = line[:i+1], true
	}
	if len(line) > maxLine {
		return tableRow{refused: reasonTooLong, ended: ended}, len(line), nil
	}
	s := t.splitLine(line)
	switch {
	case s.open && !ended:
		return row, 0, fmt.Errorf("%w: the document breaks off within a quoted cell", hashmatch.ErrIncomplete)
	case s.open && len(t.cells) != t.width:
		return tableRow{refused: reasonOpenQuote, ended: ended}, len(line), nil
	}
	row = t.finish(s)
	if s.open {
		row.odd = oddOpenQuote
	}
	return row, len(line), nil
}

// finish returns the row that was split, with doubled quotes undone.
func (t *rowReader) finish(s splitting) tableRow {
	if s.many {
		return tableRow{refused: reasonManyCells, ended: s.ended}
	}
	for _, i := range t.doubled {
		t.cells[i] = undouble(t.cells[i])
	}
	return tableRow{cells: t.cells, ended: s.ended}
}

// undouble makes each doubled quote one, in place.
func undouble(cell []byte) []byte {
	out := cell[:0]
	for i := 0; i < len(cell); i++ {
		out = append(out, cell[i])
		if cell[i] == '"' && i+1 < len(cell) && cell[i+1] == '"' {
			i++
		}
	}
	return out
}

// doubtful reports whether a row of several lines is rather a quote that swallowed rows: it has more cells than the header
// names, or one of several lines holds what would be a digest in a cell of its own.
func (t *rowReader) doubtful() bool {
	if t.width > 0 && len(t.cells) > t.width {
		return true
	}
	for _, text := range t.cells {
		if bytes.IndexByte(text, '\n') < 0 {
			continue
		}
		for line := range bytes.Lines(text) {
			for part := range bytes.SplitSeq(line, []byte{t.sep}) {
				if looksDigest(bytes.Trim(part, "\" \r\n")) {
					return true
				}
			}
		}
	}
	return false
}

// looksDigest reports whether a cell has the shape of an md5, sha1 or sha256.
func looksDigest(cell []byte) bool {
	return (len(cell) == 32 || len(cell) == 40 || len(cell) == 64) && isHex(string(cell))
}

// fill reads more behind what is there, and makes room for it.
func (t *rowReader) fill() error {
	if t.at >= len(t.buf)/2 || t.at == t.end {
		copy(t.buf, t.buf[t.at:t.end])
		t.at, t.end = 0, t.end-t.at
	}
	if t.end == len(t.buf) {
		t.buf = append(t.buf, make([]byte, len(t.buf))...)
	}
	for idle := 0; t.end < len(t.buf); {
		n, err := t.r.Read(t.buf[t.end:])
		t.end += n
		switch {
		case err == io.EOF:
			t.eof = true
			return nil
		case err != nil:
			return err
		case n > 0:
			idle = 0
		default:
			if idle++; idle > 100 {
				return io.ErrNoProgress
			}
		}
	}
	return nil
}

// skipLine passes over a line that does not fit, but for its end, whose place in the buffer it returns.
func (t *rowReader) skipLine() (int, error) {
	for {
		if i := bytes.IndexByte(t.buf[t.at:t.end], '\n'); i >= 0 {
			return i + 1, nil
		}
		t.at = t.end
		if t.eof {
			return 0, nil
		}
		if err := t.fill(); err != nil {
			return 0, err
		}
	}
}
