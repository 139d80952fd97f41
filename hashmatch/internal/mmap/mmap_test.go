package mmap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// made maps a new file of the given content.
func made(t testing.TB, content []byte) (path string, m *Map) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = File(f); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return path, m
}

// sum reads every byte, so that none is left unread by cleverness.
func sum(data []byte) (n int) {
	for _, b := range data {
		n += int(b)
	}
	return n
}

func TestBytes(t *testing.T) {
	r := testkit.Rand(t)
	sizes := []int{0, 1, 4095, 4096, 4097, 100_000}
	for _, size := range sizes {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(r.Uint32())
		}
		_, m := made(t, content)
		enough := errors.New("enough")
		err := m.Guard(func() error {
			if !bytes.Equal(m.Bytes(), content) {
				t.Errorf("%d bytes: others are mapped", size)
			}
			return enough
		})
		if err != enough {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	testkit.AtLeast(t, 6, len(sizes), "sizes")
}

func TestFileFails(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := File(f); err == nil {
		t.Error("a file that is closed was mapped")
	}
}

func TestUseAfterClose(t *testing.T) {
	_, m := made(t, []byte("content"))
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Fatal(err)
	}
	if err := m.Guard(func() error { t.Error("run after Close"); return nil }); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

// The mapping outlasts Close for as long as somebody reads.
func TestCloseWhileInUse(t *testing.T) {
	content := bytes.Repeat([]byte{1}, 1<<20)
	for range 20 {
		path, m := made(t, content)
		var done, refused atomic.Int64
		var wg sync.WaitGroup
		started := make(chan struct{}, 4)
		for range 4 {
			wg.Go(func() {
				for {
					err := m.Guard(func() error {
						select {
						case started <- struct{}{}:
						default:
						}
						if n := sum(m.Bytes()[:1<<16]); n != 1<<16 {
							t.Errorf("read %d", n)
						}
						return nil
					})
					switch {
					case errors.Is(err, os.ErrClosed):
						refused.Add(1)
						return
					case err != nil:
						t.Error(err)
						return
					}
					done.Add(1)
				}
			})
		}
		<-started
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if done.Load() == 0 || refused.Load() != 4 {
			t.Errorf("%d done, %d refused", done.Load(), refused.Load())
		}
		if err := os.Remove(path); err != nil { // nothing holds it any more, which matters on Windows
			t.Error(err)
		}
	}
}

// A panic that is none of the mapping's goes on, and leaves it usable.
func TestOtherPanicsGoOn(t *testing.T) {
	_, m := made(t, []byte("content"))
	var nothing *Map
	for name, read := range map[string]func() error{
		"a panic":         func() error { panic("mine") },
		"an index":        func() error { _ = m.Bytes()[len(m.Bytes())+sum(nil)]; return nil },
		"a nil pointer":   func() error { return nothing.Guard(nil) },
		"a nil in a call": func() error { return (func() error)(nil)() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: swallowed", name)
				}
			}()
			t.Errorf("%s: %v", name, m.Guard(read))
		}()
	}
	if err := m.Guard(func() error { return nil }); err != nil {
		t.Error(err)
	}
	m.Close()
	if m.users.Load() != 0 || m.data != nil {
		t.Error("a panic left the mapping in use")
	}
}

// Who looks again at a file that was written to is told, even where all bytes can be read.
func TestChangedFile(t *testing.T) {
	path, m := made(t, []byte("content"))
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := m.Guard(func() error { return errors.New("of what was read") }); !errors.Is(err, ErrChanged) {
		t.Error(err)
	}
}

func BenchmarkGuard(b *testing.B) {
	_, m := made(b, []byte("content"))
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Guard(func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
