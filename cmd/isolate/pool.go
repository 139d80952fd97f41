package isolate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// Pool makes fingerprints with the help of children. All methods may be called concurrently.
type Pool struct {
	config  Config
	wanted  wanted       // of the children
	digests media.Hasher // see digester
	keep    bool         // what digests computes is asked for
	plain   bool         // there is nothing to decode for

	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	places chan struct{} // holds one for each child that may be at work
	starts chan start    // to the thread that starts children
	ended  chan struct{} // closed when that thread is at its end

	mu     sync.Mutex
	idle   []*child
	all    map[*child]bool // those that have not been waited for
	waits  sync.WaitGroup  // for all of these
	closed bool
	walls  Confinement // of the first child
}

// start asks for a child.
type start struct {
	child *child
	err   chan error
}

// New returns a Pool, which must be closed. Unless only digests are asked for, it starts a first child, and fails if that
// cannot be had.
func New(c Config) (*Pool, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &Pool{
		config: c,
		wanted: wanted{c.Kinds, c.Extras},
		plain:  len(c.Extras) == 0 && !slices.ContainsFunc(c.Kinds, hashmatch.Kind.Perceptual),
		places: make(chan struct{}, c.Workers),
		starts: make(chan start),
		ended:  make(chan struct{}),
		all:    map[*child]bool{},
	}
	p.digests.Kinds, p.keep = digester(c.Kinds)
	p.digests.Limits = c.Limits
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	go p.starter()
	if p.plain {
		return p, nil
	}
	first, err := p.start(p.ctx)
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("isolate: starting a child: %w", err)
	}
	p.walls = first.walls
	p.rest(first)
	return p, nil
}

// digester returns the digest kinds for a Hasher that shall decode nothing, and whether they were asked for: no kinds at
// all would mean every kind.
func digester(kinds []hashmatch.Kind) (digests []hashmatch.Kind, keep bool) {
	for _, k := range kinds {
		if k.Digest() {
			digests = append(digests, k)
		}
	}
	if len(digests) == 0 {
		return []hashmatch.Kind{hashmatch.MD5}, false
	}
	return digests, true
}

// Confinement returns the walls around the first child, and those that the parent put up; nothing if there are no
// children because only digests are asked for.
func (p *Pool) Confinement() Confinement { return slices.Clone(p.walls) }

// Close ends all children and waits until they are gone. Calls of Sum that wait for one return an error that wraps
// ErrClosed. Closing again does nothing.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel(ErrClosed)
	<-p.ended // from here on there are no new ones
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	for c := range p.all {
		c.kill(ErrClosed)
	}
	p.mu.Unlock()
	p.waits.Wait()
	for _, c := range idle {
		c.end()
	}
	return nil
}

// starter is the thread that starts all children, since the kernel may be told to end them with the thread that did (see
// prepare), and Go's other threads come and go.
func (p *Pool) starter() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.ended)
	for {
		select {
		case s := <-p.starts:
			s.err <- p.launch(s.child)
		case <-p.ctx.Done():
			return
		}
	}
}

// launch starts a child's process and takes it into account.
func (p *Pool) launch(c *child) error {
	if err := c.launch(p.config.Command(), p.config.Memory); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[c] = true
	p.waits.Go(func() {
		c.wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.all, c)
	})
	return nil
}

// start returns a new child that has said hello.
func (p *Pool) start(ctx context.Context) (*child, error) {
	c := &child{limit: p.config.Time, memory: p.config.Memory}
	s := start{c, make(chan error, 1)}
	select {
	case p.starts <- s:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-p.ctx.Done():
		return nil, ErrClosed
	}
	if err := <-s.err; err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.kill(context.Cause(ctx)) })
	defer stop()
	if err := c.greet(); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// acquire waits for a place and returns a child that is ready for a file. The caller ends it or lets it rest, and then
// leaves the place. With an error there is no place to leave.
func (p *Pool) acquire(ctx context.Context) (*child, error) {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-p.ctx.Done():
		return nil, ErrClosed
	}
	for c := p.rested(); c != nil; c = p.rested() {
		if c.alive() {
			return c, nil
		}
		c.end()
	}
	c, err := p.fresh(ctx)
	if err != nil {
		<-p.places
	}
	return c, err
}

// rested returns the idle child that was at work last, so that a pool with little to do keeps few of them awake.
func (p *Pool) rested() *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c
}

// fresh starts a child, and tries again for a while: a system may be out of processes or memory for a moment.
func (p *Pool) fresh(ctx context.Context) (*child, error) {
	for pause := 10 * time.Millisecond; ; pause *= 4 {
		c, err := p.start(ctx)
		switch {
		case err == nil:
			return c, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, ErrClosed):
			return nil, err
		case pause > time.Second:
			return nil, fmt.Errorf("no child can be started: %w: %v", hashmatch.ErrCrashed, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		case <-p.ctx.Done():
		}
	}
}

// rest takes back a child that is as good as new.
func (p *Pool) rest(c *child) {
	p.mu.Lock()
	open := !p.closed
	if open {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !open {
		c.end()
	}
}
