package isolate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// Sum reads r to its end and returns the fingerprint of what it read, as media.Hasher's method of that name does, with
// the same errors. Those of a child that gave no answer wrap hashmatch.ErrLimit if it wanted more memory than
// Config.Memory, context.DeadlineExceeded if it took longer than Config.Time, and hashmatch.ErrCrashed, with how it ended
// and what it said last, otherwise. Whatever becomes of a child, the fingerprint holds size, digests and format.
func (p *Pool) Sum(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	if p.ctx.Err() != nil {
		return hashmatch.Fingerprint{}, ErrClosed
	}
	src := newSource(ctx, r)
	_, format := media.Extent(src.head)
	if p.plain || format == "" || format == hashmatch.FormatOther || !p.config.Decodes(format) {
		fp, err := p.digest(ctx, src)
		if err == nil && !p.plain && fp.Media() {
			err = fmt.Errorf("isolate: %s: no decoder: %w", format, hashmatch.ErrUnsupported)
		}
		return fp, err
	}
	c, fault := p.acquire(ctx)
	if fault != nil {
		fp, err := p.digest(ctx, src)
		if err == nil {
			err = fmt.Errorf("isolate: %s: %w", format, fault)
		}
		return fp, err
	}
	defer func() { <-p.places }()
	fp, reported, fault := p.with(ctx, c, src)
	if fault != nil {
		return fp, fault
	}
	return fp, reported
}

// with sends what it digests to a child and adds the child's answer. The second error says that there is none.
func (p *Pool) with(ctx context.Context, c *child, src *source) (fp hashmatch.Fingerprint, reported, fault error) {
	stop := context.AfterFunc(ctx, func() { c.kill(context.Cause(ctx)) })
	c.begin(src.size)
	src.child = c
	fp, fault = p.digest(ctx, src)
	if fault == nil {
		if reported, fault = c.finish(&fp, &p.wanted); fault != nil {
			fault = fmt.Errorf("isolate: %s: %w", fp.Format, fault)
		}
	}
	// A decoder that panicked may have left something broken behind, and a child whose file was not sent to its end waits
	// for the rest.
	again := stop() && fault == nil && !errors.Is(reported, hashmatch.ErrCrashed)
	if again && c.serial < uint64(p.config.Files) {
		p.rest(c)
	} else {
		c.end()
	}
	return fp, reported, fault
}

// digest reads the whole source. Its error is that of reading, or that the file is over the limit.
func (p *Pool) digest(ctx context.Context, src *source) (hashmatch.Fingerprint, error) {
	fp, err := p.digests.Sum(ctx, src)
	if !p.keep {
		fp.Digests = nil
	}
	return fp, err
}

// headLen is how many of a file's first bytes show its format: as many as media looks at.
const headLen = 1024

// source is a file on its way to the digests, whose beginning was looked at before, and a child that gets it too.
type source struct {
	r     io.Reader
	head  []byte // read already
	err   error  // how reading the head ended
	size  int64  // of the whole, as far as the reader knows; negative unknown
	given int64  // bytes that were read from here
	child *child // nil for none
}

// newSource reads the head of r.
func newSource(ctx context.Context, r io.Reader) *source {
	s := &source{r: r, head: make([]byte, 0, headLen), size: -1}
	for idle := 0; len(s.head) < headLen && s.err == nil && idle < 100 && ctx.Err() == nil; idle++ {
		var n int
		n, s.err = r.Read(s.head[len(s.head):headLen])
		s.head = s.head[:len(s.head)+n]
		if n > 0 {
			idle = 0
		}
	}
	switch r := r.(type) {
	case interface{ Len() int }:
		s.size = int64(len(s.head)) + int64(r.Len())
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			s.size = info.Size()
		}
	}
	return s
}

// Len returns how many bytes are left, as far as is known: a hint for the size of a buffer.
func (s *source) Len() int { return int(min(max(s.size-s.given, 0), math.MaxInt)) }

// Read sends what it returns to the child too. The child is told of the end at once, so that it works while the parent
// digests.
func (s *source) Read(b []byte) (n int, err error) {
	switch {
	case s.given < int64(len(s.head)):
		n = copy(b, s.head[s.given:])
	case s.err != nil:
		err = s.err
	default:
		n, err = s.r.Read(b)
	}
	s.given += int64(n)
	if s.child != nil {
		s.child.send(b[:n])
		if err == io.EOF {
			s.child.close()
		}
	}
	return n, err
}
