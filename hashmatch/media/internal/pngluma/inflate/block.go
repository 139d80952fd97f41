package inflate

import (
	"encoding/binary"
	"io"
)

// decodeBlock decodes symbols of a block until its end, or until the limit of output: fast where sixteen bytes of input
// are at hand, one by one where a segment ends.
func (d *Decoder) decodeBlock(limit int) error {
	for d.to < limit && d.place == inCodes {
		var err error
		if len(d.in) >= fastInput {
			err = d.decodeFast(limit)
		} else {
			err = d.decodeSymbol()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// decodeSymbol decodes one or two literals, a match, or the end of the block, and never takes a bit that is not there.
func (d *Decoder) decodeSymbol() error {
	d.refill()
	e := d.literals[d.acc&(1<<litRoot-1)]
	if e&literal == 0 && e&isLink != 0 {
		e = d.literals[(e>>16+uint32(d.acc>>litRoot)&(1<<(e>>8&15)-1))&(litSize-1)]
	}
	if e&literal != 0 {
		if _, err := d.consume(e); err != nil {
			return err
		}
		d.out[d.to], d.out[d.to+1] = byte(e>>8), byte(e>>16)
		d.to += int(e >> 24 & 3)
		return nil
	}
	if e&(special|isEnd) == special {
		return ErrCorrupt
	}
	length, err := d.consume(e)
	if err != nil {
		return err
	}
	if e&isEnd != 0 {
		d.endBlock()
		return nil
	}

	e = d.distances[d.acc&(1<<distRoot-1)]
	if e&isLink != 0 {
		e = d.distances[(e>>16+uint32(d.acc>>distRoot)&(1<<(e>>8&15)-1))&(distSize-1)]
	}
	if e&special != 0 {
		return ErrCorrupt
	}
	distance, err := d.consume(e)
	if err != nil {
		return err
	}
	if distance > d.to {
		return ErrCorrupt
	}
	for range length {
		d.out[d.to] = d.out[d.to-distance]
		d.to++
	}
	return nil
}

// consume takes an entry's bits and returns its length or distance.
func (d *Decoder) consume(e uint32) (int, error) {
	size := uint(e & 63)
	if size > d.n {
		return 0, io.ErrUnexpectedEOF
	}
	extra := d.acc & (1<<size - 1) >> (e >> 8 & 15)
	d.acc >>= size
	d.n -= size
	return int(e>>16) + int(extra), nil
}

// fastInput is how much input decodeFast needs: it reads eight bytes twice for a match.
const fastInput = 16

// decodeFast does what decodeSymbol does, many times over, as long as neither input nor room can run out in between. A
// symbol has at most 48 bits, and bits that are already in acc may be read into it again.
func (d *Decoder) decodeFast(limit int) error {
	in, out := d.in, d.out
	acc, n := d.acc, d.n
	p, o := 0, d.to
	lit, dist := &d.literals, &d.distances
	var err error

	for p <= len(in)-fastInput && o < limit {
		acc |= binary.LittleEndian.Uint64(in[p:]) << (n & 63)
		p += int(63-n) >> 3
		n |= 56

		// Three entries of literals have at most 33 bits. Where there is one literal, a byte too many is written.
		e := lit[acc&(1<<litRoot-1)]
		if e&literal != 0 {
			acc >>= e & 63
			n -= uint(e & 63)
			binary.LittleEndian.PutUint16(out[o:], uint16(e>>8))
			o += int(e >> 24 & 3)
			e = lit[acc&(1<<litRoot-1)]
			if e&literal != 0 {
				acc >>= e & 63
				n -= uint(e & 63)
				binary.LittleEndian.PutUint16(out[o:], uint16(e>>8))
				o += int(e >> 24 & 3)
				e = lit[acc&(1<<litRoot-1)]
				if e&literal != 0 {
					acc >>= e & 63
					n -= uint(e & 63)
					binary.LittleEndian.PutUint16(out[o:], uint16(e>>8))
					o += int(e >> 24 & 3)
					continue
				}
			}
			acc |= binary.LittleEndian.Uint64(in[p:]) << (n & 63)
			p += int(63-n) >> 3
			n |= 56
		}

		if e&special != 0 {
			if e&isLink != 0 {
				e = lit[(e>>16+uint32(acc>>litRoot)&(1<<(e>>8&15)-1))&(litSize-1)]
			}
			if e&literal != 0 {
				acc >>= e & 63
				n -= uint(e & 63)
				out[o] = byte(e >> 8)
				o++
				continue
			}
			if e&special != 0 {
				acc >>= e & 63
				n -= uint(e & 63)
				if e&isEnd == 0 {
					err = ErrCorrupt
				}
				d.place = atHeader
				break
			}
		}
		length := int(e>>16) + int(acc&(1<<(e&63)-1)>>(e>>8&15))
		acc >>= e & 63
		n -= uint(e & 63)

		e = dist[acc&(1<<distRoot-1)]
		if e&special != 0 {
			if e&isLink != 0 {
				e = dist[(e>>16+uint32(acc>>distRoot)&(1<<(e>>8&15)-1))&(distSize-1)]
			}
			if e&special != 0 {
				err = ErrCorrupt
				break
			}
		}
		distance := int(e>>16) + int(acc&(1<<(e&63)-1)>>(e>>8&15))
		acc >>= e & 63
		n -= uint(e & 63)
		if distance > o {
			err = ErrCorrupt
			break
		}
		end := o + length
		if distance >= 8 && length <= 40 {
			to, from := (*[40]byte)(out[o:]), (*[40]byte)(out[o-distance:])
			copy8(to[:8], from[:8])
			if length > 8 {
				copy8(to[8:16], from[8:16])
				if length > 16 {
					copy8(to[16:24], from[16:24])
					copy8(to[24:32], from[24:32])
					copy8(to[32:], from[32:])
				}
			}
		} else {
			repeat(out[:end+8], o, distance)
		}
		o = end
	}

	d.acc, d.n, d.to = acc&(1<<n-1), n, o
	d.skip(p)
	if err == nil && d.place == atHeader {
		d.endBlock()
	}
	return err
}

// copy8 copies eight bytes.
func copy8(to, from []byte) { binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(from)) }

// repeat fills out from o to eight bytes before its end with what lies distance before, and perhaps some of these eight.
// What there is of the match is doubled again and again; if it is near it is begun byte by byte.
func repeat(out []byte, o, distance int) {
	from, end := o-distance, len(out)-8
	if distance < 8 {
		whole := (7/distance + 1) * distance
		for stop := from + whole; o < stop; o++ {
			out[o] = out[o-distance]
		}
	}
	for o < end {
		o += copy(out[o:end], out[from:o])
	}
}
