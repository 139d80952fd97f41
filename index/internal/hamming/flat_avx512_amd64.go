//go:build !purego

package hamming

// scan64AVX512 compares n codes, a multiple of 16.
//
//go:noescape
func scan64AVX512(dst *Found, room int, codes *uint64, n int, q uint64, radius int) (found, done int)

// scan256AVX512 compares n codes, a multiple of 16.
//
//go:noescape
func scan256AVX512(dst *Found, room int, codes *[4]uint64, n int, q *[4]uint64, radius int) (found, done int)

// compareAVX512 works like compareGo.
func compareAVX512(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
	levels, starts := startsOf(radius)
	switch levels {
	case 4:
		return compare15AVX512(&dst[0], len(dst), table, &picks[0], steps, &starts)
	case 5:
		return compare31AVX512(&dst[0], len(dst), table, &picks[0], steps, &starts)
	case 6:
		return compare63AVX512(&dst[0], len(dst), table, &picks[0], steps, &starts)
	case 7:
		return compare127AVX512(&dst[0], len(dst), table, &picks[0], steps, &starts)
	}
	return compare255AVX512(&dst[0], len(dst), table, &picks[0], steps, &starts)
}

// compare15AVX512 and its sisters work like those for AVX2.
//
//go:noescape
func compare15AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare31AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare63AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare127AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int

//go:noescape
func compare255AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
