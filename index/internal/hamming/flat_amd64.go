//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

// scan64 works like scan64Go, a step at a time: it stops as soon as less than a step has room. There is at least one.
func scan64(dst []Found, codes []uint64, q uint64, radius int) (n, done int) {
	if path == cpu.AVX512 {
		return scan64AVX512(&dst[0], len(dst), &codes[0], len(codes), q, radius)
	}
	return scan64AVX2(&dst[0], len(dst), &codes[0], len(codes), q, radius)
}

// scan256 works like scan256Go, as scan64 does.
func scan256(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int) {
	if path == cpu.AVX512 {
		return scan256AVX512(&dst[0], len(dst), &codes[0], len(codes), q, radius)
	}
	return scan256AVX2(&dst[0], len(dst), &codes[0], len(codes), q, radius)
}

// compare works like compareGo.
func compare(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
	if path == cpu.AVX512 {
		return compareAVX512(dst, table, picks, steps, radius)
	}
	if path >= cpu.AVX2 {
		return compareAVX2(dst, table, picks, steps, radius)
	}
	return compareGo(dst, table, picks, steps, radius)
}

// row8 are the first words of eight rows of which all words are the same.
type row8 [8]uint64

// startsOf is startOf in rows.
func startsOf(radius int) (levels int, starts row8) {
	levels, start := startOf(radius)
	for i := range starts {
		starts[i] = -(start >> i & 1)
	}
	return levels, starts
}

// compareAVX2 works like compareGo.
func compareAVX2(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
	levels, starts := startsOf(radius)
	switch levels {
	case 4:
		return compare15AVX2(&dst[0], len(dst), table, &picks[0], steps, &starts)
	case 5:
		return compare31AVX2(&dst[0], len(dst), table, &picks[0], steps, &starts)
	case 6:
		return compare63AVX2(&dst[0], len(dst), table, &picks[0], steps, &starts)
	case 7:
		return compare127AVX2(&dst[0], len(dst), table, &picks[0], steps, &starts)
	}
	return compare255AVX2(&dst[0], len(dst), table, &picks[0], steps, &starts)
}

// scan64AVX2 compares n codes, a multiple of 16.
//
//go:noescape
func scan64AVX2(dst *Found, room int, codes *uint64, n int, q uint64, radius int) (found, done int)

// scan256AVX2 compares n codes, a multiple of 8.
//
//go:noescape
func scan256AVX2(dst *Found, room int, codes *[4]uint64, n int, q *[4]uint64, radius int) (found, done int)

// compare15AVX2 and its sisters work like compareGo for radii up to the number in their name: they differ in how high
// they count.
//
//go:noescape
func compare15AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare31AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare63AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare127AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare255AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
