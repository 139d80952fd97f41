//go:build heic && nodynamic && (linux || darwin || freebsd || netbsd || openbsd)

package heif

import "syscall"

// copies is how often an instance's memory can be there at one time.
const copies = 1

// mapped is an instance's memory outside Go's heap. It is reserved at once and takes room as it is used, so that it never
// moves, is no garbage, and is given back the moment that it is freed.
type mapped []byte

// reserve returns a memory that can grow to limit bytes.
func reserve(limit int64) (linear, error) {
	b, err := syscall.Mmap(-1, 0, int(limit), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	m := mapped(b)
	return &m, err
}

// Reallocate implements experimental.LinearMemory.
func (m *mapped) Reallocate(n uint64) []byte {
	return (*m)[:n:n]
}

// Free implements experimental.LinearMemory.
func (m *mapped) Free() {
	if *m != nil {
		_ = syscall.Munmap(*m) // fails for what is no mapping only
		*m = nil
	}
}
