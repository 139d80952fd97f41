package hashmatch

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
)

// The sections of a set file; doc/format.md describes them.
const (
	sectionInfo    = 1
	sectionEntries = 2
	sectionPrivate = 3
	sectionHashes  = 0x100 // + kind: one section for each kind that has hashes
)

// storedInfo is the info section: what the maker of the set said, and how much there is.
type storedInfo struct {
	Info
	Entries int          `json:"entries"`
	Hashes  map[Kind]int `json:"hashes"`
}

// part is a section that can be written block by block, in any order and more than once, so that a set need not stand in
// memory twice.
type part struct {
	id    uint32
	sizes []int // of the blocks, in bytes
	fill  func(block int, dst []byte)
}

// bytes lays the part out, on all cores.
func (p *part) bytes() ([]byte, error) {
	total := uint64(0)
	for _, n := range p.sizes {
		total += uint64(n)
	}
	if total > math.MaxInt {
		return nil, fmt.Errorf("hashmatch: %w: a section of %d bytes", ErrLimit, total)
	}
	data := make([]byte, total)
	blocks := make([][]byte, len(p.sizes))
	at := 0
	for i, n := range p.sizes {
		blocks[i] = data[at : at+n : at+n]
		at += n
	}
	inParallel(len(blocks), func() func(int) { return func(i int) { p.fill(i, blocks[i]) } })
	return data, nil
}

// encoding lays out columns whose rows name entries by number.
type encoding struct {
	c      *columns
	o      *ordering
	lens   [kindEnd]int  // rows by kind
	plain  [kindEnd]bool // kinds whose i-th row is of the i-th entry, for all their rows
	refs   [kindEnd]*rowsOf
	blocks int // of entries
}

// entryBlock is how many entries are laid out at a time.
const entryBlock = 4096

func newEncoding(c *columns, o *ordering) *encoding {
	e := &encoding{c: c, o: o, blocks: (o.counts.Entries + entryBlock - 1) / entryBlock}
	inParallel(kindEnd, func() func(int) {
		return func(k int) {
			if column := c.kinds[k]; column != nil {
				e.lens[k] = column.len()
				if e.plain[k] = isPlain(column); !e.plain[k] {
					e.refs[k] = newRowsOf(column, o.counts.Entries)
				}
			}
		}
	})
	return e
}

// isPlain reports whether each row names the entry of its own position, so that neither need be written.
func isPlain(column *hashColumn) bool {
	row := uint32(0)
	for i := range column.buckets {
		plain := true
		column.eachOf(i, func(r []byte) {
			plain = plain && column.entryOf(r) == row
			row++
		})
		if !plain {
			return false
		}
	}
	return true
}

// sections lays everything out, the last first: a table's columns are given up when it is laid out, which makes room for
// the records.
func (e *encoding) sections(info Info) ([]setfile.Section, error) {
	parts, err := e.parts(info)
	if err != nil {
		return nil, err
	}
	sections := make([]setfile.Section, len(parts))
	for i := len(parts) - 1; i >= 0; i-- {
		data, err := parts[i].bytes()
		if err != nil {
			return nil, err
		}
		sections[i] = setfile.Section{ID: parts[i].id, Data: data}
		if k := int(parts[i].id) - sectionHashes; k > 0 {
			e.c.kinds[k] = nil
		}
		parts[i] = nil
	}
	return sections, nil
}

// parts returns the parts of the file in their order.
func (e *encoding) parts(info Info) ([]*part, error) {
	stored := storedInfo{Info: info, Entries: e.o.counts.Entries, Hashes: map[Kind]int{}}
	var tables []*part
	for k, n := range e.lens {
		if n > math.MaxInt32 {
			return nil, fmt.Errorf("hashmatch: %w: %d %s hashes", ErrLimit, n, Kind(k))
		}
		if n > 0 {
			stored.Hashes[Kind(k)] = n
			tables = append(tables, e.table(Kind(k), e.c.kinds[k]))
		}
	}
	head, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: info: %w", err)
	}
	parts := []*part{{id: sectionInfo, sizes: []int{len(head)}, fill: func(_ int, dst []byte) { copy(dst, head) }}}
	entries, private := e.entries()
	if parts = append(parts, entries); private != nil {
		parts = append(parts, private)
	}
	return append(parts, tables...), nil
}

