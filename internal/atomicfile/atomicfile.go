// Package atomicfile writes a file so that its name shows either what it held before or all of the new content, never a
// part: a temporary file beside it, fsync, rename, fsync of the folder.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// File is a file being written. Nothing is seen under its name until Commit. It is not safe for concurrent use.
type File struct {
	path string
	f    *os.File // nil once committed or discarded
	temp name
}

// name is what a temporary file is called; "" while it has no name.
type name string

// Create begins to write the file at path with mode 0600 (sets and results are nobody else's business). If path is a
// link, the file that it leads to is written. The folder must exist; what is no regular file is refused before any work
// is done.
func Create(path string) (*File, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if fi, err := os.Lstat(path); err == nil && fi.Mode()&os.ModeSymlink != 0 {
		return nil, &os.PathError{Op: "write", Path: path, Err: errors.New("is a link that leads nowhere")}
	}
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		return nil, &os.PathError{Op: "write", Path: path, Err: errors.New("exists and is no regular file")}
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return nil, &os.PathError{Op: "write", Path: path, Err: errors.New("there is no such folder")}
	}
	f, temp, err := temporary(path)
	if err != nil {
		return nil, fmt.Errorf("cannot write beside %s: %w", path, err)
	}
	return &File{path: path, f: f, temp: temp}, nil
}

// temporaryName is the name of a temporary file beside path. It does not grow with path's: that may be as long as the
// system allows.
func temporaryName(path, unique string) string {
	return filepath.Join(filepath.Dir(path), ".hashmatch-"+unique+".tmp")
}

func namedTemporary(path string) (*os.File, name, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(temporaryName(path, "*")))
	if err != nil {
		return nil, "", err
	}
	return f, name(f.Name()), nil
}

// Write appends to the file.
func (a *File) Write(p []byte) (int, error) { return a.f.Write(p) }

// Commit makes the content durable and puts it under its name. check, when not nil, reads the whole content back first;
// its error keeps the old file. After an error the temporary file is gone.
func (a *File) Commit(check func(io.ReadSeeker) error) error {
	defer a.Discard()
	if err := a.f.Sync(); err != nil {
		return err
	}
	if check != nil {
		if _, err := a.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := check(a.f); err != nil {
			return fmt.Errorf("%s: read back: %w", a.path, err)
		}
	}
	if a.temp == "" {
		temp, err := link(a.f, a.path)
		if err != nil {
			return fmt.Errorf("naming the file beside %s: %w", a.path, err)
		}
		a.temp = temp
	}
	if err := a.f.Close(); err != nil {
		return err
	}
	if err := os.Rename(string(a.temp), a.path); err != nil {
		return err
	}
	a.f = nil
	return syncDir(filepath.Dir(a.path))
}

// Discard removes what was written. It does nothing after a Commit that succeeded, so it can be deferred.
func (a *File) Discard() {
	if a.f == nil {
		return
	}
	a.f.Close()
	if a.temp != "" {
		os.Remove(string(a.temp))
	}
	a.f = nil
}

// syncDir makes a rename durable, where the system can: Windows has no such call, and some network file systems refuse
// it. The file is in its place by then, so only a disk that fails is an error.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	if err := d.Sync(); errors.Is(err, syscall.EIO) {
		return err
	}
	return nil
}
