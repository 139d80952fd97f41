package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/bench/internal/limits"
)

// result is one line of what was measured: an engine on a set at a radius, or the limits of the machine on the set's
// memory. Times are in nanoseconds for each query. 0 is not measured, but for times that could not be told apart from it.
type result struct {
	Job    string       `json:"job,omitempty"`
	Path   string       `json:"path"`
	Task   string       `json:"task"`
	Width  int          `json:"width"`
	Data   dataset.Kind `json:"data"`
	N      int          `json:"n"`
	Engine string       `json:"engine"`
	Radius int          `json:"radius"`

	Limits *limits.Machine `json:"limits,omitempty"` // of the set's memory; then nothing else is set

	Single  float64 `json:"single,omitempty"`  // median of one query at a time
	Mean    float64 `json:"mean,omitempty"`    // of one query at a time
	P99     float64 `json:"p99,omitempty"`     // 0 with fewer than 100 queries
	Batch   float64 `json:"batch,omitempty"`   // processor time of one query of a batch, on one core
	BatchOf int     `json:"batchOf,omitempty"` // queries
	Build   float64 `json:"build,omitempty"`   // seconds, on all cores
	Bytes   float64 `json:"bytes,omitempty"`   // of memory for each code, the code included
	Chose   string  `json:"chose,omitempty"`   // what an engine that has a choice says it took
	Agreed  int     `json:"agreed,omitempty"`  // queries whose hits were held against brute force
	Hits    uint64  `json:"hits,omitempty"`    // of the first queries of the batch, as many as a digest covers
	Digest  uint64  `json:"digest,omitempty"`  // of these hits
	Covers  int     `json:"covers,omitempty"`  // queries of the digest
	Share   float64 `json:"share,omitempty"`   // of the machine's limit, one query at a time
	ShareB  float64 `json:"shareB,omitempty"`  // in a batch

	Extra map[string]float64 `json:"extra,omitempty"` // figures that only some tasks have
}

// header tells which program measured where. Results of another are not mixed with ours.
type header struct {
	Program string `json:"program"` // digest of the executable
	Machine string `json:"machine"`
	Go      string `json:"go"`
	Cores   int    `json:"cores"`
	Date    string `json:"date"`
}

func thisHeader() (header, error) {
	h := header{Machine: processor(), Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Date: time.Now().Format(time.DateOnly)}
	self, err := os.Executable()
	if err != nil {
		return h, err
	}
	f, err := os.Open(self)
	if err != nil {
		return h, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return h, err
	}
	h.Program = hex.EncodeToString(sum.Sum(nil)[:8])
	return h, nil
}

// processor is the name of the processor, where the system tells it in a file.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "a processor of unknown name"
	}
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "a processor without a name"
}

// store keeps results in a file, a line each, so that an interrupted run goes on where it was.
type store struct {
	header header
	done   []result
	jobs   map[string]bool
	file   *os.File
}

// openStore reads what the same program left in a file, or with any, what any program left.
func openStore(path string, fresh, any bool) (*store, error) {
	now, err := thisHeader()
	if err != nil {
		return nil, err
	}
	s := &store{header: now, jobs: map[string]bool{}}
	if !fresh {
		old, results, err := readStore(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Printf("starting anew: %v", err)
		}
		if err == nil && !any && (old.Program != now.Program || old.Machine != now.Machine) {
			log.Printf("starting anew: the program or the machine is another than that of %s", path)
		} else if err == nil {
			s.header, s.done = old, results
			for _, r := range results {
				s.jobs[r.Job] = true
			}
		}
	}
	if any {
		return s, nil
	}
	// Written anew, so that the cut line of an interrupted run is gone.
	if s.file, err = os.Create(path); err != nil {
		return nil, err
	}
	if err := s.write(s.header); err != nil {
		return nil, err
	}
	return s, s.writeAll(s.done)
}

func readStore(path string) (h header, results []result, err error) {
	f, err := os.Open(path)
	if err != nil {
		return h, nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	if !lines.Scan() {
		return h, nil, fmt.Errorf("%s is empty", path)
	}
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
		return h, nil, fmt.Errorf("%s: %w", path, err)
	}
	for lines.Scan() {
		var r result
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			break // where the run before was interrupted
		}
		results = append(results, r)
	}
	return h, results, lines.Err()
}

func (s *store) has(j job) bool { return s.jobs[j.Name()] }

// add keeps the results of a job.
func (s *store) add(results []result) error {
	s.done = append(s.done, results...)
	for _, r := range results {
		s.jobs[r.Job] = true
	}
	return s.writeAll(results)
}

func (s *store) writeAll(results []result) error {
	for _, r := range results {
		if err := s.write(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) write(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(line, '\n'))
	return err
}

func (s *store) close() {
	if s.file != nil {
		s.file.Close()
	}
}
