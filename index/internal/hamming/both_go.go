package hamming

import "encoding/binary"

// bothLanes is what the scan of a bucket by both fingerprints compares with. The second's carry is the negative of more:
// added to what eight gives for the first, it makes a sum of both differences that is too great carry into the top bit.
// There is no branch on what the first lets pass: at the radii at which this is used, it could not be predicted.
type bothLanes struct{ first, second lanes }

func newBothLanes(fp uint32, most, more int) bothLanes {
	q := bothLanes{newLanes(fp, most), newLanes(fp>>16, 0)}
	q.second.carry = -(uint64(more) * ones)
	return q
}

// eight tells which of eight entries, given as the low and the high bytes of their first and their second fingerprints,
// pass: bit 7 of a byte is set for those that do not.
func (q *bothLanes) eight(low, high, secondLow, secondHigh uint64) uint64 {
	first := q.first.eight(low, high)
	return first | (first + q.second.eight(secondLow, secondHigh))
}

// mask returns which of the count <= 32 entries of the chunk at planes[at:] and seconds[at:] pass.
func (q *bothLanes) mask(planes, seconds []byte, at, count int) uint32 {
	low, high := (*[Lanes]byte)(planes[at:]), (*[Lanes]byte)(planes[at+count:])
	low2, high2 := (*[Lanes]byte)(seconds[at:]), (*[Lanes]byte)(seconds[at+count:])
	le := binary.LittleEndian
	a := q.eight(le.Uint64(low[0:]), le.Uint64(high[0:]), le.Uint64(low2[0:]), le.Uint64(high2[0:]))
	b := q.eight(le.Uint64(low[8:]), le.Uint64(high[8:]), le.Uint64(low2[8:]), le.Uint64(high2[8:]))
	mask := bits7(^a) | bits7(^b)<<8
	if count > 16 {
		a = q.eight(le.Uint64(low[16:]), le.Uint64(high[16:]), le.Uint64(low2[16:]), le.Uint64(high2[16:]))
		b = q.eight(le.Uint64(low[24:]), le.Uint64(high[24:]), le.Uint64(low2[24:]), le.Uint64(high2[24:]))
		mask |= bits7(^a)<<16 | bits7(^b)<<24
	}
	return mask & uint32(uint64(1)<<count-1)
}

// bucket works like that of lanes.
func (q *bothLanes) bucket(dst []Chunk, n int, from, to uint32, planes, seconds []byte, source, probe uint32) (int, uint32) {
	for from < to {
		if n == len(dst) {
			return n, from
		}
		count := min(to-from, Lanes)
		if mask := q.mask(planes, seconds, 2*int(from), int(count)); mask != 0 {
			dst[n] = Chunk{from, mask, source, probe}
			n++
		}
		from += count
	}
	return n, to
}

// scanBothGo works like ScanBoth; most and more are of 0 to 32, chunks of 1 to MinChunks.
func scanBothGo(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int) {
	q := newBothLanes(fp, most, more)
	for i := range ranges {
		if len(dst)-n < chunks {
			return n, i
		}
		r := &ranges[i]
		var next uint32
		if n, next = q.bucket(dst, n, r.From, r.To, planes, seconds, uint32(i), 0); next < r.To {
			r.From = next
			return n, i
		}
	}
	return n, len(ranges)
}

// scanPairsBothGo works like ScanPairsBoth; more is of 0 to 32, chunks of 1 to MinChunks.
func scanPairsBothGo(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int) {
	for i := range pairs {
		before := n
		p := &pairs[i]
		first := uint32(0)
		for w, last := range levels[:min(p.Levels, uint32(len(levels)))] {
			most := int(p.Most) - w
			if most < 0 {
				break
			}
			q := newBothLanes(p.Fingerprint, min(most, allBits), more)
			for k := first; k < last; k++ {
				if len(dst)-n < chunks {
					return before, i
				}
				o := offsets[p.Key^masks[k]:][:2]
				var next uint32
				if n, next = q.bucket(dst, n, o[0], o[1], planes, seconds, uint32(i), k); next < o[1] {
					return before, i
				}
			}
			first = last
		}
	}
	return n, len(pairs)
}
