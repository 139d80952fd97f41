package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// faultyDisk lets one operation fail, or from one on all.
type faultyDisk struct {
	realDisk
	named bool // temporary files have names from the start, as on systems other than Linux
	fails int  // the operation that fails, counted from 0
	with  error
	short bool // a write that fails has written half
	crash bool // the program ends there: all that would follow does not happen

	done  int
	calls []string
}

func (d *faultyDisk) fail(call string) error {
	d.calls = append(d.calls, call)
	i := d.done
	d.done++
	if i == d.fails || d.crash && i > d.fails {
		return d.with
	}
	return nil
}

func (d *faultyDisk) temporary(path string) (handle, name, error) {
	if err := d.fail("temporary"); err != nil {
		return nil, "", err
	}
	open := temporary
	if d.named {
		open = namedTemporary
	}
	f, name, err := open(path)
	return &faultyFile{f, d}, name, err
}

func (d *faultyDisk) link(f handle, path string) (name, error) {
	if err := d.fail("link"); err != nil {
		return "", err
	}
	return link(f.(*faultyFile).File, path)
}

func (d *faultyDisk) rename(from, to string) error {
	if err := d.fail("rename"); err != nil {
		return err
	}
	return d.realDisk.rename(from, to)
}

func (d *faultyDisk) remove(path string) error {
	if err := d.fail("remove"); err != nil {
		return err
	}
	return d.realDisk.remove(path)
}

func (d *faultyDisk) syncDir(dir string) error {
	if err := d.fail("sync of the folder"); err != nil {
		return err
	}
	return d.realDisk.syncDir(dir)
}

type faultyFile struct {
	*os.File
	disk *faultyDisk
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.disk.fail("write"); err != nil {
		if f.disk.short {
			n, _ := f.File.Write(p[:len(p)/2])
			return n, err
		}
		return 0, err
	}
	return f.File.Write(p)
}

func (f *faultyFile) Read(p []byte) (int, error) {
	if err := f.disk.fail("read"); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f *faultyFile) Seek(offset int64, whence int) (int64, error) {
	if err := f.disk.fail("seek"); err != nil {
		return 0, err
	}
	return f.File.Seek(offset, whence)
}

func (f *faultyFile) Sync() error {
	if err := f.disk.fail("sync"); err != nil {
		return err
	}
	return f.File.Sync()
}

// Close always closes, as the kernel does: what fails is to write out what was left.
func (f *faultyFile) Close() error {
	return errors.Join(f.disk.fail("close"), f.File.Close())
}

// writeFaulty writes a file in many pieces as a careful or a careless program would: the second kind does not look at the
// errors of Write.
func writeFaulty(d *faultyDisk, path string, content []byte, careless bool) error {
	f, err := create(d, path)
	if err != nil {
		return err
	}
	defer f.Discard()
	for piece := range bytes.Lines(content) {
		if _, err := f.Write(piece); err != nil && !careless {
			return err
		}
	}
	return f.Commit(func(r io.ReadSeeker) error {
		got, err := io.ReadAll(r)
		if err == nil && !bytes.Equal(got, content) {
			err = errors.New("not what was written")
		}
		return err
	})
}

// Whatever operation fails, and however, the name shows the old file or the new one, whole; the new one if there was no
// error. Nothing is left behind by a program that goes on.
func TestEveryOperationFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	old, content := []byte("the old content\n"), bytes.Repeat([]byte("a line of the new content\n"), 8)
	n := 0
	kinds := map[string]bool{}
	try := func(d faultyDisk, careless, exists bool) bool {
		os.Remove(path)
		if exists {
			if err := os.WriteFile(path, old, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := writeFaulty(&d, path, content, careless)
		failed := d.done > d.fails
		what := "nothing"
		if failed {
			what = d.calls[d.fails]
			kinds[what] = true
			n++
		}
		got, readErr := os.ReadFile(path)
		isOld := exists && bytes.Equal(got, old) || !exists && errors.Is(readErr, os.ErrNotExist)
		isNew := readErr == nil && bytes.Equal(got, content)
		switch {
		case !isOld && !isNew:
			t.Errorf("%s failed: the file holds %q, %v", what, got, readErr)
		case err == nil && !isNew:
			t.Errorf("%s failed, and no error, but the old file is there", what)
		case failed && err == nil:
			t.Errorf("%s failed, and no error", what)
		}
		for _, left := range names(t, dir) {
			if left == "a" {
				continue
			}
			if !strings.HasPrefix(left, ".hashmatch-") {
				t.Errorf("%s was left", left)
			}
			if !d.crash {
				t.Errorf("%s failed: %s was left behind", what, left)
			}
			os.Remove(filepath.Join(dir, left))
		}
		return failed
	}
	for _, d := range []faultyDisk{
		{with: syscall.EIO}, {with: syscall.ENOSPC}, {with: syscall.ENOSPC, short: true}, {with: syscall.EIO, crash: true}, {with: syscall.EIO, crash: true, short: true},
	} {
		for _, d.named = range []bool{false, true} {
			for _, careless := range []bool{false, true} {
				for _, exists := range []bool{false, true} {
					d.fails = 0
					for try(d, careless, exists) {
						d.fails++
					}
				}
			}
		}
	}
	for _, kind := range []string{"temporary", "write", "read", "seek", "sync", "close", "rename", "sync of the folder"} {
		if !kinds[kind] {
			t.Errorf("no %s failed", kind)
		}
	}
	testkit.AtLeast(t, 600, n, "failed operations")
}
