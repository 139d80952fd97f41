package hamming

import (
	"math/bits"
	"unsafe"

	"github.com/hashmatch/engine/internal/cpu"
)

// BlockCodes is the greatest number of codes in a Block.
const BlockCodes = 256

// StepBits is the unit in which a Block is told how many bits of each code to look at.
const StepBits = 12

// The most steps that a Block takes: all 64 bits, or nearly all of 256. The others are left to who verifies.
const (
	MaxSteps64  = (64 + StepBits - 1) / StepBits
	MaxSteps256 = 256 / StepBits
)

const (
	groupBits  = 6
	stepGroups = StepBits / groupBits
	maxGroups  = MaxSteps256 * stepGroups
	wordBits   = 64
	rowBytes   = BlockCodes / 8
)

// The rows of a group in a Block's table.
const (
	firstAt   = 0  // 8 rows: two or three of the first three bits differ, by their values in the query
	secondAt  = 8  // 8 rows: the same of the other three
	bothAt    = 16 // 4 rows: an odd number differs in either three, by their parities in the query
	oddAt     = 20 // 2 rows: an odd number of all six differs, by their parity in the query
	groupRows = 22
)

// row is a bit of each code of a block: bit i of word w belongs to code 4*i+w. (An order that the instructions give, and
// that is as easy to undo as any.)
type row [BlockCodes / wordBits]uint64

// Block is up to 256 codes, turned so that many queries can be compared with all of them at once.
//
// A row holds one bit of every code. The bits in which a code differs from a query are counted in all codes at the same
// time, with adders made of logical operations: a sum is some rows too, one for its ones, one for its twos and so on. Five
// operations add three rows into two, without a look-up or a horizontal sum, and on every processor there are more units
// for them than for anything else.
//
// The first adders are shared by all queries. A group of six bits has but 64 forms in a query, and the rows that the first
// additions make of it are still fewer: two triples of bits, each with a row for "two or three of these differ" for its 8
// forms, and for what is left of both triples a pair of rows for 4 and 2 forms. These 22 rows are made once; of each group
// a query picks four. So six bits cost a query about 17 operations on 256 codes, where counting in bytes (two table
// look-ups and two additions for a byte of 32 codes) takes 24, half of them look-ups, for which there are fewer units.
//
// A block looks only at the first steps of 12 bits of each code. That rules out nearly all codes when their number fits
// the radius (see Steps64), and never one that is within it. What is left must be verified.
//
// A Block has one user at a time. It is about 46 KiB; its memory is best kept and filled again.
type Block struct {
	table [1024]row // of maxGroups*groupRows are in use; the length saves a bounds check
	rows  [4 * wordBits]row
	words [2][BlockCodes]uint64 // a column of the codes, and room to work for turn
	valid row                   // codes that are there
	whole bool                  // all of them are
	steps int
}

// Mask tells which codes of a block may be within the radius of a query: bit i of Codes[w] stands for code 4*i+w.
type Mask struct {
	Query uint64
	Codes row
}

// Fill64 takes up to 256 codes, of which it will look at the first so many steps, 1 to MaxSteps64.
func (b *Block) Fill64(codes []uint64, steps int) {
	b.begin(len(codes), steps)
	n := copy(b.words[0][:], codes)
	clear(b.words[0][n:])
	turn((*[wordBits]row)(b.rows[:]), &b.words[0], &b.words[1])
	clear(b.rows[wordBits : MaxSteps64*StepBits])
	groups(b.table[:], b.rows[:], steps*stepGroups)
}

// Fill256 takes up to 256 codes, of which it will look at the first so many steps, 1 to MaxSteps256.
func (b *Block) Fill256(codes [][4]uint64, steps int) {
	b.begin(len(codes), steps)
	for word := 0; word*wordBits < steps*StepBits; word++ {
		column(&b.words[0], codes, word)
		turn((*[wordBits]row)(b.rows[word*wordBits:]), &b.words[0], &b.words[1])
	}
	groups(b.table[:], b.rows[:], steps*stepGroups)
}

func (b *Block) begin(codes, steps int) {
	b.steps, b.whole = steps, codes == BlockCodes
	b.valid = row{}
	for w := range b.valid {
		if n := (codes + 3 - w) / 4; n > 0 { // codes w, w+4, ...
			b.valid[w] = ^uint64(0) >> (wordBits - n)
		}
	}
}

// columnGo copies a word of each code to dst, zeros for those that are missing.
func columnGo(dst *[BlockCodes]uint64, codes [][4]uint64, word int) {
	word &= 3
	for i := range codes {
		dst[i] = codes[i][word]
	}
	clear(dst[len(codes):])
}

// PickSize is the number of picks of a query for blocks of so many steps.
func PickSize(steps int) int { return steps * stepGroups }

