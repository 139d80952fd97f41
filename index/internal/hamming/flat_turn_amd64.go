//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

func turn(dst *[wordBits]row, words, work *[BlockCodes]uint64) {
	if path < cpu.AVX2 {
		turnGo(dst, words)
		return
	}
	turnAVX2(dst, words, work)
}

func groups(table, rows []row, n int) {
	if path < cpu.AVX2 {
		groupsGo(table, rows, n)
		return
	}
	groupsAVX2(&table[0], &rows[0], n)
}

func column(dst *[BlockCodes]uint64, codes [][4]uint64, word int) {
	whole := len(codes) &^ 3
	if path < cpu.AVX2 || whole == 0 {
		columnGo(dst, codes, word)
		return
	}
	columnAVX2(dst, &codes[0][word&3], whole)
	for i := whole; i < len(codes); i++ {
		dst[i] = codes[i][word&3]
	}
	clear(dst[len(codes):])
}

// turnAVX2 works like turnGo. It works in work, which is overwritten.
//
//go:noescape
func turnAVX2(dst *[wordBits]row, words, work *[BlockCodes]uint64)

// groupsAVX2 works like groupsGo.
//
//go:noescape
func groupsAVX2(table, rows *row, n int)

// columnAVX2 copies n words, a multiple of 4, at least 4, that are four words apart.
//
//go:noescape
func columnAVX2(dst *[BlockCodes]uint64, words *uint64, n int)
