// Package layout is how engines become bytes and are used from bytes: a header, then numbers and arrays in an order that
// the engine knows, each array at a multiple of 64 bytes from the header's start, all in little-endian order.
//
//	0   "HMIX"
//	4   version of the layout, uint32
//	8   name of the engine, padded with zeros to 8 bytes
//	16  length of everything, header included, uint64
//	24  CRC-32C of everything from offset 32 on, uint32
//	28  zero, uint32
//	32  numbers (uint64) and arrays
//
// On a little-endian machine arrays are used where they lie, so bytes that were loaded must not change afterwards.
package layout

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
	"strings"
	"unsafe"
)

// ErrCorrupt is wrapped by all errors about bytes that no engine wrote, or that were changed since.
var ErrCorrupt = errors.New("index: bytes are damaged")

const (
	magic      = "HMIX"
	version    = 1
	headerSize = 32
	align      = 64
	nameSize   = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// littleEndian tells that numbers lie in memory as they lie in the layout.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// Element is what arrays may hold.
type Element interface {
	uint8 | uint16 | uint32 | uint64 | [4]uint64
}

// Writer appends an engine to bytes.
type Writer struct {
	b     []byte
	start int // of the header
}

// NewWriter begins to append an engine to dst. The name has at most 8 bytes.
func NewWriter(dst []byte, name string) *Writer {
	w := &Writer{dst, len(dst)}
	var header [headerSize]byte
	copy(header[:], magic)
	binary.LittleEndian.PutUint32(header[4:], version)
	copy(header[8:8+nameSize], name)
	w.b = append(w.b, header[:]...)
	return w
}

// Uint appends a number.
func (w *Writer) Uint(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }

// Append appends an array. Its length is not written: a reader must know it, from a number before it.
func Append[T Element](w *Writer, s []T) {
	for (len(w.b)-w.start)%align != 0 {
		w.b = append(w.b, 0)
	}
	from := len(w.b)
	w.b = append(w.b, bytesOf(s)...)
	if !littleEndian {
		swap[T](w.b[from:])
	}
}

// Finish returns the bytes.
func (w *Writer) Finish() []byte {
	b := w.b[w.start:]
	binary.LittleEndian.PutUint64(b[16:], uint64(len(b)))
	binary.LittleEndian.PutUint32(b[24:], crc32.Checksum(b[headerSize:], castagnoli))
	return w.b
}

// Reader takes an engine from bytes. The first error stays: what is read after it is zero or empty, so that a loader may
// read everything and ask once.
type Reader struct {
	b    []byte
	at   int
	name string
	err  error
}

// NewReader begins to read what a Writer of the same name wrote. It compares the checksum, which takes about a tenth of a
// second for each gigabyte, unless the bytes are trusted because the caller has a digest of them.
func NewReader(b []byte, name string, trusted bool) *Reader {
	r := &Reader{b: b, at: headerSize, name: name}
	var want [nameSize]byte
	copy(want[:], name)
	switch {
	case len(b) < headerSize:
		r.Fail("header", 0, "%d bytes are no whole header", len(b))
	case string(b[:4]) != magic:
		r.Fail("header", 0, "no engine begins here")
	case binary.LittleEndian.Uint32(b[4:]) != version:
		r.Fail("header", 4, "version %d, this program knows %d", binary.LittleEndian.Uint32(b[4:]), version)
	case string(b[8:8+nameSize]) != string(want[:]):
		r.Fail("header", 8, "the engine is %q", b[8:8+nameSize])
	case binary.LittleEndian.Uint64(b[16:]) != uint64(len(b)):
		r.Fail("header", 16, "%d bytes were written, %d are there", binary.LittleEndian.Uint64(b[16:]), len(b))
	case binary.LittleEndian.Uint32(b[28:]) != 0:
		r.Fail("header", 28, "not zero")
	case !trusted && crc32.Checksum(b[headerSize:], castagnoli) != binary.LittleEndian.Uint32(b[24:]):
		r.Fail("header", 24, "the checksum is another")
	}
	return r
}

// Name is the name of the engine that b holds; of bytes that no Writer wrote it is empty or any.
func Name(b []byte) string {
	if len(b) < headerSize || string(b[:4]) != magic {
		return ""
	}
	return strings.TrimRight(string(b[8:8+nameSize]), "\x00")
}

// Fail keeps an error about a part of the engine unless there is one already.
func (r *Reader) Fail(part string, offset int, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s, %s at byte %d: %s", ErrCorrupt, r.name, part, offset, fmt.Sprintf(format, args...))
	}
}

// Uint reads a number that is at least least and at most most.
func (r *Reader) Uint(part string, least, most uint64) uint64 {
	if r.err == nil && len(r.b)-r.at < 8 {
		r.Fail(part, r.at, "the bytes end")
	}
	if r.err != nil {
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b[r.at:])
	if v < least || v > most {
		r.Fail(part, r.at, "%d is not in %d to %d", v, least, most)
		return 0
	}
	r.at += 8
	return v
}

// Slice reads an array of n elements. It lies in the reader's bytes, unless these begin at an address that is no multiple
// of 8 or the machine is big-endian, when it is a copy. Nothing is allocated before n is known to be there.
func Slice[T Element](r *Reader, part string, n uint64) []T {
	if r.err != nil {
		return nil
	}
	padded := (r.at + align - 1) / align * align
	for ; r.at < padded && r.at < len(r.b); r.at++ {
		if r.b[r.at] != 0 {
			r.Fail(part, r.at, "padding is not zero")
			return nil
		}
	}
	var zero T
	size := uint64(unsafe.Sizeof(zero))
	hi, length := bits.Mul64(n, size)
	if hi != 0 || r.at < padded || length > uint64(len(r.b)-r.at) {
		r.Fail(part, r.at, "%d elements of %d bytes are more than there are", n, size)
		return nil
	}
	b := r.b[r.at : r.at+int(length) : r.at+int(length)]
	r.at += int(length)
	return view[T](b, int(n))
}

// End returns the first error, or one about bytes that are left.
func (r *Reader) End() error {
	if r.err == nil && r.at != len(r.b) {
		r.Fail("end", r.at, "%d bytes are left", len(r.b)-r.at)
	}
	return r.err
}

// Err returns the first error so far. Loops over what was read ask for it first.
func (r *Reader) Err() error { return r.err }

// view is b as n elements, in place when it can be.
func view[T Element](b []byte, n int) []T {
	if n == 0 {
		return nil
	}
	var zero T
	p := unsafe.Pointer(unsafe.SliceData(b))
	if littleEndian && uintptr(p)%unsafe.Alignof(zero) == 0 {
		return unsafe.Slice((*T)(p), n)
	}
	s := make([]T, n)
	copy(bytesOf(s), b)
	if !littleEndian {
		swap[T](bytesOf(s))
	}
	return s
}

// bytesOf is the memory of s.
func bytesOf[T Element](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// swap reverses the bytes of each number in b, whose type is T or of which T is an array.
func swap[T Element](b []byte) {
	var zero T
	size := min(8, int(unsafe.Sizeof(zero)))
	for ; len(b) > 0; b = b[size:] {
		for i, j := 0, size-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
}