// A pick holds where the four rows lie that a query wants of a group, in bytes from the start of the table: four numbers
// of 16 bits in the order in which they are added, the lowest first.
var picks = func() (p [1 << groupBits]uint64) {
	for x := range p {
		a, b := uint64(x&7), uint64(x>>3)
		odd := func(x uint64) uint64 { return uint64(bits.OnesCount64(x) & 1) }
		p[x] = rowBytes * ((oddAt + odd(a^b)) | (bothAt+odd(a)+2*odd(b))<<16 | (firstAt+a)<<32 | (secondAt+b)<<48)
	}
	return p
}()

// nextGroup added to a pick is the same pick of the next group.
const nextGroup = rowBytes * groupRows * 0x0001_0001_0001_0001

// Pick64 writes the picks of a query for blocks of so many steps, 1 to MaxSteps64, to dst, which has room for PickSize.
func Pick64(dst []uint64, q uint64, steps int) {
	at := uint64(0)
	for i := range dst[:PickSize(steps)] {
		dst[i] = picks[q&63] + at
		q >>= groupBits
		at += nextGroup
	}
}

// Pick256 works like Pick64, for up to MaxSteps256 steps.
func Pick256(dst []uint64, q *[4]uint64, steps int) {
	at, bit := uint64(0), uint(0)
	for i := range dst[:PickSize(steps)] {
		six := q[bit/wordBits] >> (bit % wordBits)
		if bit%wordBits > wordBits-groupBits {
			six |= q[(bit/wordBits+1)&3] << (wordBits - bit%wordBits)
		}
		dst[i] = picks[six&63] + at
		bit += groupBits
		at += nextGroup
	}
}

// Compare compares queries, whose picks lie in a row, with the block. It writes a mask to dst for each query of which a
// code may be within the radius, in ascending order, and returns how many. A code that is in no mask is beyond the radius.
// dst must have room for all queries.
func (b *Block) Compare(dst []Mask, picks []uint64, radius int) int {
	size := PickSize(b.steps)
	queries := len(picks) / size
	if radius < 0 || queries == 0 {
		return 0
	}
	n := compare(dst[:queries], &b.table, picks[:queries*size], b.steps, min(radius, 255))
	if b.whole {
		return n
	}
	kept := 0
	for _, m := range dst[:n] {
		any := uint64(0)
		for w := range m.Codes {
			m.Codes[w] &= b.valid[w]
			any |= m.Codes[w]
		}
		if any != 0 {
			dst[kept] = m
			kept++
		}
	}
	return kept
}

// Steps64 is the number of steps with which a search is fastest at a radius, if the codes' bits are independent: few, but
// enough that no more than one code in a thousand is left to be verified in vain.
func Steps64(radius int) int { return min(stepsFor(radius), MaxSteps64) }

// Steps256 works like Steps64.
func Steps256(radius int) int { return min(stepsFor(radius), MaxSteps256) }

// BlocksPay tells whether Go without assembly, which turns a block slowly and adds but 64 codes at once, is faster with
// blocks than with as many scans. With assembly it always is, from a few queries on.
func BlocksPay(queries, steps int) bool {
	return path != cpu.Go || queries >= 64 && steps <= 13
}

// stepsFor is the least number of steps of b bits with b/2 - radius >= 3.2 standard deviations, sqrt(b)/2 each.
func stepsFor(radius int) int {
	steps := 1
	for ; steps < MaxSteps256; steps++ {
		b := steps * StepBits
		if over := 10*(b-2*radius) - 5; over > 0 && over*over >= 32*32*b { // half a bit to get from <= to <
			break
		}
	}
	return steps
}

// startOf is the number from which distances are counted up, such that those beyond the radius reach 1<<levels.
func startOf(radius int) (levels int, start uint64) {
	levels = max(4, bits.Len(uint(radius)))
	return levels, uint64(1<<levels - 1 - radius)
}

// compareGo compares as many queries as picks has of so many steps, at a radius of 0 to 255, with a block all of whose codes
// are there. It writes a mask to dst for each query of which a code may be within the radius, and returns how many.
func compareGo(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) (n int) {
	size := steps * stepGroups
	levels, start := startOf(radius)
	for query := 0; len(picks) >= size; query++ {
		var within row
		any := uint64(0)
		for w := range within {
			within[w] = ^countGo(unsafe.Pointer(&table[0][w]), picks[:size], levels, start)
			any |= within[w]
		}
		picks = picks[size:]
		if any != 0 {
			dst[n] = Mask{uint64(query), within}
			n++
		}
	}
	return n
}

