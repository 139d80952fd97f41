package tiff

import (
	"io"
	"strings"

	"github.com/klauspost/compress/zlib"
	"golang.org/x/image/ccitt"

	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/lzw"
)

// source hands a block's data to a decompressor until the context is over, so that data which expands to nothing holds
// nobody up.
type source struct {
	rest []byte
	pace *raster.Pace
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.pace.Spend(len(p)); err != nil {
		return 0, err
	}
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// ReadByte keeps decompressors from reading through a buffer of their own.
func (s *source) ReadByte() (byte, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	if err := s.pace.Spend(1); err != nil {
		return 0, err
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return b, nil
}

// expander decompresses the rows of one plane, block after block.
type expander struct {
	method uint32
	source source
	lzw    *lzw.Reader
	zlib   io.ReadCloser
	fax    io.Reader

	literal, run int  // of PackBits: bytes that are left of the present packet
	value        byte // of the run
}

// open begins a block of so many rows. The errors here are the decompressors' own, or the context's: Decoder.note tells
// which, and gives only the first a text, since hostile data can have one in each of its strips.
func (e *expander) open(p *picture, block []byte, rows int, pace *raster.Pace) (err error) {
	e.method = p.compression
	e.source = source{rest: block, pace: pace}
	switch e.method {
	case lzwCodes:
		if e.lzw == nil {
			e.lzw = new(lzw.Reader)
		}
		e.lzw.ResetTIFF()
	case deflate:
		if e.zlib == nil {
			// No reader comes of data that does not begin like zlib's, so the first begins with what does.
			if e.zlib, err = zlib.NewReader(strings.NewReader("\x78\x9c")); err != nil {
				return err
			}
		}
		err = e.zlib.(zlib.Resetter).Reset(&e.source, nil)
	case group3, group4:
		order, form := ccitt.MSB, ccitt.Group3
		if p.field(tagFillOrder).or(1) == 2 {
			order = ccitt.LSB
		}
		if e.method == group4 {
			form = ccitt.Group4
		}
		e.fax = ccitt.NewReader(&e.source, order, form, p.blockWidth, rows,
			&ccitt.Options{Invert: p.photometric == whiteIsZero})
	case packBits:
		e.literal, e.run = 0, 0
	}
	return err
}

// read fills a row.
func (e *expander) read(row []byte) (err error) {
	switch e.method {
	case none:
		if len(e.source.rest) < len(row) {
			err = io.ErrUnexpectedEOF
		}
		n := copy(row, e.source.rest)
		e.source.rest = e.source.rest[n:]
	case packBits:
		err = e.unpack(row)
	case lzwCodes:
		err = e.lookUp(row)
	case deflate:
		_, err = io.ReadFull(e.zlib, row)
	default:
		_, err = io.ReadFull(e.fax, row)
	}
	if err == nil {
		return e.source.pace.Spend(len(row))
	}
	return err
}

// lookUp expands LZW, a piece of the data at a time.
func (e *expander) lookUp(row []byte) error {
	for {
		piece := e.source.rest[:min(len(e.source.rest), 32<<10)]
		n, used, err := e.lzw.Next(row, piece)
		e.source.rest = e.source.rest[used:]
		row = row[n:]
		switch {
		case len(row) == 0:
			return nil
		case err != nil:
			return err
		case len(e.source.rest) == 0:
			return io.ErrUnexpectedEOF
		}
		if err := e.source.pace.Spend(used + 1); err != nil {
			return err
		}
	}
}

// unpack expands PackBits. Source: TIFF 6.0, section 9.
func (e *expander) unpack(row []byte) error {
	for len(row) > 0 {
		switch {
		case e.run > 0:
			n := min(e.run, len(row))
			for i := range row[:n] {
				row[i] = e.value
			}
			row, e.run = row[n:], e.run-n
			continue
		case e.literal > 0:
			n := copy(row, e.source.rest[:min(e.literal, len(e.source.rest))])
			if n == 0 {
				return io.ErrUnexpectedEOF
			}
			row, e.literal, e.source.rest = row[n:], e.literal-n, e.source.rest[n:]
			continue
		}
		code, err := e.source.ReadByte()
		if err != nil {
			return err
		}
		switch n := int(int8(code)); {
		case n >= 0:
			e.literal = n + 1
		case n > -128:
			e.run = 1 - n
			if e.value, err = e.source.ReadByte(); err != nil {
				return err
			}
		}
	}
	return nil
}

// close verifies what comes behind the rows, of which some of a tile's may not have been read: row is room for one. An
// error says that the block's checksum does not hold, or is not there.
func (e *expander) close(unread int, row []byte) error {
	if e.method != deflate {
		return nil
	}
	for range unread + 1 {
		n, err := io.ReadFull(e.zlib, row)
		if err == io.EOF || err == io.ErrUnexpectedEOF && n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.source.pace.Spend(n); err != nil {
			return err
		}
	}
	return nil
}
