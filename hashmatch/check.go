package hashmatch

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// The faults of records that are met while hashes are compared or entries read. They are made once: a check allocates
// nothing.
var (
	errNoHashes  = fmt.Errorf("%w: no hash", ErrCorrupt)
	errHashes    = fmt.Errorf("%w: number of hashes", ErrCorrupt)
	errNotThere  = fmt.Errorf("%w: a hash is not where the record says", ErrCorrupt)
	errDescend   = fmt.Errorf("%w: hashes do not ascend", ErrCorrupt)
	errOrder     = fmt.Errorf("%w: entries do not ascend", ErrCorrupt)
	errRecordEnd = fmt.Errorf("%w: a record's end is not behind its beginning, or behind the section", ErrCorrupt)
)

// hashWalk goes through the hashes of an entry in their order: those that its record names, and those that go without
// saying since a table holds them in the order of the entries.
type hashWalk struct {
	s      *Set
	number uint32
	named  uint64  // hashes that the record still names
	plain  int     // how many of the plain kinds were looked at
	last   ref     // of the named
	rest   []byte  // of the record: at the end its fields
	later  *claims // where to note what the tables must confirm; nil asks them at once

	kind Kind // of the present hash
	row  int  // its row in the kind's table
	err  error
}

// claims are hashes that records name, to be looked for in the tables together: they lie anywhere in the memory, and many
// look-ups at once wait hardly longer than one.
type claims struct {
	refs    []ref
	numbers []uint32 // of each, the entry
}

// hold tells the number of the first entry that a table does not name where it should, and forgets the claims.
func (c *claims) hold(s *Set) (wrong uint32, ok bool) {
	ok = true
	for i, r := range c.refs {
		if s.tables[r.kind].entry(int(r.row)) != c.numbers[i] && ok {
			wrong, ok = c.numbers[i], false
		}
	}
	c.refs, c.numbers = c.refs[:0], c.numbers[:0]
	return wrong, ok
}

// walk begins a walk; an entry's number must be below Len.
func (s *Set) walk(number uint32) (w hashWalk) {
	w.begin(s, number)
	return w
}

func (w *hashWalk) begin(s *Set, number uint32) {
	w.s, w.number = s, number
	b, ok := s.records.at(int(number))
	if !ok {
		w.err = errRecordEnd
		return
	}
	n, width := uvarint(b)
	if width == 0 || n > uint64(len(b)-width)/refSize {
		w.err = errHashes
		return
	}
	w.named, w.rest = n, b[width:]
}

// next goes to the next hash. It returns false at the end, and where there is a fault, which err tells.
func (w *hashWalk) next() bool {
	if w.err != nil {
		return false
	}
	var named Kind
	if w.named > 0 {
		named = Kind(w.rest[0])
	}
	for w.plain < len(w.s.plain) {
		k := w.s.plain[w.plain]
		if named != 0 && named < k {
			break
		}
		w.plain++
		if int(w.number) < w.s.tables[k].len() {
			w.kind, w.row = k, int(w.number)
			return true
		}
	}
	return w.named > 0 && w.nextNamed(named)
}

func (w *hashWalk) nextNamed(k Kind) bool {
	row := binary.LittleEndian.Uint32(w.rest[1:])
	if !k.Valid() || uint64(row) >= uint64(len(w.s.tables[k].entries)/4) { // tables without entries are not named
		w.err = errNotThere
		return false
	}
	r := ref{k, row}
	switch {
	case w.later != nil:
		w.later.refs, w.later.numbers = append(w.later.refs, r), append(w.later.numbers, w.number)
	case w.s.tables[k].entry(int(row)) != w.number:
		w.err = errNotThere
		return false
	}
	if r.kind < w.last.kind || r.kind == w.last.kind && (r.row <= w.last.row || k.Digest()) {
		w.err = errDescend
		return false
	}
	w.last, w.rest = r, w.rest[refSize:]
	w.kind, w.row = k, int(row)
	w.named--
	return true
}

