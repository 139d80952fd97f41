//go:build !purego

package blocked

// placeAVX2 works like placeGo for the n keys of width bytes at keys, 1 to group of them. It uses BMI2.
//
//go:noescape
func placeAVX2(p *places, keys *byte, n, width int, h *hasher, words *uint64, count uint64)

// testAVX2 works like testGo. It writes to dst[0] to dst[n-1] at most.
//
//go:noescape
func testAVX2(dst *uint32, words *uint64, p *places, first uint32, n int) int

// fetchAVX2 prefetches the n lines at offsets from b. No offset makes it fault.
//
//go:noescape
func fetchAVX2(b *byte, offsets *uint64, n int)
