package hamming

import (
	"math/bits"
	"sync/atomic"
)

// Line is one line of the cache in a multi-index that grows: the first words of a bucket. Word 0 is for the caller's link
// to what does not fit. The others are slots; some of their bits are a fingerprint, and the caller reads the others. A slot
// is one word, stored atomically, so that readers see it whole or not at all; 0 is an empty one.
type Line [1 + LineSlots]atomic.Uint32

// LineSlots is the number of slots of a Line.
const LineSlots = 15

// Passed tells what of the line of a bucket passed: bit i of Bits is set when slot i did, and bit 0 when word 0 is not 0.
// Bits is never 0.
type Passed struct{ Bucket, Bits uint32 }

// PrefetchLines brings lines[key^m] towards the cache for each mask m. The number of lines is a power of two, and the
// number of a line is taken modulo that.
func PrefetchLines(lines []Line, key uint32, masks []uint32) {
	checkLines(lines)
	prefetchLines(lines, key, masks)
}

// ScanLines looks at lines[key^m] for each mask m, lines counted as in PrefetchLines. Slots pass that are not empty and
// differ from fp in at most most-w of the bits of which, where w is the level of the mask: as for ScanPairs, levels holds
// how many masks have at most level w. Masks beyond the last level are not looked at. ScanLines writes a Passed for each
// line of which something passed to dst, in the order of the masks, and returns their number. dst has room for as many as
// there are masks of all levels.
//
// While others store slots it may see more than there were when it began. It sees all that were stored before an atomic
// operation that the caller observed.
func ScanLines(dst []Passed, lines []Line, key, fp, which uint32, masks, levels []uint32, most int) int {
	checkLines(lines)
	checkLevels(masks, levels)
	if len(levels) == 0 || levels[len(levels)-1] == 0 {
		return 0
	}
	if uint64(levels[len(levels)-1]) > uint64(len(dst)) {
		panic("hamming: room for fewer lines than masks")
	}
	return scanLines(dst, lines, key, fp, which, masks, levels, min(max(most, -1), 32+len(levels)))
}

func checkLines(lines []Line) {
	if n := len(lines); n == 0 || n&(n-1) != 0 {
		panic("hamming: the number of lines is no power of two")
	}
}

// ScanLine is ScanLines of one line: it returns the Bits of what passed, 0 if nothing did.
func ScanLine(line *Line, fp, which uint32, most int) (passed uint32) {
	if line[0].Load() != 0 {
		passed = 1
	}
	for i := 1; i < len(line); i++ {
		if slot := line[i].Load(); slot != 0 && bits.OnesCount32((slot^fp)&which) <= most {
			passed |= 1 << i
		}
	}
	return passed
}

// scanLinesGo works like ScanLines.
func scanLinesGo(dst []Passed, lines []Line, key, fp, which uint32, masks, levels []uint32, most int) (n int) {
	from := uint32(0)
	for w, to := range levels {
		for _, mask := range masks[from:to] {
			bucket := (key ^ mask) & uint32(len(lines)-1)
			if p := ScanLine(&lines[bucket], fp, which, most-w); p != 0 {
				dst[n] = Passed{bucket, p}
				n++
			}
		}
		from = to
	}
	return n
}
