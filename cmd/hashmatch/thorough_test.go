package main

import (
	"bytes"
	"context"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
	"github.com/hashmatch/engine/hashmatch/scan"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// drive is a folder of evidence, a set, and what a scan found.
type drive struct{ root, set, results string }

// at is a path in the folder that holds all of them.
func (d *drive) at(name string) string { return filepath.Join(filepath.Dir(d.root), name) }

// ran runs the program, which must end with the given code, and returns what it wrote.
func ran(t *testing.T, code int, args ...string) (out, diag string) {
	t.Helper()
	var o, e bytes.Buffer
	if got := run(args, strings.NewReader(""), &o, &e); got != code {
		t.Fatalf("%q ends with %d, not %d: %s", args, got, code, &e)
	}
	return o.String(), e.String()
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// scannedDrive makes a set of two pictures, and evidence with a copy of one, two strangers and two other files.
func scannedDrive(t *testing.T) *drive {
	t.Helper()
	dir := t.TempDir()
	d := &drive{filepath.Join(dir, "drive"), filepath.Join(dir, "known.hms"), filepath.Join(dir, "once.jsonl")}
	picture := func(seed uint64) []byte {
		return encodedAs(t, "jpeg", synth.Picture(synth.Landscape, seed, 240, 180)).Bytes()
	}
	writeFile(t, d.at("known/1.jpg"), picture(1))
	writeFile(t, d.at("known/2.jpg"), picture(2))
	hashes, _ := ran(t, exitOK, "hash", "-q", d.at("known"))
	writeFile(t, d.at("known.jsonl"), []byte(hashes))
	ran(t, exitOK, "build", "-q", "-o", d.set, "--name", "known", "--disposition", "known-bad", d.at("known.jsonl"))
	writeFile(t, filepath.Join(d.root, "copy.jpg"), picture(1))
	writeFile(t, filepath.Join(d.root, "note.txt"), []byte("text"))
	writeFile(t, filepath.Join(d.root, "stranger.jpg"), picture(71))
	writeFile(t, filepath.Join(d.root, "sub", "note.txt"), []byte("text"))
	writeFile(t, filepath.Join(d.root, "sub", "other.jpg"), picture(72))
	d.scan(t, d.results, d.root)
	return d
}

// scan writes the results of a first pass to the file out.
func (d *drive) scan(t *testing.T, out string, args ...string) {
	t.Helper()
	ran(t, exitOK, append([]string{"scan", "-q", "--set", d.set, "-o", out}, args...)...)
}

// altered writes results to a file that differ from those of d's scan, and add up all the same.
func (d *drive) altered(t *testing.T, change func(h *report.Header, records []hashmatch.Record) []hashmatch.Record) string {
	t.Helper()
	data, err := os.ReadFile(d.results)
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var records []hashmatch.Record
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, rec)
	}
	records = change(&r.Header, records)
	var out bytes.Buffer
	w, err := report.NewJSONL(&out, r.Header)
	if err != nil {
		t.Fatal(err)
	}
	var tally hashmatch.Tally
	for i := range records {
		tally.Seen++
		tally.Add(&records[i])
		if err := w.Write(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(tally); err != nil {
		t.Fatal(err)
	}
	writeFile(t, d.at("altered.jsonl"), out.Bytes())
	return d.at("altered.jsonl")
}

// records are those of results.
func recordsOf(t *testing.T, path string) map[string]hashmatch.Record {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]hashmatch.Record{}
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		all[rec.Path] = rec
	}
	return all
}

