package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/hashmatch/engine/hashmatch/scan"
)

// root is one place that the user named: a directory, or a single file.
type root struct {
	path string
	dir  *os.Root // nil for a file
	err  error    // why it could not be opened
}

// openRoots opens what the user named; one that is missing is an error before any work is done.
func openRoots(paths []string) ([]root, error) {
	roots := make([]root, 0, len(paths))
	for _, p := range paths {
		r, err := openRoot(p)
		if err != nil {
			closeRoots(roots)
			return nil, err
		}
		roots = append(roots, r)
	}
	return roots, nil
}

func openRoot(path string) (root, error) {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return root{}, &notThere{path}
	case err != nil:
		return root{}, err
	case !fi.IsDir():
		return root{path: path}, nil
	}
	dir, err := os.OpenRoot(path)
	if err != nil {
		return root{}, err
	}
	return root{path: path, dir: dir}, nil
}

// notThere is the error of a path that does not exist.
type notThere struct{ path string }

func (e *notThere) Error() string {
	if e.path == "" {
		return "a file or folder without a name (\"\") does not exist"
	}
	return e.path + " does not exist"
}
func (e *notThere) Is(target error) bool { return target == fs.ErrNotExist }

func closeRoots(roots []root) {
	for _, r := range roots {
		if r.dir != nil {
			r.dir.Close()
		}
	}
}

// items goes through the files of a root; their names are relative to it. A file that is named itself is an item of its
// own, by its last name.
func (r *root) items() iter.Seq2[scan.Item, error] {
	if r.dir != nil {
		return scan.Dir(r.dir)
	}
	item := scan.File(r.path, r.name())
	if r.err != nil {
		item = failing(r.name(), r.err)
	}
	return func(yield func(scan.Item, error) bool) { yield(item, nil) }
}

// name is what a file that is named itself is called.
func (r *root) name() string { return filepath.Base(r.path) }

// allItems goes through the files of several roots, in their order; where there are several, each item carries the number
// of its root, from 1.
func allItems(roots []root) iter.Seq2[scan.Item, error] {
	return func(yield func(scan.Item, error) bool) {
		for i := range roots {
			for item, err := range roots[i].items() {
				if len(roots) > 1 {
					item.Root = i + 1
				}
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

// count counts the files and bytes of the roots, for progress.
func count(ctx context.Context, roots []root, add func(files, bytes int64)) error {
	for _, r := range roots {
		if r.dir == nil {
			if fi, err := os.Stat(r.path); err == nil {
				add(1, fi.Size())
			}
			continue
		}
		if err := scan.Count(ctx, r.dir, add); err != nil {
			return err
		}
	}
	return nil
}

// insideRoots returns the root that path would be written into; "" for none. Evidence is never written to. Folders are
// compared as the system knows them, so that no link and no letter case hides where path leads (a folder of the root that
// is mounted elsewhere too does).
func insideRoots(path string, roots []root) string {
	for _, r := range roots {
		is, err := os.Stat(r.path)
		if err != nil {
			continue
		}
		if r.dir == nil {
			if sameFile(path, r.path) {
				return r.path
			}
			continue
		}
		for at := realPath(path); ; at = filepath.Dir(at) {
			if fi, err := os.Stat(at); err == nil && os.SameFile(fi, is) {
				return r.path
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return ""
}

// realPath is where a file would be written, with all links of its folder resolved, as far as they are there.
func realPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(dir, filepath.Base(abs))
	}
	return abs
}

// sameFile reports whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// notAnInput refuses to write over what is being read.
func notAnInput(out string, inputs ...string) error {
	for _, in := range inputs {
		if out != "-" && in != "-" && sameFile(out, in) {
			return usagef("-o %s would replace %s, which is an input", out, in)
		}
	}
	return nil
}

// failing is an item that only tells of its error.
func failing(name string, err error) scan.Item {
	return scan.Item{Name: name, Size: -1, Open: func() (io.ReadCloser, error) { return nil, err }}
}
