package hashmatch

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// hashColumn gathers the hashes of one kind while a set is built: for each a row of its bytes, the entry's number (4) and,
// of perceptual kinds, the quality (1).
//
// Rows lie in buckets by their first byte, so that each bucket can be sorted in the cache, on any core, and with memory
// for one bucket. A bucket grows by pieces that never move.
type hashColumn struct {
	kind    Kind
	size    int // of a hash
	width   int // of a row
	buckets [256]bucket
}

type bucket struct {
	pieces [][]byte // of whole rows
	rows   int
}

// firstHash marks the entry's number in the row of the hash that none of the entry's hashes comes before.
const firstHash = 1 << 31

// pieceSize is how large the pieces of a bucket grow: the largest that the allocator hands out without rounding up to pages.
const pieceSize = 32 << 10

func newHashColumn(k Kind) *hashColumn {
	c := &hashColumn{kind: k, size: k.Size(), width: k.Size() + 4}
	if k.Perceptual() {
		c.width++
	}
	return c
}

// add appends a row. The entry may carry firstHash.
func (c *hashColumn) add(h *Hash, entry uint32, q Quality) {
	b := &c.buckets[h.b[0]]
	last := len(b.pieces) - 1
	if last < 0 || len(b.pieces[last])+c.width > cap(b.pieces[last]) {
		rows := min(max(4, b.rows), pieceSize/c.width)
		b.pieces = append(b.pieces, make([]byte, 0, rows*c.width))
		last++
	}
	row := append(b.pieces[last], h.b[:c.size]...)
	row = binary.LittleEndian.AppendUint32(row, entry)
	if c.kind.Perceptual() {
		row = append(row, byte(q))
	}
	b.pieces[last] = row
	b.rows++
}

// len returns the number of rows.
func (c *hashColumn) len() (n int) {
	for i := range c.buckets {
		n += c.buckets[i].rows
	}
	return n
}

func (c *hashColumn) hash(row []byte) []byte        { return row[:c.size] }
func (c *hashColumn) entryOf(row []byte) uint32     { return binary.LittleEndian.Uint32(row[c.size:]) }
func (c *hashColumn) setEntry(row []byte, e uint32) { binary.LittleEndian.PutUint32(row[c.size:], e) }

func (c *hashColumn) quality(row []byte) Quality {
	if c.kind.Digest() {
		return 0
	}
	return Quality(row[len(row)-1])
}

// each goes through the rows of all buckets in their order, and tells for each whether the row before has the same hash.
func (c *hashColumn) each(yield func(row []byte, same bool)) {
	size := c.size
	for i := range c.buckets {
		var last []byte
		for _, p := range c.buckets[i].pieces {
			for at := 0; at < len(p); at += c.width {
				row := p[at : at+c.width : at+c.width]
				yield(row, last != nil && bytes.Equal(last[:size], row[:size]))
				last = row
			}
		}
	}
}

// eachOf goes through the rows of one bucket.
func (c *hashColumn) eachOf(bucket int, yield func(row []byte)) {
	for _, p := range c.buckets[bucket].pieces {
		for at := 0; at < len(p); at += c.width {
			yield(p[at : at+c.width : at+c.width])
		}
	}
}

// rowSorter puts buckets in order. It keeps its room from one to the next.
type rowSorter struct {
	rows, sorted []byte
	keys         []rowKey
}

// rowKey stands for a row while rows are sorted: nearly all comparisons are decided by eight bytes of the hash.
type rowKey struct {
	key uint64
	at  int32
}

// gathered copies the rows of a bucket into one piece.
func (s *rowSorter) gathered(b *bucket) []byte {
	s.rows = s.rows[:0]
	for _, p := range b.pieces {
		s.rows = append(s.rows, p...)
	}
	return s.rows
}

// scattered is the inverse of gathered. There may be fewer rows than there were.
func (b *bucket) scattered(rows []byte, width int) {
	b.rows = len(rows) / width
	for i, p := range b.pieces {
		n := min(len(p), len(rows))
		if n == 0 {
			b.pieces = b.pieces[:i]
			return
		}
		b.pieces[i] = p[:copy(p, rows[:n])]
		rows = rows[n:]
	}
}

// sort orders the rows of a bucket by their hashes.
func (s *rowSorter) sort(c *hashColumn, b *bucket) {
	rows, size := s.gathered(b), c.size
	s.keys = s.keys[:0]
	for i := range b.rows {
		s.keys = append(s.keys, rowKey{binary.BigEndian.Uint64(rows[i*c.width:]), int32(i)})
	}
	slices.SortFunc(s.keys, func(x, y rowKey) int {
		if x.key != y.key {
			return cmp.Compare(x.key, y.key)
		}
		return bytes.Compare(rows[int(x.at)*c.width:][:size], rows[int(y.at)*c.width:][:size])
	})
	s.sorted = s.sorted[:0]
	for _, k := range s.keys {
		s.sorted = append(s.sorted, rows[int(k.at)*c.width:][:c.width]...)
	}
	b.scattered(s.sorted, c.width)
}

// renumber gives the rows of a bucket the numbers that their entries have got, and puts rows of one hash in their order:
// by number, then quality. Of the rows that have become one entry's, each quality stays once, and an unknown one only
// alone.
func (s *rowSorter) renumber(c *hashColumn, b *bucket, number []uint32) {
	rows, size := s.gathered(b), c.size
	to := 0
	for from := 0; from < len(rows); {
		end := from
		for ; end < len(rows) && bytes.Equal(rows[from:from+size], rows[end:end+size]); end += c.width {
			row := rows[end : end+c.width]
			c.setEntry(row, number[c.entryOf(row)&^firstHash])
		}
		run := rows[from:end]
		if len(run) > c.width {
			run = s.settled(c, run)
		}
		to += copy(rows[to:], run)
		from = end
	}
	b.scattered(rows[:to], c.width)
}

// settled orders rows of one hash, and drops those that say nothing more. The result lies in the room of the rows.
func (s *rowSorter) settled(c *hashColumn, run []byte) []byte {
	s.keys = s.keys[:0]
	for at := 0; at < len(run); at += c.width {
		row := run[at : at+c.width]
		s.keys = append(s.keys, rowKey{uint64(c.entryOf(row))<<8 | uint64(c.quality(row)), 0})
	}
	slices.SortFunc(s.keys, func(x, y rowKey) int { return cmp.Compare(x.key, y.key) })
	at := 0
	for i, k := range s.keys {
		if i+1 < len(s.keys) && needless(k.key, s.keys[i+1].key) {
			continue
		}
		row := run[at : at+c.width]
		c.setEntry(row, uint32(k.key>>8))
		if c.kind.Perceptual() {
			row[len(row)-1] = byte(k.key)
		}
		at += c.width
	}
	return run[:at]
}

// needless tells whether the first of two neighbouring rows, each its entry above its quality, goes without saying.
func needless(row, next uint64) bool {
	return row == next || row>>8 == next>>8 && row&0xff == 0
}
