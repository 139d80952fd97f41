package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

// first are the results of a first pass, which the second reads twice: to choose files, and to copy the rest. They are a
// file that has no name any more where the system allows that.
type first struct {
	*os.File
	owned bool // it goes when it is closed
}

// newFirst makes an empty file for the results of a first pass, which must not lie on what is scanned.
func newFirst(roots []root) (*first, error) {
	if r := insideRoots(os.TempDir()+string(os.PathSeparator)+"x", roots); r != "" {
		return nil, usagef("the folder for temporary files, %s, lies below %s, and evidence is never written to: set another one (TMPDIR, on Windows TMP)", os.TempDir(), r)
	}
	f, err := os.CreateTemp("", "hashmatch-first-*.tmp")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name()) // Windows keeps a file that is open
	return &first{f, true}, nil
}

func (f *first) close() {
	f.File.Close()
	if f.owned {
		os.Remove(f.Name())
	}
}

// read goes through the results from their beginning; several may do so at a time.
func (f *first) read() (*report.Reader, error) {
	return report.Read(io.NewSectionReader(f.File, 0, 1<<62))
}

// firstPass returns the results of one.
func (r *scanRun) firstPass() (*first, error) {
	if r.from != "" {
		f, err := os.Open(r.from)
		if err != nil {
			return nil, err
		}
		return &first{File: f}, nil
	}
	f, err := newFirst(r.roots)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if _, err = r.once(w); err == nil {
		err = w.Flush()
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// ofFirst says of an error which results it is about, where the user named them.
func (r *scanRun) ofFirst(err error) error {
	if r.from == "" {
		return err
	}
	return fmt.Errorf("--from %s: %w", r.from, err)
}

// choose counts what there is to do, and checks that the first pass was one of these roots and sets, made as ours would be:
// what it found stands in the results beside what the second pass finds, under one header.
func (t *thoroughScan) choose(r *scanRun) error {
	results, err := t.first.read()
	if err != nil {
		return err
	}
	if err := sameScan(&results.Header, r.header()); err != nil {
		return err
	}
	there := presence{roots: t.roots}
	var last *hashmatch.Record
	for rec, err := range results.Records() {
		if err != nil {
			return err
		}
		if err := t.follows(last, &rec); err != nil {
			return err
		}
		last = &rec
		t.all++
		if chosen(&rec) {
			t.files++
			t.bytes += rec.Fingerprint.Size
			there.look(&rec)
		}
	}
	t.before = results.Chance()
	return there.check()
}

// sameScan refuses results of a scan that was told something else than ours is.
func sameScan(was *report.Header, now report.Header) error {
	const otherwise = "; scan again, or leave --from out"
	if was.Thorough != nil {
		return usagef("these results are of a thorough scan, which had a second pass: give --from those of a scan without --thorough")
	}
	if was.Roots != now.Roots {
		return usagef("the first pass was of %d roots, and here are %d", was.Roots, now.Roots)
	}
	if len(was.Sets) != len(now.Sets) {
		return usagef("the first pass searched %d sets, and here are %d", len(was.Sets), len(now.Sets))
	}
	for i := range now.Sets {
		if h := was.Sets[i]; h.Digest != now.Sets[i].Digest {
			return usagef("the first pass searched set %s in another state, or in another order", report.Visible(h.Name))
		}
	}
	if !slices.Equal(was.Kinds, now.Kinds) || was.Exact != now.Exact {
		return usagef("the first pass hashed other kinds, or was --exact where this is not, or the other way round: say the same here%s", otherwise)
	}
	if len(was.Searches) != len(now.Searches) {
		return usagef("the first pass searched the sets by other kinds%s", otherwise)
	}
	for i := range now.Searches {
		if a, b := &was.Searches[i], &now.Searches[i]; a.Set != b.Set || a.Kind != b.Kind || a.Hashes != b.Hashes || a.Radius != b.Radius {
			return usagef("the first pass searched %d %s hashes of set %s within %d, and a first pass of ours %d within %d%s",
				a.Hashes, a.Kind, report.Visible(a.Set), a.Radius, b.Hashes, b.Radius, otherwise)
		}
	}
	return nil
}

// follows refuses a record that a scan of these roots cannot have written after the last one: no file may be counted
// twice, and none may stand under a name that was not read.
func (t *thoroughScan) follows(last, rec *hashmatch.Record) error {
	root := t.roots[max(rec.Root, 1)-1] // the reader has checked the number
	if root.dir == nil && rec.Path != filepath.Base(root.path) {
		return fmt.Errorf("%w: a record of %q, and root %d is the file %q", hashmatch.ErrFormat, rec.Path, max(rec.Root, 1), filepath.Base(root.path))
	}
	if last == nil || rec.Root > last.Root || rec.Root == last.Root && walkOrder(last.Path) < walkOrder(rec.Path) {
		return nil
	}
	return fmt.Errorf("%w: %q comes after %q: a scan writes every file once, in order of their names", hashmatch.ErrFormat, rec.Path, last.Path)
}

// walkOrder spells a path so that comparing bytes compares names folder by folder.
func walkOrder(path string) string { return strings.ReplaceAll(path, "/", "\x00") }

// presence finds out whether the chosen files are there at all. Of a folder that is another one, or is not mounted, all
// would become errors, beside the first pass's matches.
type presence struct {
	roots        []root
	looked, gone int
	first        string // of the files that are gone
}

// enough is how many files are looked for.
const enough = 100

func (p *presence) look(rec *hashmatch.Record) {
	if p.looked == enough || p.gone < p.looked {
		return
	}
	p.looked++
	root := &p.roots[max(rec.Root, 1)-1]
	var err error
	if root.dir != nil {
		_, err = root.dir.Lstat(filepath.FromSlash(rec.Path))
	} else {
		_, err = os.Lstat(root.path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if p.gone++; p.gone == 1 {
			p.first = rec.Path
		}
	}
}

func (p *presence) check() error {
	if p.looked == 0 || p.gone < p.looked {
		return nil
	}
	return usagef("none of the first %d pictures to look at again is there (%q is the first): name the folder that was scanned", p.looked, p.first)
}
