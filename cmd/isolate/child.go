package isolate

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/hashmatch/engine/hashmatch"
)

const (
	greeting  = 30 * time.Second     // how long a child may take to say hello, on a machine that does much else
	parting   = time.Second / 2      // how long it may take to die after it has closed a pipe
	allowance = 4 * time.Millisecond // what it may take for a chunk beside the limit, so that large files are not late
	lastFlush = time.Second          // how long its standard error is read after its death, should another process hold it
)

// environment is what every child has: no traces of goroutines for a panic, and one thread to compute beside one for the
// collector, however many processors there are, since there are many children.
var environment = []string{"GOTRACEBACK=none", "GOMAXPROCS=2"}

// The reasons for which a child is ended besides those of a context.
var (
	errSurplus = errors.New("no longer needed")
	errMute    = errors.New("it closed a pipe")
)

// child is the parent's end of one child. It is used by one call at a time; kill, alive and wait are safe beside it.
type child struct {
	cmd     *exec.Cmd
	in      *os.File // its standard input
	out     *os.File // its standard output
	replies *bufio.Reader
	words   lastWords
	walls   Confinement
	release func() // of what the system holds for it

	limit  time.Duration
	left   time.Duration // what it may still make the parent wait for this file
	memory int64
	timer  *time.Timer // kills it when that is over

	serial uint64 // of the file
	buf    []byte // what is to be written, in which a chunk begins at chunk
	chunk  int
	closed bool // the file's end was written
	lost   bool // it does not take what is written

	done chan struct{} // closed when it is gone; its state is known then

	mu     sync.Mutex
	reason error // why it was killed; nil if it was not
}

// launch starts the process.
func (c *child) launch(cmd *exec.Cmd, memory int64) error {
	input, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer input.Close()
	out, output, err := os.Pipe()
	if err != nil {
		in.Close()
		return err
	}
	defer output.Close()
	cmd.Env = append(slices.Clone(environment), cmd.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, output, &c.words
	cmd.WaitDelay = lastFlush
	prepare(cmd)
	if err := cmd.Start(); err != nil {
		in.Close()
		out.Close()
		return err
	}
	c.cmd, c.in, c.out, c.done = cmd, in, out, make(chan struct{})
	c.replies = bufio.NewReader(out)
	c.timer = time.AfterFunc(greeting, func() { c.kill(context.DeadlineExceeded) })
	widen(in)
	if c.release, err = contain(&c.walls, cmd.Process, memory); err != nil {
		c.timer.Stop()
		cmd.Process.Kill()
		cmd.Wait()
		in.Close()
		out.Close()
	}
	return err
}

// wait takes the child's end from the system, so that no zombie remains.
func (c *child) wait() {
	c.cmd.Wait()
	c.release()
	close(c.done)
}

func (c *child) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// kill ends the child at once. The first reason counts.
func (c *child) kill(reason error) {
	c.mu.Lock()
	if c.reason == nil {
		c.reason = reason
	}
	c.mu.Unlock()
	c.cmd.Process.Kill() // which does nothing after wait
}

// end kills the child, if it still lives, and waits until it is gone.
func (c *child) end() {
	c.timer.Stop()
	c.kill(errSurplus)
	<-c.done
	c.in.Close()
	c.out.Close()
}

// greet receives the child's hello. The clock has been running since its start.
func (c *child) greet() error {
	var h hello
	err := readFrame(c.replies, &h)
	inTime := c.timer.Stop()
	switch {
	case err != nil:
		return c.fault(err)
	case h.Protocol != protocol:
		return malformed("it speaks version %d of the protocol, not %d", h.Protocol, protocol)
	case !inTime:
		return c.obituary()
	}
	if err := h.Confinement.check(); err != nil {
		return err
	}
	c.walls = append(h.Confinement, c.walls...)
	return nil
}

// begin opens a file of so many bytes, as far as is known; negative means unknown. Nothing is written yet.
func (c *child) begin(expected int64) {
	c.words.forget()
	c.left, c.closed = c.limit, false
	c.serial++
	c.buf = binary.LittleEndian.AppendUint32(c.buf[:0], magic)
	c.buf = binary.LittleEndian.AppendUint64(c.buf, c.serial)
	c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(expected))
	c.open()
}

