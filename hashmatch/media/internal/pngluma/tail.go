package pngluma

import (
	"bufio"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"math"

	"github.com/hashmatch/engine/hashmatch"
)

// tail goes through the chunks from the first of pixels on and returns where the picture ends. stream is the length of
// the compressed pixels if all is well so far, otherwise 0: then it looks only for the end, and a fault is none.
func (p *picture) tail(ctx context.Context, data []byte, stream int64) (end int, fault error) {
	whole := stream > 0
	note := func(pos int, c *chunk, err error) {
		if whole && fault == nil {
			fault = fmt.Errorf("pngluma: chunk %q at byte %d: %w", c.title(), pos, err)
		}
	}
	for pos := p.pixels; ctx.Err() == nil; {
		c, ok := nextChunk(data, pos)
		if !ok || c.cut {
			if whole && fault == nil {
				fault = fmt.Errorf("pngluma: the file ends at byte %d, before an IEND chunk: %w", len(data), hashmatch.ErrCorrupt)
			}
			return len(data), fault
		}
		if stream > 0 {
			stream -= c.length
			if stream < 0 && !overlooked(ctx, data[p.pixels:c.end], -stream) {
				note(pos, &c, errTrailing)
			}
		} else if whole && fault == nil {
			if err := p.trailing(ctx, &c); err != nil {
				note(pos, &c, err)
			}
		}
		if c.name == iend {
			return c.end, fault
		}
		pos = c.end
	}
	return len(data), context.Cause(ctx)
}

var errTrailing = fmt.Errorf("bytes after the end of the pixel data: %w", hashmatch.ErrCorrupt)

// trailing checks a chunk behind the pixels. More pixel data is allowed there, and is not looked at.
func (p *picture) trailing(ctx context.Context, c *chunk) error {
	switch {
	case !c.sound(ctx):
		return errChecksum
	case c.name == ihdr || c.name == plte || c.name == trns:
		return errOrder
	case c.name == iend && c.length != 0 || c.length > math.MaxInt32:
		return errLength
	}
	return nil
}

// overlooked reports whether image/png overlooks bytes between the end of the zlib stream and the end of the last chunk
// that it lies in, which no encoder writes. It does if its buffer of 4 KiB had taken them in when the stream ended, and
// that depends on how the stream was read up to there. So the chunks are read that way once more.
func overlooked(ctx context.Context, chunks []byte, rest int64) bool {
	const buffer = 4 << 10
	if rest >= buffer {
		return false
	}
	r := replay{ctx: ctx, data: chunks}
	z, err := zlib.NewReader(bufio.NewReaderSize(&r, buffer))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, z)
	return err == nil && len(r.body) == 0
}

// replay reads the bodies of IDAT chunks as image/png does: never more than one at a time.
type replay struct {
	ctx  context.Context
	data []byte // the chunks, whole and sound
	pos  int
	body []byte
}

func (r *replay) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	for len(r.body) == 0 {
		c, ok := nextChunk(r.data, r.pos)
		if !ok {
			return 0, io.ErrUnexpectedEOF
		}
		r.body, r.pos = c.body, c.end
	}
	n := copy(p, r.body)
	r.body = r.body[n:]
	return n, nil
}
