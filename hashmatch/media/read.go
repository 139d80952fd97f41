package media

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/hashmatch/engine/hashmatch"
)

// intake reads a source to its end, once: a file that shall be decoded is kept, and its digests wait; of all others every
// byte goes to the digests as it comes.
type intake struct {
	w       *worker
	memory  fileMemory
	format  string
	size    int64
	data    []byte // the file so far, if it is kept
	keeping bool
	tooLong bool // it was to be kept, and was longer than Limits.FileBytes
}

// blockSize is how many bytes are read and digested at a time: few enough that they stay in the core's caches.
const blockSize = 64 << 10

// read takes everything from r. decodable says of a format whether a file of it is to be kept.
func (in *intake) read(ctx context.Context, r io.Reader, decodable func(format string) bool) error {
	block := &in.w.block
	n, err := fill(ctx, r, block[:])
	in.size = int64(n)
	in.format = sniff(block[:min(n, sniffLen)])
	if decodable(in.format) {
		in.keeping = true
		if err := in.reserve(ctx, min(announced(r, int64(n)), in.memory.budget.limits.FileBytes)+1); err != nil {
			return err
		}
	}
	if in.keeping {
		in.data = append(in.data, block[:n]...)
	} else {
		in.w.digests.Write(block[:n])
	}
	for err == nil {
		dst := block[:]
		if in.keeping {
			if len(in.data) == cap(in.data) {
				if err := in.reserve(ctx, int64(cap(in.data))+1); err != nil {
					return err
				}
				continue
			}
			dst = in.data[len(in.data):cap(in.data)]
			dst = dst[:min(len(dst), blockSize)]
		}
		n, err = fill(ctx, r, dst)
		in.size += int64(n)
		if in.keeping {
			in.data = in.data[:len(in.data)+n]
		} else {
			in.w.digests.Write(dst[:n])
		}
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// reserve makes room for at least n bytes, or gives the file up when those are over the limit. The buffer is one byte
// longer than the longest file, so that a file's end shows.
func (in *intake) reserve(ctx context.Context, n int64) error {
	most := in.memory.budget.limits.FileBytes + 1
	if n > most {
		in.w.digests.Write(in.data)
		in.keeping, in.tooLong, in.data, in.w.file = false, true, nil, nil
		in.memory.release()
		return nil
	}
	size := min(max(n, 2*int64(cap(in.data))), most)
	if err := in.memory.grow(ctx, size); err != nil {
		return err
	}
	if int64(cap(in.w.file)) < size {
		in.w.file = append(make([]byte, 0, size), in.data...)
	}
	// The buffer of an earlier, longer file must not let this one pass the limit.
	in.data = in.w.file[:len(in.data):size]
	return nil
}

// fill reads until dst is full or the source ends or fails, and looks at ctx before each read.
func fill(ctx context.Context, r io.Reader, dst []byte) (n int, err error) {
	for idle := 0; n < len(dst) && err == nil; {
		if ctx.Err() != nil {
			return n, context.Cause(ctx)
		}
		var m int
		m, err = r.Read(dst[n:])
		n += m
		if m > 0 {
			idle = 0
		} else if idle++; idle > 100 {
			return n, io.ErrNoProgress
		}
	}
	return n, err
}

// announced returns how long a source says it is, after n bytes of it have been read: n if it does not say. It is a
// hint for the buffer's first size, nothing more.
func announced(r io.Reader, n int64) int64 {
	switch s := r.(type) {
	case interface{ Len() int }:
		return n + int64(s.Len())
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := s.Stat(); err == nil && info.Mode().IsRegular() {
			return max(n, info.Size())
		}
	}
	return n
}

// errTooLong is the error of a picture file that is over Limits.FileBytes.
func (in *intake) errTooLong() error {
	return fmt.Errorf("%d bytes, and Limits.FileBytes is %d: %w",
		in.size, in.memory.budget.limits.FileBytes, hashmatch.ErrLimit)
}