// refusedFrom runs a second pass that must be refused with the given code, and with words that name the results and hold
// nothing that drives a terminal.
func (d *drive) refusedFrom(t *testing.T, name string, code int, results, says string, args ...string) {
	t.Helper()
	if len(args) == 0 {
		args = []string{d.root}
	}
	out := d.at("second.jsonl")
	_, diag := ran(t, code, append([]string{"scan", "-q", "--thorough", "--set", d.set, "-o", out, "--from", results}, args...)...)
	if !strings.Contains(diag, says) || !strings.Contains(diag, filepath.Base(results)+": ") {
		t.Errorf("%s: %s\nlacks %q, or the results' name", name, diag, says)
	}
	if strings.ContainsAny(diag, "\x1b\u202e") {
		t.Errorf("%s: %q drives terminals", name, diag)
	}
	if _, err := os.Stat(out); err == nil {
		t.Errorf("%s: results were written", name)
	}
}

// A second pass copies what the first one said, under one header: so both must be scans of one kind.
func TestFromResultsMadeOtherwise(t *testing.T) {
	d := scannedDrive(t)
	made := d.at("made.jsonl")
	n := 0
	for _, c := range []struct {
		says       string
		first, now []string
	}{
		{"line 1: the first pass computed", []string{"--kinds", "sha256,pdq"}, nil},
		{"line 1: the first pass computed", nil, []string{"--digests", "none"}},
		{"say --exact here too", []string{"--exact"}, nil},
		{"leave --exact out", nil, []string{"--exact"}},
		{"pdq within 20 (2 hashes)", []string{"--radius", "20"}, nil},
		{"phash within 4 (2 hashes)", []string{"--radius", "phash=4"}, nil},
		{"phash within 4 (2 hashes)", nil, []string{"--radius", "phash=4"}},
		{"--views \"none\"", []string{"--views", "none"}, nil},
		{"--views \"full\"", []string{"--views", "full"}, nil},
		{"results of a thorough scan", []string{"--thorough"}, nil},
	} {
		d.scan(t, made, append(c.first, d.root)...)
		d.refusedFrom(t, strings.Join(c.first, " ")+" | "+strings.Join(c.now, " "), exitUsage, made, c.says, append(c.now, d.root)...)
		n++
	}
	testkit.AtLeast(t, 10, n, "first passes made otherwise")
	// What is the same in both passes is no matter.
	d.scan(t, made, "--kinds", "pdq,sha256", "--radius", "31", d.root)
	ran(t, exitOK, "scan", "-q", "--thorough", "--set", d.set, "--kinds", "sha256,pdq", "--from", made, "-o", d.at("second.jsonl"), d.root)
}

