package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/report"
	"github.com/hashmatch/engine/hashmatch/scan"
)

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
	header report.Header // of a first pass

	warning string // about it
	files   int64  // chosen
	bytes   int64  // of those
	all     int64
	radius  int
	why     string
	before  []report.SetChance // what the first pass had to expect
}

// choose counts what there is to do. Of results that were given, it sees that they are of these roots: matches of another
// drive would otherwise stand in the answer, beside files that cannot be found.
func (t *thoroughScan) choose() error {
	where := make([]whereabouts, len(t.roots))
	for rec, err := range t.checked(func(r *report.Reader) { t.before = r.Chance() }) {
		if err != nil {
			return err
		}
		t.all++
		w := &where[max(rec.Root, 1)-1]
		p := &w.others
		if chosen(&rec) {
			t.files++
			t.bytes += rec.Fingerprint.Size
			p = &w.chosen
		}
		if t.first.given != "" && !unread(&rec) {
			p.files++
			p.seen = p.seen || t.item(&rec).Size == rec.Fingerprint.Size
		}
	}
	r, err := t.first.read()
	if err != nil {
		return err
	}
	t.warning = otherTool(&r.Header, &t.header)
	for i := range where {
		if err := where[i].check(&t.roots[i]); err != nil {
			return t.first.named(err)
		}
	}
	return nil
}

// items goes through the chosen files in the order of the first pass.
func (t *thoroughScan) items() iter.Seq2[scan.Item, error] {
	return func(yield func(scan.Item, error) bool) {
		for rec, err := range t.checked(nil) {
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
	root := rootOf(t.roots, rec)
	var item scan.Item
	if root.dir != nil {
		item = scan.In(root.dir, rec.Path)
	} else {
		item = scan.File(root.path, root.name())
	}
	item.Root = rec.Root
	return item
}

// records yields the records of the first pass, those of chosen files as the second pass has them.
func (t *thoroughScan) records(ctx context.Context, s *scan.Scanner) iter.Seq2[hashmatch.Record, error] {
	return func(yield func(hashmatch.Record, error) bool) {
		again, stop := iter.Pull2(s.Run(ctx, t.items()))
		defer stop()
		for rec, err := range t.checked(nil) {
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
	if !unread(&rec) && !sameContent(&was.Fingerprint, &rec.Fingerprint) {
		replaced(&rec)
	}
	return rec, nil
}

// unread reports whether a file's content is not known to the record.
func unread(rec *hashmatch.Record) bool {
	switch rec.Outcome {
	case hashmatch.NotRegular, hashmatch.Denied, hashmatch.IOError, hashmatch.Changed:
		return true
	}
	return false
}

// sameContent compares what two passes read under one name, by size and by the digests that both have.
func sameContent(a, b *hashmatch.Fingerprint) bool {
	for _, d := range a.Digests {
		if e := b.Digest(d.Kind()); !e.IsZero() && e != d {
			return false
		}
	}
	return a.Size == b.Size
}

// replaced says in a record that its file is not the one of the first pass. What it matched stays.
func replaced(rec *hashmatch.Record) {
	rec.Error = "changed since the first pass read it"
	if rec.Outcome == hashmatch.Matched {
		rec.Fault = hashmatch.Changed
	} else {
		rec.Outcome = hashmatch.Changed
	}
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
	t := &thoroughScan{roots: r.roots, header: r.header()}
	var err error
	if t.first, err = r.firstPass(); err != nil {
		return hashmatch.Tally{}, err
	}
	defer t.first.close()
	if err := t.choose(); err != nil {
		return hashmatch.Tally{}, err
	}
	t.before = r.chance.before(t.before)
	views := lookUps(media.Full)
	t.radius, t.why = r.chance.radius(r.matcher, t.files, views)
	cfg := r.cfg
	cfg.Radius = maps.Clone(cfg.Radius)
	cfg.Radius[hashmatch.PDQ] = t.radius
	m, err := hashmatch.NewMatcher(cfg, r.sets...)
	if err != nil {
		return hashmatch.Tally{}, err
	}
	header := r.header()
	header.Searches, header.Views = m.Searches(), "full"
	if t.warning != "" {
		header.Warnings = append(slices.Clip(header.Warnings), t.warning)
		r.tell([]string{t.warning})
	}
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
	second.scanOptions, second.chosenBytes, second.before, second.final = &options, t.bytes, t.before, true
	return second.pass(out, header, m, full, func(s *scan.Scanner) iter.Seq2[hashmatch.Record, error] {
		return t.records(r.cmd.Context(), s)
	})
}
