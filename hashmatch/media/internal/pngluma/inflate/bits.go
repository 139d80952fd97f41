package inflate

import (
	"encoding/binary"
	"io"
)

// input reads bits, the lowest of each byte first.
type input struct {
	source Source
	in     []byte // of this segment, what is not in acc yet
	acc    uint64 // the next n bits, and zeros above them
	n      uint
	taken  int64 // bytes that went into acc or were skipped
}

// more goes to the next segment that is not empty.
func (r *input) more() bool {
	for len(r.in) == 0 {
		segment, ok := r.source.Segment()
		if !ok {
			return false
		}
		r.in = segment
	}
	return true
}

// skip passes over n bytes of this segment.
func (r *input) skip(n int) {
	r.in = r.in[n:]
	r.taken += int64(n)
}

// refill makes n at least 56, or takes all bits that are left.
func (r *input) refill() {
	if len(r.in) >= 8 {
		r.acc |= binary.LittleEndian.Uint64(r.in) << r.n
		r.skip(int(63-r.n) >> 3)
		r.n |= 56
		r.acc &= 1<<r.n - 1
		return
	}
	for r.n < 56 && (len(r.in) > 0 || r.more()) {
		r.acc |= uint64(r.in[0]) << r.n
		r.n += 8
		r.skip(1)
	}
}

// take returns the next bits, at most 32.
func (r *input) take(bits uint) (uint32, error) {
	if r.n < bits {
		if r.refill(); r.n < bits {
			return 0, io.ErrUnexpectedEOF
		}
	}
	v := uint32(r.acc & (1<<bits - 1))
	r.acc >>= bits
	r.n -= bits
	return v, nil
}

// align drops the bits before the next whole byte.
func (r *input) align() {
	r.acc >>= r.n & 7
	r.n &^= 7
}

// ReadByte returns the byte after the stream, or before it if nothing was decoded yet. The error is io.ErrUnexpectedEOF
// if the source ends there.
func (d *Decoder) ReadByte() (byte, error) {
	v, err := d.take(8)
	return byte(v), err
}
