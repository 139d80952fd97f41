package index

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/hashmatch/engine/index/internal/blocked"
)

const (
	// perBucket is the mean number of keys in a bucket of a table.
	perBucket = 8
	// longBucket is the number of keys beyond which a bucket is searched by halving. Of uniform keys no bucket is so long.
	longBucket = 32
)

// Table finds what has a key: the digest of a file, say. It is immutable and safe for concurrent use.
//
// The keys lie sorted, divided by their leading bits into buckets of 8 keys on average. Digests are uniform, so that no
// hashing is needed to fill the buckets evenly, and within a bucket a key is near where its further bits say. Keys that
// were chosen to fall into one bucket cost a binary search over all of them, and no more.
//
// A Bloom filter in front answers nearly all look-ups of absent keys with one access to memory; about one in 1,100 passes.
// Which bits a key sets is decided by a secret: a SHA-256 of all the keys, or what the option Secret gives. Whoever lacks
// it (who does not know every key, or the caller's secret) cannot choose keys that pass oftener than random ones, or that
// crowd a part of the filter. By watching times he may learn which of the keys he tries pass, and then repeat those; each
// costs a search of one bucket more, and never a wrong answer. Whoever has the bytes of AppendBinary has the keys
// themselves, and the secret's filter.
type Table struct {
	width   int
	keys    []byte   // ascending
	ids     []uint32 // of the keys, ascending where keys are equal; nil when each key's is its position
	starts  []uint32 // of each bucket among the keys, and the end of the last
	buckets uint64   // at least 1
	seed    [32]byte // of the filter
	filter  *blocked.Filter
}

// A TableOption changes how a table is built.
type TableOption func(*tableOptions)

type tableOptions struct {
	secret  []byte
	inPlace bool
}

// Secret makes the filter depend on a secret of the caller, 16 random bytes say, in place of a digest of the keys: for
// sets that others know in full. No bytes are no secret.
func Secret(secret []byte) TableOption { return func(o *tableOptions) { o.secret = secret } }

// InPlace lets the table use the given keys and ids where they lie, without copying them, if they are in ascending order
// already. They must not change afterwards.
func InPlace() TableOption { return func(o *tableOptions) { o.inPlace = true } }

// NewTable builds a table of keys of width bytes (16, 20 or 32) that lie one after the other; the i-th is found as
// ids[i], or as i when ids is nil. Keys and ids may both hold duplicates. It copies both. It panics when the width is
// another, when keys is no whole number of keys, or when there are more or fewer ids than keys.
//
// A table takes 2.5 bytes for each key beside the key, and 4 more for its ID unless ids is nil and the keys are sorted.
// It is built on all cores, the faster the more of the keys are in order. Building takes no more memory than the table
// itself, except that keys that mostly begin with the same bits take up to 40 bytes each for a while.
func NewTable(keys []byte, width int, ids []uint32, opts ...TableOption) *Table {
	checkWidth(width)
	if len(keys)%width != 0 {
		panic(fmt.Sprintf("index: %d bytes are no whole number of keys of %d bytes", len(keys), width))
	}
	n := len(keys) / width
	checkIDs("keys", n, ids)
	var o tableOptions
	for _, option := range opts {
		option(&o)
	}
	t := &Table{width: width, buckets: uint64(max(1, n/perBucket))}
	t.keys, t.ids = sortedKeys(keys, width, ids, o.inPlace)
	t.fillStarts()
	t.seed = t.filterSeed(o.secret)
	t.fillFilter()
	return t
}

// isWidth tells whether a table can have keys of so many bytes.
func isWidth(width int) bool { return width == 16 || width == 20 || width == 32 }

func checkWidth(width int) {
	if !isWidth(width) {
		panic(fmt.Sprintf("index: keys of %d bytes; a table has keys of 16, 20 or 32", width))
	}
}

// Len is the number of keys, duplicates counted.
func (t *Table) Len() int { return len(t.keys) / t.width }

// memory is the number of bytes that the table's arrays take.
func (t *Table) memory() int {
	return len(t.keys) + 4*len(t.ids) + 4*len(t.starts) + 8*len(t.filter.Words())
}

// Lookup appends the IDs of all keys that equal key to dst, in ascending order, and returns the extended slice. It panics
// when key is not of the table's width.
func (t *Table) Lookup(dst []uint32, key []byte) []uint32 {
	if len(key) != t.width {
		panic(fmt.Sprintf("index: a key of %d bytes was looked up in a table of keys of %d bytes", len(key), t.width))
	}
	if !t.filter.Test(key) {
		return dst
	}
	lo, hi := t.find(key)
	return t.appendIDs(dst, lo, hi)
}

// appendIDs appends the IDs of the keys lo to hi-1.
func (t *Table) appendIDs(dst []uint32, lo, hi int) []uint32 {
	if t.ids != nil {
		return append(dst, t.ids[lo:hi]...)
	}
	for ; lo < hi; lo++ {
		dst = append(dst, uint32(lo))
	}
	return dst
}

// prefix is a key's first 8 bytes as a number, in the keys' order.
func prefix(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

// find returns the range of the keys that equal key.
func (t *Table) find(key []byte) (lo, hi int) {
	bucket, rest := bits.Mul64(prefix(key), t.buckets)
	start, end := int(t.starts[bucket]), int(t.starts[bucket+1])
	var lines [2]uint64
	lines[0], lines[1] = t.linesOf(start, end, rest)
	blocked.Fetch(t.keys, lines[:])
	return t.findIn(key, start, end, rest)
}

// linesOf returns two places in t.keys: the cache lines there are all that findIn mostly looks at.
func (t *Table) linesOf(start, end int, rest uint64) (from, to uint64) {
	at := (start + guess(rest, end-start)) * t.width
	return uint64(max(0, at-t.width)), uint64(at + 2*t.width)
}

// findIn is find in a bucket, keys start to end-1, of which rest/2^64 come before key if they are spread evenly.
func (t *Table) findIn(key []byte, start, end int, rest uint64) (lo, hi int) {
	if end-start > longBucket {
		return t.findInLong(key, start, end)
	}
	x := prefix(key)
	lo = start + guess(rest, end-start)
	if lo < end && t.less(lo, x, key) {
		for lo++; lo < end && t.less(lo, x, key); lo++ {
		}
	} else {
		for lo > start && !t.less(lo-1, x, key) {
			lo--
		}
	}
	for hi = lo; hi < end && bytes.Equal(t.key(hi), key); hi++ {
	}
	return lo, hi
}

// guess is about where in a bucket of so many keys one is that rest/2^64 of them come before.
func guess(rest uint64, keys int) int {
	before, _ := bits.Mul64(rest, uint64(keys))
	return int(before)
}

// findInLong is findIn by halving.
func (t *Table) findInLong(key []byte, start, end int) (lo, hi int) {
	x := prefix(key)
	lo = halve(start, end, func(i int) bool { return t.less(i, x, key) })
	return lo, halve(lo, end, func(i int) bool { return bytes.Equal(t.key(i), key) })
}

// halve returns the first of lo to hi-1 for which before does not hold, or hi; it holds for all in front of that one.
func halve(lo, hi int, before func(i int) bool) int {
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); before(mid) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// less tells whether the i-th key comes before key, whose prefix is x.
func (t *Table) less(i int, x uint64, key []byte) bool {
	k := t.key(i)
	if p := prefix(k); p != x {
		return p < x
	}
	return bytes.Compare(k[8:], key[8:]) < 0
}

// key is the i-th key in order.
func (t *Table) key(i int) []byte { return t.keys[i*t.width:][:t.width] }
