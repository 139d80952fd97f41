//go:build heic && nodynamic

package heif

import "github.com/tetratelabs/wazero/experimental"

// linear is what wazero wants of a memory.
type linear = experimental.LinearMemory

// memory is an instance's memory with a limit.
type memory struct {
	linear
	limit   int64
	peak    int64
	refused bool // the instance wanted more
}

// Reallocate implements experimental.LinearMemory.
func (m *memory) Reallocate(n uint64) []byte {
	if n > uint64(m.limit) {
		m.refused = true
		return nil
	}
	m.peak = int64(n)
	return m.linear.Reallocate(n)
}

// moving is an instance's memory in Go's heap, for systems where mapped memory is not to be had in one way: it moves
// when it grows.
type moving struct {
	limit int64
	now   []byte
}

// Reallocate implements experimental.LinearMemory. Growing doubles, so that few copies are made; while one is, the old
// memory and the new are there, at most twice the limit.
func (m *moving) Reallocate(n uint64) []byte {
	if n > uint64(cap(m.now)) {
		next := make([]byte, n, min(uint64(m.limit), max(n, 2*uint64(cap(m.now)))))
		copy(next, m.now)
		m.now = next
	}
	m.now = m.now[:n]
	return m.now
}

// Free implements experimental.LinearMemory.
func (m *moving) Free() { m.now = nil }
