package scan

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
)

// Dir goes through the tree below root, which must stay open until the scan is over: one item for each directory entry
// that is no directory, and one for each directory that could not be read, or not to its end, whose Open returns the
// error. Entries come in byte order of their names, and what a directory holds in the place of the directory's name.
// Names are the raw bytes that the system gives.
//
// Links, FIFOs, sockets and devices are items whose Open returns ErrNotRegular; nobody opens or follows them. A regular
// file is opened without blocking, and, where the system allows it, without a trace in its access time. If another file
// has taken its place meanwhile, Open returns ErrChanged; if size or time of modification change while it is read, its
// end is ErrChanged. Mounted file systems below root belong to the tree.
//
// That root itself cannot be read is an error of the sequence. For each entry the path is resolved anew from root, at the
// cost of one call of the system for each level: so no more than a few descriptors are open at any depth.
func Dir(root *os.Root) iter.Seq2[Item, error] { return walk(rootTree{root}) }

// In returns the item of one file below root by its path, as Dir would: what a scan found before, to be looked at once
// more. Of a path that Dir would not give, by "." or "..", or through a link, Open returns an error.
func In(root *os.Root, path string) Item {
	for at, name := range elements(path) {
		if name == "" || name == "." || name == ".." {
			return failing(path, &fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid})
		}
		info, err := root.Lstat(path[:at])
		switch {
		case err != nil:
			return failing(path, err)
		case at == len(path) && info.Mode().IsRegular():
			return itemOf(rootTree{root}, path, info)
		case at == len(path) || !info.IsDir():
			return failing(path, notRegular(info.Mode()))
		}
	}
	return failing(path, &fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid})
}

// elements yields the names that a path consists of, each with where it ends.
func elements(path string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		from := 0
		for at := range len(path) + 1 {
			if at < len(path) && path[at] != '/' {
				continue
			}
			if !yield(at, path[from:at]) {
				return
			}
			from = at + 1
		}
	}
}

// FS goes through fsys like Dir. How safely files are opened and links are left alone depends on fsys; a file that was
// replaced before it was opened goes unnoticed. Of the names, only those that are valid by fs.ValidPath can be opened.
func FS(fsys fs.FS) iter.Seq2[Item, error] { return walk(fsTree{fsys}) }

// Count goes through the tree below root as Dir does, without opening any file, and calls add for each item with 1 and
// the item's size. The numbers tell how much there is to do. It returns the error of the sequence, or context.Cause when
// ctx ends.
func Count(ctx context.Context, root *os.Root, add func(files, bytes int64)) error {
	for item, err := range Dir(root) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		add(1, max(item.Size, 0))
	}
	return nil
}

// entry is a name in a directory. Info describes what the name stands for itself, not what it links to.
type entry interface {
	Name() string
	Info() (fs.FileInfo, error)
}

// tree is what a walk needs to know of a file system. Paths are "/"-separated; "." is the root.
type tree interface {
	// list returns the entries of a directory, in any order, and with an error those that were had. was is the Info of
	// the directory; nil for the root.
	list(dir string, was fs.FileInfo) ([]entry, error)
	// open opens a regular file, whose Info is was.
	open(path string, was fs.FileInfo) (io.ReadCloser, error)
}

func walk(t tree) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		entries, err := t.list(".", nil)
		if err != nil {
			yield(Item{}, fmt.Errorf("scan: reading the root: %w", err))
			return
		}
		walkEntries(t, "", entries, yield)
	}
}

// walkEntries yields what is below the entries of a directory; prefix is the directory's path with a slash. It returns
// false when yield did.
func walkEntries(t tree, prefix string, entries []entry, yield func(Item, error) bool) bool {
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		path := prefix + e.Name()
		info, err := e.Info()
		more := true
		switch {
		case err != nil:
			more = yield(failing(path, err), nil)
		case info.IsDir():
			more = walkDir(t, path, info, yield)
		case !info.Mode().IsRegular():
			more = yield(failing(path, notRegular(info.Mode())), nil)
		default:
			more = yield(itemOf(t, path, info), nil)
		}
		if !more {
			return false
		}
	}
	return true
}

// itemOf is the item of a regular file.
func itemOf(t tree, path string, info fs.FileInfo) Item {
	return Item{Name: path, Size: info.Size(), Open: func() (io.ReadCloser, error) { return t.open(path, info) }}
}

func walkDir(t tree, path string, info fs.FileInfo, yield func(Item, error) bool) bool {
	entries, err := t.list(path, info)
	if err != nil && !yield(failing(path, err), nil) {
		return false
	}
	return walkEntries(t, path+"/", entries, yield)
}

// rootTree is a tree of the operating system. It goes by names and Lstat alone: os.Root.FS refuses names that are not
// UTF-8 and blocks on a FIFO, and File.ReadDir gives up on the whole directory when one entry cannot be looked at.
type rootTree struct{ root *os.Root }

type rootEntry struct {
	root      *os.Root
	dir, name string
}

func (e *rootEntry) Name() string { return e.name }

func (e *rootEntry) Info() (fs.FileInfo, error) { return e.root.Lstat(e.dir + "/" + e.name) }

func (t rootTree) list(dir string, was fs.FileInfo) ([]entry, error) {
	f, err := t.openFile(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if was != nil {
		is, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if !os.SameFile(was, is) {
			return nil, fmt.Errorf("%w: replaced before it was opened", ErrChanged)
		}
	}
	names, err := f.Readdirnames(-1)
	entries := make([]entry, len(names))
	for i, name := range names {
		entries[i] = &rootEntry{t.root, dir, name}
	}
	return entries, err
}

func (t rootTree) open(path string, was fs.FileInfo) (io.ReadCloser, error) {
	f, err := t.openFile(path)
	if err != nil {
		return nil, err
	}
	return steadyFile(f, was)
}

func (t rootTree) openFile(path string) (*os.File, error) {
	return openReadOnly(func(flag int) (*os.File, error) { return t.root.OpenFile(path, flag, 0) })
}

// fsTree is any other tree.
type fsTree struct{ fs fs.FS }

func (t fsTree) list(dir string, _ fs.FileInfo) ([]entry, error) {
	list, err := fs.ReadDir(t.fs, dir)
	entries := make([]entry, len(list))
	for i, e := range list {
		entries[i] = e
	}
	return entries, err
}

func (t fsTree) open(path string, _ fs.FileInfo) (io.ReadCloser, error) {
	f, err := t.fs.Open(path)
	if err != nil {
		return nil, err
	}
	return steadyFile(f, nil)
}
