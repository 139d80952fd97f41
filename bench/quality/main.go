// Command quality measures how well altered pictures are found again, and how often unrelated ones are taken for each
// other, and writes doc/quality/README.md with its diagrams. From the root of the repository:
//
//	go run ./bench/quality            # an hour on one core, half of it for a thousand million unrelated pairs
//	go run ./bench/quality -quick     # a minute: a few pictures, to see that it works
//
// Photographs and drawings come from freely licensed Debian packages where they are installed: it says which to install.
// What it writes depends on the pictures, the flags and the code alone.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/bench/quality/internal/measure"
)

// options are the flags.
type options struct {
	out      string
	quick    bool
	pictures int
	known    int
	pairs    int64
	seed     uint64
	blanks   int
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("quality: ")
	o := options{blanks: 48}
	flag.StringVar(&o.out, "o", filepath.Join("doc", "quality"), "`directory` of README.md and the diagrams")
	flag.BoolVar(&o.quick, "quick", false, "few pictures and pairs, unless other flags say how many")
	flag.IntVar(&o.pictures, "pictures", 120, "edit at most so many photographs in each phase, and half as many of each other group")
	flag.IntVar(&o.known, "known", 4000, "so many synthetic photographs for both phases together")
	flag.Int64Var(&o.pairs, "pairs", 1_000_000_000, "compare at least so many pairs of unrelated synthetic photographs; 0 for none")
	flag.Uint64Var(&o.seed, "seed", 1, "of what edits leave to chance")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("%q is no flag", flag.Arg(0))
	}
	if o.quick {
		o.quicken()
	}
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

// quicken lowers what no flag says.
func (o *options) quicken() {
	o.blanks = 12
	said := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { said[f.Name] = true })
	if !said["pictures"] {
		o.pictures = 4
	}
	if !said["known"] {
		o.known = 100
	}
	if !said["pairs"] {
		o.pairs = 100_000
	}
}

func run(o options) error {
	if _, err := os.Stat("go.work"); err != nil && !filepath.IsAbs(o.out) {
		return fmt.Errorf("run this from the root of the repository: %s is relative to it", o.out)
	}
	r := &report{options: o}
	scenes, err := r.gather()
	if err != nil {
		return err
	}
	for _, phase := range battery.Phases() {
		plan := measure.Plan{Phase: phase, Scenes: scenes, Seed: o.seed, Peers: true, Step: progress(phase.String() + ": ")}
		plan.Queries[gallery.Photo] = o.pictures
		plan.Queries[gallery.Synthetic] = (o.pictures + 1) / 2
		plan.Queries[gallery.Graphic] = (o.pictures + 1) / 2
		result, err := measure.Run(plan)
		if err != nil {
			return err
		}
		r.phases = append(r.phases, result)
	}
	if r.blank, err = measure.Blanks(o.blanks, o.seed); err != nil {
		return err
	}
	if o.pairs > 0 {
		if r.mass, err = measure.Count(o.pairs, o.seed, progress("pairs: ")); err != nil {
			return err
		}
	}
	return r.write(o.out)
}

// gather lists the scenes, and says what is not there.
func (r *report) gather() (scenes []gallery.Scene, err error) {
	scenes, r.found, r.digest, err = gallery.Installed()
	if err != nil {
		return nil, err
	}
	for _, f := range r.found {
		if f.Missing != "" {
			log.Printf("skipped: %s", f.Missing)
		}
	}
	if r.quick {
		scenes = few(scenes, 8*r.pictures)
	}
	scenes = append(scenes, gallery.Landscapes(0, r.known)...)
	return append(scenes, gallery.Drawings(0, r.known/20)...), nil
}

// few takes n scenes, evenly.
func few(scenes []gallery.Scene, n int) (some []gallery.Scene) {
	for i := range min(n, len(scenes)) {
		some = append(some, scenes[i*len(scenes)/min(n, len(scenes))])
	}
	return some
}

// progress tells on the terminal, every few seconds, how far something is and how long it may take.
func progress(what string) func(doing string, i, n int) {
	var mu sync.Mutex
	var doing string
	var start, last time.Time
	most := 0
	return func(now string, i, n int) {
		mu.Lock()
		defer mu.Unlock()
		if now != doing {
			doing, start, last, most = now, time.Now(), time.Now(), 0
		}
		most = max(most, i)
		if since := time.Since(last); since > 5*time.Second || i == n && time.Since(start) > 5*time.Second {
			last = time.Now()
			left := time.Duration(float64(time.Since(start)) / float64(most) * float64(n-most))
			log.Printf("%s%d of %d %s, some %v left", what, most, n, doing, left.Round(time.Second))
		}
	}
}

// write writes README.md and the diagrams.
func (r *report) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := r.diagrams()
	var text bytes.Buffer
	r.markdown(&text)
	files["README.md"] = text.Bytes()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
