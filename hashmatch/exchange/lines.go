package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// bom is the UTF-8 byte order mark that some editors put before a text.
const bom = "\ufeff"

// maxLine is the longest line that is read, in bytes; a longer one is refused and passed over.
const maxLine = 1 << 20

// textLine is one line of a text document.
type textLine struct {
	number  int64 // from 1
	text    string
	tooLong bool // text is then empty
	cut     bool // the document ends without ending the line
}

func (l textLine) place() Place { return Place{Line: l.number} }

// lines goes through the lines of a text without their ends (LF or CR LF); memory is bounded by maxLine.
func lines(r io.Reader) iter.Seq2[textLine, error] {
	return func(yield func(textLine, error) bool) {
		b := bufio.NewReader(r)
		for number := int64(1); ; number++ {
			raw, tooLong, err := readLine(b)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(textLine{number: number}, err)
				return
			}
			last := err != nil
			if last && len(raw) == 0 && !tooLong {
				return
			}
			text := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
			if number == 1 {
				text = strings.TrimPrefix(text, bom)
			}
			if !yield(textLine{number, text, tooLong, last}, nil) || last {
				return
			}
		}
	}
}

// readLine reads up to and with the next LF. Of a line that is too long it keeps nothing.
func readLine(b *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := b.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			line, tooLong = nil, true
		} else if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// readEntries reads a list that has one entry on each line; blank lines and comments are passed over.
func readEntries(r io.Reader, s *Sink, parse func(text string) (hashmatch.Entry, error)) error {
	for line, err := range lines(r) {
		switch {
		case err != nil:
			return fmt.Errorf("line %d: %w", line.number, err)
		case line.tooLong:
			s.Refuse(line.place(), reasonTooLong)
			continue
		case blank(line.text):
			continue
		}
		e, err := parse(line.text)
		if err != nil {
			s.Refuse(line.place(), err.Error())
			continue
		}
		if err := s.Take(line.place(), e); err != nil {
			return err
		}
	}
	return nil
}

// blank reports whether a line of a list says nothing: empty, or a comment.
func blank(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || strings.HasPrefix(text, "#")
}

// reasonTooLong is why a line over maxLine is refused.
const reasonTooLong = "line of more than 1 MiB"
