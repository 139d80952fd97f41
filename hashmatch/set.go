package hashmatch

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
)

// Set is an immutable set of known items, read from a set file. It is safe for concurrent use.
type Set struct {
	info    Info
	digest  [32]byte
	data    []byte // the whole file; all below aliases it
	ends    []byte // uint64 for each entry: where its record ends
	records []byte
	tables  [kindEnd]table
}

// table holds the hashes of one kind in columns, sorted by hash, entry and quality.
type table struct {
	kind      Kind
	hashes    []byte
	entries   []byte // uint32 for each hash
	qualities []byte // one for each hash of a perceptual kind
}

func (t *table) len() int              { return len(t.entries) / 4 }
func (t *table) raw(row int) []byte    { return t.hashes[row*t.kind.Size():][:t.kind.Size()] }
func (t *table) entry(row int) uint32  { return binary.LittleEndian.Uint32(t.entries[4*row:]) }
func (t *table) hash(row int) (h Hash) { h.kind = t.kind; copy(h.b[:], t.raw(row)); return h }
func (t *table) row(row int) hashRow   { return hashRow{t.hash(row), t.entry(row), t.quality(row)} }
func (t *table) quality(row int) Quality {
	if t.qualities == nil {
		return 0
	}
	return Quality(t.qualities[row])
}

// Open reads the set file at path and checks every byte of it: checksums, structure, and that every hash belongs to an
// entry. A file that is damaged or cut gives ErrCorrupt, one that is no set file ErrFormat, one of a later version of
// the format ErrUnsupported, one of more than 32 GiB ErrLimit; errors of the file system come as they are.
func Open(path string) (*Set, error) {
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() { // opening a FIFO would wait for its other end
		return nil, fmt.Errorf("hashmatch: %w", &os.PathError{Op: "open", Path: path, Err: errNotRegular(fi)})
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %w", err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %w", err)
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("hashmatch: %w", &os.PathError{Op: "open", Path: path, Err: errNotRegular(fi)})
	}
	data, err := readWhole(f, fi.Size())
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %s: %w", path, err)
	}
	s, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %s: %w", path, err)
	}
	return s, nil
}

// maxFile is the largest set file that is read into memory.
const maxFile = 32 << 30

// readWhole reads a set file whose head is that of one; what is none is not read.
func readWhole(f io.Reader, size int64) ([]byte, error) {
	head := make([]byte, min(size, setfile.HeadSize))
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, err
	}
	if err := setfile.CheckHead(head, size); err != nil {
		return nil, fmt.Errorf("%w: %w", sentinelOf(err), err)
	}
	if size > maxFile || size > math.MaxInt {
		return nil, fmt.Errorf("%w: %d bytes", ErrLimit, size)
	}
	data := make([]byte, size)
	copy(data, head)
	_, err := io.ReadFull(f, data[len(head):])
	return data, err
}

func errNotRegular(fi os.FileInfo) error {
	if fi.IsDir() {
		return errors.New("is a directory")
	}
	return errors.New("is no regular file")
}

// OpenBytes reads a set from the bytes of a set file, with the same checks as Open. The set keeps data, which must not
// change any more.
func OpenBytes(data []byte) (*Set, error) {
	s, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %w", err)
	}
	return s, nil
}

func parse(data []byte) (*Set, error) {
	f, err := setfile.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sentinelOf(err), err)
	}
	s := &Set{digest: f.Digest, data: data}
	if err := s.decode(f); err != nil {
		return nil, err
	}
	return s, nil
}

// sentinelOf classes a fault of the container.
func sentinelOf(err error) error {
	switch {
	case errors.Is(err, setfile.ErrVersion):
		return ErrUnsupported
	case errors.Is(err, setfile.ErrMagic):
		return ErrFormat
	}
	return ErrCorrupt
}

