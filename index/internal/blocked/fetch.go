package blocked

import "github.com/hashmatch/engine/internal/cpu"

// Fetch begins to fetch from memory those cache lines of b that hold its bytes at offsets, so that what needs them soon
// waits for all at once. An offset beyond b does no harm. It is here for what lies behind a filter.
func Fetch(b []byte, offsets []uint64) {
	if path >= cpu.AVX2 && len(b) > 0 && len(offsets) > 0 {
		fetchAVX2(&b[0], &offsets[0], len(offsets))
		return
	}
	fetched := byte(0)
	for _, at := range offsets {
		if at < uint64(len(b)) {
			fetched |= b[at]
		}
	}
	keep(uint64(fetched))
}
