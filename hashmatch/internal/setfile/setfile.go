// Package setfile reads and writes the container of a set file: a header, a table of sections, the sections, and a
// SHA-256 over everything before it. It knows nothing of what the sections mean. doc/format.md describes it byte by byte.
package setfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Version is the version of the format that this package writes and reads.
const Version = 0

// Sizes in bytes.
const (
	headerSize  = 32
	entrySize   = 24 // of one row of the section table
	align       = 8  // of sections
	trailerSize = sha256.Size
	maxSections = 1024
)

// Magic begins every set file. Its bytes catch the usual damage by text-mode transfers: the eighth bit stripped, CR LF
// turned into LF, LF turned into CR LF, and a DOS end-of-file mark.
const Magic = "\x89HMS\r\n\x1a\n"

// The faults of a file.
var (
	ErrEmpty     = errors.New("the file is empty")
	ErrMagic     = errors.New("not a set file")
	ErrVersion   = errors.New("written by a newer version of the program")
	ErrTruncated = errors.New("cut short")
	ErrChecksum  = errors.New("checksum does not match")
	ErrLayout    = errors.New("layout is not as the format demands")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Section is one part of a file. Data of a parsed section aliases the file's bytes.
type Section struct {
	ID   uint32 // unique in a file; sections stand in ascending order
	Data []byte
}

// File is a parsed file.
type File struct {
	Sections []Section
	Digest   [sha256.Size]byte // the trailer: what names this file's content
}

func padded(n uint64) uint64 { return (n + align - 1) &^ (align - 1) }

// Write writes a file of the given sections, whose IDs must ascend (it panics otherwise), and returns the number of
// bytes written. The bytes depend on nothing else.
func Write(w io.Writer, sections []Section) (int64, error) {
	le := binary.LittleEndian
	head := make([]byte, headerSize+entrySize*len(sections))
	offset := padded(uint64(len(head) + 4))
	for i, s := range sections {
		if i > 0 && sections[i-1].ID >= s.ID {
			panic("setfile: section IDs do not ascend")
		}
		row := head[headerSize+entrySize*i:]
		le.PutUint32(row, s.ID)
		le.PutUint32(row[4:], crc32.Checksum(s.Data, castagnoli))
		le.PutUint64(row[8:], offset)
		le.PutUint64(row[16:], uint64(len(s.Data)))
		offset += padded(uint64(len(s.Data)))
	}
	copy(head, Magic)
	le.PutUint32(head[8:], Version)
	le.PutUint32(head[12:], uint32(len(sections)))
	le.PutUint64(head[16:], offset+trailerSize)
	head = le.AppendUint32(head, crc32.Checksum(head, castagnoli))

	sum := sha256.New()
	out := &countingWriter{w: io.MultiWriter(w, sum)}
	out.padded(head)
	for _, s := range sections {
		out.padded(s.Data)
	}
	out.w = w
	out.write(sum.Sum(nil))
	return out.n, out.err
}

// countingWriter remembers the first error, so that a sequence of writes needs one check.
type countingWriter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *countingWriter) write(p []byte) {
	if c.err != nil {
		return
	}
	n, err := c.w.Write(p)
	c.n, c.err = c.n+int64(n), err
}

func (c *countingWriter) padded(p []byte) {
	c.write(p)
	c.write(make([]byte, padded(uint64(len(p)))-uint64(len(p))))
}

