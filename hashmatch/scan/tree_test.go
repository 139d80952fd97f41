package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// write writes a file and the directories above it.
func write(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func openRoot(t testing.TB, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// items returns the items of a sequence that is to have no error, and lines that say what is known of them unopened.
func items(t testing.TB, seq iter.Seq2[Item, error]) (all []Item, lines []string) {
	t.Helper()
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item)
		lines = append(lines, fmt.Sprintf("%q %d", item.Name, item.Size))
	}
	return all, lines
}

// Names come in byte order, and what a directory holds in the place of its name.
func TestTreeOrder(t *testing.T) {
	names := []string{"B", "a.txt", "a/z", "a/b/c/d", "a/b.txt", "a-b", "empty/", "a b/\u00e9", "a b/z", "Z/z", "\u00fc"}
	want := []string{
		`"B" 1`, `"Z/z" 3`, `"a/b/c/d" 7`, `"a/b.txt" 7`, `"a/z" 3`, `"a b/z" 5`, `"a b/é" 6`, `"a-b" 3`, `"a.txt" 5`,
		`"ü" 2`,
	}
	dir, mapped := t.TempDir(), fstest.MapFS{}
	for _, name := range names {
		if base, isDir := strings.CutSuffix(name, "/"); isDir {
			if err := os.Mkdir(filepath.Join(dir, base), 0o755); err != nil {
				t.Fatal(err)
			}
			mapped[base] = &fstest.MapFile{Mode: fs.ModeDir}
			continue
		}
		write(t, dir, name, name)
		mapped[name] = &fstest.MapFile{Data: []byte(name)}
	}
	for kind, seq := range map[string]iter.Seq2[Item, error]{"Dir": Dir(openRoot(t, dir)), "FS": FS(mapped), "DirFS": FS(os.DirFS(dir))} {
		if _, got := items(t, seq); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", kind, got, want)
		}
		for _, rec := range mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, seq) {
			if rec.Outcome != hashmatch.Cleared || rec.Fingerprint.Digests[0] != digest([]byte(rec.Path)) {
				t.Errorf("%s: %+v", kind, rec)
			}
		}
	}
}

