package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
)

// Leaving the loop ends all goroutines and closes what is open, wherever it happens.
func TestBreak(t *testing.T) {
	var open atomic.Int64
	s := Scanner{Querier: answer(clear), Hasher: jittered, Workers: 4}
	for _, after := range []int{1, 2, 5, 100, 700} {
		before := runtime.NumGoroutine()
		n := 0
		for _, err := range s.Run(t.Context(), counting(numbered(1000, nil), &open)) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == after {
				break
			}
		}
		if n != after || open.Load() != 0 {
			t.Errorf("after %d of %d records: %d readers are open", n, after, open.Load())
		}
		waitGoroutines(t, before)
	}
}

// waitGoroutines fails t if there are more than n goroutines. Those of Run have called Done of their group by now, but may
// not quite have returned.
func waitGoroutines(t *testing.T, n int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, before the scan there were %d", runtime.NumGoroutine(), n)
}

// counting keeps count of the readers of items that are open.
func counting(items iter.Seq2[Item, error], open *atomic.Int64) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for item, err := range items {
			if inner := item.Open; inner != nil {
				item.Open = func() (io.ReadCloser, error) {
					rc, err := inner()
					open.Add(1)
					return countedReader{rc, open}, err
				}
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

type countedReader struct {
	io.ReadCloser
	open *atomic.Int64
}

func (c countedReader) Close() error {
	c.open.Add(-1)
	return c.ReadCloser.Close()
}

// A cancelled scan ends with the cause, after records that are right, and closes what is open.
func TestCancel(t *testing.T) {
	stop := errors.New("stop")
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	var open atomic.Int64
	for round := range rounds {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := Scanner{Querier: answer(clear), Hasher: jittered, Workers: 4}
		n := 0
		var last error
		for rec, err := range s.Run(ctx, counting(numbered(1000, nil), &open)) {
			if last = err; err != nil {
				continue
			}
			if rec.Path != fmt.Sprint(n) || rec.Outcome != hashmatch.Cleared {
				t.Fatalf("record %d is %+v", n, rec)
			}
			if n++; n == round {
				cancel(stop)
			}
			if round == 0 {
				go cancel(stop)
			}
		}
		cancel(nil)
		if !errors.Is(last, stop) || round > 0 && n != round || open.Load() != 0 {
			t.Errorf("cancelled after %d records: %d were given, %d readers are open, and the end was %v", round, n, open.Load(), last)
		}
	}
}

// A scan that was cancelled before it began gives nothing but the cause.
func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := Scanner{Querier: answer(clear), Hasher: sum}
	for rec, err := range s.Run(ctx, numbered(10, nil)) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%+v, %v", rec, err)
		}
	}
}

// The end of the context reaches a hasher that waits for it and one that never looks at it.
func TestCancelWhileHashing(t *testing.T) {
	endless := Item{Name: "endless", Open: func() (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }}
	for name, h := range map[string]hasherFunc{
		"waiting": func(ctx context.Context, _ io.Reader) (hashmatch.Fingerprint, error) {
			<-ctx.Done()
			return hashmatch.Fingerprint{}, ctx.Err()
		},
		"deaf": func(_ context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
			n, err := io.Copy(io.Discard, r)
			return hashmatch.Fingerprint{Size: n}, err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		s := Scanner{Querier: answer(clear), Hasher: h}
		ends := 0
		for rec, err := range s.Run(ctx, listed(endless)) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %+v, %v", name, rec, err)
			}
			ends++
		}
		cancel()
		if ends != 1 {
			t.Errorf("%s: the end was told %d times", name, ends)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A panic in the loop itself goes on to the caller, and leaves no goroutine behind.
func TestLoopPanics(t *testing.T) {
	defer func() {
		if v := recover(); v != "mine" {
			t.Errorf("recovered %v", v)
		}
	}()
	s := Scanner{Querier: answer(clear), Hasher: sum}
	for range s.Run(t.Context(), numbered(1000, nil)) {
		panic("mine")
	}
}
