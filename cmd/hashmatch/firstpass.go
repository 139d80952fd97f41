package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

// first are the results of a first pass, which the second reads more than once: to choose files, and to copy the rest.
type first struct {
	*os.File
	given string // what the user calls them; "" for a pass of this scan
	owned bool   // a file of our own, which goes when it is closed
}

// newFirst makes an empty file for the results of a first pass, which must not lie on what is scanned. It has no name any
// more where the system allows that.
func newFirst(roots []root) (*first, error) {
	if r := insideRoots(os.TempDir()+string(os.PathSeparator)+"x", roots); r != "" {
		return nil, usagef("the folder for temporary files, %s, lies below %s, and evidence is never written to: set another one (TMPDIR, on Windows TMP)", os.TempDir(), r)
	}
	f, err := os.CreateTemp("", "hashmatch-first-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("%w\nhint: a first pass needs a folder for temporary files; set TMPDIR (on Windows TMP) to one", err)
	}
	os.Remove(f.Name()) // Windows keeps a file that is open
	return &first{File: f, owned: true}, nil
}

func (f *first) close() {
	f.File.Close()
	if f.owned {
		os.Remove(f.Name())
	}
}

// read goes through the results from their beginning; several may do so at a time.
func (f *first) read() (*report.Reader, error) {
	r, err := report.Read(io.NewSectionReader(f.File, 0, 1<<62))
	return r, f.named(err)
}

// named puts the results' name before an error about them.
func (f *first) named(err error) error {
	if err == nil || f.given == "" {
		return err
	}
	return fmt.Errorf("%s: %w", f.given, err)
}

// at does the same for an error about the line that r read last.
func (f *first) at(r *report.Reader, err error) error {
	if err == nil {
		return nil
	}
	return f.named(fmt.Errorf("line %d: %w", r.Line(), err))
}

// firstPass makes a first pass, or takes the results of one.
func (r *scanRun) firstPass() (*first, error) {
	switch r.from {
	case "":
		return r.newPass()
	case "-":
		return r.handedOver()
	}
	switch fi, err := os.Stat(r.from); {
	case err != nil:
		return nil, err
	case !fi.Mode().IsRegular():
		return nil, usagef("--from %s is no regular file, and results are read more than once: hand them over on standard input, with --from -", r.from)
	}
	f, err := os.Open(r.from)
	if err != nil {
		return nil, err
	}
	return &first{File: f, given: r.from}, nil
}

