package isolate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// parent is the role of a program that is killed while its children compute. It prints their numbers.
func parent() int {
	p, err := New(Config{Command: as("plain"), Workers: 2})
	if err != nil {
		panic(err)
	}
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() { p.Sum(context.Background(), strings.NewReader(order("spin"))) })
	}
	for p.busy() < 2 || p.children() < 2 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // now they spin
	p.mu.Lock()
	for c := range p.all {
		os.Stdout.WriteString(strconv.Itoa(c.cmd.Process.Pid) + "\n")
	}
	p.mu.Unlock()
	os.Stdout.WriteString("ready\n")
	wait.Wait()
	return 0
}

// busy returns how many calls have a place.
func (p *Pool) busy() int { return len(p.places) }

// children returns how many children there are.
func (p *Pool) children() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.all)
}

// A child may be killed at any moment. Every file gets exactly one answer, which is the right one unless its child was
// killed.
func TestKilledAtRandom(t *testing.T) {
	files := 500
	if testing.Short() {
		files = 50
	}
	var pictures [][]byte
	var wants []hashmatch.Fingerprint
	for i, format := range []string{"jpeg", "png", "gif", "bmp"} {
		var file bytes.Buffer
		if err := synth.Encode(&file, synth.Picture(synth.Shapes, uint64(i), 160, 120), format); err != nil {
			t.Fatal(err)
		}
		want, err := new(media.Hasher).SumBytes(t.Context(), file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		pictures, wants = append(pictures, file.Bytes()), append(wants, want)
	}
	p := newPool(t, Config{Workers: 3})
	var crashes, answers atomic.Int64
	queue := make(chan int)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for i := range queue {
				fp, err := p.Sum(t.Context(), bytes.NewReader(pictures[i%4]))
				answers.Add(1)
				if err == nil {
					same(t, "a picture", fp, wants[i%4], nil, nil)
					continue
				}
				crashes.Add(1)
				if !errors.Is(err, hashmatch.ErrCrashed) || len(fp.Digests) != 3 || len(fp.Hashes) > 0 {
					t.Errorf("file %d: %+v, %v", i, fp, err)
				}
			}
		})
	}
	rng := testkit.Rand(t)
	kills := int64(0)
	for i := range files {
		queue <- i
		if rng.IntN(3) == 0 {
			time.Sleep(time.Duration(rng.IntN(2_000_000)))
			if p.killAny() {
				kills++
			}
		}
	}
	close(queue)
	wait.Wait()
	t.Logf("%d files, %d kills, %d crashed", answers.Load(), kills, crashes.Load())
	if answers.Load() != int64(files) || crashes.Load() > kills || kills < int64(files)/6 || crashes.Load() == 0 {
		t.Error("that cannot be right")
	}
}

// killAny kills any child behind the pool's back.
func (p *Pool) killAny() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.all { // which go in random order
		return c.cmd.Process.Kill() == nil
	}
	return false
}

// A context that ends stops a call soon, wherever it is, with its cause; what was had is kept.
func TestCancel(t *testing.T) {
	p := newPool(t, Config{Workers: 1})
	cause := errors.New("the examiner pressed a key")
	for name, data := range map[string]string{
		"computing": order("spin") + strings.Repeat("x", 2000), // whose end is read when a child is there
		"sending":   order("early hang") + strings.Repeat("x", 2_000_000),
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		began := time.Now()
		later := func() { time.AfterFunc(500*time.Millisecond, func() { began = time.Now(); cancel(cause) }) }
		r := io.MultiReader(strings.NewReader(data), onRead(later))
		if name == "sending" {
			r = io.MultiReader(onRead(later), strings.NewReader(data))
		}
		fp, err := p.Sum(ctx, r)
		if !errors.Is(err, cause) || errors.Is(err, hashmatch.ErrCrashed) || name == "computing" && len(fp.Digests) != 3 {
			t.Errorf("%s: %+v, %v", name, fp, err)
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("%s: stopped after %s", name, d)
		}
		cancel(nil)
	}

	// Waiting for a child that is at work.
	ctx, cancel := context.WithCancelCause(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if _, err := p.Sum(ctx, strings.NewReader(order("spin"))); !errors.Is(err, cause) {
			t.Error(err)
		}
	})
	for p.busy() == 0 {
		time.Sleep(time.Millisecond)
	}
	short, end := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer end()
	if _, err := p.Sum(short, strings.NewReader(order("pid"))); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	cancel(cause)
	wait.Wait()

	over, stop := context.WithCancelCause(t.Context())
	stop(cause)
	if _, err := p.Sum(over, strings.NewReader(order("pid"))); !errors.Is(err, cause) {
		t.Error(err)
	}
	if _, err := p.Sum(t.Context(), strings.NewReader(order("pid"))); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// onRead is a reader of nothing that does something when it is read.
type onRead func()

func (f onRead) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// Close ends what is under way, whatever that is, and leaves no child.
func TestCloseWhileBusy(t *testing.T) {
	p, err := New(Config{Command: as("plain"), Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	blocked, unblock := io.Pipe()
	for _, r := range []io.Reader{
		strings.NewReader(order("spin")),
		strings.NewReader(order("early hang") + strings.Repeat("x", 2_000_000)),
		io.MultiReader(strings.NewReader(order("pid")+strings.Repeat("x", 2000)), blocked),
		strings.NewReader(order("pid")), // has to wait for a place, most of the time
		strings.NewReader(order("pid")),
	} {
		wait.Go(func() {
			if _, err := p.Sum(t.Context(), r); err != nil && !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		})
	}
	for p.busy() < 3 {
		time.Sleep(time.Millisecond)
	}
	for range 3 {
		wait.Go(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if n := p.children(); n > 0 {
				t.Errorf("%d children are left", n)
			}
		})
	}
	p.Close()
	unblock.Close()
	wait.Wait()
	if _, err := p.Sum(t.Context(), strings.NewReader("text")); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
