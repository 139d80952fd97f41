// Package mmap reads a file through a mapping into memory, so that only what is used of it is ever read. What can go wrong
// with a mapping after it was made becomes an error instead of the end of the program: bytes that cannot be read (the file
// was cut, a disk or a network share failed), a file that was changed, and use after Close.
//
// Where the system has no mappings the file is read whole; the rest is the same.
package mmap

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"sync/atomic"
	"unsafe"
)

// The faults of a mapping.
var (
	ErrFault   = errors.New("bytes of the file cannot be read any more")
	ErrChanged = errors.New("the file was changed while it was in use")
	ErrTooLong = errors.New("more bytes than this processor can address")
)

// Map is a file mapped for reading. It is safe for concurrent use.
type Map struct {
	data  []byte
	file  *os.File
	was   stamp
	users atomic.Int64 // guards at work, and one for as long as it was not closed
	shut  atomic.Bool
}

// stamp is what tells that a file was changed.
type stamp struct{ size, seconds, nanoseconds int64 }

// File maps a regular file, and takes it over: it is closed with the mapping, or at once if there is an error. On Windows
// a mapped file can be neither replaced nor cut until then.
func File(f *os.File) (*Map, error) {
	m := &Map{file: f}
	m.users.Store(1)
	if err := m.open(); err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

func (m *Map) open() (err error) {
	if m.was, err = stampOf(m.file); err != nil {
		return err
	}
	if uint64(m.was.size) > math.MaxInt {
		return fmt.Errorf("%w: %d", ErrTooLong, m.was.size)
	}
	if m.was.size == 0 {
		return nil // systems refuse an empty mapping
	}
	m.data, err = mapped(m.file, int(m.was.size))
	return err
}

// Bytes returns the file's bytes. They may be looked at in a Guard only, must never be written to, and no part of them may
// be kept by what goes on without one.
func (m *Map) Bytes() []byte { return m.data }

// Guard runs read, which may look at the bytes on the goroutine on which it is called. Where that fails, or when the
// file turns out to have been changed, it returns an error that wraps ErrFault or ErrChanged, and what read has found must
// not be used; after Close one that wraps os.ErrClosed. Other panics of read go on. Guards of several mappings may be
// nested.
//
// A change is told by the file's size and time: what another program writes into it cannot be kept out.
func (m *Map) Guard(read func() error) error {
	if !m.enter() {
		return os.ErrClosed
	}
	defer m.leave()
	err := m.withFaults(read)
	if errors.Is(err, ErrFault) {
		return err
	}
	if now, failed := stampOf(m.file); failed != nil {
		return fmt.Errorf("%w: %w", ErrFault, failed)
	} else if now != m.was {
		return ErrChanged
	}
	return err
}

// withFaults turns a fault of the processor on the mapping's bytes into an error.
func (m *Map) withFaults(read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover(); {
		case p == nil:
		case m.owns(p):
			err = fmt.Errorf("offset %d: %w", m.offset(p), ErrFault)
		default:
			panic(p)
		}
	}()
	return read()
}

// addressed is what the runtime panics with at a fault.
type addressed interface {
	error
	Addr() uintptr
}

func (m *Map) owns(p any) bool {
	_, ok := p.(addressed)
	return ok && m.offset(p) < uintptr(len(m.data))
}

// offset returns where in the mapping a fault was; what was elsewhere lies behind its end.
func (m *Map) offset(p any) uintptr {
	return p.(addressed).Addr() - uintptr(unsafe.Pointer(unsafe.SliceData(m.data)))
}

func (m *Map) enter() bool {
	for {
		n := m.users.Load()
		if n == 0 || m.shut.Load() {
			return false
		}
		if m.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave ends a use. The last one takes the mapping down.
func (m *Map) leave() error {
	if m.users.Add(-1) > 0 {
		return nil
	}
	err := unmap(m.data)
	m.data = nil
	return errors.Join(err, m.file.Close())
}

// Close ends the use of the mapping. It waits for nobody: guards that are at work end as if it were still open, and the
// last of them takes it down.
func (m *Map) Close() error {
	if m.shut.Swap(true) {
		return nil
	}
	return m.leave()
}
