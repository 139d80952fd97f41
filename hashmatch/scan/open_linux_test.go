package scan

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
)

// Names are bytes: those that are not UTF-8 come out as they are, in byte order.
func TestRawNames(t *testing.T) {
	dir := t.TempDir()
	want := []string{"\x01", "a\nb", "a\\b", "d\xff/\xfe", "d\xff/\xff", "\xc3", "\xc3\xa9", "\xff"}
	for _, name := range want {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Skip("this file system takes no such names: ", err)
		}
	}
	var got []string
	for _, rec := range mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, Dir(openRoot(t, dir))) {
		got = append(got, rec.Path)
		if rec.Outcome != hashmatch.Cleared || rec.Fingerprint.Digests[0] != digest([]byte(rec.Path)) {
			t.Errorf("%+v", rec)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	// fs.FS has no way to open them: they are accounted for.
	bad := 0
	for _, rec := range mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, FS(os.DirFS(dir))) {
		if rec.Outcome == hashmatch.IOError {
			bad++
		}
	}
	if bad != 3 { // \xc3, \xff and the directory
		t.Errorf("%d names that fs.FS cannot open", bad)
	}
}

func descriptors(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("descriptors cannot be counted: ", err)
	}
	return len(list)
}

// A tree far deeper than the longest path of the system is walked and read, with a few descriptors at any depth.
func TestDeepTree(t *testing.T) {
	const depth = 100
	name := strings.Repeat("d", 100)
	dir := t.TempDir()
	root := openRoot(t, dir)
	t.Cleanup(func() { root.RemoveAll(name) })
	at, err := root.OpenRoot(".")
	for range depth {
		if err != nil {
			t.Fatal(err)
		}
		var next *os.Root
		if err = at.WriteFile("file", []byte("deep"), 0o644); err == nil {
			if err = at.Mkdir(name, 0o755); err == nil {
				next, err = at.OpenRoot(name)
			}
		}
		at.Close()
		at = next
	}
	if err != nil {
		t.Fatal(err)
	}
	at.Close()
	before, most, n := descriptors(t), 0, 0
	s := Scanner{Querier: answer(clear), Workers: 1, Hasher: hasherFunc(sum)}
	for rec, err := range s.Run(t.Context(), Dir(root)) {
		if err != nil || rec.Outcome != hashmatch.Cleared {
			t.Fatalf("record %d: %v, %v, %s", n, err, rec.Outcome, rec.Error)
		}
		if n++; n%10 == 0 {
			most = max(most, descriptors(t))
		}
	}
	if n != depth {
		t.Errorf("%d files of %d", n, depth)
	}
	if most > before+8 {
		t.Errorf("%d descriptors were open, %d before the scan", most, before)
	}
	if now := descriptors(t); now != before {
		t.Errorf("%d descriptors are open, %d before the scan", now, before)
	}
}

// Neither reading a file nor reading a directory leaves a trace in its access time.
func TestAccessTimes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "control", "x")
	write(t, dir, "d/file", "x")
	paths := []string{filepath.Join(dir, "control"), filepath.Join(dir, "d", "file"), filepath.Join(dir, "d"), dir}
	old := time.Now().Add(-72 * time.Hour).Truncate(time.Second)
	for _, path := range paths {
		if err := os.Chtimes(path, old, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.ReadFile(paths[0]); err != nil {
		t.Fatal(err)
	}
	if accessed(t, paths[0]).Equal(old) {
		t.Skip("this file system keeps no access times")
	}
	for _, line := range described(t, dir) {
		if !strings.HasSuffix(line, " clear") {
			t.Error(line)
		}
	}
	for _, path := range paths[1:] {
		if at := accessed(t, path); !at.Equal(old) {
			t.Errorf("%s was accessed at %v", path, at)
		}
	}
}

func accessed(t testing.TB, path string) time.Time {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(fi.Sys().(*syscall.Stat_t).Atim.Unix())
}

// Where a file's access time may not be spared, it is read all the same.
func TestNotTheOwner(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", "x")
	var flags []int
	f, err := openReadOnly(func(flag int) (*os.File, error) {
		flags = append(flags, flag)
		if flag&syscall.O_NOATIME != 0 {
			return nil, fmt.Errorf("opening: %w", syscall.EPERM)
		}
		return os.OpenFile(filepath.Join(dir, "file"), flag, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); string(data) != "x" || err != nil || len(flags) != 2 {
		t.Errorf("%q, %v, flags %v", data, err, flags)
	}
}
