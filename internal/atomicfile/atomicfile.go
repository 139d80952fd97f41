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
	disk disk
	path string
	f    handle // nil once committed or discarded
	temp name
	err  error // of the first Write that failed: a part of the content must never be committed
}

// name is what a temporary file is called; "" while it has no name.
type name string

// disk is what writing a file asks of the system: a seam, so that tests can let each of these fail.
type disk interface {
	temporary(path string) (handle, name, error)
	link(f handle, path string) (name, error)
	rename(from, to string) error
	remove(path string) error
	syncDir(dir string) error
}

// handle is an open file.
type handle interface {
	io.ReadWriteSeeker
	Sync() error
	Close() error
}

// realDisk is the system's own.
type realDisk struct{}

func (realDisk) temporary(path string) (handle, name, error) { return temporary(path) }
func (realDisk) link(f handle, path string) (name, error)    { return link(f.(*os.File), path) }
func (realDisk) rename(from, to string) error                { return os.Rename(from, to) }
func (realDisk) remove(path string) error                    { return os.Remove(path) }
func (realDisk) syncDir(dir string) error                    { return syncDir(dir) }

// Create begins to write the file at path with mode 0600 (sets and results are nobody else's business). If path is a
// link, the file that it leads to is written. The folder must exist; what is no regular file is refused before any work
// is done.
func Create(path string) (*File, error) { return create(realDisk{}, path) }

func create(disk disk, path string) (*File, error) {
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
	f, temp, err := disk.temporary(path)
	if err != nil {
		return nil, fmt.Errorf("cannot write beside %s: %w", path, err)
	}
	return &File{disk: disk, path: path, f: f, temp: temp}, nil
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

// Write appends to the file. After an error there is nothing more to write, and no Commit.
func (a *File) Write(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	n, err := a.f.Write(p)
	a.err = err
	return n, err
}

// Commit makes the content durable and puts it under its name. check, when not nil, reads the whole content back first;
// its error keeps the old file. After an error the temporary file is gone.
func (a *File) Commit(check func(io.ReadSeeker) error) error {
	defer a.Discard()
	if a.err != nil {
		return a.err
	}
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
		temp, err := a.disk.link(a.f, a.path)
		if err != nil {
			return fmt.Errorf("naming the file beside %s: %w", a.path, err)
		}
		a.temp = temp
	}
	if err := a.f.Close(); err != nil {
		return err
	}
	if err := a.disk.rename(string(a.temp), a.path); err != nil {
		return err
	}
	a.f = nil
	return a.disk.syncDir(filepath.Dir(a.path))
}

// Discard removes what was written. It does nothing after a Commit that succeeded, so it can be deferred.
func (a *File) Discard() {
	if a.f == nil {
		return
	}
	a.f.Close()
	if a.temp != "" {
		a.disk.remove(string(a.temp))
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
