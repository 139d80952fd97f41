package setfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	le         = binary.LittleEndian
)

// layout says where everything in a file lies. The header spells it out whole, so that one look at the header tells
// whether the rest can be what it says.
type layout struct {
	Header
	rows []row
	end  uint64 // of the last section and its padding; the table of CRCs starts there
}

// row tells of a section.
type row struct {
	id, flags      uint32
	offset, length uint64
	sum            [sha256.Size]byte
}

// Where things are in a header.
const (
	versionAt    = 8
	requiredAt   = 12
	optionalAt   = 16
	countAt      = 20
	totalAt      = 24
	generationAt = 32
	reservedAt   = 40
)

func padded(n uint64) uint64 { return (n + align - 1) &^ (align - 1) }

func (l *layout) blocks() uint64 { return (l.end + blockSize - 1) / blockSize }
func (l *layout) rootAt() uint64 { return l.end + crcSize*l.blocks() }
func (l *layout) areaAt() uint64 { return l.rootAt() + rootSize }
func (l *layout) total() uint64  { return l.areaAt() + areaSize }

// newLayout lays out sections, whose sums are still to come. It panics when they break the rules of Write.
func newLayout(h Header, sections []Section) *layout {
	if len(sections) > MaxSections {
		panic("setfile: too many sections")
	}
	l := &layout{Header: h, rows: make([]row, len(sections)), end: headerSize}
	for i := range sections {
		s := &sections[i]
		if i > 0 && sections[i-1].ID >= s.ID {
			panic("setfile: section IDs do not ascend")
		}
		if s.Flags&^Passable != 0 {
			panic("setfile: a section has flags that mean nothing")
		}
		l.rows[i] = row{id: s.ID, flags: s.Flags, offset: l.end, length: s.size()}
		l.end += padded(l.rows[i].length)
	}
	return l
}

// encode writes the header.
func (l *layout) encode() []byte {
	head := make([]byte, headerSize)
	copy(head, Magic)
	le.PutUint32(head[versionAt:], Version)
	le.PutUint32(head[optionalAt:], l.Optional)
	le.PutUint32(head[countAt:], uint32(len(l.rows)))
	le.PutUint64(head[totalAt:], l.total())
	le.PutUint64(head[generationAt:], l.Generation)
	for i := range l.rows {
		r, b := &l.rows[i], head[rowsAt+rowSize*i:]
		le.PutUint32(b, r.id)
		le.PutUint32(b[4:], r.flags)
		le.PutUint64(b[8:], r.offset)
		le.PutUint64(b[16:], r.length)
		copy(b[24:], r.sum[:])
	}
	le.PutUint32(head[crcAt:], crc32.Checksum(head[:crcAt], castagnoli))
	return head
}

// HeadSize is how many bytes CheckHead wants to see.
const HeadSize = headerSize

// CheckHead looks at the first HeadSize bytes of a file of the given size (at all of it, if it is shorter), and returns an
// error if they are not those of a set file of that size. It is to be asked before the file is read: a sparse file can
// claim any size.
func CheckHead(head []byte, size int64) error {
	_, err := parseHead(head, uint64(size))
	return err
}

// parseHead reads the header of a file of the given size, and checks all that can be told from it.
func parseHead(head []byte, size uint64) (*layout, error) {
	if err := checkKind(head); err != nil {
		return nil, err
	}
	if flags := le.Uint32(head[requiredAt:]); flags != 0 {
		return nil, fmt.Errorf("offset %d: %w: flags %#x", requiredAt, ErrFeature, flags)
	}
	n, total := le.Uint32(head[countAt:]), le.Uint64(head[totalAt:])
	switch {
	case n > MaxSections:
		return nil, fmt.Errorf("offset %d: %w: %d sections, at most %d", countAt, ErrLayout, n, MaxSections)
	case total > size:
		return nil, fmt.Errorf("offset %d: %w: %d bytes of %d", totalAt, ErrTruncated, size, total)
	case total < size:
		return nil, fmt.Errorf("offset %d: %w: %d bytes follow the end", totalAt, ErrLayout, size-total)
	}
	if err := checkZero(head, reservedAt, rowsAt); err != nil {
		return nil, err
	}
	if err := checkZero(head, rowsAt+rowSize*uint64(n), crcAt); err != nil {
		return nil, err
	}
	l := &layout{Header: Header{Generation: le.Uint64(head[generationAt:]), Optional: le.Uint32(head[optionalAt:])}, end: headerSize}
	if err := l.parseRows(head[rowsAt:][:rowSize*n], total); err != nil {
		return nil, err
	}
	if l.total() != total {
		return nil, fmt.Errorf("offset %d: %w: %d bytes, but the sections make it %d", totalAt, ErrLayout, total, l.total())
	}
	return l, nil
}

// checkKind checks that a header is one, of this version, and undamaged. Magic, version and checksum stay where they are
// in all later versions, so that each can tell of every other.
func checkKind(head []byte) error {
	switch {
	case len(head) == 0:
		return ErrEmpty
	case !bytes.HasPrefix(head, []byte(Magic)[:min(len(Magic), len(head))]):
		return fmt.Errorf("offset 0: %w (it does not begin with the magic bytes)", ErrMagic)
	case len(head) < versionAt+4:
		return fmt.Errorf("header: %w: %d bytes", ErrTruncated, len(head))
	}
	whole := len(head) == headerSize && crc32.Checksum(head[:crcAt], castagnoli) == le.Uint32(head[crcAt:])
	if v := le.Uint32(head[versionAt:]); v != Version {
		kind, doubt := ErrVersion, ""
		if v < Version {
			kind = ErrOld
		}
		if !whole {
			doubt = "; its header's checksum does not match, so it may as well be damaged"
		}
		return fmt.Errorf("offset %d: %w: format version %d, this program reads %d%s", versionAt, kind, v, Version, doubt)
	}
	switch {
	case len(head) < headerSize:
		return fmt.Errorf("header: %w: %d bytes of %d", ErrTruncated, len(head), headerSize)
	case !whole:
		return fmt.Errorf("offset %d: header: %w", crcAt, ErrChecksum)
	}
	return nil
}

// parseRows reads the rows of the sections of a file of total bytes.
func (l *layout) parseRows(rows []byte, total uint64) error {
	l.rows = make([]row, len(rows)/rowSize)
	for i := range l.rows {
		b, r := rows[rowSize*i:], &l.rows[i]
		*r = row{id: le.Uint32(b), flags: le.Uint32(b[4:]), offset: le.Uint64(b[8:]), length: le.Uint64(b[16:])}
		copy(r.sum[:], b[24:])
		var fault string
		switch {
		case i > 0 && l.rows[i-1].id >= r.id:
			fault = "IDs do not ascend"
		case r.offset != l.end:
			fault = fmt.Sprintf("at %d, not %d", r.offset, l.end)
		case r.length > total-l.end || padded(r.length) > total-l.end:
			fault = fmt.Sprintf("%d bytes at %d reach past the end", r.length, r.offset)
		}
		if fault != "" {
			return fmt.Errorf("section %#x: %w: %s", r.id, ErrLayout, fault)
		}
		if r.flags&^Passable != 0 {
			return fmt.Errorf("section %#x: %w: flags %#x", r.id, ErrFeature, r.flags)
		}
		l.end += padded(r.length)
	}
	return nil
}

// checkZero checks that there is nothing where there must be nothing.
func checkZero(data []byte, from, to uint64) error {
	for i := from; i < to; i++ {
		if data[i] != 0 {
			return fmt.Errorf("offset %d: %w: padding is not zero", i, ErrLayout)
		}
	}
	return nil
}
