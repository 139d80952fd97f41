package jpegluma

import (
	"bytes"
	"encoding/binary"
)

const (
	maxBlocks = 10 // in a unit of a scan with several components (T.81, B.2.3)
	// unitBytes is more than the bytes that a unit can take: a symbol and its value are at most 31 bits.
	unitBytes = maxBlocks*64*4 + 16

	windowMask = 1<<16 - 1
	windowData = windowMask + 1 - unitBytes
)

// window holds entropy-coded bytes without their stuffing. Whatever is read of it is masked, so that no arithmetic on
// hostile bytes can reach past its end.
type window [windowMask + 1 + 8]byte

// bits is a place in a window: the next n bits are the high ones of acc, what follows them begins at byte p. Bits of acc
// below n may be set: they are those that are there.
type bits struct {
	acc uint64
	n   uint
	p   int
}

// refill makes sure of 56 bits. It has no branch: p moves by whole bytes, and what is read twice is the same.
func (b bits) refill(w *window) bits {
	i := b.p & windowMask
	b.acc |= binary.BigEndian.Uint64(w[i:i+8:i+8]) >> (b.n & 63)
	b.p += int(63-b.n) >> 3
	b.n |= 56
	return b
}

// take takes n of the bits that are there, at most 32.
func (b *bits) take(n uint) uint32 {
	v := uint32(b.acc >> 32 >> (32 - n))
	b.acc <<= n
	b.n -= n
	return v
}

// stream hands out the segments of entropy-coded data between two markers, piece by piece. A unit of a scan that begins
// within the window ends within it, unless the data end first.
type stream struct {
	bits
	src    []byte // the file
	pos    int    // of the next byte that is not in the window
	end    int    // of the window's data
	edge   int    // once bits.p is past it, there is something to look after
	more   bool   // the segment goes on behind the window
	window window
}

// open begins a segment at pos.
func (s *stream) open() {
	s.bits = bits{}
	s.end = 0
	s.fill()
}

// fill moves what is left to the window's beginning and adds to it.
func (s *stream) fill() {
	s.end = copy(s.window[:], s.window[min(s.p, s.end):s.end])
	s.p = 0
	s.more = false
	for s.pos < len(s.src) {
		room := windowData - s.end
		if room <= 0 {
			s.more = true
			break
		}
		piece := s.src[s.pos:min(len(s.src), s.pos+room)]
		i := bytes.IndexByte(piece, 0xff)
		if i < 0 {
			s.end += copy(s.window[s.end:], piece)
			s.pos += len(piece)
			continue
		}
		s.end += copy(s.window[s.end:], piece[:i])
		s.pos += i
		if s.pos+1 >= len(s.src) {
			break
		}
		if s.src[s.pos+1] != 0 {
			break // a marker, or the fill bytes before one: never data again
		}
		s.window[s.end] = 0xff
		s.end++
		s.pos += 2
	}
	s.edge = s.end
	if s.more {
		s.edge -= unitBytes
		return
	}
	// What the last unit of damaged data reads behind their end must not depend on the files before.
	clear(s.window[s.end:][:unitBytes+8])
}

// over tells whether more bits were taken than the segment has. It is asked, once p is past edge, at the end of each
// unit; what a unit read of the bytes behind the end is then of no account.
func (s *stream) over() bool {
	if s.p*8-int(s.n) > s.end*8 {
		return true
	}
	if s.more {
		s.fill()
	}
	return false
}

// restart goes to the next marker. If it is a restart marker, it is passed and its number returned; if not, -1.
func (s *stream) restart() int {
	for s.pos < len(s.src) {
		i := bytes.IndexByte(s.src[s.pos:], 0xff)
		if i < 0 || s.pos+i+1 >= len(s.src) {
			break
		}
		s.pos += i
		switch m := s.src[s.pos+1]; {
		case m == 0:
			s.pos += 2
		case m == 0xff:
			s.pos++
		case m >= markerRST0 && m <= markerRST7:
			s.pos += 2
			return int(m - markerRST0)
		default:
			return -1
		}
	}
	s.pos = len(s.src)
	return -1
}
