//go:build !purego

package limits

import (
	"unsafe"

	"github.com/hashmatch/engine/internal/cpu"
)

// readAVX2 reads so many blocks of 256 bytes.
//
//go:noescape
func readAVX2(p unsafe.Pointer, blocks int) uint64

// readAVX512 works like readAVX2.
//
//go:noescape
func readAVX512(p unsafe.Pointer, blocks int) uint64

// compareAVX2 compares 16 words so many times, four vectors in turn.
//
//go:noescape
func compareAVX2(times int) uint64

// compareAVX512 compares 64 words so many times, eight vectors in turn.
//
//go:noescape
func compareAVX512(times int) uint64

func read(words []uint64) uint64 {
	p, blocks := unsafe.Pointer(unsafe.SliceData(words)), len(words)/32
	switch cpu.Best() {
	case cpu.AVX512:
		return readAVX512(p, blocks)
	case cpu.AVX2:
		return readAVX2(p, blocks)
	}
	return readGo(words)
}

func compare(words int) uint64 {
	switch cpu.Best() {
	case cpu.AVX512:
		return compareAVX512(words / 64)
	case cpu.AVX2:
		return compareAVX2(words / 16)
	}
	return compareGo(words)
}
