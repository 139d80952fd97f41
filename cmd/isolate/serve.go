package isolate

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/hashmatch/engine/hashmatch"
)

// Sum makes a fingerprint of content, as the method of media.Hasher and scan.Hasher does.
type Sum func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error)

// Serve is a child's work: it takes files from in, one at a time, gives them to sum and writes what sum found to out,
// until in ends. In is the child's standard input and out its standard output; nothing else may write there. The reader
// that sum gets has a Len, as far as the parent knows the file's size. Before anything else Serve tells the parent how
// this process is confined.
//
// When in ends in the middle of a file, the parent is gone: Serve cancels the context of sum and returns an error at
// once, even if sum does not; the process is to end then. A panic of sum is not caught: it ends the child, which is what
// a child is for.
func Serve(in io.Reader, out io.Writer, c Confinement, sum Sum) error {
	if err := writeFrame(out, hello{protocol, c}); err != nil {
		return fmt.Errorf("isolate: to the parent: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := server{ctx: ctx, in: bufio.NewReaderSize(in, mostChunk), out: out, sum: sum}
	_, err := s.in.Peek(1)
	for err == nil {
		err = s.next()
	}
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("isolate: from the parent: %w", err)
}

type server struct {
	ctx context.Context
	in  *bufio.Reader
	out io.Writer
	sum Sum
}

// next serves one file and waits for the beginning of another. Its error is io.EOF if there is none.
func (s *server) next() error {
	up, serial, err := s.request()
	if err != nil {
		return err
	}
	answers := make(chan *answer, 1)
	go func() {
		fp, err := s.sum(s.ctx, up)
		answers <- answerOf(serial, &fp, err)
	}()
	var a *answer
	select {
	case a = <-answers:
	case err := <-up.after:
		return early(err)
	}
	if err := up.finish(); err != nil {
		return err
	}
	if err := writeFrame(s.out, a); err != nil {
		return err
	}
	return <-up.after
}

// early is the error of something that came from the parent, its end above all, while it should have waited.
func early(err error) error {
	if err == nil {
		return malformed("a request before the last was answered")
	}
	return noEOF(err)
}

// request reads what stands before a file.
func (s *server) request() (*upload, uint64, error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return nil, 0, noEOF(err)
	}
	if m := binary.LittleEndian.Uint32(head[:]); m != magic {
		return nil, 0, malformed("a request that begins with %#x", m)
	}
	serial := binary.LittleEndian.Uint64(head[4:])
	expected := int64(binary.LittleEndian.Uint64(head[12:]))
	return &upload{in: s.in, expected: expected, after: make(chan error, 1)}, serial, nil
}

// upload is a file on its way in. When the file's end has been read, it goes on to look at what comes after: the next
// request, or the end of input, which must be noticed while the file is still worked on.
type upload struct {
	in       *bufio.Reader
	expected int64 // the file's size as the parent was told it; negative unknown
	taken    int64
	chunk    uint32 // bytes left of the chunk
	ended    bool
	err      error
	after    chan error // gets nil when the next request begins, or why there is none
}

func (u *upload) Read(p []byte) (int, error) {
	for u.chunk == 0 && !u.ended && u.err == nil {
		u.begin()
	}
	switch {
	case u.err != nil:
		return 0, u.err
	case u.ended:
		return 0, io.EOF
	}
	n, err := u.in.Read(p[:min(len(p), int(u.chunk))])
	u.chunk -= uint32(n)
	u.taken += int64(n)
	u.err = noEOF(err)
	return n, u.err
}

// begin reads the length of the next chunk.
func (u *upload) begin() {
	var head [4]byte
	if _, err := io.ReadFull(u.in, head[:]); err != nil {
		u.err = noEOF(err)
		return
	}
	u.chunk = binary.LittleEndian.Uint32(head[:])
	switch {
	case u.chunk > mostChunk:
		u.err = malformed("a chunk of %d bytes", u.chunk)
	case u.chunk == 0:
		u.ended = true
		go func() {
			_, err := u.in.Peek(1)
			u.after <- err
		}()
	}
}

// finish reads what sum has left.
func (u *upload) finish() error {
	if _, err := io.Copy(io.Discard, u); err != nil {
		return fmt.Errorf("within a file: %w", err)
	}
	return nil
}

// Len returns how many bytes are to come, as far as the parent was told: a hint for the size of a buffer.
func (u *upload) Len() int { return int(min(max(u.expected-u.taken, 0), math.MaxInt)) }