// Results that name what no scan of these roots names are refused, wherever their numbers add up.
func TestFromResultsThatNoScanMade(t *testing.T) {
	d := scannedDrive(t)
	with := func(change func([]hashmatch.Record)) string {
		return d.altered(t, func(_ *report.Header, r []hashmatch.Record) []hashmatch.Record {
			change(r)
			return r
		})
	}
	n := 0
	refused := func(name string, code int, results, says string, args ...string) {
		n++
		d.refusedFrom(t, name, code, results, says, args...)
	}
	refused("a file twice", exitFatal, d.altered(t, func(_ *report.Header, r []hashmatch.Record) []hashmatch.Record {
		return slices.Insert(r, 1, r[0])
	}), `line 3: `)
	refused("a file twice, far apart", exitFatal, d.altered(t, func(_ *report.Header, r []hashmatch.Record) []hashmatch.Record {
		return append(r, r[0])
	}), `line 7: `)
	refused("another order", exitFatal, with(func(r []hashmatch.Record) { r[0], r[1] = r[1], r[0] }), "line 3: ")
	for _, path := range []string{"", ".", "..", "../drive/copy.jpg", "/copy.jpg", "./copy.jpg", "a//b", "a/", "a/../copy.jpg", "\x00"} {
		refused("path "+path, exitFatal, with(func(r []hashmatch.Record) { r[0].Path = path }), "line 2: ")
	}
	refused("a root of one", exitFatal, with(func(r []hashmatch.Record) { r[0].Root = 1 }), "line 2: ")
	refused("no root of two", exitFatal, d.altered(t, func(h *report.Header, r []hashmatch.Record) []hashmatch.Record {
		h.Roots = 2
		return r
	}), "line 2: ", d.root, d.root)
	refused("a match of no set", exitFatal, with(func(r []hashmatch.Record) { r[0].Matches[0].Set = "an\x1b[31mother\u202e" }), "line 2: ")
	refused("an entry beyond", exitFatal, with(func(r []hashmatch.Record) { r[0].Matches[0].Entry = 2 }), "line 2: ")
	refused("another disposition", exitFatal, with(func(r []hashmatch.Record) { r[0].Matches[0].Disposition = hashmatch.Other }), "line 2: ")
	refused("another set", exitUsage, d.altered(t, func(h *report.Header, r []hashmatch.Record) []hashmatch.Record {
		h.Sets[0].Name, h.Sets[0].Digest, h.Chance = "my\x1b[31mX\u202e", strings.Repeat("0", 64), nil
		return r
	}), `line 1: the first pass searched set "my\x1b[31mX\u202e" in another state`)
	refused("another gate", exitUsage, d.altered(t, func(h *report.Header, r []hashmatch.Record) []hashmatch.Record {
		h.Quality = 40
		return r
	}), `quality 40`)
	testkit.AtLeast(t, 20, n, "forged results")

	whole, err := os.ReadFile(d.results)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	writeFile(t, d.at("cut.jsonl"), bytes.Join(lines[:4], nil))
	d.refusedFrom(t, "cut", exitIncomplete, d.at("cut.jsonl"), "break off after line 4")
	writeFile(t, d.at("bad.jsonl"), bytes.Join(append(slices.Clone(lines[:3]), []byte("{\n")), nil))
	d.refusedFrom(t, "bad", exitFatal, d.at("bad.jsonl"), "line 4")
}

// A result is never written under a path that was not read.
func TestFromResultsOfAnotherFile(t *testing.T) {
	d := scannedDrive(t)
	one, other := filepath.Join(d.root, "stranger.jpg"), filepath.Join(d.root, "sub", "other.jpg")
	made := d.at("made.jsonl")
	d.scan(t, made, one)
	d.refusedFrom(t, "another file", exitUsage, made, `the results tell of "stranger.jpg"`, other)
	d.refusedFrom(t, "a folder's results for a file", exitUsage, d.results, `the results tell of "copy.jpg"`, other)
	ran(t, exitOK, "scan", "-q", "--thorough", "--set", d.set, "--from", made, "-o", d.at("second.jsonl"), one)
	if all := recordsOf(t, d.at("second.jsonl")); len(all) != 1 || all["stranger.jpg"].Outcome != hashmatch.Cleared {
		t.Errorf("of a file, once more: %+v", all)
	}
}

// A folder that holds none of the files is not the one that was scanned: also where its files have the same names.
func TestFromResultsOfAnotherFolder(t *testing.T) {
	d := scannedDrive(t)
	empty, camera := d.at("empty"), d.at("camera")
	for _, name := range []string{"copy.jpg", "note.txt", "stranger.jpg", "sub/note.txt", "sub/other.jpg"} {
		writeFile(t, filepath.Join(camera, filepath.FromSlash(name)), []byte("something else"))
	}
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{empty, camera} {
		d.refusedFrom(t, root, exitUsage, d.results, "none of the 2 chosen files is in "+root, root)
	}
	// So it is with one of two roots, and where nothing is left to look at again.
	two := d.at("two.jsonl")
	d.scan(t, two, d.root, d.at("known"))
	d.refusedFrom(t, "swapped", exitUsage, two, "none of the 2 chosen files is in "+d.at("known"), d.at("known"), d.root)
	d.scan(t, two, d.at("known"))
	d.refusedFrom(t, "all matched", exitUsage, two, "none of the 2 files", empty)
	// A folder whose files met nothing and are no pictures says nothing of where it is.
	d.scan(t, two, empty)
	ran(t, exitOK, "scan", "-q", "--thorough", "--set", d.set, "--from", two, empty)
}

