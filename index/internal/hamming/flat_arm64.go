//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

// scan64 works like scan64Go, a step at a time: it stops as soon as less than a step has room. There is at least one.
func scan64(dst []Found, codes []uint64, q uint64, radius int) (n, done int) {
	return scan64NEON(&dst[0], len(dst), &codes[0], len(codes), q, radius)
}

// scan256 works like scan256Go, as scan64 does.
func scan256(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int) {
	return scan256NEON(&dst[0], len(dst), &codes[0], len(codes), q, radius)
}

// compare works like compareGo.
func compare(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
	if path != cpu.NEON {
		return compareGo(dst, table, picks, steps, radius)
	}
	levels, start := startOf(radius)
	var starts [8]row
	for i := range starts {
		for w := range starts[i] {
			starts[i][w] = -(start >> i & 1)
		}
	}
	return compareNEON(&dst[0], len(dst), table, &picks[0], steps, levels, &starts)
}

// scan64NEON compares n codes, a multiple of 16.
//
//go:noescape
func scan64NEON(dst *Found, room int, codes *uint64, n int, q uint64, radius int) (found, done int)

// scan256NEON compares n codes, a multiple of 8.
//
//go:noescape
func scan256NEON(dst *Found, room int, codes *[4]uint64, n int, q *[4]uint64, radius int) (found, done int)

// compareNEON works like compareGo.
//
//go:noescape
func compareNEON(dst *Mask, queries int, table *[1024]row, picks *uint64, steps, levels int, start *[8]row) int