// randomTree fills dir with about n entries, links among them where the system has some.
func randomTree(t testing.TB, r *rand.Rand, dir string, n int) {
	t.Helper()
	dirs := []string{dir}
	words := []string{"corrupt", "slow", "partial", "known", "", "other"}
	for range n {
		parent := dirs[r.IntN(len(dirs))]
		path := filepath.Join(parent, fmt.Sprintf("%c%d", "aA-.~"[r.IntN(5)], r.IntN(1000)))
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		var err error
		switch r.IntN(6) {
		case 0, 1:
			if err = os.Mkdir(path, 0o755); err == nil {
				dirs = append(dirs, path)
			}
		case 2:
			os.Symlink(filepath.Base(dirs[r.IntN(len(dirs))]), path) // to a directory, a loop or nothing; not everywhere
		default:
			err = os.WriteFile(path, []byte(words[r.IntN(len(words))]+strings.Repeat("x", r.IntN(100))), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// oracleRecords walks the tree plainly and says what its records are to be.
func oracleRecords(t testing.TB, dir string, known string) (recs []string, bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		outcome := hashmatch.NotRegular
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			bytes += int64(len(data))
			switch {
			case string(data) == known:
				outcome = hashmatch.Matched
			case strings.HasPrefix(string(data), "corrupt"):
				outcome = hashmatch.Corrupt
			case strings.HasPrefix(string(data), "slow"):
				outcome = hashmatch.Timeout
			case strings.HasPrefix(string(data), "partial"):
				outcome = hashmatch.Partial
			default:
				outcome = hashmatch.Cleared
			}
		}
		recs = append(recs, fmt.Sprintf("%q %v", filepath.ToSlash(name), outcome))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return recs, bytes
}

// Every entry of random trees has its record, in order, with the outcome that a plain walk gives it, through Dir and FS
// and at any number of workers.
func TestRandomTrees(t *testing.T) {
	r := testkit.Rand(t)
	total := 0
	for range 6 {
		dir := t.TempDir()
		randomTree(t, r, dir, 50+r.IntN(150))
		want, bytes := oracleRecords(t, dir, "known")
		total += len(want)
		root := openRoot(t, dir)
		s := Scanner{Querier: knowing("known"), Hasher: sum}
		var first []hashmatch.Record
		for kind, seq := range map[string]iter.Seq2[Item, error]{"Dir": Dir(root), "FS": FS(os.DirFS(dir))} {
			for _, s.Workers = range []int{1, 2, 8} {
				recs := mustCollect(t, s, seq)
				var got []string
				for _, rec := range recs {
					got = append(got, fmt.Sprintf("%q %v", rec.Path, rec.Outcome))
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s, %d workers:\n got %s\nwant %s", kind, s.Workers, got, want)
				}
				if first == nil {
					first = recs
				}
				if !reflect.DeepEqual(first, recs) {
					t.Fatalf("%s, %d workers: the records differ from the first ones", kind, s.Workers)
				}
			}
		}
		var files, counted int64
		err := Count(t.Context(), root, func(f, b int64) { files += f; counted += b })
		if err != nil || files != int64(len(want)) || counted != bytes {
			t.Errorf("%d files of %d bytes are counted, there are %d of %d: %v", files, counted, len(want), bytes, err)
		}
	}
	testkit.AtLeast(t, 200, total, "entries of trees")
}

func TestCountStops(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		write(t, dir, fmt.Sprint(i), "x")
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	n := int64(0)
	err := Count(ctx, openRoot(t, dir), func(files, _ int64) {
		if n += files; n == 3 {
			cancel(stop)
		}
	})
	if !errors.Is(err, stop) || n != 3 {
		t.Errorf("after %d files: %v", n, err)
	}
}

// The tree's own root is no item: that it cannot be read is an error of the sequence.
func TestRootMissing(t *testing.T) {
	root := openRoot(t, t.TempDir())
	root.Close()
	gone := filepath.Join(t.TempDir(), "gone")
	for kind, seq := range map[string]iter.Seq2[Item, error]{"Dir": Dir(root), "FS": FS(os.DirFS(gone))} {
		if recs, err := collect(t, Scanner{Querier: answer(clear), Hasher: sum}, seq); err == nil || len(recs) != 0 {
			t.Errorf("%s: %v, %v", kind, recs, err)
		}
	}
	if err := Count(t.Context(), root, func(int64, int64) {}); err == nil {
		t.Error("Count found nothing wrong")
	}
}

// A directory that cannot be read is a record, and so is each entry of it that could be had; an entry that cannot be looked
// at is one, too.
func TestFaultyTree(t *testing.T) {
	plain := fstest.MapFS{
		"a": {}, "denied/x": {}, "half/x": {}, "half/y": {}, "half/z/z": {}, "lost": {},
		"z/link": {Mode: fs.ModeSymlink}, "z/fifo": {Mode: fs.ModeNamedPipe}, "z/shut": {},
	}
	recs := mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, FS(faultyFS{plain}))
	var got []string
	for _, rec := range recs {
		got = append(got, fmt.Sprintf("%s %v %s", rec.Path, rec.Outcome, rec.Error))
	}
	want := []string{
		"a clear ",
		"denied denied permission denied",
		"half io-error bad block",
		"half/x clear ",
		"half/y clear ",
		"half/z/z clear ",
		"lost io-error file does not exist",
		"z/fifo not-regular not a regular file: FIFO",
		"z/link not-regular not a regular file: symbolic link",
		"z/shut denied permission denied",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// faultyFS has a directory that cannot be read, one that breaks off, an entry without Info, and a file that cannot be
// opened; and it panics when a link or FIFO is opened.
type faultyFS struct{ fstest.MapFS }

func (f faultyFS) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := f.MapFS.ReadDir(name)
	slices.Reverse(list)
	for i, e := range list {
		if e.Name() == "lost" {
			list[i] = lostEntry{e}
		}
	}
	switch name {
	case "denied":
		return nil, pathError(fs.ErrPermission)
	case "half":
		return list, pathError(errors.New("bad block"))
	}
	return list, err
}

func (f faultyFS) Open(name string) (fs.File, error) {
	switch name {
	case "z/link", "z/fifo":
		panic("it was opened")
	case "z/shut":
		return nil, pathError(fs.ErrPermission)
	}
	return f.MapFS.Open(name)
}

type lostEntry struct{ fs.DirEntry }

func (lostEntry) Info() (fs.FileInfo, error) { return nil, pathError(fs.ErrNotExist) }

// Leaving a walk in the middle of a deep tree ends it.
func TestWalkBreaks(t *testing.T) {
	deep := fstest.MapFS{}
	for i := range 60 {
		deep[strings.Repeat("d/", i)+"f"] = &fstest.MapFile{}
	}
	_, all := items(t, FS(deep))
	for n := 1; n <= len(all); n++ {
		seen := 0
		for range FS(deep) {
			if seen++; seen == n {
				break
			}
		}
		if seen != n {
			t.Errorf("%d items instead of %d", seen, n)
		}
	}
	testkit.AtLeast(t, 60, len(all), "items")
}

// In finds what Dir found, and says what kept it from being read.
func TestIn(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := os.MkdirAll(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "b"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	item := In(root, "a/b")
	if item.Name != "a/b" || item.Size != 7 {
		t.Errorf("%+v", item)
	}
	r, err := item.Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "content" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	r.Close()
	wrong := map[string]error{
		"a": ErrNotRegular, "a/c": fs.ErrNotExist, "./a/b": fs.ErrInvalid, "a/../a/b": fs.ErrInvalid, "a//b": fs.ErrInvalid, "": fs.ErrInvalid,
		"/a/b": fs.ErrInvalid, "a/b/": ErrNotRegular,
	}
	if err := os.Symlink("a", filepath.Join(dir, "link")); err == nil { // some systems let nobody make one
		wrong["link/b"], wrong["link"] = ErrNotRegular, ErrNotRegular
	}
	for name, want := range wrong {
		if _, err := In(root, name).Open(); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := In(root, "../"+filepath.Base(dir)+"/a/b").Open(); err == nil {
		t.Error("a path led out of the root")
	}
	item = In(root, "a/b")
	if err := os.WriteFile(filepath.Join(dir, "new"), []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "a", "b")); err != nil {
		t.Fatal(err)
	}
	if _, err := item.Open(); !errors.Is(err, ErrChanged) {
		t.Errorf("another file in its place: %v", err)
	}
}