func (r *scanRun) newPass() (*first, error) {
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

// handedOver keeps what comes by standard input, which cannot be read again.
func (r *scanRun) handedOver() (*first, error) {
	f, err := newFirst(r.roots)
	if err != nil {
		return nil, err
	}
	f.given = "standard input"
	if _, err := io.Copy(f.File, &contextReader{r.cmd.Context(), r.cmd.InOrStdin()}); err != nil {
		f.close()
		return nil, f.named(err)
	}
	return f, nil
}

// checked goes through the records of a first pass. Those of results that were given are held to what a scan of these
// roots and sets writes: a forged or foreign file must not put a finding on a path that nobody read, nor count one twice.
// end, when not nil, is told when all were read.
func (t *thoroughScan) checked(end func(*report.Reader)) iter.Seq2[hashmatch.Record, error] {
	return func(yield func(hashmatch.Record, error) bool) {
		r, err := t.first.read()
		if err == nil && t.first.given != "" {
			err = t.first.at(r, sameScan(&r.Header, &t.header))
		}
		if err != nil {
			yield(hashmatch.Record{}, err)
			return
		}
		c := recordCheck{roots: t.roots, sets: t.header.Sets}
		for rec, err := range r.Records() {
			if err != nil {
				err = t.first.named(err)
			} else if t.first.given != "" {
				err = t.first.at(r, c.add(&rec))
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
		if end != nil {
			end(r)
		}
	}
}

// sameScan tells why results with the header was are no first pass of a scan that would write the header is: the second
// pass copies from them under a header of its own, which has to be true of all records.
func sameScan(was, is *report.Header) error {
	switch {
	case was.Thorough != nil:
		return usagef("these are results of a thorough scan: --from takes those of the plain scan before it")
	case was.Roots != is.Roots:
		return usagef("the first pass was of %d roots, and here are %d", was.Roots, is.Roots)
	case len(was.Sets) != len(is.Sets):
		return usagef("the first pass searched %d sets, and here are %d", len(was.Sets), len(is.Sets))
	case !sameKinds(was.Kinds, is.Kinds):
		return usagef("the first pass computed %s, and here it is %s: give both the same --kinds and --digests", kindList(was.Kinds), kindList(is.Kinds))
	case was.Exact && !is.Exact:
		return usagef("the first pass was made with --exact: say --exact here too")
	case is.Exact && !was.Exact:
		return usagef("the first pass was made without --exact: leave --exact out, or make it again")
	case was.Views != is.Views:
		return usagef("the first pass was made with --views %q, and one of a thorough scan takes %q: make it again without --views", was.Views, is.Views)
	case was.Quality != is.Quality:
		return usagef("in the first pass hashes below quality %d did not match, and here it is %d: make it again with this version", was.Quality, is.Quality)
	}
	for i, s := range is.Sets {
		if h := was.Sets[i]; h.Digest != s.Digest || h.Name != s.Name || h.Disposition != s.Disposition || h.Entries != s.Entries {
			return usagef("the first pass searched set %q in another state, or in another order", h.Name)
		}
	}
	return sameSearches(was.Searches, is.Searches)
}

func sameKinds(a, b []hashmatch.Kind) bool {
	in := func(list []hashmatch.Kind) (bits uint64) {
		for _, k := range list {
			bits |= 1 << k
		}
		return bits
	}
	return in(a) == in(b)
}

func kindList(kinds []hashmatch.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return strings.Join(names, ",")
}

// sameSearches compares all but where the radii come from.
func sameSearches(was, is []hashmatch.Search) error {
	for i := range max(len(was), len(is)) {
		a, b := searchWords(was, i), searchWords(is, i)
		if a != b {
			return usagef("the first pass searched %s, where a first pass here would search %s: give both the same --radius (none for pdq, which --thorough chooses)", a, b)
		}
	}
	return nil
}

// searchWords says what search i of a list is, in full.
func searchWords(list []hashmatch.Search, i int) string {
	if i >= len(list) {
		return "nothing more"
	}
	s := &list[i]
	return fmt.Sprintf("set %q by %s within %d (%d hashes)", s.Set, s.Kind, s.Radius, s.Hashes)
}

// otherTool warns of results that another version wrote: what it found is copied. It returns "" where there is none.
func otherTool(was, is *report.Header) string {
	if was.Tool == is.Tool {
		return ""
	}
	return fmt.Sprintf("the first pass was made by %q: what is said of files that were not examined again is that version's word", was.Tool)
}

// recordCheck holds records to what a scan of roots and sets writes, one after the other.
type recordCheck struct {
	roots []root
	sets  []report.SetInfo
	begun bool
	root  int // of the record before
	path  string
}

// add takes the next record. Its errors wrap ErrFormat, or are those of a command line that names other roots.
func (c *recordCheck) add(rec *hashmatch.Record) error {
	if several := len(c.roots) > 1; several != (rec.Root > 0) {
		return fmt.Errorf("%w: root %d of a scan of %d roots", hashmatch.ErrFormat, rec.Root, len(c.roots))
	}
	if err := c.place(rec); err != nil {
		return err
	}
	if c.begun && cmp.Or(cmp.Compare(c.root, rec.Root), walkOrder(c.path, rec.Path)) >= 0 {
		return fmt.Errorf("%w: %q comes after %q: a scan tells of each file once, in the order of its walk", hashmatch.ErrFormat, rec.Path, c.path)
	}
	c.begun, c.root, c.path = true, rec.Root, rec.Path
	for i := range rec.Matches {
		if err := c.match(&rec.Matches[i]); err != nil {
			return err
		}
	}
	return nil
}

// place sees that the record's path is one that a scan of its root gives.
func (c *recordCheck) place(rec *hashmatch.Record) error {
	root := rootOf(c.roots, rec)
	if root.dir == nil {
		if rec.Path != root.name() {
			return usagef("the results tell of %q, and root %s is the file %q", rec.Path, root.path, root.name())
		}
		return nil
	}
	for name := range strings.SplitSeq(rec.Path, "/") {
		if name == "" || name == "." || name == ".." || strings.ContainsRune(name, 0) || strings.ContainsRune(name, filepath.Separator) {
			return fmt.Errorf("%w: %q is no path that a scan gives", hashmatch.ErrFormat, rec.Path)
		}
	}
	return nil
}

// match sees that a match is of a set that is searched.
func (c *recordCheck) match(m *hashmatch.Match) error {
	for i := range c.sets {
		if s := &c.sets[i]; s.Name == m.Set && s.Disposition == m.Disposition && int64(m.Entry) < int64(s.Entries) {
			return nil
		}
	}
	return fmt.Errorf("%w: a match with entry %d of set %q (%s), which no set here has", hashmatch.ErrFormat, m.Entry, m.Set, m.Disposition)
}

// rootOf is the root that a record is of.
func rootOf(roots []root, rec *hashmatch.Record) *root { return &roots[max(rec.Root, 1)-1] }

// walkOrder compares two different paths by which one a walk comes to first: names by their bytes, and what a folder holds
// in the folder's place.
func walkOrder(a, b string) int {
	for {
		nameA, restA, moreA := strings.Cut(a, "/")
		nameB, restB, moreB := strings.Cut(b, "/")
		switch {
		case nameA != nameB:
			return cmp.Compare(nameA, nameB)
		case !moreA || !moreB:
			return cmp.Compare(len(a), len(b))
		}
		a, b = restA, restB
	}
}

// presence tells whether files that results tell of are where a root is.
type presence struct {
	files int64
	seen  bool
}

// whereabouts are those of a root: of the files that are to be looked at again, and of all others that were read.
type whereabouts struct{ chosen, others presence }

// check refuses a root where nothing is that should be.
func (w *whereabouts) check(r *root) error {
	what, p := "chosen files", w.chosen
	if p.files == 0 {
		what, p = "files", w.others
	}
	if p.files == 0 || p.seen {
		return nil
	}
	return usagef("none of the %d %s is in %s with the size that the results tell: name the root that the first pass was of", p.files, what, r.path)
}

// worthwhile refuses a second pass that could find nothing more than the first one.
func (r *scanRun) worthwhile() error {
	searched := func(s hashmatch.Search) bool { return s.Kind == hashmatch.PDQ && s.Hashes > 0 }
	switch {
	case !r.thorough:
		return nil
	case !slices.ContainsFunc(r.matcher.Searches(), searched):
		return usagef("no set holds pdq hashes that can match, so that a second pass would find nothing more: leave --thorough out")
	case !slices.Contains(r.hasher.Kinds, hashmatch.PDQ):
		return usagef("--thorough looks pictures up by pdq, and --kinds leaves it out")
	}
	return nil
}