// open begins a chunk, whose length is filled in later.
func (c *child) open() {
	c.chunk = len(c.buf)
	c.buf = append(c.buf, 0, 0, 0, 0)
}

// filled returns how many bytes the chunk has.
func (c *child) filled() int { return len(c.buf) - c.chunk - 4 }

// send takes the next bytes of the file. It has no error: a child that is lost takes no more, and is asked about at the
// end.
func (c *child) send(p []byte) {
	for len(p) > 0 && !c.lost {
		n := min(len(p), mostChunk-c.filled())
		c.buf = append(c.buf, p[:n]...)
		p = p[n:]
		if c.filled() == mostChunk {
			c.flush()
			c.open()
		}
	}
}

// flush writes what there is. The clock runs while the child does not take it, over all of a file: a child that takes a
// little now and then would never be late.
func (c *child) flush() {
	binary.LittleEndian.PutUint32(c.buf[c.chunk:], uint32(c.filled()))
	c.timer.Reset(c.left)
	began := time.Now()
	_, err := c.in.Write(c.buf)
	if !c.timer.Stop() || err != nil {
		c.lost = true
	}
	c.left = max(c.left-time.Since(began)+allowance, 0)
	c.buf = c.buf[:0]
}

// close ends the file. Doing it again does nothing.
func (c *child) close() {
	if c.closed || c.lost {
		return
	}
	c.closed = true
	if c.filled() > 0 {
		binary.LittleEndian.PutUint32(c.buf[c.chunk:], uint32(c.filled()))
		c.open()
	}
	c.flush()
}

// finish takes the answer into fp. The first error is what the child reports of the file; the second says why there is
// no answer, and that the child is not to be used again.
func (c *child) finish(fp *hashmatch.Fingerprint, w *wanted) (reported, fault error) {
	c.close()
	if c.lost {
		return nil, c.fault(io.ErrClosedPipe)
	}
	c.timer.Reset(c.limit)
	var a answer
	err := readFrame(c.replies, &a)
	inTime := c.timer.Stop()
	switch {
	case err != nil:
		return nil, c.fault(err)
	case a.Serial != c.serial || c.replies.Buffered() > 0:
		return nil, c.babble(malformed("it speaks out of turn"))
	}
	reported, err = a.take(fp, w)
	switch {
	case err != nil:
		return nil, c.babble(err)
	case !inTime:
		c.kill(errSurplus)
		<-c.done // so that nobody takes it for a living one
	}
	return reported, nil
}

// fault returns why nothing could be written to the child, or read from it because of err. If it is dying, it is given
// the time to, since its end tells more than a pipe's.
func (c *child) fault(err error) error {
	if errors.Is(err, hashmatch.ErrFormat) {
		return c.babble(err)
	}
	select {
	case <-c.done:
	case <-time.After(parting):
		c.kill(errMute)
		<-c.done
	}
	return c.obituary()
}

// babble is the error of an answer that is none.
func (c *child) babble(err error) error {
	return fmt.Errorf("%w: its answer: %w", hashmatch.ErrCrashed, err)
}

// obituary returns why the child is gone.
func (c *child) obituary() error {
	<-c.done
	c.mu.Lock()
	reason := c.reason
	c.mu.Unlock()
	words := c.words.String()
	switch {
	case c.words.memory():
		return fmt.Errorf("it wanted more than %d bytes of memory: %w", c.memory, hashmatch.ErrLimit)
	case errors.Is(reason, context.DeadlineExceeded):
		return fmt.Errorf("it took too long: %w", reason)
	case reason == errMute:
		return fmt.Errorf("%w: %w", hashmatch.ErrCrashed, reason)
	case reason != nil:
		return reason
	case words != "":
		return fmt.Errorf("%w: %s: %s", hashmatch.ErrCrashed, c.cmd.ProcessState, words)
	}
	return fmt.Errorf("%w: %s", hashmatch.ErrCrashed, c.cmd.ProcessState)
}
