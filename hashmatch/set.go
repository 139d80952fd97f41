package hashmatch

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"sort"
	"sync/atomic"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
)

// Set is an immutable set of known items, read from a set file. It is safe for concurrent use.
type Set struct {
	info    Info
	digest  [32]byte
	data    []byte // the whole file; all below aliases it
	records records
	private private
	tables  [kindEnd]table
	plain   []Kind // kinds whose i-th row is of the i-th entry
	fault   atomic.Pointer[error]
	opened
}

// records are of variable length, one after the other.
type records struct {
	ends []byte // uint64 for each: where it ends
	data []byte
}

func (r *records) len() int { return len(r.ends) / 8 }

// at returns a record, and false where its ends are wrong.
func (r *records) at(i int) ([]byte, bool) {
	from := uint64(0)
	if i > 0 {
		from = binary.LittleEndian.Uint64(r.ends[8*(i-1):])
	}
	to := binary.LittleEndian.Uint64(r.ends[8*i:])
	if from > to || to > uint64(len(r.data)) {
		return nil, false
	}
	return r.data[from:to], true
}

// private holds what can be left out of a set, for the entries that have such.
type private struct {
	entries []byte // uint32 for each: its number
	records records
}

// of returns what is private of an entry, and false where it is damaged.
func (p *private) of(number uint32) ([]byte, bool) {
	n := p.records.len()
	at := sort.Search(n, func(i int) bool { return binary.LittleEndian.Uint32(p.entries[4*i:]) >= number })
	if at == n || binary.LittleEndian.Uint32(p.entries[4*at:]) != number {
		return nil, true
	}
	return p.records.at(at)
}

// table holds the hashes of one kind in columns, sorted by hash, entry and quality.
type table struct {
	kind      Kind
	hashes    []byte
	entries   []byte // uint32 for each hash; nil where the i-th row is of the i-th entry
	qualities []byte // one for each hash of a perceptual kind
}

func (t *table) len() int {
	if t.kind == 0 {
		return 0
	}
	return len(t.hashes) / t.kind.Size()
}

func (t *table) raw(row int) []byte { return t.hashes[row*t.kind.Size():][:t.kind.Size()] }

func (t *table) entry(row int) uint32 {
	if t.entries == nil {
		return uint32(row)
	}
	return binary.LittleEndian.Uint32(t.entries[4*row:])
}

func (t *table) hash(row int) (h Hash) { h.kind = t.kind; copy(h.b[:], t.raw(row)); return h }
func (t *table) quality(row int) Quality {
	if t.qualities == nil {
		return 0
	}
	return Quality(t.qualities[row])
}

// decode reads the sections and checks all of them.
func (s *Set) decode(f *setfile.File) error {
	if err := s.decodeSections(f); err != nil {
		return err
	}
	return s.check()
}

