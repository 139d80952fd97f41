package pngluma

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
)

// zlibHeader reads what is before the deflate stream (RFC 1950, 2.2). A preset dictionary may only be the empty one.
func (d *Decoder) zlibHeader() error {
	var b [4]byte
	if err := d.bytes(b[:2]); err != nil {
		return err
	}
	if b[0]&15 != 8 || b[0]>>4 > 7 || binary.BigEndian.Uint16(b[:])%31 != 0 {
		return d.damaged("no zlib header")
	}
	if b[1]&0x20 != 0 {
		if err := d.bytes(b[:]); err != nil {
			return err
		}
		if binary.BigEndian.Uint32(b[:]) != 1 {
			return d.damaged("a preset dictionary")
		}
	}
	return nil
}

// zlibTrailer reads what is after it, and returns the length of the whole.
func (d *Decoder) zlibTrailer() (int64, error) {
	var b [4]byte
	if err := d.bytes(b[:]); err != nil {
		return 0, err
	}
	if binary.BigEndian.Uint32(b[:]) != d.adler.sum() {
		return 0, d.damaged("wrong checksum over all rows")
	}
	return d.inflater.Offset(), nil
}

// bytes reads bytes beside the deflate stream.
func (d *Decoder) bytes(b []byte) error {
	for i := range b {
		c, err := d.inflater.ReadByte()
		if err != nil {
			return d.why(err)
		}
		b[i] = c
	}
	return nil
}

// damaged returns a fault in the pixel data at the place that was read last.
func (d *Decoder) damaged(what string) error {
	return fmt.Errorf("pngluma: %s, at byte %d of the compressed pixels: %w", what, d.inflater.Offset(), hashmatch.ErrCorrupt)
}

// why turns an error of the inflater into a fault.
func (d *Decoder) why(err error) error {
	if err == io.ErrUnexpectedEOF {
		return d.source.fault()
	}
	return d.damaged(err.Error())
}
