package exchange

import "bytes"

// splitting is what became of splitting bytes into the cells of one row.
type splitting struct {
	n     int  // bytes of the row, with its end
	whole bool // the row's end is there; else more is needed
	ended bool // by a line end rather than by the document's end
	lines bool // a cell holds a line end
	open  bool // a cell's quote does not close
	many  bool // more than maxCells
}

// split splits the first row of data into t.cells. last says that nothing follows data.
func (t *rowReader) split(data []byte, last bool) splitting {
	s := splitting{}
	t.cells, t.doubled = t.cells[:0], t.doubled[:0]
	lineEnd := lineEndOf(data, 0)
	for at := 0; ; {
		if at < len(data) && data[at] == '"' {
			length, doubled := closing(data[at+1:], t.sep, last)
			if length < 0 {
				return splitting{open: true}
			}
			t.cell(data[at+1:at+1+length], doubled, &s)
			at += length + 2
			if at > lineEnd {
				s.lines = true
				lineEnd = lineEndOf(data, at)
			}
		} else {
			end := lineEnd
			if i := bytes.IndexByte(data[at:lineEnd], t.sep); i >= 0 {
				end = at + i
			} else if lineEnd == len(data) && !last {
				return splitting{}
			}
			t.cell(unquoted(data[at:end], end == lineEnd), false, &s)
			at = end
		}
		switch {
		case at == len(data):
			s.n, s.whole = at, true
			return s
		case data[at] == t.sep:
			at++
		case lineEnd == len(data): // a CR ends the document
			s.n, s.whole = len(data), true
			return s
		default: // LF or CR LF
			s.n, s.whole, s.ended = lineEnd+1, true, true
			return s
		}
	}
}

// splitLine splits a line, given with its end, whose quotes do not reach beyond it: one that does not close stands for
// itself.
func (t *rowReader) splitLine(line []byte) splitting {
	s := splitting{n: len(line)}
	text, ended := bytes.CutSuffix(line, []byte("\n"))
	s.ended = ended
	text = bytes.TrimSuffix(text, []byte("\r"))
	t.cells, t.doubled = t.cells[:0], t.doubled[:0]
	for {
		if len(text) > 0 && text[0] == '"' && !s.open {
			if length, doubled := closing(text[1:], t.sep, true); length >= 0 {
				t.cell(text[1:1+length], doubled, &s)
				if text = text[length+2:]; len(text) == 0 {
					return s
				}
				text = text[1:]
				continue
			}
			s.open = true
		}
		cell, rest, more := bytes.Cut(text, []byte{t.sep})
		t.cell(cell, false, &s)
		if !more {
			return s
		}
		text = rest
	}
}

func (t *rowReader) cell(text []byte, doubled bool, s *splitting) {
	if len(t.cells) == maxCells {
		s.many = true
		return
	}
	if doubled {
		t.doubled = append(t.doubled, len(t.cells))
	}
	t.cells = append(t.cells, text)
}

// unquoted is the text of a cell without the CR of its line's end.
func unquoted(text []byte, atLineEnd bool) []byte {
	if atLineEnd {
		return bytes.TrimSuffix(text, []byte("\r"))
	}
	return text
}

// lineEndOf returns where the first LF at or after from stands; the length of data if there is none.
func lineEndOf(data []byte, from int) int {
	if i := bytes.IndexByte(data[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(data)
}

// closing returns how many bytes of data stand before the quote that closes a cell, and whether there are doubled quotes
// among them; -1 if it is not there. Nothing follows data if last.
func closing(data []byte, sep byte, last bool) (length int, doubled bool) {
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], '"')
		if i < 0 {
			return -1, doubled
		}
		at += i
		after := data[at+1:]
		switch {
		case len(after) == 0 && !last, len(after) == 1 && after[0] == '\r' && !last:
			return -1, doubled
		case len(after) == 0, after[0] == sep, after[0] == '\n', after[0] == '\r' && (len(after) == 1 || after[1] == '\n'):
			return at, doubled
		case after[0] == '"':
			doubled = true
			at += 2
		default:
			at++ // it stands for itself
		}
	}
}
