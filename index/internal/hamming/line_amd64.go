//go:build !purego

package hamming

import "github.com/hashmatch/engine/internal/cpu"

//go:noescape
func prefetchLinesAVX2(lines []Line, key uint32, masks []uint32)

//go:noescape
func scanLinesAVX2(dst []Passed, lines []Line, key, fp, which uint32, masks, levels []uint32, most int) int

func prefetchLines(lines []Line, key uint32, masks []uint32) {
	if path >= cpu.AVX2 {
		prefetchLinesAVX2(lines, key, masks)
	}
}

func scanLines(dst []Passed, lines []Line, key, fp, which uint32, masks, levels []uint32, most int) int {
	if path >= cpu.AVX2 {
		return scanLinesAVX2(dst, lines, key, fp, which, masks, levels, most)
	}
	return scanLinesGo(dst, lines, key, fp, which, masks, levels, most)
}
