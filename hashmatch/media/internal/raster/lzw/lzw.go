// Package lzw expands LZW as GIF and TIFF have it. It gives what compress/lzw and golang.org/x/image/tiff/lzw give, and
// differs in that it takes its input in pieces, writes straight into the caller's rows and is used again without
// allocation.
//
// Sources: GIF89a specification, appendix F; TIFF 6.0, section 13.
package lzw

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
)

const (
	maxWidth = 12
	maxCodes = 1 << maxWidth
	none     = -1
)

// entry is the string of one code: in 32 bits its last one to four bytes, in 16 the code of what stands before those,
// whose length is a multiple of four, in 16 its length. Strings so come out four bytes at a time and not one, and an
// entry is read and written at once.
type entry uint64

func (e entry) tail() uint32 { return uint32(e) }
func (e entry) before() int  { return int(e>>32) & (maxCodes - 1) }
func (e entry) size() int    { return int(e >> 48) }

// literal returns the entry of a code that stands for itself.
func literal(code int) entry { return 1<<48 | entry(code) }

// with returns the entry of a longer string: that of code, whose entry is e, and a byte.
func (e entry) with(code int, b byte) entry {
	at := e.size() % 4
	if at == 0 {
		e = e&^(1<<48-1) | entry(code)<<32
	}
	return e + 1<<48 | entry(b)<<(8*at)
}

var errCode = fmt.Errorf("lzw: a code that stands for nothing yet: %w", hashmatch.ErrCorrupt)

// Reader expands one stream after another. Its zero value must be Reset first.
type Reader struct {
	table [maxCodes]entry
	bits  uint64 // unread input: GIF's from the low end, TIFF's from the high end
	have  uint   // how many
	width uint   // of the next code
	tiff  bool   // high bits first, and codes grow one early

	literals int  // codes below stand for themselves; this one clears the table, the next ends the stream
	next     int  // the code that the next string gets
	last     int  // the code before, or none
	first    byte // of last's string
	err      error

	spill    [maxCodes + 4]byte // a string that did not fit
	from, to int
}

// ResetGIF begins a stream of a GIF, whose literals have 1..8 bits.
func (r *Reader) ResetGIF(bits int) {
	r.tiff = false
	r.reset(bits)
}

// ResetTIFF begins a stream of a TIFF.
func (r *Reader) ResetTIFF() {
	r.tiff = true
	r.reset(8)
	// TIFF's codes grow one early, so the last one never gets a string; x/image takes it for two zero bytes.
	r.table[maxCodes-1] = literal(0).with(0, 0)
}

func (r *Reader) reset(bits int) {
	r.literals = 1 << bits
	for i := range r.literals {
		r.table[i] = literal(i)
	}
	r.bits, r.have, r.err = 0, 0, nil
	r.from, r.to = 0, 0
	r.clear()
}

func (r *Reader) clear() {
	r.next = r.literals + 1
	r.last = none
	r.width = 1
	for 1<<(r.width-1) < r.literals {
		r.width++
	}
}

// Next expands src into dst until dst is full or all of src is used, and returns how much was written and used. The error
// is io.EOF behind the stream's end, or wraps ErrCorrupt; it comes with the bytes before it, and stays.
func (r *Reader) Next(dst, src []byte) (n, used int, err error) {
	n = copy(dst, r.spill[r.from:r.to])
	r.from += n
	for n < len(dst) && r.err == nil {
		got, took := r.quick(dst[n:], src[used:])
		n, used = n+got, used+took
		if n == len(dst) {
			break
		}
		if r.have < r.width {
			used += r.refill(src[used:])
			if r.have < r.width {
				return n, used, nil
			}
		}
		code := r.code()
		switch {
		case code == r.literals:
			r.clear()
		case code == r.literals+1:
			r.err = io.EOF
		case code > r.next:
			r.err = errCode
		default:
			n += r.expand(dst[n:], code)
		}
	}
	if n < len(dst) {
		return n, used, r.err
	}
	return n, used, nil
}