// Parse checks every byte of data and returns its sections, which alias data. Any difference from a file that Write made
// is an error that says where it was seen; faults that do not hide each other are all told, joined.
func Parse(data []byte) (*File, error) {
	count, start, err := parseHead(data)
	if err != nil {
		return nil, err
	}
	f := &File{}
	body := data[:len(data)-trailerSize]
	copy(f.Digest[:], data[len(body):])
	sections, faults := parseSections(data, count, start)
	f.Sections = sections
	if sha256.Sum256(body) != f.Digest {
		faults = append(faults, fmt.Errorf("SHA-256 of the whole file: %w", ErrChecksum))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return f, nil
}

// HeadSize is how many bytes CheckHead wants to see.
const HeadSize = headerSize

// CheckHead looks at the first HeadSize bytes of a file of the given size (at all of it, if it is shorter), and returns an
// error if they are not those of a set file of that size. It is to be asked before the file is read: a sparse file can
// claim any size.
func CheckHead(head []byte, size int64) error {
	le := binary.LittleEndian
	switch {
	case len(head) == 0:
		return ErrEmpty
	case !bytes.HasPrefix(head, []byte(Magic)[:min(len(Magic), len(head))]):
		return fmt.Errorf("offset 0: %w (it does not begin with the magic bytes)", ErrMagic)
	case len(head) < headerSize:
		return fmt.Errorf("header: %w: %d bytes", ErrTruncated, len(head))
	}
	if v := le.Uint32(head[8:]); v > Version {
		return fmt.Errorf("offset 8: %w: format version %d, this program reads %d", ErrVersion, v, Version)
	}
	if n := le.Uint32(head[12:]); n > maxSections {
		return fmt.Errorf("offset 12: %w: %d sections, at most %d", ErrLayout, n, maxSections)
	}
	total := le.Uint64(head[16:])
	if total > uint64(size) {
		return fmt.Errorf("offset 16: %w: %d bytes of %d", ErrTruncated, size, total)
	}
	if total < uint64(size) {
		return fmt.Errorf("offset 16: %w: %d bytes follow the end", ErrLayout, uint64(size)-total)
	}
	return nil
}

// parseHead checks the header and the checksum over it and the section table. It returns the number of sections and
// where the first one starts.
func parseHead(data []byte) (count int, start uint64, err error) {
	if err := CheckHead(data[:min(len(data), headerSize)], int64(len(data))); err != nil {
		return 0, 0, err
	}
	le := binary.LittleEndian
	n, total := le.Uint32(data[12:]), uint64(len(data))
	tableEnd := uint64(headerSize) + entrySize*uint64(n)
	start = padded(tableEnd + 4)
	if start+trailerSize > total {
		return 0, 0, fmt.Errorf("section table: %w", ErrTruncated)
	}
	if crc32.Checksum(data[:tableEnd], castagnoli) != le.Uint32(data[tableEnd:]) {
		return 0, 0, fmt.Errorf("header and section table: %w", ErrChecksum)
	}
	if le.Uint64(data[24:]) != 0 {
		return 0, 0, fmt.Errorf("offset 24: %w: reserved bytes are not zero", ErrLayout)
	}
	return int(n), start, checkZero(data, tableEnd+4, start)
}

// parseSections cuts data into its sections and collects the faults that leave the others readable; a fault of the
// layout ends the walk.
func parseSections(data []byte, count int, at uint64) (sections []Section, faults []error) {
	le := binary.LittleEndian
	end := uint64(len(data)) - trailerSize
	for i := range count {
		row := data[headerSize+entrySize*i:]
		id, sum, offset, length := le.Uint32(row), le.Uint32(row[4:]), le.Uint64(row[8:]), le.Uint64(row[16:])
		var fault string
		switch {
		case i > 0 && sections[i-1].ID >= id:
			fault = "IDs do not ascend"
		case offset != at:
			fault = fmt.Sprintf("at %d, not %d", offset, at)
		case length > end-at || padded(length) > end-at:
			fault = fmt.Sprintf("%d bytes at %d reach past the end", length, at)
		}
		if fault != "" {
			return sections, append(faults, fmt.Errorf("section %#x: %w: %s", id, ErrLayout, fault))
		}
		s := Section{ID: id, Data: data[at : at+length : at+length]}
		if crc32.Checksum(s.Data, castagnoli) != sum {
			faults = append(faults, fmt.Errorf("section %#x at %d: %w", id, at, ErrChecksum))
		}
		next := at + padded(length)
		if err := checkZero(data, at+length, next); err != nil {
			faults = append(faults, err)
		}
		sections = append(sections, s)
		at = next
	}
	if at != end {
		faults = append(faults, fmt.Errorf("offset %d: %w: %d bytes belong to no section", at, ErrLayout, end-at))
	}
	return sections, faults
}

func checkZero(data []byte, from, to uint64) error {
	for i := from; i < to; i++ {
		if data[i] != 0 {
			return fmt.Errorf("offset %d: %w: padding is not zero", i, ErrLayout)
		}
	}
	return nil
}
