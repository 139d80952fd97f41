//go:build unix

package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

func mkfifo(t testing.TB, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Skip("no FIFOs here: ", err)
	}
}

func symlink(t testing.TB, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// described runs a scan and says in one line each what became of the files.
func described(t testing.TB, dir string) (lines []string) {
	t.Helper()
	for _, rec := range mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, Dir(openRoot(t, dir))) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %v %s", rec.Path, rec.Outcome, rec.Error)))
	}
	return lines
}

// What is no regular file is accounted for and left alone.
func TestSpecialFiles(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, outside, "secret", "secret")
	write(t, dir, "d/file", "x")
	mkfifo(t, filepath.Join(dir, "fifo"))
	symlink(t, "d/file", filepath.Join(dir, "link-file"))
	symlink(t, "d", filepath.Join(dir, "link-dir"))
	symlink(t, "..", filepath.Join(dir, "d", "link-up"))
	symlink(t, "link-loop", filepath.Join(dir, "link-loop"))
	symlink(t, "nowhere", filepath.Join(dir, "link-nowhere"))
	symlink(t, outside, filepath.Join(dir, "link-outside"))
	want := []string{
		"d/file clear",
		"d/link-up not-regular not a regular file: symbolic link",
		"fifo not-regular not a regular file: FIFO",
		"link-dir not-regular not a regular file: symbolic link",
		"link-file not-regular not a regular file: symbolic link",
		"link-loop not-regular not a regular file: symbolic link",
		"link-nowhere not-regular not a regular file: symbolic link",
		"link-outside not-regular not a regular file: symbolic link",
	}
	t.Chdir(dir) // a socket's path must be short
	if l, err := net.Listen("unix", "socket"); err == nil {
		defer l.Close()
		want = append(want, "socket not-regular not a regular file: socket")
	}
	if got := described(t, dir); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	rec := mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, listed(File("fifo", "fifo")))[0]
	if rec.Outcome != hashmatch.NotRegular {
		t.Errorf("a FIFO by name: %+v", rec)
	}
}

// What takes a file's place before it is opened is neither waited for nor followed.
func TestSwappedBeforeOpen(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, "secret", "secret")
	tests := []struct {
		name string
		swap func(path string)
		want hashmatch.Outcome
	}{
		{"FIFO", func(path string) { mkfifo(t, path) }, hashmatch.Changed},
		{"link inside", func(path string) { symlink(t, "other", path) }, hashmatch.Changed},
		{"link outside", func(path string) { symlink(t, filepath.Join(outside, "secret"), path) }, hashmatch.IOError},
		{"directory", func(path string) {
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, hashmatch.Changed},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		write(t, dir, "file", "old")
		write(t, dir, "other", "other")
		all, _ := items(t, Dir(openRoot(t, dir)))
		path := filepath.Join(dir, "file")
		if err := os.Rename(path, filepath.Join(dir, "moved")); err != nil {
			t.Fatal(err)
		}
		tt.swap(path)
		rec := mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, listed(all[0]))[0]
		if rec.Path != "file" || rec.Outcome != tt.want || len(rec.Fingerprint.Digests) != 0 || strings.Contains(rec.Error, outside) {
			t.Errorf("%s: %+v", tt.name, rec)
		}
	}
	testkit.AtLeast(t, 4, len(tests), "swaps")
}

// While one entry is swapped all the time for links and FIFOs, scans go on, account for everything, and never take one
// file's content for another's.
func TestSwapRace(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, outside, "secret", "outside")
	write(t, dir, "other", "other")
	write(t, dir, "sub/file", "inside")
	file, dirPath := filepath.Join(dir, "file"), filepath.Join(dir, "sub")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		spare := filepath.Join(dir, ".spare")
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			switch i % 4 {
			case 0:
				os.WriteFile(spare, []byte("victim"), 0o644)
			case 1:
				os.Symlink("other", spare)
			case 2:
				os.Symlink(filepath.Join(outside, "secret"), spare)
			case 3:
				syscall.Mkfifo(spare, 0o644)
			}
			os.Rename(spare, file)
			os.Rename(dirPath, dirPath+".real")
			os.Symlink(outside, dirPath)
			os.Remove(dirPath)
			os.Rename(dirPath+".real", dirPath)
		}
	}()
	may := map[string][]hashmatch.Hash{
		"file": {digest([]byte("victim")), digest(nil)}, ".spare": {digest([]byte("victim")), digest(nil)}, "other": {digest([]byte("other"))},
		"sub/file": {digest([]byte("inside"))}, "sub.real/file": {digest([]byte("inside"))},
	}
	root := openRoot(t, dir)
	scans, outcomes := 0, map[hashmatch.Outcome]int{}
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); scans++ {
		for _, rec := range mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum, Workers: 2}, Dir(root)) {
			outcomes[rec.Outcome]++
			if d := rec.Fingerprint.Digest(hashmatch.SHA256); !d.IsZero() && !slices.Contains(may[rec.Path], d) {
				t.Errorf("another file's content: %+v", rec)
			}
		}
	}
	close(stop)
	<-done
	testkit.AtLeast(t, 10, scans, "scans")
	testkit.AtLeast(t, scans, outcomes[hashmatch.Cleared], "files read")
	t.Logf("%d scans: %v", scans, outcomes)
}

// What may not be read is a record.
func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := t.TempDir()
	for _, name := range []string{"file", "closed/x", "blind/x", "open/x"} {
		write(t, dir, name, "x")
	}
	for name, mode := range map[string]fs.FileMode{"file": 0, "closed": 0, "blind": 0o444} {
		path := filepath.Join(dir, name)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o755) })
	}
	want := []string{
		"blind/x denied permission denied",
		"closed denied permission denied",
		"file denied permission denied",
		"open/x clear",
	}
	if got := described(t, dir); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	root := openRoot(t, dir)
	if err := os.Chmod(dir, 0o111); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	if _, err := collect(t, Scanner{Querier: answer(clear), Hasher: sum}, Dir(root)); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the root itself: %v", err)
	}
}
