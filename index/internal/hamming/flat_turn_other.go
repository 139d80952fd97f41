//go:build purego || !amd64

package hamming

func turn(dst *[wordBits]row, words, _ *[BlockCodes]uint64) { turnGo(dst, words) }

func groups(table, rows []row, n int) { groupsGo(table, rows, n) }

func column(dst *[BlockCodes]uint64, codes [][4]uint64, word int) { columnGo(dst, codes, word) }
