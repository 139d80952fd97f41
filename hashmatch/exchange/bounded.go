package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
)

// maxRecord is how many bytes of a document one record, or what stands between two, may take.
const maxRecord = 1 << 20

// bounded reads a document for a parser that holds what it has not understood yet: it gives no more than maxRecord bytes
// behind the last mark, so that nothing the document claims or leaves open can fill the memory.
type bounded struct {
	r     *bufio.Reader
	base  int64 // bytes of a byte order mark, which the parser does not see
	given int64
	limit int64
	last  byte // that was given last
}

func newBounded(r io.Reader) *bounded {
	b := &bounded{r: bufio.NewReaderSize(r, headSize), limit: maxRecord}
	if head, err := b.r.Peek(len(bom)); err == nil && string(head) == bom {
		b.base = int64(len(bom))
		b.r.Discard(len(bom))
	}
	return b
}

// mark says that all before the given offset of the parser is understood.
func (b *bounded) mark(offset int64) { b.limit = offset + maxRecord }

// errTooLarge ends the reading of a document with a record that is too large: where it ends cannot be told without
// reading it.
var errTooLarge = fmt.Errorf("%w: more than 1 MiB without the end of a record", hashmatch.ErrLimit)

func (b *bounded) Read(p []byte) (int, error) {
	if b.given >= b.limit {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.limit-b.given)])
	if n > 0 {
		b.given, b.last = b.given+int64(n), p[n-1]
	}
	return n, err
}

// ReadByte keeps encoding/xml from reading ahead.
func (b *bounded) ReadByte() (byte, error) {
	if b.given >= b.limit {
		return 0, errTooLarge
	}
	c, err := b.r.ReadByte()
	if err == nil {
		b.given, b.last = b.given+1, c
	}
	return c, err
}

// ended reports whether the whole document was given.
func (b *bounded) ended() bool {
	_, err := b.r.Peek(1)
	return errors.Is(err, io.EOF)
}

// place is where the parser's offset is in the document.
func (b *bounded) place(offset int64) Place { return Place{Offset: b.base + offset} }

// brokenOff is the error of a document that ends before it should.
func brokenOff(at Place) error {
	return fmt.Errorf("%s: %w: the document breaks off", at, hashmatch.ErrIncomplete)
}
