package hashmatch

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
)

// The sections of a set file; doc/format.md describes them.
const (
	sectionInfo    = 1
	sectionEntries = 2
	sectionHashes  = 0x100 // + kind: one section for each kind that has hashes
)

// The fields of an entry, in the order in which a record holds them.
const (
	fieldSize = iota + 1
	fieldID
	fieldCategory
	fieldSeries
	fieldTag    // once per tag
	fieldName   // once per name
	fieldSource // once per source
	fieldComments
	fieldFlags
	fieldExtra // once per extra
	fieldEnd
)

// storedInfo is the info section: what the maker of the set said, and how much there is.
type storedInfo struct {
	Info
	Entries int          `json:"entries"`
	Hashes  map[Kind]int `json:"hashes"`
}

// hashRow is a row of a kind's table before it is written.
type hashRow struct {
	hash    Hash
	entry   uint32
	quality Quality
}

func compareRows(a, b hashRow) int {
	if c := compareHashes(a.hash, b.hash); c != 0 {
		return c
	}
	if a.entry != b.entry {
		if a.entry < b.entry {
			return -1
		}
		return 1
	}
	return int(a.quality) - int(b.quality)
}

// encodeSections encodes entries that stand in their canonical order.
func encodeSections(info Info, entries []*Entry) ([]setfile.Section, error) {
	tables := tablesOf(entries)
	stored := storedInfo{Info: info, Entries: len(entries), Hashes: map[Kind]int{}}
	for k, rows := range tables {
		if len(rows) > 0 {
			stored.Hashes[Kind(k)] = len(rows)
		}
	}
	head, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: info: %w", err)
	}
	sections := []setfile.Section{
		{ID: sectionInfo, Data: head},
		{ID: sectionEntries, Data: encodeEntries(entries, refsOf(entries, tables))},
	}
	for k, rows := range tables {
		if len(rows) > 0 {
			sections = append(sections, setfile.Section{ID: sectionHashes + uint32(k), Data: encodeTable(Kind(k), rows)})
		}
	}
	return sections, nil
}

func tablesOf(entries []*Entry) (tables [kindEnd][]hashRow) {
	var counts [kindEnd]int
	for _, e := range entries {
		for _, h := range e.Hashes {
			counts[h.Hash.Kind()]++
		}
	}
	for k, n := range counts {
		tables[k] = make([]hashRow, 0, n)
	}
	for i, e := range entries {
		for _, h := range e.Hashes {
			k := h.Hash.Kind()
			tables[k] = append(tables[k], hashRow{h.Hash, uint32(i), h.Quality})
		}
	}
	for _, rows := range tables {
		slices.SortFunc(rows, compareRows)
	}
	return tables
}

// ref is one hash of an entry: a row of a kind's table.
type ref struct {
	kind Kind
	row  uint32
}

func refsOf(entries []*Entry, tables [kindEnd][]hashRow) [][]ref {
	refs := make([][]ref, len(entries))
	for k, rows := range tables {
		for i, r := range rows {
			refs[r.entry] = append(refs[r.entry], ref{Kind(k), uint32(i)})
		}
	}
	return refs
}

// encodeTable lays a kind's table out in columns: count, hashes, entry numbers, and for perceptual kinds qualities.
func encodeTable(k Kind, rows []hashRow) []byte {
	b := make([]byte, 0, 8+len(rows)*(k.Size()+5))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(rows)))
	for _, r := range rows {
		b = r.hash.AppendBytes(b)
	}
	for _, r := range rows {
		b = binary.LittleEndian.AppendUint32(b, r.entry)
	}
	if k.Perceptual() {
		for _, r := range rows {
			b = append(b, byte(r.quality))
		}
	}
	return b
}

// encodeEntries lays the entries out: count, the end of each record, the records.
func encodeEntries(entries []*Entry, refs [][]ref) []byte {
	var records []byte
	b := make([]byte, 0, 8+8*len(entries))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(entries)))
	for i := range entries {
		records = binary.AppendUvarint(records, uint64(len(refs[i])))
		for _, r := range refs[i] {
			records = append(records, byte(r.kind))
			records = binary.AppendUvarint(records, uint64(r.row))
		}
		records = appendFields(records, entries[i])
		b = binary.LittleEndian.AppendUint64(b, uint64(len(records)))
	}
	return append(b, records...)
}

