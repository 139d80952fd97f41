//go:build purego || !amd64

package hamming

func prefetchLines([]Line, uint32, []uint32) {}

func scanLines(dst []Passed, lines []Line, key, fp, which uint32, masks, levels []uint32, most int) int {
	return scanLinesGo(dst, lines, key, fp, which, masks, levels, most)
}
