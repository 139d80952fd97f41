//go:build unix

package hashmatch

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/testkit"
)

// On Windows a file cannot be cut or replaced while it is mapped, so there is nothing to test there.

// A set that is cut while it is mapped gives an error, wherever it is cut, and ends nothing.
func TestCutWhileMapped(t *testing.T) {
	r := testkit.Rand(t)
	data := buildBytes(t, testInfo, randomEntries(r, 3000, 0)...)
	cuts := []int{0, 1, setfile.HeadSize - 1, setfile.HeadSize, len(data) / 2, len(data) - 4096, len(data) - 1}
	for _, opts := range [][]Option{{Mapped()}, {Mapped(), StructureOnly()}} {
		for _, cut := range cuts {
			path := setFile(t, data)
			s := openFile(t, path, opts...)
			if err := os.Truncate(path, int64(cut)); err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(); !errors.Is(err, ErrCorrupt) || strings.Count(err.Error(), path) != 1 {
				t.Errorf("cut to %d of %d: %v", cut, len(data), err)
			}
			s.Close()
		}
	}
	testkit.AtLeast(t, 7, len(cuts), "cuts")
}

// A set that is cut while it is being opened gives an error too.
func TestCutWhileOpening(t *testing.T) {
	data := buildBytes(t, testInfo, randomEntries(testkit.Rand(t), 3000, 0)...)
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for i := range rounds {
		path := setFile(t, data)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := os.Truncate(path, int64(i*len(data)/rounds)); err != nil {
				t.Error(err)
			}
		})
		s, err := Open(path, Mapped())
		wg.Wait()
		if err == nil { // it was opened before
			err = s.Verify()
			s.Close()
		}
		if !errors.Is(err, ErrCorrupt) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%v", err)
		}
	}
}

// Who has a set mapped goes on with it when another takes its name, and when it is signed.
func TestReplacedWhileMapped(t *testing.T) {
	r := testkit.Rand(t)
	path := setFile(t, smallSet(t))
	old := openFile(t, path, Mapped())
	if err := SignFile(path, newKey(r)); err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(testInfo)
	if err := b.Add(randomEntry(r, 0)); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if err := old.Verify(); err != nil || old.Len() == 1 || openFile(t, path).Len() != 1 {
		t.Error(err)
	}
}

// An opening that fails leaves nothing open.
func TestOpenLeavesNothingOpen(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("this system does not list what is open")
	}
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return len(list) + strings.Count(string(maps), ".hms")
	}
	data := smallSet(t)
	good := setFile(t, data)
	data[len(data)-200]++
	bad := setFile(t, data)
	before := count()
	for range 20 {
		for _, opts := range [][]Option{nil, {Mapped()}, {Mapped(), LeastGeneration(9)}} {
			if s, err := Open(bad, opts...); err == nil {
				t.Fatal("opened", s)
			}
			if s, err := Open(good, append(opts, SignedBy())...); err == nil {
				t.Fatal("opened", s)
			}
		}
		s, err := Open(good, Mapped())
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	if after := count(); after > before {
		t.Errorf("%d files and mappings before, %d after", before, after)
	}
}
