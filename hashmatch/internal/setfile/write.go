package setfile

import (
	"context"
	"crypto/sha256"
	"io"
)

// Write writes a file of the given sections and returns the number of bytes written. The bytes depend on nothing else.
// It panics when IDs do not ascend, when there are more than MaxSections, or when a section has a flag that is not
// defined.
func Write(w io.Writer, h Header, sections []Section) (int64, error) {
	l := newLayout(h, sections)
	c := contentOf(l, sections)
	s, err := c.sum(context.Background(), nil)
	if err != nil {
		return 0, err
	}
	for i := range l.rows {
		l.rows[i].sum = s.sections[i]
	}
	head := l.encode()
	copy(c.pieces[0].data, head)
	s.blocks[0] = c.crc(0) // now that the header in it is known

	out := &countingWriter{w: w}
	at := uint64(0)
	for i := range c.pieces {
		p := &c.pieces[i]
		out.write(zeros[:p.offset-at])
		out.write(p.data)
		at = p.end()
	}
	out.write(zeros[:l.end-at])
	table := s.table()
	root := rootOf(head, table)
	out.write(table)
	out.write(root[:])
	out.write(make([]byte, areaSize)) // unsigned
	return out.n, out.err
}

// contentOf takes the sections as they lie in memory. The header, still empty, comes before them.
func contentOf(l *layout, sections []Section) *content {
	c := &content{layout: l, pieces: []piece{{0, make([]byte, headerSize), -1}}}
	for i := range sections {
		at := l.rows[i].offset
		add := func(data []byte) {
			if len(data) > 0 {
				c.pieces = append(c.pieces, piece{at, data, i})
				at += uint64(len(data))
			}
		}
		add(sections[i].Data)
		for _, part := range sections[i].Parts {
			add(part)
		}
	}
	return c
}

// table spells the CRCs of the blocks out as they stand in a file.
func (s *sums) table() []byte {
	table := make([]byte, 0, crcSize*len(s.blocks))
	for _, crc := range s.blocks {
		table = le.AppendUint32(table, crc)
	}
	return table
}

// rootOf hashes what all else hangs from: the header, which holds a hash of every section, and the table of CRCs.
func rootOf(head, table []byte) (root [rootSize]byte) {
	h := sha256.New()
	h.Write(head)
	h.Write(table)
	h.Sum(root[:0])
	return root
}

// countingWriter remembers the first error, so that a sequence of writes needs one check.
type countingWriter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *countingWriter) write(p []byte) {
	if c.err != nil || len(p) == 0 {
		return
	}
	n, err := c.w.Write(p)
	c.n, c.err = c.n+int64(n), err
}
