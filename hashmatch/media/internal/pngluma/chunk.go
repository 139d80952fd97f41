package pngluma

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/hashmatch/engine/hashmatch"
)

var (
	errChecksum = fmt.Errorf("wrong checksum: %w", hashmatch.ErrCorrupt)
	errOrder    = fmt.Errorf("out of order: %w", hashmatch.ErrCorrupt)
	errLength   = fmt.Errorf("wrong length: %w", hashmatch.ErrCorrupt)
)

// The names of chunks that are read.
const (
	ihdr      = 'I'<<24 | 'H'<<16 | 'D'<<8 | 'R'
	plte      = 'P'<<24 | 'L'<<16 | 'T'<<8 | 'E'
	trns      = 't'<<24 | 'R'<<16 | 'N'<<8 | 'S'
	exifChunk = 'e'<<24 | 'X'<<16 | 'I'<<8 | 'f'
	idat      = 'I'<<24 | 'D'<<16 | 'A'<<8 | 'T'
	iend      = 'I'<<24 | 'E'<<16 | 'N'<<8 | 'D'
)

// chunk is one chunk of a file.
type chunk struct {
	name   uint32
	length int64  // as claimed
	body   []byte // what there is of it
	named  []byte // name and body, which the checksum is of; with the checksum behind them unless cut
	end    int    // where the next one begins
	cut    bool   // the file ends within it
}

// nextChunk returns the chunk at pos, and false if not even its length and name are there.
func nextChunk(data []byte, pos int) (chunk, bool) {
	rest := data[pos:]
	if len(rest) < 8 {
		return chunk{}, false
	}
	c := chunk{name: binary.BigEndian.Uint32(rest[4:]), length: int64(binary.BigEndian.Uint32(rest))}
	if c.length+12 > int64(len(rest)) {
		c.cut, c.end = true, len(data)
		c.body = rest[8:][:min(c.length, int64(len(rest)-8))]
		return c, true
	}
	n := int(c.length)
	c.body, c.named, c.end = rest[8:][:n], rest[4:][:n+8], pos+n+12
	return c, true
}

// title returns the name as text.
func (c *chunk) title() string {
	return string(binary.BigEndian.AppendUint32(nil, c.name))
}

// crcBlock is how many bytes are summed between two looks at the context.
const crcBlock = 512 << 10

// sound reports whether the checksum holds. It gives up when the context ends.
func (c *chunk) sound(ctx context.Context) bool {
	n := len(c.named) - 4
	rest, sum := c.named[:n], uint32(0)
	for len(rest) > 0 && ctx.Err() == nil {
		n := min(len(rest), crcBlock)
		sum = crc32.Update(sum, crc32.IEEETable, rest[:n])
		rest = rest[n:]
	}
	return len(rest) == 0 && sum == binary.BigEndian.Uint32(c.named[n:])
}

// source gives the inflater the bodies of consecutive IDAT chunks, each after its checksum was found right, and of one
// that is cut what there is.
type source struct {
	ctx  context.Context
	data []byte
	at   int   // of the next chunk
	end  error // what kind of end it has come to; nil before
}

// The ends of the pixel data. Only the second may be no fault: the stream may have ended before it.
var (
	errCut     = fmt.Errorf("the file ends within the pixels: %w", hashmatch.ErrCorrupt)
	errNoMore  = fmt.Errorf("the pixel data ends before the last row: %w", hashmatch.ErrCorrupt)
	errUnsound = fmt.Errorf("chunk \"IDAT\": %w", errChecksum)
)

// Segment is inflate.Source's.
func (s *source) Segment() ([]byte, bool) {
	if s.end != nil {
		return nil, false
	}
	c, ok := nextChunk(s.data, s.at)
	switch {
	case !ok:
		s.at, s.end = len(s.data), errCut
	case c.name != idat:
		s.end = errNoMore
	case !c.cut && !c.sound(s.ctx):
		s.end = errUnsound
	default:
		s.at = c.end
		return c.body, true
	}
	return nil, false
}

// fault says why there is no more.
func (s *source) fault() error { return fmt.Errorf("pngluma: at byte %d, %w", s.at, s.end) }