// What was another file by the second pass is told, and a match is not lost by it.
func TestFileReplacedBetweenPasses(t *testing.T) {
	d := scannedDrive(t)
	known, err := os.ReadFile(d.at("known/2.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(d.root, "third.jpg"), encodedAs(t, "jpeg", synth.Picture(synth.Landscape, 73, 240, 180)).Bytes())
	d.scan(t, d.results, d.root)
	writeFile(t, filepath.Join(d.root, "stranger.jpg"), encodedAs(t, "jpeg", synth.Picture(synth.Landscape, 74, 240, 180)).Bytes())
	writeFile(t, filepath.Join(d.root, "third.jpg"), known)
	ran(t, exitTrouble, "scan", "-q", "--exit-match", "--thorough", "--set", d.set, "--from", d.results, "-o", d.at("second.jsonl"), d.root)
	all := recordsOf(t, d.at("second.jsonl"))
	if rec := all["sub/other.jpg"]; rec.Outcome != hashmatch.Cleared {
		t.Errorf("a file as it was: %+v", rec)
	}
	if rec := all["stranger.jpg"]; rec.Outcome != hashmatch.Changed || rec.Error == "" || len(rec.Matches) > 0 {
		t.Errorf("another stranger: %+v", rec)
	}
	if rec := all["third.jpg"]; rec.Outcome != hashmatch.Matched || rec.Fault != hashmatch.Changed || rec.Error == "" {
		t.Errorf("a known picture in its place: %+v", rec)
	}
}

// Results may come by standard input, and from nothing else that cannot be read again.
func TestFromStandardInput(t *testing.T) {
	d := scannedDrive(t)
	data, err := os.ReadFile(d.results)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"scan", "-q", "--thorough", "--set", d.set, d.root, "--from"}
	want, _ := ran(t, exitOK, append(args, d.results)...)
	var out, diag bytes.Buffer
	if code := run(append(args, "-"), bytes.NewReader(data), &out, &diag); code != exitOK || out.String() != want {
		t.Errorf("ends with %d: %s\n%s\nwant\n%s", code, &diag, &out, want)
	}
	out.Reset()
	if code := run(append(args, "-"), bytes.NewReader(data[:len(data)/2]), &out, &diag); code != exitIncomplete || !strings.Contains(diag.String(), "standard input: ") {
		t.Errorf("half of it: ends with %d: %s", code, &diag)
	}
	if _, said := ran(t, exitUsage, append(args, d.root)...); !strings.Contains(said, "--from -") {
		t.Errorf("a folder: %s", said)
	}
	if runtime.GOOS == "linux" {
		fifo := d.at("fifo")
		if err := makeFIFO(fifo); err != nil {
			t.Fatal(err)
		}
		if _, said := ran(t, exitUsage, append(args, fifo)...); !strings.Contains(said, "--from -") {
			t.Errorf("a pipe: %s", said)
		}
	}
}

// What a scan of another version said is copied, and that is said.
func TestFromResultsOfAnotherVersion(t *testing.T) {
	d := scannedDrive(t)
	results := d.altered(t, func(h *report.Header, r []hashmatch.Record) []hashmatch.Record {
		h.Tool = "hashmatch v0.0.1\x1b[31m"
		return r
	})
	out, diag := ran(t, exitOK, "scan", "--progress", "none", "--thorough", "--set", d.set, "--from", results, d.root)
	header, _, _ := strings.Cut(out, "\n")
	if !strings.Contains(header, `"warnings":["the first pass was made by`) || !strings.Contains(diag, `warning: the first pass was made by "hashmatch v0.0.1\x1b[31m"`) {
		t.Errorf("%s\n%s", header, diag)
	}
}

// A second pass that can find nothing more is refused before the first.
func TestThoroughWithoutPDQ(t *testing.T) {
	d := scannedDrive(t)
	writeFile(t, d.at("digests.txt"), []byte("0123456789abcdef0123456789abcdef\n"))
	digests := d.at("digests.hms")
	ran(t, exitOK, "build", "-q", "-o", digests, "--name", "digests", "--disposition", "other", d.at("digests.txt"))
	for _, c := range []struct{ set, kinds, says string }{
		{digests, "md5,pdq", "no set holds pdq hashes"},
		{d.set, "md5,phash", "--kinds"},
	} {
		out, diag := ran(t, exitUsage, "scan", "--progress", "json", "--thorough", "--set", c.set, "--kinds", c.kinds, d.root)
		if out != "" || !strings.Contains(diag, c.says) || strings.Contains(diag, `"progress"`) {
			t.Errorf("%s: %s%s", c.says, out, diag)
		}
	}
}

// The order that results of a folder must have is the order of a walk.
func TestWalkOrder(t *testing.T) {
	r := testkit.Rand(t)
	names := []string{"a", "a!", "a.jpg", "a0", "b", "A", "\xff", "é", "-", " "}
	n := 0
	for range 50 {
		tree := fstest.MapFS{}
		for range 1 + r.IntN(30) {
			var parts []string
			for range 1 + r.IntN(4) {
				parts = append(parts, names[r.IntN(len(names))])
			}
			tree[strings.Join(parts, "/")] = &fstest.MapFile{Mode: 0o600}
		}
		var paths []string
		for item, err := range walkable(tree) {
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, item.Name)
		}
		for i, a := range paths {
			for j, b := range paths {
				if got := walkOrder(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
					t.Fatalf("%q and %q: %d", a, b, got)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 1000, n, "pairs of paths")
}

// walkable goes through a tree whose files may be where others have folders: those are left out.
func walkable(tree fstest.MapFS) iter.Seq2[scan.Item, error] {
	for path := range tree {
		for other := range tree {
			if strings.HasPrefix(other, path+"/") {
				delete(tree, path)
			}
		}
	}
	return scan.FS(tree)
}

// An interrupted scan says what is true of its answer, and nothing of a file where there is none.
func TestLastWords(t *testing.T) {
	d := scannedDrive(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"scan", "-q", "--set", d.set, d.root}, "interrupted; what was printed is no whole answer\n"},
		{[]string{"scan", "-q", "--set", d.set, "-o", "-", d.root}, "interrupted; what was printed is no whole answer\n"},
		{[]string{"scan", "-q", "--set", d.set, "-o", d.at("x.jsonl"), d.root}, "interrupted; " + d.at("x.jsonl") + " was not touched\n"},
		{[]string{"scan", "-q", "--thorough", "--from", d.results, "--set", d.set, "-o", d.at("x.jsonl"), d.root}, "x.jsonl was not touched\n"},
	} {
		var out, diag bytes.Buffer
		if code := runContext(ctx, c.args, strings.NewReader(""), &out, &diag); code != exitInterrupted || !strings.HasSuffix(diag.String(), c.says) {
			t.Errorf("%q ends with %d: %s", c.args, code, &diag)
		}
	}
	if _, err := os.Stat(d.at("x.jsonl")); err == nil {
		t.Error("results were written")
	}
}

// Names come from seized media, and errors hold them: none drives a terminal. Lines stay lines.
func TestErrorsDriveNoTerminal(t *testing.T) {
	var diag bytes.Buffer
	printError(&diag, &fs.PathError{Op: "open", Path: "a\x1b]0;x\a\u202e\x7f\u009b\r.jpg\nhint: C:\\b\t\xff", Err: fs.ErrNotExist})
	want := "hashmatch: open a\\x1b]0;x\\x07\\u202e\\x7f\\u009b\\r.jpg\nhint: C:\\b\t\uFFFD: file does not exist\n"
	if diag.String() != want {
		t.Errorf("%q\nwant\n%q", diag.String(), want)
	}
}