// check looks at every byte of the sections: that tables and entries stand in their canonical order and form, and that
// records and tables tell of the same hashes. It uses all cores, and allocates next to nothing.
func (s *Set) check() error {
	for _, k := range Kinds() {
		if err := s.checkTable(&s.tables[k]); err != nil {
			return fmt.Errorf("section %#x: %w", sectionHashes+int(k), err)
		}
	}
	if err := s.checkPrivate(); err != nil {
		return fmt.Errorf("section %#x: %w", sectionPrivate, err)
	}
	return s.checkEntries()
}

// checkBlock is how many rows or entries are checked at a time.
const checkBlock = 32 << 10

// inBlocks checks the numbers below n, block by block, each under a guard: they are on goroutines of their own.
func (s *Set) inBlocks(n int, check func(from, to int) error) error {
	return checkParallel((n+checkBlock-1)/checkBlock, func(i int) error {
		return s.guard(func() error { return check(i*checkBlock, min(n, (i+1)*checkBlock)) })
	})
}

// checkTable checks that rows ascend and name entries that there are.
func (s *Set) checkTable(t *table) error {
	if t.kind == 0 {
		return nil
	}
	entries := int64(s.Len())
	err := s.inBlocks(t.len(), func(from, to int) error {
		for i := from; i < to; i++ {
			if int64(t.entry(i)) >= entries || t.quality(i) > QualityOf(100) {
				return fmt.Errorf("row %d: %w: entry %d of %d, quality %d", i, ErrCorrupt, t.entry(i), entries, t.quality(i))
			}
			if i > 0 && !t.ascends(i) {
				return fmt.Errorf("row %d: %w: rows do not ascend", i, ErrCorrupt)
			}
		}
		return nil
	})
	if err == nil && t.entries != nil && t.needsNoEntries() {
		err = fmt.Errorf("%w: entry numbers that go without saying", ErrCorrupt)
	}
	return err
}

// ascends reports whether row i comes after the one before.
func (t *table) ascends(i int) bool {
	last, now := t.raw(i-1), t.raw(i)
	if a, b := binary.BigEndian.Uint64(last), binary.BigEndian.Uint64(now); a != b {
		return a < b
	}
	if c := bytes.Compare(last, now); c != 0 {
		return c < 0
	}
	if a, b := t.entry(i-1), t.entry(i); a != b {
		return a < b
	}
	return t.quality(i-1) < t.quality(i)
}

// needsNoEntries reports whether each row is of the entry of its own position.
func (t *table) needsNoEntries() bool {
	for i := range t.len() {
		if t.entry(i) != uint32(i) {
			return false
		}
	}
	return true
}

