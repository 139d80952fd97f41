//go:build unix

package mmap

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
)

// On Windows a file cannot be cut while it is mapped, so there is nothing to test there.

var sink int // keeps the compiler from leaving out what reads

// However a file is cut while it is mapped, who reads it next is told, whether what is gone lies in a page that can still
// be read or not, and whatever reads it: Go code or assembly.
func TestCutFile(t *testing.T) {
	page := os.Getpagesize()
	size := 8*page + 100
	readers := map[string]func(data []byte){
		"a loop":  func(data []byte) { sink = sum(data) },
		"CRC":     func(data []byte) { crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) },
		"SHA-256": func(data []byte) { sha256.Sum256(data) },
		"a copy":  func(data []byte) { bytes.Clone(data) },
		"search":  func(data []byte) { bytes.IndexByte(data, 7) },
		"compare": func(data []byte) { bytes.Equal(data, make([]byte, len(data))) },
	}
	for name, read := range readers {
		for _, cut := range []int{0, 1, page - 1, page, 3*page + 7, 8 * page, size - 1} {
			path, m := made(t, make([]byte, size))
			if err := os.Truncate(path, int64(cut)); err != nil {
				t.Fatal(err)
			}
			err := m.Guard(func() error { read(m.Bytes()); return nil })
			want := ErrFault
			if cut > 8*page { // the last page is still there, with zeros
				want = ErrChanged
			}
			if !errors.Is(err, want) {
				t.Errorf("%s, cut to %d of %d: %v", name, cut, size, err)
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A fault is blamed on the mapping that it is one of, through any number of guards.
func TestNestedGuards(t *testing.T) {
	path, cut := made(t, make([]byte, 100_000))
	_, whole := made(t, make([]byte, 100_000))
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	read := func(m *Map) func() error { return func() error { sink = sum(m.Bytes()); return nil } }
	if err := cut.Guard(func() error { return whole.Guard(read(cut)) }); !errors.Is(err, ErrFault) {
		t.Error(err)
	}
	if err := whole.Guard(func() error { return cut.Guard(read(cut)) }); !errors.Is(err, ErrFault) {
		t.Error(err)
	}
	if err := whole.Guard(read(whole)); err != nil {
		t.Error(err)
	}
	if n := cut.users.Load() + whole.users.Load(); n != 2 {
		t.Errorf("%d users are left", n)
	}
}

// A file that was replaced, not changed, goes on being what it was.
func TestReplacedFile(t *testing.T) {
	path, m := made(t, []byte("content"))
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	err := m.Guard(func() error {
		if string(m.Bytes()) != "content" {
			t.Errorf("it became %q", m.Bytes())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