// countGo tells for the codes of a word of the rows whether they differ from a query in more bits than the radius. It adds
// four groups, two steps, at a time, and the last two if they are left.
func countGo(table unsafe.Pointer, picks []uint64, levels int, start uint64) (over uint64) {
	var high [4]uint64 // rows of sixteens and more
	for i := range high {
		high[i] = -(start >> (i + 4) & 1)
	}
	ones, twos, fours, eights := -(start & 1), -(start >> 1 & 1), -(start >> 2 & 1), -(start >> 3 & 1)
	for ; len(picks) >= 2*stepGroups; picks = picks[2*stepGroups:] {
		p := picks[0]
		odd := pick(table, p)
		a := ones&odd | pick(table, p>>16)
		ones ^= odd
		a, twos = add(twos, a, pick(table, p>>32))
		b := pick(table, p>>48)
		p = picks[1]
		b, twos = add(twos, b, pick(table, p>>32))
		a, fours = add(fours, a, b)
		odd = pick(table, p)
		b = ones&odd | pick(table, p>>16)
		ones ^= odd
		b, twos = add(twos, b, pick(table, p>>48))

		p = picks[2]
		odd = pick(table, p)
		c := ones&odd | pick(table, p>>16)
		ones ^= odd
		c, twos = add(twos, c, pick(table, p>>32))
		b, fours = add(fours, b, c)
		c = pick(table, p>>48)
		p = picks[3]
		c, twos = add(twos, c, pick(table, p>>32))
		odd = pick(table, p)
		d := ones&odd | pick(table, p>>16)
		ones ^= odd
		d, twos = add(twos, d, pick(table, p>>48))
		c, fours = add(fours, c, d)

		a, eights = add(eights, a, b)
		c, eights = eights&c, eights^c
		if levels == 4 {
			over |= a | c
			continue
		}
		a, high[0] = add(high[0], a, c)
		for i := range high[:levels-4] {
			if i > 0 {
				a, high[i] = high[i]&a, high[i]^a
			}
		}
		over |= a
	}
	if len(picks) == 0 {
		return over
	}
	p, q := picks[0], picks[1]
	odd := pick(table, p)
	a := ones&odd | pick(table, p>>16)
	ones ^= odd
	a, twos = add(twos, a, pick(table, p>>32))
	b, twos := add(twos, pick(table, p>>48), pick(table, q>>32))
	a, fours = add(fours, a, b)
	odd = pick(table, q)
	b, _ = add(twos, ones&odd|pick(table, q>>16), pick(table, q>>48))
	a, _ = add(eights, a, fours&b)
	for _, h := range high[:levels-4] {
		a &= h
	}
	return over | a
}

// pick is the word of a table's row that a pick's lowest number tells.
func pick(table unsafe.Pointer, at uint64) uint64 { return *(*uint64)(unsafe.Add(table, uint16(at))) }

// add is a full adder: the sums and carries of three rows.
func add(x, y, z uint64) (carry, sum uint64) {
	t := y ^ z
	return y&z | x&t, x ^ t
}

// turnGo makes the rows of 256 words, which are the first 64 bits of codes or some others of them.
func turnGo(dst *[wordBits]row, words *[BlockCodes]uint64) {
	for w := range dst[0] {
		var m [wordBits]uint64
		for i := range m {
			m[i] = words[4*i+w]
		}
		turn64(&m)
		for bit := range dst {
			dst[bit][w] = m[bit]
		}
	}
}

// turn64 transposes a matrix of 64 x 64 bits. (Warren, Hacker's Delight, 7-3.)
func turn64(m *[wordBits]uint64) {
	mask := uint64(1<<32 - 1)
	for j := 32; j != 0; j >>= 1 {
		for k := 0; k < wordBits; k = (k + j + 1) &^ j {
			t := (m[k]>>j ^ m[k+j]) & mask
			m[k+j] ^= t
			m[k] ^= t << j
		}
		mask ^= mask << (j / 2)
	}
}

// groupsGo fills a table with the rows of each group.
func groupsGo(table, rows []row, n int) {
	for g := range n {
		dst, src := table[g*groupRows:][:groupRows], rows[g*groupBits:][:groupBits]
		for w := range dst[0] {
			first, second := src[0][w]^src[1][w]^src[2][w], src[3][w]^src[4][w]^src[5][w]
			for form := range 8 {
				dst[firstAt+form][w] = atLeastTwo(src[0:3], form, w)
				dst[secondAt+form][w] = atLeastTwo(src[3:6], form, w)
			}
			dst[bothAt][w], dst[bothAt+1][w] = first&second, ^first&second
			dst[bothAt+2][w], dst[bothAt+3][w] = first&^second, ^(first | second)
			dst[oddAt][w], dst[oddAt+1][w] = first^second, ^(first ^ second)
		}
	}
}

// atLeastTwo is where two or three bits of a triple differ from a form of it.
func atLeastTwo(triple []row, form, w int) uint64 {
	a, b, c := triple[0][w], triple[1][w], triple[2][w]
	a, b, c = a^-uint64(form&1), b^-uint64(form>>1&1), c^-uint64(form>>2)
	return a&b | (a|b)&c
}
