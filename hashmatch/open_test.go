package hashmatch

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/testkit"
)

// setFile writes a file of the given bytes.
func setFile(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set.hms")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openFile(t testing.TB, path string, opts ...Option) *Set {
	t.Helper()
	s, err := Open(path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// However a set is opened, it is the same set.
func TestOpenings(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 20 {
		data := buildBytes(t, testInfo, randomEntries(r, 1+r.IntN(60), 6)...)
		path, want := setFile(t, data), mustOpen(t, data)
		for i, opts := range [][]Option{nil, {Mapped()}, {StructureOnly()}, {Mapped(), StructureOnly()}} {
			s := openFile(t, path, opts...)
			if s.Digest() != want.Digest() || !reflect.DeepEqual(s.Info(), want.Info()) || s.Len() != want.Len() {
				t.Fatalf("options %d: another set", i)
			}
			for number, e := range s.Entries() {
				if !reflect.DeepEqual(e, want.Entry(number)) {
					t.Fatalf("options %d: entry %d is another", i, number)
				}
				n++
			}
			if err := s.Verify(); err != nil {
				t.Fatalf("options %d: %v", i, err)
			}
			if err := errors.Join(s.Close(), s.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	testkit.AtLeast(t, 1000, n, "entries")
}

// StructureOnly leaves damaged contents for Verify to find, and nothing else.
func TestStructureOnly(t *testing.T) {
	r := testkit.Rand(t)
	data := smallSet(t)
	late, early := 0, 0
	for at := range data {
		if at < setfile.HeadSize && at%16 != 0 {
			continue
		}
		damaged := bytes.Clone(data)
		damaged[at] ^= 1 << r.IntN(8)
		s, err := OpenBytes(damaged, StructureOnly())
		if err != nil { // at the latest where the contents make no sense
			early++
			continue
		}
		if err := s.Verify(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d: %v", at, err)
		}
		if _, err := s.Sign(newKey(r)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d: signed: %v", at, err)
		}
		late++
	}
	outside := setfile.HeadSize/16 + 4 + 32 + 96
	if early < outside {
		t.Errorf("%d damaged files were refused at once, at least %d have damaged headers or ends", early, outside)
	}
	testkit.AtLeast(t, 200, late, "damages that Verify found")
}

// A mapped set that was closed gives errors. What is in memory stays.
func TestClosedSets(t *testing.T) {
	path := setFile(t, smallSet(t))
	mapped, read := openFile(t, path, Mapped()), openFile(t, path)
	mapped.Close()
	read.Close()
	if err := mapped.Verify(); !errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	if err := read.Verify(); err != nil {
		t.Error(err)
	}
}

// A file that is written to while it is mapped gives an error that names it.
func TestChangedWhileMapped(t *testing.T) {
	path := setFile(t, smallSet(t))
	s := openFile(t, path, Mapped())
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) || strings.Count(err.Error(), path) != 1 {
		t.Error(err)
	}
}

func BenchmarkOpen(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	path := setFile(b, buildBytes(b, testInfo, randomEntries(r, 20_000, 0)...))
	fi, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for name, opts := range map[string][]Option{"read": nil, "mapped": {Mapped()}, "mapped,structure": {Mapped(), StructureOnly()}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(fi.Size())
			for b.Loop() {
				s, err := Open(path, opts...)
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
		})
	}
}
