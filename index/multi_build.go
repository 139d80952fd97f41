package index

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/hashmatch/engine/index/internal/hamming"
)

// owned is a code, permuted, with the ID that it is found as.
type owned[C Code] struct {
	code C
	id   uint32
}

// buildMulti builds a multi-index with so many goroutines. The number of them does not change the result.
func buildMulti[C Code](codes []C, ids []uint32, widths []int, second bool, workers int) *multi {
	m := &multi{length: len(codes), bits: width[C]()}
	m.divide(widths)
	m.second = second && m.bits == maxWidth
	m.order = newPermutation(spread(sample(codes), widths))
	b := &builder[C]{m: m, codes: codes, ids: ids, workers: workers}
	b.sort()
	b.deduplicate()
	b.fill()
	return m
}

// divide makes the tables of parts of the given widths, without what they hold.
func (m *multi) divide(widths []int) {
	bit := 0
	for _, w := range widths {
		m.tables = append(m.tables, multiTable{bit: bit, width: w, masks: maskSets[w]()})
		bit += w
	}
	for i := range m.tables {
		t := &m.tables[i]
		for both := range t.span {
			span := &t.span[both]
			for covered := 0; covered < (both+1)*fingerprintBits && *span < len(widths)-1; *span++ {
				covered += m.tables[(i+1+*span)%len(widths)].width
			}
		}
	}
}

// packedSize is the number of bytes of n positions; the last of 3 is read with a byte behind it.
func packedSize(n int) int {
	if size := positionSize(n); size > 3 {
		return size * n
	}
	return 3*n + 1
}

// sample is up to sampleCodes different codes, at equal distances in the given order.
func sample[C Code](codes []C) [][4]uint64 {
	step := max(1, len(codes)/sampleCodes)
	seen := map[C]bool{}
	var list [][4]uint64
	for i := 0; i < len(codes); i += step {
		if !seen[codes[i]] {
			seen[codes[i]] = true
			list = append(list, words(&codes[i]))
		}
	}
	return list
}

// builder is what is needed while a multi-index is built.
type builder[C Code] struct {
	m       *multi
	codes   []C
	ids     []uint32
	workers int

	// The codes, permuted, and their IDs in the order of the first table; equal ones by their IDs.
	sorted []C
	owners []uint32
}

// permuted is the i-th code as it is searched.
func (b *builder[C]) permuted(i int) [4]uint64 {
	c := words(&b.codes[i])
	b.m.order.apply(&c)
	return c
}

// sort fills b.sorted and b.owners: first by the key of the first table, with a counting sort in which each worker has
// its part of the codes and its place in each bucket, then inside the buckets.
func (b *builder[C]) sort() {
	n, t := len(b.codes), &b.m.tables[0]
	places := make([][]uint32, b.workers)
	inParts(b.workers, n, func(worker, from, to int) {
		counts := make([]uint32, 1<<t.width)
		for i := from; i < to; i++ {
			c := b.permuted(i)
			counts[cut(&c, t.bit, t.width)]++
		}
		places[worker] = counts
	})
	starts := make([]uint32, 1<<t.width+1)
	sum := uint32(0)
	for bucket := range starts {
		starts[bucket] = sum
		for _, counts := range places {
			if counts != nil && bucket < len(counts) {
				counts[bucket], sum = sum, sum+counts[bucket]
			}
		}
	}
	b.sorted, b.owners = make([]C, n), make([]uint32, n)
	inParts(b.workers, n, func(worker, from, to int) {
		next := places[worker]
		for i := from; i < to; i++ {
			c := b.permuted(i)
			place := &next[cut(&c, t.bit, t.width)]
			b.sorted[*place], b.owners[*place] = ofFour[C](&c), idAt(b.ids, i)
			*place++
		}
	})
	inParts(b.workers, 1<<t.width, func(_, from, to int) {
		var buf []owned[C]
		for bucket := from; bucket < to; bucket++ {
			buf = sortBucket(buf, b.sorted[starts[bucket]:starts[bucket+1]], b.owners[starts[bucket]:starts[bucket+1]])
		}
	})
}

