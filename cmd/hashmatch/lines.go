package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/hashmatch/engine/hashmatch/report"
)

// contextReader lets an interrupt end a read that waits for input that may never come, such as a terminal's.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

type readResult struct {
	data []byte
	err  error
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	// The read gets a buffer of its own: after an interrupt it may still be filled when nobody looks any more.
	done := make(chan readResult, 1)
	go func() {
		buf := make([]byte, min(len(p), 64<<10))
		n, err := c.r.Read(buf)
		done <- readResult{buf[:n], err}
	}()
	select {
	case r := <-done:
		return copy(p, r.data), r.err
	case <-c.ctx.Done():
		return 0, context.Cause(c.ctx)
	}
}

// openInput opens a file that is to be read through once, which may be a pipe: waiting for its other end stops with ctx.
func openInput(ctx context.Context, path string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// lineWriter writes JSON lines; they are handed out by flush.
type lineWriter struct{ b *bufio.Writer }

func newLineWriter(w io.Writer) *lineWriter { return &lineWriter{bufio.NewWriter(w)} }

func (l *lineWriter) write(v any) error {
	line, err := report.Line(v)
	if err != nil {
		return err
	}
	_, err = l.b.Write(line)
	return err
}

func (l *lineWriter) flush() error { return l.b.Flush() }

// maxInputLine is the longest line of input that is read.
const maxInputLine = 1 << 20

// errLongLine is the error of a line over maxInputLine.
var errLongLine = errors.New("line of more than 1 MiB")

// lineReader reads lines without their ends. idle reports whether the next line may have
// to be waited for.
type lineReader struct {
	b     *bufio.Reader
	begun bool
}

func newLineReader(ctx context.Context, r io.Reader) *lineReader {
	return &lineReader{b: bufio.NewReaderSize(&contextReader{ctx, r}, maxInputLine)}
}

func (l *lineReader) idle() bool {
	there, err := l.b.Peek(l.b.Buffered())
	return err != nil || bytes.IndexByte(there, '\n') < 0
}

// next returns the next line, errLongLine in place of one that is too long, and io.EOF after the last.
func (l *lineReader) next() (string, error) {
	line, err := l.b.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = l.b.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return "", errLongLine
	}
	if err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)) {
		return "", err
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
	if !l.begun { // some editors put a byte order mark before a text
		l.begun = true
		text = strings.TrimPrefix(text, "\ufeff")
	}
	return text, nil
}
