package index

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashmatch/engine/index/internal/blocked"
)

// eachPart calls work for parts of 0 to n-1 that together are all, on all cores if the parts have least elements then,
// and returns when all calls have.
func eachPart(n, least int, work func(from, to int)) {
	inParts(partsOf(n, least), n, func(_, from, to int) { work(from, to) })
}

// partsOf is the number of parts of at least least of n elements that keep all cores busy.
func partsOf(n, least int) int { return max(1, min(runtime.GOMAXPROCS(0), n/least)) }

// inParts calls work for each of so many parts of 0 to n-1, at the same time.
func inParts(parts, n int, work func(part, from, to int)) {
	var wg sync.WaitGroup
	for p := range parts - 1 {
		wg.Go(func() { work(p, p*n/parts, (p+1)*n/parts) })
	}
	work(parts-1, (parts-1)*n/parts, n)
	wg.Wait()
}

// sortedKeys returns keys in ascending order, equal ones by their ids, and their ids, or nil where each has its position.
// They are copies unless inPlace says otherwise and they were in order.
func sortedKeys(keys []byte, width int, ids []uint32, inPlace bool) ([]byte, []uint32) {
	n := len(keys) / width
	var unordered atomic.Bool
	eachPart(n, 1<<14, func(from, to int) {
		for i := max(1, from); i < to; i++ {
			c := bytes.Compare(keys[(i-1)*width:][:width], keys[i*width:][:width])
			if c > 0 || c == 0 && ids != nil && ids[i-1] > ids[i] {
				unordered.Store(true)
				return
			}
		}
	})
	if unordered.Load() {
		return sortKeys(keys, width, ids)
	}
	if inPlace {
		return keys[:len(keys):len(keys)], ids
	}
	return slices.Clone(keys), slices.Clone(ids)
}

// filterSeed is the seed of the filter: of the secret, or of the keys when that is nil. Of keys it is the digest of the
// digests of runs of keys, so that all cores can work at it.
func (t *Table) filterSeed(secret []byte) [32]byte {
	if len(secret) > 0 {
		return sha256.Sum256(append([]byte("index: a table's secret "), secret...))
	}
	run := t.width << 14
	digests := make([][32]byte, (len(t.keys)+run-1)/run)
	eachPart(len(digests), 1, func(from, to int) {
		for i := from; i < to; i++ {
			digests[i] = sha256.Sum256(t.keys[i*run : min((i+1)*run, len(t.keys))])
		}
	})
	h := sha256.New()
	fmt.Fprintf(h, "index: a table's %d keys of %d bytes ", t.Len(), t.width)
	for _, d := range digests {
		h.Write(d[:])
	}
	return [32]byte(h.Sum(nil))
}

// fillStarts finds where each bucket begins among the sorted keys.
func (t *Table) fillStarts() {
	t.starts = make([]uint32, t.buckets+1)
	eachPart(t.Len(), 1<<14, func(from, to int) {
		next := uint64(0) // bucket whose start is not known yet
		if from > 0 {
			next = t.bucketOf(from-1) + 1
		}
		for i := from; i < to; i++ {
			for b := t.bucketOf(i); next <= b; next++ {
				t.starts[next] = uint32(i)
			}
		}
	})
	last := uint64(0)
	if n := t.Len(); n > 0 {
		last = t.bucketOf(n-1) + 1
	}
	for ; last <= t.buckets; last++ {
		t.starts[last] = uint32(t.Len())
	}
}

func (t *Table) bucketOf(i int) uint64 {
	bucket, _ := bits.Mul64(prefix(t.key(i)), t.buckets)
	return bucket
}

// fillFilter makes the filter. Each core adds, of all keys, those in its share of the blocks: hashing a key is a small
// part of the cost, and no two cores write to the same word.
func (t *Table) fillFilter() {
	t.filter = blocked.New(t.Len(), t.seed)
	eachPart(blocked.Blocks(t.Len()), 1<<10, func(from, to int) {
		t.filter.AddBetween(t.keys, t.width, from, to)
	})
}

// row is a key's place before sorting, with its first bytes, which decide nearly every comparison.
type row struct {
	prefix uint64
	at     uint32
}

