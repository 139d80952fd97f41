package blocked

import "unsafe"

// alignedWords makes n zero words that begin with a cache line.
func alignedWords(n int) []uint64 {
	w := make([]uint64, n+Words-1)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(w))) / 8 % Words
	return w[skip:][:n:n]
}

// bytesOf is the memory of words.
func bytesOf(words []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))
}
