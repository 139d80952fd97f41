// Command tables measures the searches of index beside their rivals and beside what the machine can do, and writes
// bench/README.md and its curves. From the root of the repository:
//
//	go run ./bench/tables             # sets of up to a million, some ten minutes
//	go run ./bench/tables -large      # also ten million (needs 16 GB of memory)
//	go run ./bench/tables -huge       # also a hundred million
//
// It may be interrupted: what was measured by the same program is kept, and -fresh measures it again. Each set is measured
// in a process of its own, so that nothing is left in memory from the one before, and once for each set of instructions
// that the processor has, of which the greater ones are switched off.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// options are the flags.
type options struct {
	out      string // where README.md and the curves go
	dir      string // for what is kept between runs
	large    bool
	huge     bool
	fresh    bool
	render   bool
	peers    bool
	pictures int
	only     *regexp.Regexp
	effort   time.Duration // for each cell, in each of its rounds
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("tables: ")
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	var o options
	only := flag.String("only", "", "measure only sets whose name matches this regular `expression`")
	child := flag.String("child", "", "measure one set, described as `JSON`, and print what was measured")
	flag.StringVar(&o.out, "o", "bench", "`directory` of README.md and the curves")
	flag.StringVar(&o.dir, "dir", filepath.Join(cache, "hashmatch-bench"), "`directory` for what is kept between runs")
	flag.BoolVar(&o.large, "large", false, "also sets of ten million")
	flag.BoolVar(&o.huge, "huge", false, "also a set of a hundred million")
	flag.BoolVar(&o.fresh, "fresh", false, "measure everything again")
	flag.BoolVar(&o.render, "render", false, "measure nothing, write README.md from what was measured")
	flag.BoolVar(&o.peers, "peers", true, "also run bench/peers")
	flag.IntVar(&o.pictures, "pictures", 10_000, "how many pictures to hash for the set of real hashes (kept, and made only once)")
	flag.DurationVar(&o.effort, "effort", 100*time.Millisecond, "time for each cell in each of its rounds")
	flag.Parse()
	if *child != "" {
		if err := runChild(*child); err != nil {
			log.Fatal(err)
		}
		return
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		log.Fatal(err)
	}
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func run(o options) error {
	if _, err := os.Stat(filepath.Join(o.out, "doc.go")); err != nil {
		return fmt.Errorf("%s does not look like bench/: run this from the root of the repository", o.out)
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	store, err := openStore(filepath.Join(o.dir, "results.jsonl"), o.fresh && !o.render, o.render)
	if err != nil {
		return err
	}
	defer store.close()
	if !o.render {
		if err := measureAll(o, store); err != nil {
			return err
		}
	}
	peers, err := readPeers(filepath.Join(o.dir, "peers.jsonl"))
	if err != nil {
		return err
	}
	return render(o.out, &report{store.header, store.done, peers})
}

// measureAll runs every set that was not measured yet, then the peers.
func measureAll(o options, s *store) error {
	all := slices.DeleteFunc(jobs(o), func(j job) bool { return !o.only.MatchString(j.Name()) })
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	start := time.Now()
	for i, j := range all {
		if s.has(j) {
			log.Printf("%d/%d %s: kept", i+1, len(all), j.Name())
			continue
		}
		select {
		case <-interrupted:
			return fmt.Errorf("interrupted after %d of %d sets; run it again to go on", i, len(all))
		default:
		}
		log.Printf("%d/%d %s (%v so far)", i+1, len(all), j.Name(), time.Since(start).Round(time.Second))
		lines, err := spawn(j, o.dir)
		if err != nil {
			return fmt.Errorf("%s: %w", j.Name(), err)
		}
		if err := s.add(lines); err != nil {
			return err
		}
	}
	if o.peers {
		return runPeers(o)
	}
	return nil
}

// runChild is what the process of one set does.
func runChild(description string) error {
	var j job
	if err := json.Unmarshal([]byte(description), &j); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	return j.measure(func(r result) error { return out.Encode(r) })
}
