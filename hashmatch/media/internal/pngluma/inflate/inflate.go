// Package inflate decodes deflate streams (RFC 1951) that lie in memory, whole or in segments, and hands their output on
// piece by piece from a buffer of its own: the memory it needs does not grow with the stream.
//
// It accepts what compress/flate accepts and refuses what that refuses. It is faster because it reads eight bytes at a
// time where it may, looks up eleven bits of a code at once, and does not allocate.
package inflate

import (
	"errors"
	"io"
)

// ErrCorrupt says that a stream does not follow RFC 1951. Decoder.Offset tells where.
var ErrCorrupt = errors.New("inflate: corrupt deflate stream")

// Source gives a stream's bytes, segment by segment.
type Source interface {
	// Segment returns the next bytes, which must not change while the stream is decoded, and false after the last.
	Segment() ([]byte, bool)
}

const (
	window = 32 << 10 // the farthest distance that a match can have
	piece  = 64 << 10 // output of one call of Next, about
	margin = 320      // what the loops may write beyond their limit: six literals, a match of 258, and 39 bytes more
	// blocks is the most blocks that one call of Next begins, so that a stream of empty ones does not hold it up.
	blocks = 16
)

// Slack is how many bytes behind a piece may be read.
const Slack = 16

// Memory is what Reset allocates, beside the room that it is asked for.
const Memory = window + piece + margin

// The places in a stream where Next can go on.
type place uint8

const (
	atHeader place = iota // of a block
	inStored
	inCodes
	atEnd
)

// Decoder decodes one stream at a time: Reset, then Next until it returns an error. It is used again and again, by one
// goroutine at a time. Before the first Next and after the last, ReadByte reads bytes around the stream.
type Decoder struct {
	input
	place  place
	final  bool // this block is the last
	fixed  bool // the tables are those of fixed codes
	stored int  // bytes left of a stored block
	err    error

	out      []byte // decoded: the window, then what was not used yet
	from, to int    // what was not used yet; past to, what out holds is no output

	literals  [litSize]uint32
	distances [distSize]uint32
	header    headerScratch
}

// Reset begins a stream. A piece that Next returns can hold at least room bytes; whoever calls it leaves fewer unused.
func (d *Decoder) Reset(src Source, room int) {
	d.input = input{source: src}
	d.place, d.final, d.stored, d.err = atHeader, false, 0, nil
	d.from, d.to = 0, 0
	if n := Memory + room; cap(d.out) < n {
		d.out = make([]byte, n)
	} else {
		d.out = d.out[:n]
	}
}

// Next takes note that the first used bytes of the last piece are not needed any more, decodes about 64 KiB, and returns
// all output that was not used yet, valid until the next call. Sometimes there is no more than before. Behind a piece, up
// to its capacity, are at least Slack bytes that may be read and mean nothing.
//
// The error is io.EOF at the stream's end, io.ErrUnexpectedEOF if the source ends before, or ErrCorrupt; the piece then
// holds the last of the output, and later calls return the same.
func (d *Decoder) Next(used int) ([]byte, error) {
	d.from += used
	if d.err == nil {
		d.slide()
		d.err = d.decode(d.to + piece)
	}
	return d.out[d.from:d.to], d.err
}

// Free gives back the memory for output. The next stream allocates it again.
func (d *Decoder) Free() { d.out, d.from, d.to = nil, 0, 0 }

// Offset returns how many of the source's bytes were used, bits in part included.
func (d *Decoder) Offset() int64 { return d.taken - int64(d.n/8) }

// slide makes room for a piece by moving the window, or what was not used if that is more, to the front.
func (d *Decoder) slide() {
	if d.to+piece+margin <= len(d.out) {
		return
	}
	keep := max(0, min(d.from, d.to-window))
	copy(d.out, d.out[keep:d.to])
	d.from -= keep
	d.to -= keep
}

// decode puts out about as much as the limit says.
func (d *Decoder) decode(limit int) error {
	limit = min(limit, len(d.out)-margin)
	for left := blocks; d.to < limit; {
		var err error
		switch d.place {
		case atHeader:
			if left == 0 {
				return nil
			}
			left--
			err = d.blockHeader()
		case inStored:
			err = d.copyStored(limit)
		case inCodes:
			err = d.decodeBlock(limit)
		case atEnd:
			err = io.EOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endBlock goes to what follows a block: another, or after the last one the byte after the stream.
func (d *Decoder) endBlock() {
	d.place = atHeader
	if d.final {
		d.place = atEnd
		d.align()
	}
}

// copyStored copies what there is of a stored block, at most up to the limit.
func (d *Decoder) copyStored(limit int) error {
	for d.stored > 0 && d.to < limit {
		if d.n > 0 {
			b, err := d.ReadByte()
			if err != nil {
				return err
			}
			d.out[d.to] = b
			d.to++
			d.stored--
			continue
		}
		if len(d.in) == 0 && !d.more() {
			return io.ErrUnexpectedEOF
		}
		n := copy(d.out[d.to:limit], d.in[:min(len(d.in), d.stored)])
		d.skip(n)
		d.to += n
		d.stored -= n
	}
	if d.stored == 0 {
		d.endBlock()
	}
	return nil
}