// checkPrivate checks what can be left out.
func (s *Set) checkPrivate() error {
	p := &s.private
	n := p.records.len()
	err := s.inBlocks(n, func(from, to int) error {
		for i := from; i < to; i++ {
			number := binary.LittleEndian.Uint32(p.entries[4*i:])
			if int64(number) >= int64(s.Len()) || i > 0 && number <= binary.LittleEndian.Uint32(p.entries[4*(i-1):]) {
				return fmt.Errorf("record %d: %w: of entry %d", i, ErrCorrupt, number)
			}
			b, ok := p.records.at(i)
			if !ok || len(b) == 0 {
				return fmt.Errorf("record %d: %w", i, errRecordEnd)
			}
			if err := checkFields(b, true); err != nil {
				return fmt.Errorf("record %d: %w", i, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.records.checkEnd()
}

// checkEnd checks that the last record ends where the section does.
func (r *records) checkEnd() error {
	last := uint64(0)
	if n := r.len(); n > 0 {
		last = binary.LittleEndian.Uint64(r.ends[8*(n-1):])
	}
	if last != uint64(len(r.data)) {
		return fmt.Errorf("%w: bytes follow the last record", ErrCorrupt)
	}
	return nil
}

// checkEntries checks every entry, their order, and that each row of a table is named by exactly the entry it names:
// a record names only rows that name it, none twice, and all together as many as there are.
func (s *Set) checkEntries() error {
	named := make([]int, (s.Len()+checkBlock-1)/checkBlock)
	err := s.inBlocks(s.Len(), func(from, to int) (err error) {
		named[from/checkBlock], err = s.checkEntriesOf(uint32(from), uint32(to))
		return err
	})
	if err != nil {
		return err
	}
	rows := 0
	for _, n := range named {
		rows += n
	}
	for k := range s.tables {
		rows -= s.tables[k].len()
	}
	if rows != 0 {
		return fmt.Errorf("%w: hashes that belong to no entry", ErrCorrupt)
	}
	return s.records.checkEnd()
}

// manyClaims is how many hashes are looked for in the tables together.
const manyClaims = 512

// checkEntriesOf checks a block of entries, and that the first comes after the one before the block. It returns the number
// of their hashes.
func (s *Set) checkEntriesOf(from, to uint32) (hashes int, err error) {
	later := claims{make([]ref, 0, manyClaims+kindEnd), make([]uint32, 0, manyClaims+kindEnd)}
	var last ref // the first hash of the entry before; the zero ref is before all
	if from > 0 {
		if w := s.walk(from - 1); w.next() {
			last = ref{w.kind, uint32(w.row)}
		}
	}
	for number := from; number < to; number++ {
		n, first, err := s.checkEntry(number, last, &later)
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", number, err)
		}
		hashes, last = hashes+n, first
		if len(later.refs) >= manyClaims || number+1 == to {
			if wrong, ok := later.hold(s); !ok {
				return 0, fmt.Errorf("entry %d: %w", wrong, errNotThere)
			}
		}
	}
	return hashes, nil
}

// checkEntry checks an entry and that it comes after the one before it, whose first hash is last. It returns the number of
// its hashes and the first.
func (s *Set) checkEntry(number uint32, last ref, later *claims) (hashes int, first ref, err error) {
	w := hashWalk{later: later}
	w.begin(s, number)
	for w.next() {
		if hashes == 0 {
			first = ref{w.kind, uint32(w.row)}
		}
		hashes++
	}
	if w.err != nil {
		return 0, first, w.err
	}
	if hashes == 0 {
		return 0, first, errNoHashes
	}
	if err := checkFields(w.rest, false); err != nil {
		return 0, first, err
	}
	if number > 0 && !s.follows(number, last, first) {
		return 0, first, errOrder
	}
	return hashes, first, nil
}

// follows reports whether an entry comes after the one before it: by its hashes, then by what it says. Nearly always the
// first hash tells.
func (s *Set) follows(number uint32, last, first ref) bool {
	if last.kind != first.kind {
		return last.kind < first.kind
	}
	t := &s.tables[first.kind]
	if c := bytes.Compare(t.raw(int(last.row)), t.raw(int(first.row))); c != 0 {
		return c < 0
	}
	return s.compare(number-1, number) < 0
}

// compare is the canonical order of two entries. A damaged one may be anywhere.
func (s *Set) compare(a, b uint32) int {
	v, w := s.walk(a), s.walk(b)
	for {
		more, others := v.next(), w.next()
		if !more || !others {
			if more != others {
				return compareBools(more, others)
			}
			break
		}
		t, u := &s.tables[v.kind], &s.tables[w.kind]
		if v.kind != w.kind {
			return int(v.kind) - int(w.kind)
		}
		if c := bytes.Compare(t.raw(v.row), u.raw(w.row)); c != 0 {
			return c
		}
		if p, q := t.quality(v.row), u.quality(w.row); p != q {
			return int(p) - int(q)
		}
	}
	if c := bytes.Compare(v.rest, w.rest); c != 0 {
		return c
	}
	p, _ := s.private.of(a)
	q, _ := s.private.of(b)
	return bytes.Compare(p, q)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
