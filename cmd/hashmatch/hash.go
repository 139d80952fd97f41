package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// hashingFlags are the flags of every verb that hashes files.
type hashingFlags struct {
	kinds    kindsFlag
	digests  digestsFlag
	views    string
	exact    bool
	isolate  bool
	heic     heicFlags
	workers  int
	progress string
	quiet    bool
}

func (f *hashingFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&f.kinds, "kinds", "compute only these kinds (default md5,sha1,sha256,pdq,ahash,dhash,phash)")
	flags.Var(&f.digests, "digests", "of the digests only these, each with its trimmed form, or none")
	flags.StringVar(&f.views, "views", "none", "hash pictures in more views: none, light (turned, parts, some crops undone), full (some 500 hashes) or, with --exact, dihedral")
	flags.BoolVar(&f.exact, "exact", false, "reference arithmetic on full pixels, many times slower")
	flags.BoolVar(&f.isolate, "isolate", false, "decode in processes of their own, with limits on what they can do")
	f.heic.add(flags)
	flags.IntVarP(&f.workers, "jobs", "j", 0, "files worked on at a time (default: one for each processor)")
	flags.StringVar(&f.progress, "progress", "auto", "auto (a bar on a terminal, JSON lines elsewhere), bar, json or none")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, warnings or summary on standard error")
}

// prefer makes other views the default.
func (f *hashingFlags) prefer(flags *pflag.FlagSet, views string) {
	flags.Lookup("views").DefValue, f.views = views, views
}

// mostJobs is more than any machine needs: each takes memory, and a typing error must not take all of it.
const mostJobs = 4096

// hasher returns the hasher that the flags ask for.
func (f *hashingFlags) hasher() (*media.Hasher, error) {
	if f.workers < 0 || f.workers > mostJobs {
		return nil, usagef("--jobs %d: how many files at a time? %d at most, 0 for one for each processor", f.workers, mostJobs)
	}
	if f.digests.said && slices.ContainsFunc(f.kinds.kinds, hashmatch.Kind.Digest) {
		return nil, usagef("--kinds %s names digests, and --digests %s does so too: say it once", &f.kinds, &f.digests)
	}
	h := &media.Hasher{Kinds: f.digests.choose(f.kinds.kinds), Exact: f.exact, Limits: media.Limits{Memory: pictureMemory}}
	switch f.views {
	case "none":
	case "light":
		h.Views = media.Light
	case "full":
		h.Views = media.Full
	case "dihedral":
		if !f.exact {
			return nil, usagef("--views dihedral is the reference's own derived form: it needs --exact")
		}
		h.Views = media.Dihedral
	default:
		return nil, usagef("--views %s: none, light, full or dihedral", f.views)
	}
	if err := h.Check(); err != nil {
		return nil, usagef("--kinds: %v", err)
	}
	return h, f.heic.register()
}

func newHash() *cobra.Command {
	var f hashingFlags
	var compare bool
	cmd := &cobra.Command{
		Use:   "hash FILE|DIR...|-",
		Short: "print the hashes of files, one JSON object a line",
		Long: `hash prints one JSON object for each FILE, for each file below each DIR, and
with - for each path on standard input (answered as it comes: hash can run as a
co-process for hours). A file that cannot be read or decoded has an object too,
with its "error" and whatever hashes could be had.`,
		Example: `  hashmatch hash photo.jpg
  hashmatch hash ~/pictures | hashmatch build -o mine.hms --name mine --disposition other -`,
		Args: atLeast(1, "FILE or DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if compare {
				return runCompare(cmd, &f, args)
			}
			return runHash(cmd, &f, args)
		},
	}
	cmd.Flags().BoolVar(&compare, "compare", false, "both ways, fast and --exact, with the distances and their summary")
	f.add(cmd)
	return cmd
}

// noSets is the Querier of a scan that only hashes.
type noSets struct{}

func (noSets) Match(_ context.Context, fp *hashmatch.Fingerprint) (hashmatch.Result, error) {
	if fp.Incomplete() {
		return hashmatch.Result{Status: hashmatch.Unexamined, Reason: hashmatch.ReasonPartial}, nil
	}
	return hashmatch.Result{Status: hashmatch.Clear}, nil
}

func (n noSets) MatchBatch(ctx context.Context, fps []*hashmatch.Fingerprint, yield func(int, *hashmatch.Result) bool) error {
	for i, fp := range fps {
		if r, _ := n.Match(ctx, fp); !yield(i, &r) {
			break
		}
	}
	return nil
}