// decode reads the sections. Their checksums hold, but they may have been made by somebody hostile: every count and
// number is checked before it is used.
func (s *Set) decode(f *setfile.File) error {
	var stored storedInfo
	var sawEntries bool
	for _, sec := range f.Sections {
		var err error
		switch {
		case sec.ID == sectionInfo:
			stored, err = decodeInfo(sec.Data)
		case sec.ID == sectionEntries:
			sawEntries = true
			err = s.decodeEntries(sec.Data)
		case sec.ID > sectionHashes && sec.ID < sectionHashes+kindEnd:
			k := Kind(sec.ID - sectionHashes)
			s.tables[k], err = decodeTable(k, sec.Data, s.Len())
		default:
			err = fmt.Errorf("%w: not a section of this version", ErrCorrupt)
		}
		if err != nil {
			return fmt.Errorf("section %#x: %w", sec.ID, err)
		}
	}
	if !sawEntries || stored.Info.check() != nil {
		return fmt.Errorf("%w: the info or the entries are missing", ErrCorrupt)
	}
	s.info = stored.Info
	if stored.Entries != s.Len() {
		return fmt.Errorf("%w: the info counts %d entries, the file holds %d", ErrCorrupt, stored.Entries, s.Len())
	}
	for _, k := range Kinds() {
		if n := s.Hashes(k); n != stored.Hashes[k] {
			return fmt.Errorf("%w: the info counts %d %s hashes, the file holds %d", ErrCorrupt, stored.Hashes[k], k, n)
		}
	}
	return s.checkEntries()
}

func decodeInfo(data []byte) (in storedInfo, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if again, err := json.Marshal(in); err != nil || !bytes.Equal(again, data) {
		return in, fmt.Errorf("%w: the info is not in its canonical form", ErrCorrupt)
	}
	return in, in.check()
}

func (s *Set) decodeEntries(data []byte) error {
	if len(data) < 8 {
		return fmt.Errorf("%w: no count", ErrCorrupt)
	}
	n := binary.LittleEndian.Uint64(data)
	if n > uint64(len(data)-8)/8 || n > math.MaxInt32 {
		return fmt.Errorf("%w: %d entries in %d bytes", ErrCorrupt, n, len(data))
	}
	s.ends, s.records = data[8:8+8*n], data[8+8*n:]
	last := uint64(0)
	for i := range int(n) {
		end := binary.LittleEndian.Uint64(s.ends[8*i:])
		if end < last || end > uint64(len(s.records)) {
			return fmt.Errorf("entry %d: %w: its record ends at %d of %d", i, ErrCorrupt, end, len(s.records))
		}
		last = end
	}
	if last != uint64(len(s.records)) {
		return fmt.Errorf("%w: bytes follow the last record", ErrCorrupt)
	}
	return nil
}

func decodeTable(k Kind, data []byte, entries int) (table, error) {
	if len(data) < 8 {
		return table{}, fmt.Errorf("%w: no count", ErrCorrupt)
	}
	n, width := binary.LittleEndian.Uint64(data), uint64(k.Size())+4
	if k.Perceptual() {
		width++
	}
	data = data[8:]
	if n == 0 || n > math.MaxInt32 || n*width != uint64(len(data)) {
		return table{}, fmt.Errorf("%w: %d hashes in %d bytes", ErrCorrupt, n, len(data))
	}
	t := table{kind: k, hashes: data[:n*uint64(k.Size())]}
	data = data[len(t.hashes):]
	t.entries = data[:4*n]
	if k.Perceptual() {
		t.qualities = data[4*n:]
	}
	for i := range int(n) {
		if int64(t.entry(i)) >= int64(entries) || t.quality(i) > QualityOf(100) {
			return table{}, fmt.Errorf("row %d: %w: entry %d of %d, quality %d", i, ErrCorrupt, t.entry(i), entries, t.quality(i))
		}
		if i > 0 && compareRows(t.row(i-1), t.row(i)) >= 0 {
			return table{}, fmt.Errorf("row %d: %w: rows do not ascend", i, ErrCorrupt)
		}
	}
	return t, nil
}

