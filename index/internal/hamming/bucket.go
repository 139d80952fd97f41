package hamming

// A bucket of the multi-index holds the 16-bit fingerprints of the codes that share one substring of bits. The buckets of
// a table lie one after the other by entry number in bytes called planes: of the entries [from, to) of a bucket, chunk c
// is the at most 32 from from+32c on; if it holds l, its bytes are those from 2(from+32c) on, the l low bytes of its
// fingerprints, then the l high ones. So what is left of a bucket after whole chunks is laid out as a bucket again, and
// two loads of 32 bytes bring every chunk into registers.

// Lanes is the number of entries of a whole chunk.
const Lanes = 32

// Pad is the number of bytes that planes need after those of their last entry, so that kernels may load whole vectors.
const Pad = 128

// MinChunks is the least room that Scan and ScanPairs need, and the most chunks that they read without a branch.
const MinChunks = 16

// Range is the entries [From, To) of one bucket, or what is left of it after whole chunks.
type Range struct{ From, To uint32 }

// Chunk tells which of at most 32 entries passed: Start+i for each bit i of Mask, which is never 0.
type Chunk struct{ Start, Mask, Source, Probe uint32 }

// Pair asks for one query's probes of a part of a table: of Levels numbers of differing bits, from 0 on, it probes all
// buckets whose number differs from Key in so many bits, as the masks say. The entries that pass differ from Fingerprint
// in at most Most bits, less the bits in which the bucket's number differs. Query and Weight are the caller's.
type Pair struct {
	Key, Fingerprint uint32
	Most             int32
	Levels           uint32
	Query, Weight    uint32
}

// Entry is one entry that passed, with the Source and Probe of its chunk.
type Entry struct{ Entry, Source, Probe, Position uint32 }

// Prefetch brings the offsets that Gather will read towards the cache: offsets[key^m] for each mask m. Where there is no
// kernel for that it does nothing.
func Prefetch(offsets []uint32, key uint32, masks []uint32) { prefetch(offsets, key, masks) }

// Gather writes the bucket {offsets[key^m], offsets[key^m+1]} of each mask m to dst, which has room for all, and brings
// the ends of these buckets in planes towards the cache. offsets has one element more than the table has buckets, and
// every key^m is the number of a bucket.
func Gather(dst []Range, offsets []uint32, key uint32, masks []uint32, planes []byte) {
	gather(dst[:len(masks):len(dst)], offsets, key, masks, planes)
}

// Scan finds the entries of the ranges whose fingerprint differs from the low 16 bits of fp in at most most bits; a negative
// most finds none. Chunks come in the order of the ranges, with Source = the index in ranges and Probe = 0. A range's first chunks
// chunks (from 1 to MinChunks; what the tables' buckets mostly hold) are read without a branch on its length, whatever it
// is. Scan returns how many chunks it wrote and how many ranges it finished. When dst, which has room for at least
// MinChunks, is full, ranges[done].From was moved to where a call with ranges[done:] goes on.
//
// All ranges must lie in planes: From <= To and 2*To+Pad <= len(planes).
func Scan(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int) {
	if len(dst) < MinChunks {
		panic("hamming: room for fewer than MinChunks chunks")
	}
	if most < 0 {
		return 0, len(ranges)
	}
	if len(ranges) == 0 {
		return 0, 0
	}
	return scan(dst, ranges, planes, fp&0xffff, min(most, 16), min(max(chunks, 1), MinChunks))
}

// ScanPairs scans, for each pair and each w below its Levels, the bucket Key^m of each mask m of
// masks[levels[w-1]:levels[w]] (from 0 on for w = 0) for entries whose fingerprint differs from the pair's in at most
// Most-w bits. So levels holds how many masks have at most w bits. Chunks come in the order of pairs and masks, with
// Source = the index in pairs and Probe = the index in masks; chunks is as for Scan.
//
// ScanPairs returns how many chunks it wrote and how many pairs it finished. It stops before a pair whose probes might
// not fit into what is left of dst. When that is the first, dst is too small for that pair: it is for Gather and Scan.
//
// offsets has one element more than the table has buckets, every Key^m is the number of a bucket, and all buckets lie in
// planes as for Scan.
func ScanPairs(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int) {
	checkLevels(masks, levels)
	if len(pairs) == 0 {
		return 0, 0
	}
	return scanPairs(dst, pairs, offsets, masks, levels, planes, min(max(chunks, 1), MinChunks))
}

// checkLevels panics unless levels are numbers of masks that do not fall.
func checkLevels(masks, levels []uint32) {
	last := uint32(0)
	for _, l := range levels {
		if l < last || uint64(l) > uint64(len(masks)) {
			panic("hamming: levels that do not count the masks")
		}
		last = l
	}
}

// Expand writes one Entry per set bit of the chunks to dst, in order and with Position 0, and brings the bytes
// aux[entry*stride:] of each towards the cache; they need not be there. It stops before a chunk when dst has no room for 32 more, and returns how
// many entries it wrote and how many chunks it finished.
func Expand(dst []Entry, chunks []Chunk, aux []byte, stride int) (n, done int) {
	return expand(dst, chunks, aux, stride)
}

// Positions sets the Position of each entry to the little-endian number of size bytes, 3 or 4, at packed[Entry*stride:],
// and brings the code at that position towards the cache. A position that codes does not have is set all the same: the
// caller rejects it. 4 bytes are read there, so that numbers of 3 bytes need a byte more after the last.
func Positions(entries []Entry, packed []byte, stride, size int, codes [][4]uint64) {
	if size != 3 && size != 4 {
		panic("hamming: positions of other than 3 or 4 bytes")
	}
	positions(entries, packed, stride, size, codes)
}
