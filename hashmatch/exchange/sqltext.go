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

// statements cuts a text of SQL into its statements. It executes nothing and knows of SQL only where quotes and comments
// begin and end.
type statements struct {
	b    *bufio.Reader
	line int64 // that of the next byte
	buf  []byte
}

// statement is one of them, without its semicolon and its comments.
type statement struct {
	line    int64  // where it begins
	text    []byte // valid until the next
	tooLong bool   // text is then what stands in its first maxLine bytes
}

// next returns the next statement, and io.EOF after the last.
func (s *statements) next() (statement, error) {
	st := statement{}
	s.buf = s.buf[:0]
	for {
		c, err := s.b.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && len(s.buf) > 0:
			return st, fmt.Errorf("line %d: %w: the document breaks off in a statement that begins here", st.line, hashmatch.ErrIncomplete)
		case err != nil:
			return st, err
		case c == ';':
			if len(s.buf) == 0 { // a semicolon by itself says nothing
				continue
			}
			st.text = s.buf
			return st, nil
		case len(s.buf) == 0 && sqlSpace(c):
			s.line += newline(c)
			continue
		}
		comment, err := s.comment(c)
		if err != nil {
			return st, err
		}
		if comment {
			if len(s.buf) > 0 {
				s.put(&st, ' ')
			}
			continue
		}
		if len(s.buf) == 0 {
			st.line = s.line + 1
		}
		s.put(&st, c)
		s.line += newline(c)
		if c == '\'' || c == '"' {
			if err := s.quoted(&st, c); err != nil {
				return st, err
			}
		}
	}
}

// put adds a byte of a statement that is not too long.
func (s *statements) put(st *statement, c byte) {
	if len(s.buf) < maxLine {
		s.buf = append(s.buf, c)
	} else {
		st.tooLong = true
	}
}

// quoted reads on up to the quote that closes. A doubled quote closes and opens again, which comes to the same.
func (s *statements) quoted(st *statement, quote byte) error {
	for {
		part, err := s.b.ReadSlice(quote)
		if len(s.buf)+len(part) <= maxLine {
			s.buf = append(s.buf, part...)
		} else {
			st.tooLong = true
		}
		for _, c := range part {
			s.line += newline(c)
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return fmt.Errorf("line %d: %w: the document breaks off within quotes, in a statement that begins here", st.line, hashmatch.ErrIncomplete)
		default:
			return err
		}
	}
}

// comment passes over a comment that begins with c.
func (s *statements) comment(c byte) (bool, error) {
	if c != '-' && c != '/' {
		return false, nil
	}
	next, _ := s.b.Peek(1)
	switch string(c) + string(next) {
	case "--":
		return true, s.pass('\n', "")
	case "/*":
		s.b.ReadByte()
		return true, s.pass('*', "/")
	}
	return false, nil
}

// pass reads up to and with the byte last where then follows.
func (s *statements) pass(last byte, then string) error {
	for {
		c, err := s.b.ReadByte()
		if errors.Is(err, io.EOF) && last == '\n' {
			return nil // the next read says so again
		}
		if err != nil {
			return fmt.Errorf("line %d: in a comment: %w", s.line+1, cutShort(err))
		}
		s.line += newline(c)
		if c != last {
			continue
		}
		if next, _ := s.b.Peek(len(then)); string(next) == then {
			s.b.Discard(len(then))
			return nil
		}
	}
}

func sqlSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func newline(c byte) int64 {
	if c == '\n' {
		return 1
	}
	return 0
}

// sqlToken is a part of a statement.
type sqlToken struct {
	kind tokenKind
	text string // of a word in capitals, of a literal its value
}

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // a keyword or a name, also one in double quotes
	tokenText             // a literal in quotes
	tokenNumber           // a literal number
	tokenOther            // one byte of anything else
)

// tokens reads the parts of a statement.
type tokens struct{ rest []byte }

func (t *tokens) next() sqlToken {
	for len(t.rest) > 0 && sqlSpace(t.rest[0]) {
		t.rest = t.rest[1:]
	}
	if len(t.rest) == 0 {
		return sqlToken{}
	}
	switch c := t.rest[0]; {
	case c == '\'':
		return sqlToken{tokenText, t.unquote(c)}
	case c == '"':
		return sqlToken{tokenWord, strings.ToUpper(t.unquote(c))}
	case wordByte(c) && (c < '0' || c > '9'):
		return sqlToken{tokenWord, strings.ToUpper(t.take(wordByte))}
	case c >= '0' && c <= '9', c == '-' && len(t.rest) > 1 && t.rest[1] >= '0' && t.rest[1] <= '9':
		return sqlToken{tokenNumber, t.take(func(c byte) bool { return wordByte(c) || c == '.' || c == '-' })}
	}
	other := string(t.rest[:1])
	t.rest = t.rest[1:]
	return sqlToken{tokenOther, other}
}

// is takes the next token if it is the given word or byte.
func (t *tokens) is(text string) bool {
	before := t.rest
	if n := t.next(); n.text == text && (n.kind == tokenWord || n.kind == tokenOther) {
		return true
	}
	t.rest = before
	return false
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}

func (t *tokens) take(part func(byte) bool) string {
	n := 0
	for n < len(t.rest) && part(t.rest[n]) {
		n++
	}
	text := string(t.rest[:n])
	t.rest = t.rest[n:]
	return text
}

// unquote takes a quoted part; the statement was cut where its quotes are closed.
func (t *tokens) unquote(quote byte) string {
	t.rest = t.rest[1:]
	var b []byte // what stands before a doubled quote
	for {
		i := bytes.IndexByte(t.rest, quote)
		if i < 0 {
			i = len(t.rest)
		}
		part := t.rest[:i]
		t.rest = t.rest[min(i+1, len(t.rest)):]
		if len(t.rest) == 0 || t.rest[0] != quote {
			if b == nil {
				return string(part)
			}
			return string(append(b, part...))
		}
		b = append(append(b, part...), quote)
		t.rest = t.rest[1:]
	}
}