// checkEntries decodes every entry and checks that they stand in their canonical order, and that records and tables tell
// of the same hashes: each row of a table is named by exactly the entry it names.
func (s *Set) checkEntries() error {
	var rows int
	var last *Entry
	for i := range s.Len() {
		e, err := s.decodeEntry(uint32(i))
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if last != nil && compareEntries(last, &e) >= 0 {
			return fmt.Errorf("entry %d: %w: entries do not ascend", i, ErrCorrupt)
		}
		rows += len(e.Hashes)
		last = &e
	}
	for k := range s.tables {
		rows -= s.tables[k].len()
	}
	if rows != 0 {
		return fmt.Errorf("%w: hashes that belong to no entry", ErrCorrupt)
	}
	return nil
}

func (s *Set) record(number uint32) []byte {
	from := uint64(0)
	if number > 0 {
		from = binary.LittleEndian.Uint64(s.ends[8*(number-1):])
	}
	return s.records[from:binary.LittleEndian.Uint64(s.ends[8*number:])]
}

// decodeEntry reads an entry, trusting nothing.
func (s *Set) decodeEntry(number uint32) (Entry, error) {
	b := s.record(number)
	n, w := binary.Uvarint(b)
	if w <= 0 || n == 0 || n > uint64(len(b)-w)/2 {
		return Entry{}, fmt.Errorf("%w: number of hashes", ErrCorrupt)
	}
	b = b[w:]
	e := Entry{Hashes: make([]EntryHash, 0, n)}
	last := ref{}
	for range n {
		if len(b) == 0 {
			return Entry{}, fmt.Errorf("%w: hashes are missing", ErrCorrupt)
		}
		k := Kind(b[0])
		row, w := binary.Uvarint(b[1:])
		if w <= 0 || !k.Valid() || row >= uint64(s.tables[k].len()) || s.tables[k].entry(int(row)) != number {
			return Entry{}, fmt.Errorf("%w: a hash is not where the record says", ErrCorrupt)
		}
		r := ref{k, uint32(row)}
		if r.kind < last.kind || r.kind == last.kind && (r.row <= last.row || k.Digest()) {
			return Entry{}, fmt.Errorf("%w: hashes do not ascend", ErrCorrupt)
		}
		last = r
		e.Hashes = append(e.Hashes, EntryHash{s.tables[k].hash(int(row)), s.tables[k].quality(int(row))})
		b = b[1+w:]
	}
	return e, decodeFields(b, &e)
}

// Info returns what the maker of the set said of it.
func (s *Set) Info() Info { return s.info }

// Digest returns the hex SHA-256 that the file ends with. It names the exact content of the set.
func (s *Set) Digest() string { return hex.EncodeToString(s.digest[:]) }

// Len returns the number of entries.
func (s *Set) Len() int { return len(s.ends) / 8 }

// Hashes returns the number of hashes of kind k.
func (s *Set) Hashes(k Kind) int {
	if !k.Valid() {
		return 0
	}
	return s.tables[k].len()
}

// Entry returns the entry with the given number, which must be below Len.
func (s *Set) Entry(number uint32) Entry {
	e, err := s.decodeEntry(number)
	if err != nil {
		panic(err) // Open has decoded every entry: the bytes were changed since
	}
	return e
}

// Entries goes through all entries in the order of their numbers.
func (s *Set) Entries() iter.Seq2[uint32, Entry] {
	return func(yield func(uint32, Entry) bool) {
		for i := range uint32(s.Len()) {
			if !yield(i, s.Entry(i)) {
				return
			}
		}
	}
}

// Verify checks every byte again and joins all faults that it can tell apart.
func (s *Set) Verify() error {
	again, err := OpenBytes(s.data)
	if err != nil {
		return err
	}
	if again.digest != s.digest {
		return fmt.Errorf("hashmatch: %w: the content is another than when it was opened", ErrCorrupt)
	}
	return nil
}

// Close ends the use of the set. What was read into memory goes when nothing refers to it any more, so a query that still
// runs gets its answer.
func (s *Set) Close() error { return nil }