// decodeSections reads the sections as far as it can in a time that does not grow with them: what they hold is
// counted against their lengths. A set of which no more was checked answers without panic, but not always truly.
func (s *Set) decodeSections(f *setfile.File) error {
	var stored storedInfo
	var sawEntries bool
	for _, sec := range f.Sections {
		var err error
		switch {
		case sec.ID == sectionInfo:
			stored, err = decodeInfo(sec.Data)
		case sec.ID == sectionEntries:
			sawEntries = true
			_, s.records, err = cutRecords(sec.Data, 0)
		case sec.ID == sectionPrivate:
			s.private.entries, s.private.records, err = cutRecords(sec.Data, 4)
		case sec.ID > sectionHashes && sec.ID < sectionHashes+kindEnd:
			k := Kind(sec.ID - sectionHashes)
			s.tables[k], err = cutTable(k, sec.Data)
			if s.tables[k].entries == nil {
				s.plain = append(s.plain, k)
			}
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
	return s.checkCounts(&stored)
}

// checkCounts compares what the info counts, and what must not be more than there are entries.
func (s *Set) checkCounts(stored *storedInfo) error {
	if stored.Entries != s.Len() {
		return fmt.Errorf("%w: the info counts %d entries, the file holds %d", ErrCorrupt, stored.Entries, s.Len())
	}
	for _, k := range Kinds() {
		if n := s.Hashes(k); n != stored.Hashes[k] {
			return fmt.Errorf("%w: the info counts %d %s hashes, the file holds %d", ErrCorrupt, stored.Hashes[k], k, n)
		}
	}
	for _, k := range s.plain {
		if s.Hashes(k) > s.Len() {
			return fmt.Errorf("%w: %d %s hashes of %d entries", ErrCorrupt, s.Hashes(k), k, s.Len())
		}
	}
	return nil
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

// cutRecords cuts a section into a column of the given width, if any, and records.
func cutRecords(data []byte, width uint64) (column []byte, r records, err error) {
	if len(data) < 8 {
		return nil, r, fmt.Errorf("%w: no count", ErrCorrupt)
	}
	n := binary.LittleEndian.Uint64(data)
	data = data[8:]
	if n > uint64(len(data))/(8+width) || n > math.MaxInt32 || width > 0 && n == 0 {
		return nil, r, fmt.Errorf("%w: %d records in %d bytes", ErrCorrupt, n, len(data))
	}
	column, data = data[:n*width], data[n*width:]
	return column, records{ends: data[:8*n], data: data[8*n:]}, nil
}

func cutTable(k Kind, data []byte) (table, error) {
	if len(data) < 8 {
		return table{}, fmt.Errorf("%w: no count", ErrCorrupt)
	}
	n, width := binary.LittleEndian.Uint64(data), uint64(k.Size())
	if k.Perceptual() {
		width++
	}
	data = data[8:]
	if n == 0 || n > math.MaxInt32 || uint64(len(data)) != n*width && uint64(len(data)) != n*(width+4) {
		return table{}, fmt.Errorf("%w: %d hashes in %d bytes", ErrCorrupt, n, len(data))
	}
	t := table{kind: k, hashes: data[:n*uint64(k.Size())]}
	rest := data[len(t.hashes):]
	if uint64(len(data)) != n*width {
		t.entries, rest = rest[:4*n], rest[4*n:]
	}
	if k.Perceptual() {
		t.qualities = rest
	}
	return t, nil
}

// decodeEntry reads an entry, trusting nothing.
func (s *Set) decodeEntry(number uint32) (Entry, error) {
	if int64(number) >= int64(s.Len()) {
		return Entry{}, fmt.Errorf("%w: there are %d entries", ErrCorrupt, s.Len())
	}
	w := s.walk(number)
	var e Entry
	for w.next() {
		t := &s.tables[w.kind]
		e.Hashes = append(e.Hashes, EntryHash{t.hash(w.row), t.quality(w.row)})
	}
	if w.err != nil {
		return Entry{}, w.err
	}
	if len(e.Hashes) == 0 {
		return Entry{}, errNoHashes
	}
	private, ok := s.private.of(number)
	if !ok {
		return Entry{}, errRecordEnd
	}
	if err := checkFields(w.rest, false); err != nil {
		return Entry{}, err
	}
	if err := checkFields(private, true); err != nil {
		return Entry{}, err
	}
	decodeFields(w.rest, &e)
	decodeFields(private, &e)
	return e, nil
}

// Info returns what the maker of the set said of it.
func (s *Set) Info() Info { return s.info }

// Digest returns the hex SHA-256 that the file ends with. It names the exact content of the set.
func (s *Set) Digest() string { return hex.EncodeToString(s.digest[:]) }

// Len returns the number of entries.
func (s *Set) Len() int { return s.records.len() }

// Hashes returns the number of hashes of kind k.
func (s *Set) Hashes(k Kind) int {
	if !k.Valid() {
		return 0
	}
	return s.tables[k].len()
}

// Entry returns the entry with the given number, which must be below Len. Of a set whose bytes are not what they were
// checked to be, or were never checked, it may be the zero Entry: then Fault tells.
func (s *Set) Entry(number uint32) Entry {
	var e Entry
	err := s.guard(func() (err error) {
		e, err = s.decodeEntry(number)
		return err
	})
	if err != nil {
		err = fmt.Errorf("hashmatch: set %s: entry %d: %w", s.info.Name, number, err)
		s.fault.CompareAndSwap(nil, &err)
		return Entry{}
	}
	return e
}

// Fault returns the first fault that a reading of entries has met, nil if there was none. What was answered before is to
// be asked again of a set that is whole.
func (s *Set) Fault() error {
	if err := s.fault.Load(); err != nil {
		return *err
	}
	return nil
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