// table lays a kind's table out in columns: count, hashes, entry numbers unless they go without saying, and for perceptual
// kinds qualities.
func (e *encoding) table(k Kind, column *hashColumn) *part {
	p := &part{id: sectionHashes + uint32(k), sizes: []int{8}}
	rounds := []tableRound{{column.size, func(dst, row []byte) { copy(dst, column.hash(row)) }}}
	if !e.plain[k] {
		rounds = append(rounds, tableRound{4, func(dst, row []byte) { copy(dst, row[column.size:][:4]) }})
	}
	if k.Perceptual() {
		rounds = append(rounds, tableRound{1, func(dst, row []byte) { dst[0] = byte(column.quality(row)) }})
	}
	for _, r := range rounds {
		for i := range column.buckets {
			p.sizes = append(p.sizes, r.width*column.buckets[i].rows)
		}
	}
	p.fill = func(block int, dst []byte) {
		if block == 0 {
			binary.LittleEndian.PutUint64(dst, uint64(e.lens[k]))
			return
		}
		r := rounds[(block-1)/256]
		column.eachOf((block-1)%256, func(row []byte) {
			r.put(dst, row)
			dst = dst[r.width:]
		})
	}
	return p
}

// tableRound is a column of a table: how many bytes of each row it takes, and which.
type tableRound struct {
	width int
	put   func(dst, row []byte)
}

// entries lays out the two sections that hold records; the second is nil when nothing is private.
func (e *encoding) entries() (public, private *part) {
	lengths := make([]uint32, e.o.counts.Entries) // of the records
	blocks := make([]privateBlock, e.blocks)
	sums := make([]uint64, e.blocks+1)
	inParallel(e.blocks, func() func(int) {
		return func(i int) {
			e.eachRecord(i, func(number uint32, r *record) {
				n := r.size()
				lengths[number] = uint32(n)
				sums[i+1] += uint64(n)
				if len(r.private) > 0 {
					blocks[i].add(number, len(r.private))
				}
			})
		}
	})
	for i := range e.blocks {
		sums[i+1] += sums[i]
	}
	return e.publicPart(lengths, sums), e.privatePart(blocks)
}

// publicPart is the count of entries, the end of each record, the records. Sums say how many bytes there are before each
// block of records.
func (e *encoding) publicPart(lengths []uint32, sums []uint64) *part {
	p := &part{id: sectionEntries, sizes: []int{8}}
	for i := range e.blocks {
		p.sizes = append(p.sizes, 8*min(entryBlock, len(lengths)-i*entryBlock))
	}
	for i := range e.blocks {
		p.sizes = append(p.sizes, int(sums[i+1]-sums[i]))
	}
	p.fill = func(block int, dst []byte) {
		switch i := block - 1; {
		case i < 0:
			binary.LittleEndian.PutUint64(dst, uint64(len(lengths)))
		case i < e.blocks:
			putEnds(dst, sums[i], lengths[i*entryBlock:])
		default:
			dst = dst[:0]
			e.eachRecord(i-e.blocks, func(_ uint32, r *record) { dst = r.append(dst) })
		}
	}
	return p
}

// putEnds fills dst with where records of these lengths end.
func putEnds(dst []byte, end uint64, lengths []uint32) {
	for i := range len(dst) / 8 {
		end += uint64(lengths[i])
		binary.LittleEndian.PutUint64(dst[8*i:], end)
	}
}

// privateBlock tells of a block of entries which say something private, and how long it is.
type privateBlock struct {
	numbers, lengths []uint32
	before           uint64 // bytes of the blocks before
	bytes            int
}

func (b *privateBlock) add(number uint32, length int) {
	b.numbers, b.lengths = append(b.numbers, number), append(b.lengths, uint32(length))
	b.bytes += length
}

