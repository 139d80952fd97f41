package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/bits-and-blooms/bloom/v3"
)

// tableFalsePositives is the share of absent keys that a table's filter takes for present; it costs 9.6 bits a key.
const tableFalsePositives = 0.01

// perBucket is about the number of keys in a bucket of a table.
const perBucket = 8

// Table finds what has a key: the digest of a file, say. It is immutable and safe for concurrent use.
//
// A Bloom filter answers nearly all look-ups of absent keys. Behind it the keys lie sorted, divided into buckets by their
// leading bits. Digests are uniform, so that no hashing is needed to fill the buckets evenly; keys that were chosen to
// fall into one bucket cost a binary search over all of them, and no more.
type Table struct {
	width  int
	filter *bloom.BloomFilter
	keys   []byte   // ascending
	ids    []uint32 // of the keys; ascending where keys are equal
	starts []uint32 // of each bucket in ids, and the end of the last
	shift  int      // of a key's first 8 bytes to its bucket
}

// NewTable builds a table of keys of width bytes (16, 20 or 32) that lie one after the other; the i-th is found as
// ids[i], or as i when ids is nil. Keys and ids may both hold duplicates. It copies both. It panics when the width is
// another, when keys is no whole number of keys, or when there are more or fewer ids than keys.
//
// It takes 5.7 bytes of memory for each key beside the key itself.
func NewTable(keys []byte, width int, ids []uint32) *Table {
	if width != 16 && width != 20 && width != 32 {
		panic(fmt.Sprintf("index: keys of %d bytes; a table has keys of 16, 20 or 32", width))
	}
	if len(keys)%width != 0 {
		panic(fmt.Sprintf("index: %d bytes are no whole number of keys of %d bytes", len(keys), width))
	}
	n := len(keys) / width
	checkIDs("keys", n, ids)
	bucketBits := max(0, bits.Len(uint(n/perBucket))-1)
	t := &Table{
		width:  width,
		filter: bloom.NewWithEstimates(uint(max(1, n)), tableFalsePositives),
		keys:   make([]byte, 0, len(keys)),
		ids:    make([]uint32, 0, n),
		starts: make([]uint32, 1, 1<<bucketBits+1),
		shift:  64 - bucketBits,
	}
	for _, r := range sortedRows(keys, width, ids) {
		key := keys[int(r.row)*width:][:width]
		for bucket := r.prefix >> t.shift; uint64(len(t.starts)) <= bucket; {
			t.starts = append(t.starts, uint32(len(t.ids)))
		}
		t.filter.Add(key)
		t.keys = append(t.keys, key...)
		t.ids = append(t.ids, idAt(ids, int(r.row)))
	}
	for len(t.starts) <= 1<<bucketBits {
		t.starts = append(t.starts, uint32(n))
	}
	return t
}

// row is a key's place before sorting, with its first bytes, which decide nearly every comparison.
type row struct {
	prefix uint64
	row    uint32
}

// sortedRows returns the rows in the order of their keys, equal keys by their IDs.
func sortedRows(keys []byte, width int, ids []uint32) []row {
	rows := make([]row, len(keys)/width)
	for i := range rows {
		rows[i] = row{binary.BigEndian.Uint64(keys[i*width:]), uint32(i)}
	}
	slices.SortFunc(rows, func(a, b row) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		c := bytes.Compare(keys[int(a.row)*width:][:width], keys[int(b.row)*width:][:width])
		return cmp.Or(c, cmp.Compare(idAt(ids, int(a.row)), idAt(ids, int(b.row))))
	})
	return rows
}

// Len is the number of keys, duplicates counted.
func (t *Table) Len() int { return len(t.ids) }

// Lookup appends the IDs of all keys that equal key to dst, in ascending order, and returns the extended slice. It panics
// when key is not of the table's width.
func (t *Table) Lookup(dst []uint32, key []byte) []uint32 {
	if len(key) != t.width {
		panic(fmt.Sprintf("index: a key of %d bytes was looked up in a table of keys of %d bytes", len(key), t.width))
	}
	if !t.filter.Test(key) {
		return dst
	}
	bucket := binary.BigEndian.Uint64(key) >> t.shift
	lo, end := int(t.starts[bucket]), int(t.starts[bucket+1])
	for hi := end; lo < hi; {
		if mid := int(uint(lo+hi) / 2); bytes.Compare(t.key(mid), key) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < end && bytes.Equal(t.key(lo), key); lo++ {
		dst = append(dst, t.ids[lo])
	}
	return dst
}

// key is the i-th key in order.
func (t *Table) key(i int) []byte { return t.keys[i*t.width:][:t.width] }
