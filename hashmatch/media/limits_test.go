package media

import (
	"context"
	"sync"
	"testing"
	"time"
)

// TestFileMemoryNeverLocks lets many buffers grow side by side in a pool that holds one of them. Each keeps what it has
// while it waits for more.
func TestFileMemoryNeverLocks(t *testing.T) {
	b := newBudget(Limits{Memory: 8 << 20})
	if b.limits.FileBytes != 1<<20 {
		t.Fatalf("files may have %d bytes", b.limits.FileBytes)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var wait sync.WaitGroup
	var lock sync.Mutex
	lanes := 0
	for range 40 {
		wait.Go(func() {
			m := fileMemory{budget: b}
			defer m.release()
			for n := int64(uncounted); n <= 1<<20; n *= 2 {
				if err := m.grow(ctx, n); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(10 * time.Microsecond)
			}
			lock.Lock()
			defer lock.Unlock()
			if m.inLane {
				lanes++
			}
		})
	}
	wait.Wait()
	if lanes == 0 {
		t.Error("nobody had to take the lane: the test shows nothing")
	}
	if !b.files.TryAcquire(b.limits.FileBytes) || !b.lane.TryAcquire(1) {
		t.Error("something was not given back")
	}
}

func TestDefaults(t *testing.T) {
	l := Limits{}.withDefaults()
	want := Limits{FileBytes: 64 << 20, Pixels: 400_000_000, Memory: 512 << 20, Time: 30 * time.Second}
	if l != want {
		t.Errorf("%+v, want %+v", l, want)
	}
	if l := (Limits{FileBytes: 1 << 40, Memory: 800}).withDefaults(); l.FileBytes != 100 {
		t.Errorf("a file may have %d bytes of 800", l.FileBytes)
	}
	if b := newBudget(Limits{FileBytes: 1 << 40}); b.most < 1<<28 {
		t.Errorf("the largest files leave %d bytes to pictures", b.most)
	}
}
