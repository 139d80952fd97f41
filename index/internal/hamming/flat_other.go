//go:build purego || !(amd64 || arm64)

package hamming

func scan64(dst []Found, codes []uint64, q uint64, radius int) (n, done int) {
	return scan64Go(dst, codes, q, radius)
}

func scan256(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int) {
	return scan256Go(dst, codes, q, radius)
}

func compare(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
	return compareGo(dst, table, picks, steps, radius)
}
