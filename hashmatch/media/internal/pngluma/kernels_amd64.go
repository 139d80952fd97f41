//go:build amd64 && !purego

package pngluma

import "github.com/hashmatch/engine/internal/cpu"

// useAVX2 chooses the kernels. Tests set it to run both.
var useAVX2 = cpu.Has(cpu.AVX2)

// The kernels of filters work like those without AVX2 in their names, for rows of n > 0 bytes. They read and write
// pixels of 4 or 8 bytes, of which step are the pixel: up to slack bytes behind row are read, and behind above written.

//go:noescape
func paeth1AVX2(above, row *byte, n int)

//go:noescape
func paeth4AVX2(above, row *byte, n, step int)

//go:noescape
func paeth8AVX2(above, row *byte, n, step int)

//go:noescape
func average4AVX2(above, row *byte, n, step int)

//go:noescape
func average8AVX2(above, row *byte, n, step int)

//go:noescape
func subAVX2(above, row *byte, n, step int)

// addColumnsAVX2 works like addColumnsGeneric, and takes n up to a multiple of 16 of both.
//
//go:noescape
func addColumnsAVX2(sums *uint16, row *byte, n int)

// adlerAVX2 returns the sum of n bytes, and the sum of each times its distance from the end. n is a multiple of 32, above
// 0 and at most adlerBlock.
//
//go:noescape
func adlerAVX2(p *byte, n int) (a, b uint32)

func paeth(above, row []byte, step int) {
	switch n := len(row); {
	case !useAVX2 || n == 0:
		paethGeneric(above, row, step)
	case step == 1:
		paeth1AVX2(&above[0], &row[0], n)
	case step <= 4:
		above, row = withSlack(above, n), withSlack(row, n)
		paeth4AVX2(&above[0], &row[0], n, step)
	default:
		above, row = withSlack(above, n), withSlack(row, n)
		paeth8AVX2(&above[0], &row[0], n, step)
	}
}

func average(above, row []byte, step int) {
	switch n := len(row); {
	case !useAVX2 || n == 0 || step == 1:
		averageGeneric(above, row, step)
	case step <= 4:
		above, row = withSlack(above, n), withSlack(row, n)
		average4AVX2(&above[0], &row[0], n, step)
	default:
		above, row = withSlack(above, n), withSlack(row, n)
		average8AVX2(&above[0], &row[0], n, step)
	}
}

func sub(above, row []byte, step int) {
	n := len(row)
	if !useAVX2 || n == 0 || step == 1 {
		subGeneric(above, row, step)
		return
	}
	above, row = withSlack(above, n), withSlack(row, n)
	subAVX2(&above[0], &row[0], n, step)
}

// withSlack panics if there are not slack bytes behind the first n.
func withSlack(b []byte, n int) []byte { return b[:n+slack] }

func addColumns(sums []uint16, row []byte) {
	n := len(row)
	if !useAVX2 || n == 0 {
		addColumnsGeneric(sums, row)
		return
	}
	sums, row = sums[:n+slack], withSlack(row, n)
	addColumnsAVX2(&sums[0], &row[0], n)
}

// adlerSums returns what adlerAVX2 does, of the first bytes of p, and how many these are: a multiple of 32, or 0.
func adlerSums(p []byte) (a, b uint32, n int) {
	if n = len(p) &^ 31; !useAVX2 || n == 0 {
		return 0, 0, 0
	}
	a, b = adlerAVX2(&p[0], n)
	return a, b, n
}