// capHeap lets Go's heap grow by what pictures may take and no more: without it garbage would come on top. What sets take
// is in use already. GOMEMLIMIT, where it is set, is the user's word.
func capHeap() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	debug.SetMemoryLimit(int64(m.HeapAlloc) + pictureMemory + 32<<20)
}

// pictureMemory is what pictures take of memory at most, in a process that decodes.
const pictureMemory = 512 << 20

func runHash(cmd *cobra.Command, f *hashingFlags, args []string) error {
	h, err := f.hasher()
	if err != nil {
		return err
	}
	worker, closeWorker, err := f.isolated(h)
	if err != nil {
		return err
	}
	defer closeWorker()
	capHeap()
	s := &scan.Scanner{Querier: noSets{}, Hasher: worker, Workers: f.workers}
	if slices.Contains(args, "-") {
		if len(args) > 1 {
			return usagef("either paths or -, not both")
		}
		return hashPaths(cmd, s)
	}
	out := newLineWriter(cmd.OutOrStdout())
	roots, missing := openNamed(args)
	defer closeRoots(roots)
	p, err := f.startProgress(cmd, roots, true)
	if err != nil {
		return err
	}
	defer p.stop()
	s.Observer = p
	for rec, err := range s.Run(cmd.Context(), hashItems(roots)) {
		if err != nil {
			return errors.Join(err, out.flush())
		}
		if err := out.write(hashed(rec)); err != nil {
			return err
		}
	}
	p.finish()
	f.tellWalls(cmd, worker)
	if err := out.flush(); err != nil {
		return err
	}
	tally := p.Tally()
	switch {
	case missing > 0:
		return fmt.Errorf("%d of the paths do not exist", missing)
	case tally.Trouble > 0:
		if !f.quiet {
			fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d files could not be hashed in full: see \"error\"\n", tally.Trouble, tally.Seen)
		}
		return &exitError{code: exitTrouble}
	}
	return nil
}

// hashed is what hash prints of a record: nothing was matched, so there is no outcome to tell.
func hashed(rec hashmatch.Record) *hashmatch.Record {
	rec.Outcome, rec.Fault = 0, 0
	return &rec
}

// openNamed opens what the user named. What cannot be opened stays in the list, so that it gets an object with its error;
// what is missing is counted.
func openNamed(args []string) (roots []root, missing int) {
	for _, arg := range args {
		r, err := openRoot(arg)
		if err != nil {
			r = root{path: arg, err: err}
		}
		if errors.Is(err, fs.ErrNotExist) {
			missing++
		}
		roots = append(roots, r)
	}
	return roots, missing
}

// hashItems goes through what the user named. Names begin with the argument as it was written, so that they lead back to
// the file.
func hashItems(roots []root) iter.Seq2[scan.Item, error] {
	return func(yield func(scan.Item, error) bool) {
		for i := range roots {
			for item, err := range roots[i].items() {
				item.Name = hashName(&roots[i], item.Name)
				if !yield(item, err) {
					return
				}
			}
		}
	}
}

// hashName is the path of a file below a root. It is put together without path.Join, which would clean a name's raw bytes.
func hashName(r *root, name string) string {
	base := filepath.ToSlash(r.path)
	switch {
	case r.dir == nil:
		return base
	case base == ".":
		return name
	}
	return strings.TrimSuffix(base, "/") + "/" + name
}

// hashPaths answers the paths on standard input, in their order, each as soon as it is known.
func hashPaths(cmd *cobra.Command, s *scan.Scanner) error {
	out := newLineWriter(cmd.OutOrStdout())
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	trouble := 0
	for rec, err := range s.Run(ctx, pathItems(newLineReader(ctx, cmd.InOrStdin()))) {
		if err != nil {
			return errors.Join(err, out.flush())
		}
		if rec.Trouble() {
			trouble++
		}
		// Whoever asks may wait for this answer before it asks again.
		if err := errors.Join(out.write(hashed(rec)), out.flush()); err != nil {
			cancel() // the source waits for a line that may never come
			return err
		}
	}
	if trouble > 0 {
		return &exitError{code: exitTrouble}
	}
	return nil
}

// pathItems turns lines into the files that they name. The next line is waited for while earlier files are worked on.
func pathItems(in *lineReader) iter.Seq2[scan.Item, error] {
	return func(yield func(scan.Item, error) bool) {
		for {
			line, err := in.next()
			var item scan.Item
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.Is(err, errLongLine):
				item = failing("", err)
			case err != nil:
				yield(scan.Item{}, err)
				return
			case line == "":
				continue
			default:
				item = scan.File(line, filepath.ToSlash(line))
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}
