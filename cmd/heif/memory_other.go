//go:build heic && nodynamic && !(linux || darwin || freebsd || netbsd || openbsd)

package heif

// copies is how often an instance's memory can be there at one time.
const copies = 2

// reserve returns a memory that can grow to limit bytes.
func reserve(limit int64) (linear, error) { return &moving{limit: limit}, nil }