// quick does what Next does, for as long as the next code is an ordinary one: there is input and room enough, and it
// neither ends, clears, widens nor fills the table. It may stop at any code.
func (r *Reader) quick(dst, src []byte) (n, used int) {
	if r.last == none {
		return 0, 0
	}
	bits, have, next, last, first := r.bits, r.have, r.next, r.last, r.first
	width, special, table := r.width&63, r.literals, &r.table
	limit := 1<<width - 2 // codes grow at the next but one, or at the next
	for next < limit && next < maxCodes-2 {
		if have < width {
			if len(src)-used < 8 {
				break
			}
			took := (63 - have) / 8
			if r.tiff {
				bits |= binary.BigEndian.Uint64(src[used:]) >> (have & 63)
			} else {
				bits |= binary.LittleEndian.Uint64(src[used:]) << (have & 63)
			}
			have, used = have+8*took, used+int(took)
		}
		code := int(bits & (1<<width - 1))
		if r.tiff {
			code = int(bits >> ((64 - width) & 63))
		}
		if code > next || code&^1 == special {
			break
		}
		before, e := table[last&(maxCodes-1)], table[code&(maxCodes-1)]
		if code == next {
			e = before.with(last, first)
		}
		size := e.size()
		if len(dst)-n < (size+3)&^3 {
			break
		}
		out := dst[n:]
		for at := (size - 1) &^ 3; ; at -= 4 {
			binary.LittleEndian.PutUint32(out[at:], e.tail())
			if at == 0 {
				break
			}
			e = table[e.before()]
		}
		first = byte(e)
		table[next&(maxCodes-1)] = before.with(last, first)
		n += size
		if r.tiff {
			bits <<= width
		} else {
			bits >>= width
		}
		have -= width
		last = code
		next++
	}
	r.bits, r.have, r.next, r.last, r.first = bits, have, next, last, first
	return n, used
}

// refill takes as many bytes as there is room for, and returns how many.
func (r *Reader) refill(src []byte) (used int) {
	if len(src) >= 8 {
		used = int(63-r.have) / 8
		if r.tiff {
			r.bits |= binary.BigEndian.Uint64(src) >> r.have
		} else {
			r.bits |= binary.LittleEndian.Uint64(src) << r.have
		}
		r.have += 8 * uint(used)
		return used
	}
	for r.have <= 56 && used < len(src) {
		if r.tiff {
			r.bits |= uint64(src[used]) << (56 - r.have)
		} else {
			r.bits |= uint64(src[used]) << r.have
		}
		r.have += 8
		used++
	}
	return used
}

// code returns the next code; there are bits enough.
func (r *Reader) code() (code int) {
	if r.tiff {
		code = int(r.bits >> (64 - r.width))
		r.bits <<= r.width
	} else {
		code = int(r.bits & (1<<r.width - 1))
		r.bits >>= r.width
	}
	r.have -= r.width
	return code
}

// expand writes a code's string and gives the next code its own. The code is at most r.next.
func (r *Reader) expand(dst []byte, code int) (n int) {
	if code == r.next && r.last != none {
		r.make(r.first) // the string before, and its own first byte again
	}
	size := r.table[code].size()
	if (size+3)&^3 <= len(dst) {
		r.write(dst, code)
		r.first, n = dst[0], size
	} else {
		r.write(r.spill[:], code)
		r.first = r.spill[0]
		n = copy(dst, r.spill[:size])
		r.from, r.to = n, size
	}
	if r.last != none && code != r.next {
		r.make(r.first)
	}
	r.last = code
	r.next++
	early := 0
	if r.tiff {
		early = 1
	}
	if r.next+early >= 1<<r.width {
		if r.width < maxWidth {
			r.width++
		} else {
			// The table is full: it stays as it is until a code clears it.
			r.next, r.last = maxCodes-1, none
		}
	}
	return n
}

// make gives the next code its string: the last code's and a byte.
func (r *Reader) make(b byte) { r.table[r.next] = r.table[r.last].with(r.last, b) }

// write writes a code's string. It may write up to three bytes more.
func (r *Reader) write(dst []byte, code int) {
	e := r.table[code]
	for at := (e.size() - 1) &^ 3; ; at -= 4 {
		binary.LittleEndian.PutUint32(dst[at:], e.tail())
		if at == 0 {
			return
		}
		e = r.table[e.before()]
	}
}