// sortKeys returns copies of keys and ids in the order of sortedKeys. It counts how many keys begin with each combination of
// bits, brings them into that order (equal ones stay in theirs), and then sorts each part where it lies, in cache.
func sortKeys(keys []byte, width int, ids []uint32) ([]byte, []uint32) {
	n := len(keys) / width
	s := &keySorter{width: width, shift: 64 - min(11, bits.Len(uint(n/2048))), keys: make([]byte, len(keys)), ids: make([]uint32, n)}
	s.scatter(keys, ids)
	var next atomic.Int64
	eachPart(runtime.GOMAXPROCS(0), 1, func(int, int) {
		var w partSorter
		for p := int(next.Add(1)) - 1; p < len(s.starts)-1; p = int(next.Add(1)) - 1 {
			from, to := s.starts[p], s.starts[p+1]
			w.sort(s.keys[from*width:to*width], width, s.ids[from:to], 64-s.shift)
		}
	})
	return s.keys, s.ids
}

type keySorter struct {
	width, shift int
	keys         []byte
	ids          []uint32
	starts       []int // of each part, and the end of the last
}

// scatter brings keys and ids into parts.
func (s *keySorter) scatter(keys []byte, ids []uint32) {
	parts := 1 << (64 - s.shift)
	n := len(keys) / s.width
	next := make([][]int, partsOf(n, 1<<14)) // of each share of the keys, the place of its next key of each part
	inParts(len(next), n, func(share, from, to int) {
		c := make([]int, parts)
		for i := from; i < to; i++ {
			c[prefix(keys[i*s.width:])>>s.shift]++
		}
		next[share] = c
	})
	at := 0
	for p := range parts {
		s.starts = append(s.starts, at)
		for _, c := range next {
			c[p], at = at, at+c[p]
		}
	}
	s.starts = append(s.starts, at)
	inParts(len(next), n, func(share, from, to int) {
		next := next[share]
		for i := from; i < to; i++ {
			key := keys[i*s.width:][:s.width]
			p := prefix(key) >> s.shift
			copy(s.keys[next[p]*s.width:], key)
			s.ids[next[p]] = idAt(ids, i)
			next[p]++
		}
	})
}

// partSorter sorts one part after the other.
type partSorter struct {
	rows []row
	ends []int
	keys []byte
	ids  []uint32
}

// sort sorts keys, whose first known bits are the same, and their ids: first into small groups by the bits that follow,
// by counting, then each group by comparing. It passes over the bytes with which all of them begin, so that keys that were
// chosen to begin alike take no longer.
func (w *partSorter) sort(keys []byte, width int, ids []uint32, known int) {
	n := len(ids)
	skip := min(width-8, commonBytes(keys, width))
	known = max(0, known-8*skip)
	groups := bits.Len(uint(n / 4)) // its logarithm
	group := func(x uint64) uint64 { return x << known >> 1 >> (63 - groups) }
	w.ends = append(w.ends[:0], make([]int, 1<<groups)...)
	for i := range n {
		w.ends[group(prefix(keys[i*width+skip:]))]++
	}
	at := 0
	for g, c := range w.ends {
		w.ends[g], at = at, at+c
	}
	w.rows = slices.Grow(w.rows[:0], n)[:n]
	for i := range n {
		x := prefix(keys[i*width+skip:])
		g := group(x)
		w.rows[w.ends[g]] = row{x, uint32(i)}
		w.ends[g]++
	}
	rest := func(r row) []byte { return keys[int(r.at)*width:][skip+8 : width] }
	from := 0
	for _, end := range w.ends {
		if end-from > 1 {
			slices.SortFunc(w.rows[from:end], func(a, b row) int {
				if a.prefix != b.prefix {
					return cmp.Compare(a.prefix, b.prefix)
				}
				return cmp.Or(bytes.Compare(rest(a), rest(b)), cmp.Compare(ids[a.at], ids[b.at]))
			})
		}
		from = end
	}
	w.keys = append(w.keys[:0], keys...)
	w.ids = append(w.ids[:0], ids...)
	for i, r := range w.rows {
		copy(keys[i*width:][:width], w.keys[int(r.at)*width:])
		ids[i] = w.ids[r.at]
	}
}

// commonBytes is the number of bytes with which all keys begin.
func commonBytes(keys []byte, width int) int {
	common := width
	for i := width; i < len(keys) && common > 0; i += width {
		for j := 0; j < common; j++ {
			if keys[j] != keys[i+j] {
				common = j
			}
		}
	}
	return common
}