// appendFields appends what e says apart from its hashes: field number, length, bytes, for each thing said.
func appendFields(b []byte, e *Entry) []byte {
	field := func(number byte, data string) {
		b = append(b, number)
		b = binary.AppendUvarint(b, uint64(len(data)))
		b = append(b, data...)
	}
	if e.HasSize {
		field(fieldSize, string(binary.AppendUvarint(nil, uint64(e.Size))))
	}
	for _, f := range []struct {
		number byte
		data   string
	}{{fieldID, e.ID}, {fieldCategory, e.Category}, {fieldSeries, e.Series}} {
		if f.data != "" {
			field(f.number, f.data)
		}
	}
	for _, f := range []struct {
		number byte
		data   []string
	}{{fieldTag, e.Tags}, {fieldName, e.Names}, {fieldSource, e.Sources}} {
		for _, s := range f.data {
			field(f.number, s)
		}
	}
	if e.Comments != "" {
		field(fieldComments, e.Comments)
	}
	if e.Flags != (Flags{}) {
		field(fieldFlags, string(e.Flags.bytes()))
	}
	for _, x := range e.Extras {
		field(fieldExtra, string(binary.AppendUvarint(nil, uint64(len(x.Name))))+x.Name+string(x.Data))
	}
	return b
}

func (f Flags) bytes() []byte {
	return []byte{byte(f.VictimIdentified), byte(f.OffenderIdentified), byte(f.Distributed), byte(f.Suspected), byte(f.SelfGenerated), byte(f.Precategorized)}
}

// decodeFields is the inverse of appendFields. It takes only what appendFields writes.
func decodeFields(b []byte, e *Entry) error {
	whole, last := b, 0
	for len(b) > 0 {
		number := int(b[0])
		n, w := binary.Uvarint(b[1:])
		if w <= 0 || n > uint64(len(b)-1-w) {
			return fmt.Errorf("field %d: %w: length reaches past the record", number, ErrCorrupt)
		}
		data := string(b[1+w : 1+w+int(n)])
		b = b[1+w+int(n):]
		repeats := number == fieldTag || number == fieldName || number == fieldSource || number == fieldExtra
		if number < last || number == last && !repeats || number >= fieldEnd {
			return fmt.Errorf("field %d after %d: %w", number, last, ErrCorrupt)
		}
		last = number
		if err := e.setField(number, data); err != nil {
			return err
		}
	}
	if !bytes.Equal(appendFields(nil, e), whole) {
		return fmt.Errorf("%w: the record is not in its canonical form", ErrCorrupt)
	}
	return nil
}

func (e *Entry) setField(number int, data string) error {
	switch number {
	case fieldSize:
		n, w := binary.Uvarint([]byte(data))
		if w != len(data) || int64(n) < 0 {
			return fmt.Errorf("size: %w", ErrCorrupt)
		}
		e.Size, e.HasSize = int64(n), true
	case fieldID:
		e.ID = data
	case fieldCategory:
		e.Category = data
	case fieldSeries:
		e.Series = data
	case fieldTag:
		e.Tags = append(e.Tags, data)
	case fieldName:
		e.Names = append(e.Names, data)
	case fieldSource:
		e.Sources = append(e.Sources, data)
	case fieldComments:
		e.Comments = data
	case fieldFlags:
		if len(data) != len(Flags{}.bytes()) || slices.Max([]byte(data)) > byte(Yes) {
			return fmt.Errorf("flags: %w", ErrCorrupt)
		}
		e.Flags = Flags{Flag(data[0]), Flag(data[1]), Flag(data[2]), Flag(data[3]), Flag(data[4]), Flag(data[5])}
	case fieldExtra:
		n, w := binary.Uvarint([]byte(data))
		if w <= 0 || n > uint64(len(data)-w) {
			return fmt.Errorf("extra: %w", ErrCorrupt)
		}
		e.Extras = append(e.Extras, Extra{Name: data[w : w+int(n)], Data: []byte(data[w+int(n):])})
	default:
		return fmt.Errorf("field %d: %w: not a field of this version", number, ErrCorrupt)
	}
	return nil
}
