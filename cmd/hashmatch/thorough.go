package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/report"
	"github.com/hashmatch/engine/hashmatch/scan"
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

// chosen reports whether a second pass has something to find in a file: a picture with something to go by that met nothing,
// or known-good entries alone.
func chosen(rec *hashmatch.Record) bool {
	h, ok := rec.Fingerprint.Hash(hashmatch.PDQ, hashmatch.Upright)
	if !ok || h.Quality.Below(hashmatch.DefaultQuality) || rec.Trouble() {
		return false
	}
	for _, m := range rec.Matches {
		if m.Disposition != hashmatch.KnownGood {
			return false
		}
	}
	return rec.Outcome == hashmatch.Cleared || rec.Outcome == hashmatch.Matched
}

// thoroughScan is the second pass of a scan.
type thoroughScan struct {
	first  *first
	roots  []root
	files  int64 // chosen
	bytes  int64 // of those
	all    int64
	radius int
	why    string
	before []report.SetChance // what the first pass had to expect
}

// choose counts what there is to do, and checks that the first pass was one of these roots and sets.
func (t *thoroughScan) choose(sets []*hashmatch.Set) error {
	r, err := t.first.read()
	if err != nil {
		return err
	}
	if r.Header.Thorough != nil {
		return usagef("the results of the first pass are of a thorough scan, which had a second one: give --from those of a scan without --thorough")
	}
	if r.Header.Roots != len(t.roots) {
		return usagef("the first pass was of %d roots, and here are %d", r.Header.Roots, len(t.roots))
	}
	if len(r.Header.Sets) != len(sets) {
		return usagef("the first pass searched %d sets, and here are %d", len(r.Header.Sets), len(sets))
	}
	for i, s := range sets {
		if h := r.Header.Sets[i]; h.Digest != s.Digest() {
			return usagef("the first pass searched set %s in another state, or in another order", h.Name)
		}
	}
	for rec, err := range r.Records() {
		if err != nil {
			return err
		}
		t.all++
		if chosen(&rec) {
			t.files++
			t.bytes += rec.Fingerprint.Size
		}
	}
	t.before = r.Chance()
	return nil
}

// items goes through the chosen files in the order of the first pass.
func (t *thoroughScan) items() iter.Seq2[scan.Item, error] {
	return func(yield func(scan.Item, error) bool) {
		r, err := t.first.read()
		if err != nil {
			yield(scan.Item{}, err)
			return
		}
		for rec, err := range r.Records() {
			if err != nil {
				yield(scan.Item{}, err)
				return
			}
			if chosen(&rec) && !yield(t.item(&rec), nil) {
				return
			}
		}
	}
}

// item is the file of a record.
func (t *thoroughScan) item(rec *hashmatch.Record) scan.Item {
	root := &t.roots[max(rec.Root, 1)-1]
	item := scan.Item{Name: rec.Path}
	switch {
	case root.dir != nil:
		item = scan.In(root.dir, rec.Path)
	default:
		item = scan.File(root.path, rec.Path)
	}
	item.Root = rec.Root
	return item
}

