package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestCommitReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, content := range []string{"first", "second, and longer", ""} {
		f, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if now, _ := os.ReadFile(path); string(now) != string(before) {
			t.Fatalf("%q shows before Commit", now)
		}
		var seen []byte
		check := func(r io.ReadSeeker) (err error) {
			seen, err = io.ReadAll(r)
			return err
		}
		if err := f.Commit(check); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content || string(seen) != content {
			t.Fatalf("%q, %v, checked %q, want %q", got, err, seen, content)
		}
		f.Discard() // does nothing any more
	}
	if list := names(t, filepath.Dir(path)); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

func TestOldFileStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := errors.New("bad")
	for _, end := range []func(f *File){
		func(f *File) { f.Discard() },
		func(f *File) {
			if err := f.Commit(func(io.ReadSeeker) error { return bad }); !errors.Is(err, bad) {
				t.Errorf("Commit with a failing check: %v", err)
			}
		},
	} {
		f, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		end(f)
		if got, _ := os.ReadFile(path); string(got) != "old" {
			t.Errorf("the old file became %q", got)
		}
	}
	if list := names(t, filepath.Dir(path)); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

// A name as long as the system allows, and a link to the file, are written like any other.
func TestLongNamesAndLinks(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, strings.Repeat("n", 250))
	write := func(to string) {
		t.Helper()
		f, err := Create(to)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Discard()
		if _, err := f.Write([]byte(to)); err != nil {
			t.Fatal(err)
		}
		if err := f.Commit(nil); err != nil {
			t.Fatal(err)
		}
	}
	write(path)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no links here: ", err)
	}
	write(link)
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", fi, err)
	}
	if got, _ := os.ReadFile(path); string(got) != link {
		t.Errorf("the file holds %q", got)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(dir); err == nil {
		t.Error("a directory would be replaced")
	}
	if _, err := Create(filepath.Join(dir, "missing", "a")); err == nil {
		t.Error("a folder that is missing is no error")
	}
	if list := names(t, dir); len(list) != 0 {
		t.Errorf("left behind: %v", list)
	}
}