// sortBucket sorts the codes of a bucket with their IDs. The order is that of numbers of which the first word is the
// lowest, so that in a code of 64 bits what follows the key of the first table decides. It returns buf to be used again.
func sortBucket[C Code](buf []owned[C], codes []C, ids []uint32) []owned[C] {
	if len(codes) < 2 {
		return buf
	}
	buf = buf[:0]
	for i, c := range codes {
		buf = append(buf, owned[C]{c, ids[i]})
	}
	slices.SortFunc(buf, func(a, b owned[C]) int {
		x, y := words(&a.code), words(&b.code)
		return cmp.Or(compareWords(&x, &y), cmp.Compare(a.id, b.id))
	})
	for i, o := range buf {
		codes[i], ids[i] = o.code, o.id
	}
	return buf
}

// deduplicate keeps each code once and makes the owners.
func (b *builder[C]) deduplicate() {
	unique := 0
	for i := range b.sorted {
		if i == 0 || b.sorted[i] != b.sorted[i-1] {
			unique++
		}
	}
	o := &b.m.owner
	b.m.unique = unique
	if unique == len(b.sorted) {
		o.ids = b.owners
		return
	}
	o.ids = make([]uint32, 0, unique)
	o.shared = make([]uint64, (unique+63)/64)
	o.starts = []uint32{0}
	for i := 0; i < len(b.sorted); {
		end := i + 1
		for end < len(b.sorted) && b.sorted[end] == b.sorted[i] {
			end++
		}
		position := len(o.ids)
		if end == i+1 {
			o.ids = append(o.ids, b.owners[i])
		} else {
			o.ids = append(o.ids, uint32(len(o.starts)-1))
			o.shared[position/64] |= 1 << (position % 64)
			o.lists = append(o.lists, b.owners[i:end]...)
			o.starts = append(o.starts, uint32(len(o.lists)))
		}
		b.sorted[position] = b.sorted[i]
		i = end
	}
	b.sorted, b.owners = b.sorted[:unique], nil
	o.starts, o.lists = slices.Clip(o.starts), slices.Clip(o.lists)
}

// fill makes the tables, each by one goroutine at a time.
func (b *builder[C]) fill() {
	m := b.m
	m.codes, _ = any(b.sorted).([][4]uint64)
	next := make(chan int, len(m.tables))
	for i := range m.tables {
		next <- i
	}
	close(next)
	inParts(min(b.workers, len(m.tables)), len(m.tables), func(int, int, int) {
		var rows []uint64
		for i := range next {
			if rows == nil {
				rows = make([]uint64, m.unique)
			}
			fillTable(m, i, b.sorted, rows)
		}
	})
}

// fillTable makes the i-th table of the permuted codes, in the order of positions inside each bucket. rows is scratch for one
// number a code: what is written to a bucket far away is written once, and spread over the table's arrays bucket by
// bucket.
func fillTable[C Code](m *multi, i int, codes []C, rows []uint64) {
	t, n := &m.tables[i], len(codes)
	t.offsets = make([]uint32, 1<<t.width+1)
	for i := range codes {
		t.offsets[keyOf(t, &codes[i])+1]++
	}
	squares := uint64(0)
	for bucket := range 1 << t.width {
		size := uint64(t.offsets[bucket+1])
		squares += size * size
		t.offsets[bucket+1] += t.offsets[bucket]
	}
	t.measure(n, squares)

	next := slices.Clone(t.offsets)
	for i := range codes {
		place := &next[keyOf(t, &codes[i])]
		rows[*place] = rowOf(t, &codes[i], i)
		*place++
	}
	rows = rows[:n]
	t.planes = t.lay(rows, 0)
	if m.second {
		t.seconds = t.lay(rows, fingerprintBits)
	}
	if width[C]() == 64 {
		t.rest = make([]byte, t.restSize()*n)
		packRows(t.rest, rows, t.restSize(), fingerprintBits)
	} else if i > 0 {
		t.packed = make([]byte, packedSize(n))
		packRows(t.packed, rows, positionSize(n), 2*fingerprintBits)
	}
}

