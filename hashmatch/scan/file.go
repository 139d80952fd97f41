package scan

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// File returns the item of one file that a user named, path, as it is found now; links are followed. Its Name is name.
// If there is no such file, or it is no regular one, Open returns the error.
func File(path, name string) Item {
	was, err := os.Stat(path)
	switch {
	case err != nil:
		return failing(name, err)
	case !was.Mode().IsRegular():
		return failing(name, notRegular(was.Mode()))
	}
	return Item{Name: name, Size: was.Size(), Open: func() (io.ReadCloser, error) {
		f, err := openReadOnly(func(flag int) (*os.File, error) { return os.OpenFile(path, flag, 0) })
		if err != nil {
			return nil, err
		}
		return steadyFile(f, was)
	}}
}

// failing returns an item that only tells of err.
func failing(name string, err error) Item {
	return Item{Name: name, Size: -1, Open: func() (io.ReadCloser, error) { return nil, err }}
}

// steady is an open regular file whose end is an error if the file changed while it was read. What a change in size or
// time of modification does not show stays unnoticed: one within the clock's step, or one that sets the time back.
type steady struct {
	fs.File
	size int64
	time time.Time
	read int64
}

// steadyFile returns f, which it closes on an error. was is what was found at f's name before f was opened; nil where
// that cannot be compared.
func steadyFile(f fs.File, was fs.FileInfo) (io.ReadCloser, error) {
	is, err := f.Stat()
	switch {
	case err != nil:
	case was != nil && !os.SameFile(was, is):
		err = fmt.Errorf("%w: replaced by another file before it was opened", ErrChanged)
	case !is.Mode().IsRegular():
		err = notRegular(is.Mode())
	default:
		return &steady{File: f, size: is.Size(), time: is.ModTime()}, nil
	}
	f.Close()
	return nil, err
}

func (s *steady) Read(p []byte) (int, error) {
	n, err := s.File.Read(p)
	// A file that somebody writes to faster than it is read would have no end.
	if s.read += int64(n); s.read > s.size {
		return n, fmt.Errorf("%w: longer than %d bytes", ErrChanged, s.size)
	}
	if err != io.EOF {
		return n, err
	}
	is, statErr := s.Stat()
	switch {
	case statErr != nil:
		return n, statErr
	case is.Size() != s.size:
		return n, fmt.Errorf("%w: from %d to %d bytes", ErrChanged, s.size, is.Size())
	case !is.ModTime().Equal(s.time):
		return n, fmt.Errorf("%w: written to", ErrChanged)
	}
	return n, io.EOF
}
