package scan

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
)

// A file that changes while it is read has changed; its digest would be that of no file.
func TestChangedWhileRead(t *testing.T) {
	long := time.Now().Add(-time.Hour)
	tests := []struct {
		name string
		do   func(path string) error
		want string // part of the error; "" is clear
	}{
		{"nothing", func(string) error { return nil }, ""},
		{"growing", func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("more")
			return errors.Join(err, f.Close())
		}, "longer than 9 bytes"},
		{"shrinking", func(path string) error { return os.Truncate(path, 3) }, "from 9 to 3 bytes"},
		{"written to", func(path string) error {
			return errors.Join(os.WriteFile(path, []byte("different"), 0), os.Chtimes(path, long, time.Now()))
		}, "written to"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		write(t, dir, "file", "unchanged")
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
		s := Scanner{Querier: answer(clear), Hasher: whileReading(func() {
			if err := tt.do(path); err != nil {
				t.Error(err)
			}
		})}
		rec := mustCollect(t, s, Dir(openRoot(t, dir)))[0]
		switch {
		case tt.want == "":
			if rec.Outcome != hashmatch.Cleared || rec.Fingerprint.Size != 9 {
				t.Errorf("%s: %+v", tt.name, rec)
			}
		case rec.Outcome != hashmatch.Changed || !strings.HasSuffix(rec.Error, tt.want) || len(rec.Fingerprint.Digests) != 0:
			t.Errorf("%s: %+v", tt.name, rec)
		}
	}
}

// A file whose place another one has taken before it is opened has changed; one that is gone cannot be read.
func TestReplacedBeforeOpen(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"gone", "replaced", "same"} {
		write(t, dir, name, "old")
	}
	all, _ := items(t, Dir(openRoot(t, dir)))
	write(t, dir, "new", "new")
	if err := errors.Join(os.Remove(filepath.Join(dir, "gone")), os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "replaced"))); err != nil {
		t.Fatal(err)
	}
	recs := mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, listed(all...))
	for i, want := range []hashmatch.Outcome{hashmatch.IOError, hashmatch.Changed, hashmatch.Cleared} {
		if recs[i].Outcome != want {
			t.Errorf("want %v: %+v", want, recs[i])
		}
	}
}

// A directory whose place another one has taken is not read in its stead.
func TestReplacedDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a/x", "")
	write(t, dir, "b/y", "")
	tree := rootTree{openRoot(t, dir)}
	a, err := tree.root.Lstat("a")
	if err != nil {
		t.Fatal(err)
	}
	if list, err := tree.list("a", a); err != nil || len(list) != 1 || list[0].Name() != "x" {
		t.Errorf("unchanged: %v, %v", list, err)
	}
	if list, err := tree.list("b", a); !errors.Is(err, ErrChanged) || len(list) != 0 {
		t.Errorf("replaced: %v, %v", list, err)
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", "content")
	path := filepath.Join(dir, "file")
	for name, want := range map[string]hashmatch.Outcome{"file": hashmatch.Cleared, "gone": hashmatch.IOError, ".": hashmatch.NotRegular} {
		rec := mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, listed(File(filepath.Join(dir, name), "dir/"+name)))[0]
		if rec.Outcome != want || rec.Path != "dir/"+name || strings.Contains(rec.Error, dir) {
			t.Errorf("%s: %+v", name, rec)
		}
	}
	item := File(path, "file")
	if item.Size != 7 {
		t.Errorf("size %d", item.Size)
	}
	write(t, dir, "new", "new")
	if err := os.Rename(filepath.Join(dir, "new"), path); err != nil {
		t.Fatal(err)
	}
	if _, err := item.Open(); !errors.Is(err, ErrChanged) {
		t.Errorf("replaced: %v", err)
	}
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Skip("no links here: ", err)
	}
	r, err := File(filepath.Join(dir, "link"), "link").Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if data, err := io.ReadAll(r); string(data) != "new" || err != nil {
		t.Errorf("through a link: %q, %v", data, err)
	}
}

// whileReading returns a hasher that calls do after the first byte.
func whileReading(do func()) hasherFunc {
	return func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
		var first [1]byte
		if _, err := io.ReadFull(r, first[:]); err != nil {
			return hashmatch.Fingerprint{}, err
		}
		do()
		return sum(ctx, r)
	}
}

// endless is a file that grows as fast as it is read.
type endless struct{ fs.File }

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestEndlessFileEnds(t *testing.T) {
	f := &steady{File: endless{}, size: 1000}
	n, err := io.Copy(io.Discard, f)
	if !errors.Is(err, ErrChanged) || n > 1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