// records yields the records of the first pass, those of chosen files as the second pass has them.
func (t *thoroughScan) records(ctx context.Context, s *scan.Scanner) iter.Seq2[hashmatch.Record, error] {
	return func(yield func(hashmatch.Record, error) bool) {
		again, stop := iter.Pull2(s.Run(ctx, t.items()))
		defer stop()
		r, err := t.first.read()
		if err != nil {
			yield(hashmatch.Record{}, err)
			return
		}
		for rec, err := range r.Records() {
			if err == nil && chosen(&rec) {
				rec, err = t.next(again, &rec)
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// next is the next record of the second pass, which must be of the same file as that of the first.
func (t *thoroughScan) next(again func() (hashmatch.Record, error, bool), was *hashmatch.Record) (hashmatch.Record, error) {
	rec, err, ok := again()
	switch {
	case err != nil:
		return rec, err
	case !ok || rec.Path != was.Path || rec.Root != was.Root:
		return rec, fmt.Errorf("%w: the second pass has no record of %q", hashmatch.ErrIncomplete, was.Path)
	}
	return rec, nil
}

// lookUpTime measures what the look-ups of one picture take, with hashes that meet nothing.
func lookUpTime(ctx context.Context, m *hashmatch.Matcher, views int) (time.Duration, error) {
	rnd := rand.New(rand.NewPCG(1, 2))
	fp := &hashmatch.Fingerprint{Format: "jpeg"}
	for i := range views {
		var code [32]byte
		for j := range code {
			code[j] = byte(rnd.Uint32())
		}
		h, err := hashmatch.NewHash(hashmatch.PDQ, code[:])
		if err != nil {
			return 0, err
		}
		fp.Hashes = append(fp.Hashes, hashmatch.PictureHash{Hash: h, View: hashmatch.View(fmt.Sprint("view", i))})
	}
	least := time.Duration(1 << 62)
	for range 3 {
		start := time.Now()
		if _, err := m.Match(ctx, fp); err != nil {
			return 0, err
		}
		least = min(least, time.Since(start))
	}
	return least, nil
}

// hashTime is what hashing a picture in all views takes beside reading and decoding it, on an ordinary machine.
const hashTime = 12 * time.Millisecond

// cost tells what the second pass will take.
func (t *thoroughScan) cost(ctx context.Context, m *hashmatch.Matcher, workers int) (string, error) {
	views := lookUps(media.Full)
	each, err := lookUpTime(ctx, m, views)
	if err != nil {
		return "", err
	}
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	estimate := (time.Duration(t.files) * (each + hashTime) / time.Duration(workers)).Round(time.Second)
	var b bytes.Buffer
	fmt.Fprintf(&b, "thorough: %d of %d files once more, those pictures that met nothing: up to %d look-ups each, %d in all, within %d of pdq (%s); about %v and reading %.1f MB",
		t.files, t.all, views, t.files*int64(views), t.radius, t.why, max(estimate, time.Second), float64(t.bytes)/1e6)
	return b.String(), nil
}

// checkThorough refuses what does not go with the two ways of scanning.
func (o *scanOptions) checkThorough(h *media.Hasher) error {
	_, byKind := o.radius.byKind[hashmatch.PDQ]
	switch {
	case !o.thorough && o.chance.bound.said:
		return usagef("--chance is of --thorough, whose radius it sets: add --thorough, or leave --chance out (--radius sets that of a plain scan)")
	case len(o.chance.files) > 0 && !slices.Contains(h.Kinds, hashmatch.PDQ):
		return usagef("--calibration is about pdq hashes, and --kinds leaves pdq out: leave --calibration out, or name pdq too")
	case !o.thorough && o.from != "":
		return usagef("--from is of --thorough: the results that it goes on from")
	case o.thorough && (o.radius.said || byKind || o.radius.ofSets(hashmatch.PDQ)):
		return usagef("--thorough chooses the radius of pdq, by --chance: leave --radius out")
	case o.thorough && o.hashingFlags.views != "light":
		return usagef("--thorough takes all views: leave --views out")
	}
	return nil
}

// twice is a thorough scan: a first pass, or the results of one, and a second one over what it left.
func (r *scanRun) twice(out io.Writer) (hashmatch.Tally, error) {
	t := &thoroughScan{roots: r.roots}
	var err error
	if t.first, err = r.firstPass(); err != nil {
		return hashmatch.Tally{}, err
	}
	defer t.first.close()
	if err := t.choose(r.sets); err != nil {
		return hashmatch.Tally{}, err
	}
	t.before = r.chance.before(t.before)
	views := lookUps(media.Full)
	t.radius, t.why = r.chance.radius(r.matcher, t.files, views)
	if t.why == "" {
		return hashmatch.Tally{}, errNoPDQ
	}
	cfg := r.cfg
	cfg.Radius = maps.Clone(cfg.Radius)
	cfg.Radius[hashmatch.PDQ] = t.radius
	m, err := hashmatch.NewMatcher(cfg, r.sets...)
	if err != nil {
		return hashmatch.Tally{}, err
	}
	header := r.header()
	header.Searches, header.Views = m.Searches(), "full"
	for i := range header.Searches {
		if s := &header.Searches[i]; s.Kind == hashmatch.PDQ {
			s.Why = fmt.Sprintf("chosen by --chance %v: %s", &r.chance.bound, t.why)
		}
	}
	header.Thorough = &report.ThoroughInfo{Radius: t.radius, Why: t.why, Views: views, Chosen: t.files, Of: t.all, LookUps: t.files * int64(views)}
	header.Chance = r.chance.second(m, t.files, views)
	if !r.quiet {
		cost, err := t.cost(r.cmd.Context(), m, r.workers)
		if err != nil {
			return hashmatch.Tally{}, err
		}
		fmt.Fprintln(r.cmd.ErrOrStderr(), cost)
		tellChance(r.cmd, t.before, header.Chance)
	}
	full := &media.Hasher{Kinds: r.hasher.Kinds, Exact: r.hasher.Exact, Limits: r.hasher.Limits, Views: media.Full}
	second := *r
	options := *r.scanOptions
	options.hashingFlags.views = "full"
	second.scanOptions, second.chosenBytes, second.before = &options, t.bytes, t.before
	return second.pass(out, header, m, full, func(s *scan.Scanner) iter.Seq2[hashmatch.Record, error] {
		return t.records(r.cmd.Context(), s)
	})
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

// errNoPDQ is that of sets which a second pass cannot search any better.
var errNoPDQ = errors.New("no set holds pdq hashes, so that a second pass would find nothing more")
