package hamming

import (
	"encoding/binary"
	"math/bits"
)

// gatherGo works like Gather, but for the cache, and so do expandGo and positionsGo.
func gatherGo(dst []Range, offsets []uint32, key uint32, masks []uint32) {
	for i, m := range masks {
		o := offsets[key^m:][:2]
		dst[i] = Range{o[0], o[1]}
	}
}

// lanes is what the scan of a bucket compares with: the bytes of one fingerprint, each eight times, and for the largest
// difference allowed the number that carries a greater one into the top bit of its byte.
type lanes struct{ low, high, carry uint64 }

const ones = 0x0101010101010101

func newLanes(fp uint32, most int) lanes {
	return lanes{uint64(fp&0xff) * ones, uint64(fp>>8&0xff) * ones, uint64(0x7f-most) * ones}
}

// eight tells which of eight fingerprints, given as their low and their high bytes, pass: bit 7 of a byte is set for those
// that do not.
func (q *lanes) eight(low, high uint64) uint64 {
	const two, four, eight = 0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f
	low, high = low^q.low, high^q.high
	low -= low >> 1 & two
	high -= high >> 1 & two
	sum := low&four + low>>2&four + high&four + high>>2&four // at most 8 in each 4 bits
	return sum&eight + sum>>4&eight + q.carry
}

// mask returns which of the count <= 32 entries of the chunk at planes[at:] pass. Most chunks have none.
func (q *lanes) mask(planes []byte, at, count int) uint32 {
	const top = 0x80 * ones
	low, high := (*[Lanes]byte)(planes[at:]), (*[Lanes]byte)(planes[at+count:])
	a := q.eight(binary.LittleEndian.Uint64(low[0:]), binary.LittleEndian.Uint64(high[0:]))
	b := q.eight(binary.LittleEndian.Uint64(low[8:]), binary.LittleEndian.Uint64(high[8:]))
	if count <= 16 {
		if a&b&top == top {
			return 0
		}
		return (bits7(^a) | bits7(^b)<<8) & uint32(1<<count-1)
	}
	c := q.eight(binary.LittleEndian.Uint64(low[16:]), binary.LittleEndian.Uint64(high[16:]))
	d := q.eight(binary.LittleEndian.Uint64(low[24:]), binary.LittleEndian.Uint64(high[24:]))
	if a&b&c&d&top == top {
		return 0
	}
	return (bits7(^a) | bits7(^b)<<8 | bits7(^c)<<16 | bits7(^d)<<24) & uint32(uint64(1)<<count-1)
}

// bits7 gathers bit 7 of each byte.
func bits7(x uint64) uint32 {
	return uint32(x >> 7 & ones * 0x0102040810204080 >> 56)
}

// bucket appends the chunks of [from, to) that have an entry that passes to dst[:n], and returns how many chunks are in
// dst then and the entry from which to go on, which is to unless dst was full.
func (q *lanes) bucket(dst []Chunk, n int, from, to uint32, planes []byte, source, probe uint32) (int, uint32) {
	for from < to {
		if n == len(dst) {
			return n, from
		}
		count := min(to-from, Lanes)
		if mask := q.mask(planes, 2*int(from), int(count)); mask != 0 {
			dst[n] = Chunk{from, mask, source, probe}
			n++
		}
		from += count
	}
	return n, to
}

// scanGo works like Scan; most is of 0 to 16, chunks of 1 to MinChunks.
func scanGo(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int) {
	q := newLanes(fp, most)
	for i := range ranges {
		if len(dst)-n < chunks {
			return n, i
		}
		r := &ranges[i]
		var next uint32
		if n, next = q.bucket(dst, n, r.From, r.To, planes, uint32(i), 0); next < r.To {
			r.From = next
			return n, i
		}
	}
	return n, len(ranges)
}

// scanPairsGo works like ScanPairs; chunks is of 1 to MinChunks.
func scanPairsGo(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int) {
	for i := range pairs {
		before := n
		p := &pairs[i]
		first := uint32(0)
		for w, last := range levels[:min(p.Levels, uint32(len(levels)))] {
			most := int(p.Most) - w
			if most < 0 {
				break
			}
			q := newLanes(p.Fingerprint, min(most, 16))
			for k := first; k < last; k++ {
				if len(dst)-n < chunks {
					return before, i
				}
				o := offsets[p.Key^masks[k]:][:2]
				var next uint32
				if n, next = q.bucket(dst, n, o[0], o[1], planes, uint32(i), k); next < o[1] {
					return before, i
				}
			}
			first = last
		}
	}
	return n, len(pairs)
}

func expandGo(dst []Entry, chunks []Chunk) (n, done int) {
	for i, c := range chunks {
		if len(dst)-n < Lanes {
			return n, i
		}
		for m := c.Mask; m != 0; m &= m - 1 {
			dst[n] = Entry{Entry: c.Start + uint32(bits.TrailingZeros32(m)), Source: c.Source, Probe: c.Probe}
			n++
		}
	}
	return n, len(chunks)
}

func positionsGo(entries []Entry, packed []byte, stride, size int) {
	keep := ^uint32(0) >> (32 - 8*size)
	for i := range entries {
		e := &entries[i]
		e.Position = binary.LittleEndian.Uint32(packed[int(e.Entry)*stride:]) & keep
	}
}