// privatePart is the count of entries that have a private record, their numbers, the end of each, the records.
func (e *encoding) privatePart(blocks []privateBlock) *part {
	p := &part{id: sectionPrivate, sizes: []int{8}}
	count, before := 0, uint64(0)
	for i := range blocks {
		p.sizes = append(p.sizes, 4*len(blocks[i].numbers))
		count += len(blocks[i].numbers)
		blocks[i].before = before
		before += uint64(blocks[i].bytes)
	}
	if count == 0 {
		return nil
	}
	for i := range blocks {
		p.sizes = append(p.sizes, 8*len(blocks[i].numbers))
	}
	for i := range blocks {
		p.sizes = append(p.sizes, blocks[i].bytes)
	}
	p.fill = func(block int, dst []byte) {
		if block == 0 {
			binary.LittleEndian.PutUint64(dst, uint64(count))
			return
		}
		round, i := (block-1)/len(blocks), (block-1)%len(blocks)
		switch round {
		case 0:
			for at, number := range blocks[i].numbers {
				binary.LittleEndian.PutUint32(dst[4*at:], number)
			}
		case 1:
			putEnds(dst, blocks[i].before, blocks[i].lengths)
		case 2:
			e.eachPrivate(i, func(private []byte) { dst = dst[copy(dst, private):] })
		}
	}
	return p
}

// record is what is written of an entry.
type record struct {
	refs            []ref // the hashes that do not go without saying
	public, private []byte
}

// ref is one hash of an entry: a row of a kind's table.
type ref struct {
	kind Kind
	row  uint32
}

// refSize is how many bytes a record takes to name a hash: kind (1), row (4).
const refSize = 5

func (r *record) size() int {
	return uvarintLen(uint64(len(r.refs))) + refSize*len(r.refs) + len(r.public)
}

func (r *record) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(r.refs)))
	for _, x := range r.refs {
		b = binary.LittleEndian.AppendUint32(append(b, byte(x.kind)), x.row)
	}
	return append(b, r.public...)
}

// numbers returns the numbers of a block's entries: from, and one past the last.
func (e *encoding) numbers(block int) (from, to uint32) {
	return uint32(block * entryBlock), uint32(min(e.o.counts.Entries, (block+1)*entryBlock))
}

// eachPrivate goes through what is private of a block's entries.
func (e *encoding) eachPrivate(block int, yield func(private []byte)) {
	from, to := e.numbers(block)
	e.o.said(from, to, func(_ uint32, _, private []byte) { yield(private) })
}

// eachRecord goes through a block's entries.
func (e *encoding) eachRecord(block int, yield func(number uint32, r *record)) {
	from, to := e.numbers(block)
	var walks []rowsWalk
	for k, rows := range e.refs {
		if rows != nil {
			walks = append(walks, rows.from(Kind(k), from))
		}
	}
	var r record
	e.o.said(from, to, func(number uint32, public, private []byte) {
		r.refs, r.public, r.private = r.refs[:0], public, private
		for i := range walks {
			r.refs = walks[i].appendTo(r.refs, number)
		}
		yield(number, &r)
	})
}

// rowsOf tells which rows of a table are an entry's.
type rowsOf struct {
	first []uint32 // of each entry, 1 + its first row, 0 for none; nil for kinds that few entries have
	more  []uint64 // the other rows, ascending: the entry above the row
}

func newRowsOf(column *hashColumn, entries int) *rowsOf {
	r := &rowsOf{}
	if column.len() > entries/4 {
		r.first = make([]uint32, entries)
	}
	row := uint32(0)
	column.each(func(b []byte, _ bool) {
		entry := column.entryOf(b)
		if r.first != nil && r.first[entry] == 0 {
			r.first[entry] = 1 + row
		} else {
			r.more = append(r.more, uint64(entry)<<32|uint64(row))
		}
		row++
	})
	slices.Sort(r.more)
	return r
}

// rowsWalk goes through entries in ascending order.
type rowsWalk struct {
	kind  Kind
	first []uint32
	more  []uint64
}

func (r *rowsOf) from(k Kind, entry uint32) rowsWalk {
	at, _ := slices.BinarySearch(r.more, uint64(entry)<<32)
	return rowsWalk{k, r.first, r.more[at:]}
}

func (w *rowsWalk) appendTo(refs []ref, entry uint32) []ref {
	if w.first != nil {
		if row := w.first[entry]; row != 0 {
			refs = append(refs, ref{w.kind, row - 1})
		}
	}
	for ; len(w.more) > 0 && uint32(w.more[0]>>32) == entry; w.more = w.more[1:] {
		refs = append(refs, ref{w.kind, uint32(w.more[0])})
	}
	return refs
}