// keyOf is the key of a permuted code.
func keyOf[C Code](t *multiTable, c *C) uint32 {
	switch c := any(c).(type) {
	case *uint64:
		return uint32(*c >> t.bit & (1<<t.width - 1))
	case *[4]uint64:
		return cut(c, t.bit, t.width)
	}
	return 0
}

// rowOf is what a table holds of the i-th code: the fingerprint in the low bits, then all that follows it, or the second
// fingerprint and i.
func rowOf[C Code](t *multiTable, c *C, i int) uint64 {
	if c, ok := any(c).(*uint64); ok {
		return bits.RotateLeft64(*c, -t.bit) >> t.width
	}
	return uint64(cutRing(any(c).(*[4]uint64), maxWidth, t.bit+t.width, 2*fingerprintBits)) | uint64(i)<<(2*fingerprintBits)
}

// lay spreads the 16 bits of each row from one on over planes.
func (t *multiTable) lay(rows []uint64, bit int) []byte {
	planes := make([]byte, 2*len(rows)+hamming.Pad)
	for bucket := range 1 << t.width {
		to := int(t.offsets[bucket+1])
		for from := int(t.offsets[bucket]); from < to; from += hamming.Lanes {
			chunk := rows[from:min(from+hamming.Lanes, to)]
			low := planes[2*from:][:len(chunk)]
			high := planes[2*from+len(chunk):][:len(chunk)]
			for i, row := range chunk {
				low[i], high[i] = byte(row>>bit), byte(row>>(bit+8))
			}
		}
	}
	return planes
}

// packRows stores the bits of each row from one on as a number of size bytes, the low one first. Where there are 3, the
// zero that is written behind them gives way to the next number, or stays as the byte behind the last.
func packRows(dst []byte, rows []uint64, size, bit int) {
	if size <= 4 {
		for i, row := range rows {
			binary.LittleEndian.PutUint32(dst[i*size:], uint32(row>>bit))
		}
		return
	}
	for i, row := range rows {
		v, b := row>>bit, dst[i*size:][:size]
		for k := range b {
			b[k] = byte(v >> (8 * k))
		}
	}
}

// measure sets what the planner knows of a table of n codes: the sum of the squares of its buckets' sizes tells how many
// entries a query near a code will find in that code's bucket.
func (t *multiTable) measure(n int, squares uint64) {
	t.crowd = 16
	if n > 0 {
		t.crowd = min(max(1, 16*min(squares, 1<<59)/uint64(n)), 1<<32) // no product that is made of it overflows
	}
	mean := float64(n) / float64(int(1)<<t.width)
	t.chunks = min(max(1, int(math.Ceil((mean+math.Sqrt(mean)/2)/hamming.Lanes))), hamming.MinChunks)
}

// fingerprint is that of an entry of the bucket of key.
func (t *multiTable) fingerprint(key, entry uint32) uint32 {
	low, high := t.lanes(key, entry)
	return uint32(t.planes[low]) | uint32(t.planes[high])<<8
}

// lanes is where the two bytes of an entry's fingerprint lie.
func (t *multiTable) lanes(key, entry uint32) (low, high int) {
	from, to := t.offsets[key], t.offsets[key+1]
	lane := (entry - from) % hamming.Lanes
	chunk := entry - lane
	low = 2*int(chunk) + int(lane)
	return low, low + int(min(hamming.Lanes, to-chunk))
}

// positionSize is the number of bytes in which n positions are told apart.
func positionSize(n int) int {
	if n < positionsOf3 {
		return 3
	}
	return 4
}
