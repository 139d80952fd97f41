package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/hashmatch/engine/hashmatch"
)

// Documents come as they are, or packed with gzip or zstd, which is found by their first bytes and not by their name.
// Several members or frames one after the other are one document. What follows the last is an error, and so is a stream
// that is cut: nothing of it is kept.

// maxPackings is how many packings a document may have around it: one, and one within that.
const maxPackings = 2

// maxWindow is how far back a zstd stream may reach, which its decoder keeps in memory: what zstd itself allows without
// being told otherwise.
const maxWindow = 128 << 20

// A document may unpack to maxGrowth times its packed bytes and to freeGrowth besides. Deflate cannot do more; zstd can,
// and so can a packing within another, to keep a reader busy for days with a few bytes.
const (
	maxGrowth  = 1100
	freeGrowth = 64 << 20
)

// unpacked is a document without its packings.
type unpacked struct {
	*bufio.Reader
	packings []string // the outermost first
	closers  []func()
}

// unpack takes the packings off a document. What it returns is to be closed, also on error.
func unpack(r io.Reader) (*unpacked, error) {
	document := &source{r: r}
	u := &unpacked{Reader: bufio.NewReaderSize(document, headSize)}
	below := document
	for {
		name, err := packingOf(u.Reader)
		if err != nil || name == "" {
			return u, err
		}
		if len(u.packings) == maxPackings {
			return u, fmt.Errorf("%w: packed more than %d times", hashmatch.ErrUnsupported, maxPackings)
		}
		u.packings = append(u.packings, name)
		layer := &packing{name: name, below: below, document: document}
		if err := layer.open(u); err != nil {
			return u, layer.fault(err)
		}
		below = &source{r: layer}
		u.Reader = bufio.NewReaderSize(below, headSize)
	}
}

// packingOf says how a document is packed, by its first bytes; "" is not at all.
func packingOf(b *bufio.Reader) (string, error) {
	magic, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b\x08")):
		return "gzip", nil
	case len(magic) == 4 && (string(magic) == "\x28\xb5\x2f\xfd" || magic[0]&0xf0 == 0x50 && string(magic[1:]) == "\x2a\x4d\x18"):
		return "zstd", nil
	}
	return "", nil
}

// close gives back what unpacking holds.
func (u *unpacked) close() {
	for _, c := range u.closers {
		c()
	}
}

// name is the packings as a report names them: "gzip", "zstd in gzip", "" without any.
func (u *unpacked) name() string {
	inner := slices.Clone(u.packings)
	slices.Reverse(inner)
	return strings.Join(inner, " in ")
}

// finish reads what a format left of a packed document, whose checksums stand at its end.
func (u *unpacked) finish() error {
	if len(u.packings) == 0 {
		return nil
	}
	_, err := io.Copy(io.Discard, u.Reader)
	return err
}

// source is what a packing is read from. It counts, and remembers how reading ended: unpackers may take another error for
// the end, or the end for an error.
type source struct {
	r    io.Reader
	n    int64
	err  error // what reading failed with
	ends bool  // there is no more
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	switch {
	case err == io.EOF:
		s.ends = true
	case err == io.ErrUnexpectedEOF:
		err = fmt.Errorf("%w: %w", hashmatch.ErrIncomplete, err)
		s.err = err
	case err != nil:
		s.err = err
	}
	return n, err
}

// packing unpacks.
type packing struct {
	name            string
	unpacker        io.Reader
	below, document *source
	n               int64 // bytes so far
}

func (p *packing) open(u *unpacked) (err error) {
	if p.name == "gzip" {
		p.unpacker, err = gzip.NewReader(u.Reader)
		return err
	}
	// One block at a time and no goroutine: what is not read costs nothing.
	d, err := zstd.NewReader(u.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return err
	}
	p.unpacker = d
	u.closers = append(u.closers, d.Close)
	return nil
}

func (p *packing) Read(b []byte) (int, error) {
	n, err := p.unpacker.Read(b)
	p.n += int64(n)
	switch {
	case p.below.err != nil: // whatever the unpacker makes of it
		return n, p.below.err
	case p.n > maxGrowth*p.document.n+freeGrowth:
		return n, fmt.Errorf("%s: %w: unpacks to more than %d times its size", p.name, hashmatch.ErrLimit, maxGrowth)
	case err != nil && err != io.EOF:
		return n, p.fault(err)
	}
	return n, err
}

// fault is an unpacker's error with the sentinel that says what is wrong.
func (p *packing) fault(err error) error {
	switch {
	case p.below.err != nil:
		return p.below.err
	case p.below.ends && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)):
		return fmt.Errorf("%s: %w: the packed document is cut", p.name, hashmatch.ErrIncomplete)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, zstd.ErrMagicMismatch):
		return fmt.Errorf("%s: %w: other bytes follow the packed document, or stand in its place", p.name, hashmatch.ErrFormat)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("%s: %w: takes more than %d MiB of memory: unpack it first", p.name, hashmatch.ErrLimit, maxWindow>>20)
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return fmt.Errorf("%s: %w: a dictionary is needed to unpack it", p.name, hashmatch.ErrUnsupported)
	}
	return fmt.Errorf("%s: %w: %w", p.name, hashmatch.ErrCorrupt, err)
}
