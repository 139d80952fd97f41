package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/internal/cpu"
)

// job is a set that one process measures: some engines, at some radii.
type job struct {
	Path    string        `json:"path"` // the instructions
	Task    string        `json:"task"` // "near", "views", "insert", "cores" or "keys"
	Width   int           `json:"width"`
	Data    dataset.Kind  `json:"data"`
	N       int           `json:"n"`
	Radii   []int         `json:"radii"`
	Engines []string      `json:"engines"`
	Effort  time.Duration `json:"effort"`
	Dir     string        `json:"dir"`
	Codes   int           `json:"codes"` // pictures to hash
}

// Name tells jobs apart, also from run to run.
func (j job) Name() string {
	return fmt.Sprintf("%s/%s/%d/%s/%s/%v", j.Path, j.Task, j.Width, j.Data, count(j.N), j.Radii)
}

// headline is the radius that the main table shows of a width: the default of PDQ, and what 64-bit hashes allow.
func headline(width int) int {
	if width == 64 {
		return 8
	}
	return 31
}

// wide is the second radius of the main table.
func wide(width int) int {
	if width == 64 {
		return 12
	}
	return 60
}

// curve is the radii of the curves and tables by radius.
func curve(width int) []int {
	if width == 64 {
		return []int{0, 2, 4, 6, 8, 10, 12}
	}
	return []int{0, 8, 16, 24, 31, 40, 50, 60, 70}
}

// curveSizes are the sizes of the curves by size.
var curveSizes = []int{1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000}

var (
	ours  = []string{"index", "multi", "flat", "bktree"}
	every = []string{"index", "multi", "flat", "bktree", "textbook", "brute"}
)

// paths are the instructions that can be measured here, AVX2 first: it is what examiners have. NEON cannot be switched off,
// so beside it there is no Go.
func paths() []string {
	var here []string
	for _, p := range []cpu.Path{cpu.AVX2, cpu.AVX512, cpu.NEON, cpu.Go} {
		if cpu.Has(p) && (p != cpu.Go || !cpu.Has(cpu.NEON)) {
			here = append(here, p.String())
		}
	}
	return here
}

// jobs lists what is measured, the most telling first.
func jobs(o options) []job {
	var all []job
	add := func(j job) {
		j.Effort, j.Dir, j.Codes = o.effort, o.dir, o.pictures
		all = append(all, j)
	}
	kinds := []dataset.Kind{dataset.Uniform, dataset.Clustered}
	for i, path := range paths() {
		first := i == 0
		for _, n := range []int{1_000_000, 100_000} {
			for _, width := range []int{64, 256} {
				for _, kind := range kinds {
					j := job{Path: path, Task: "near", Width: width, Data: kind, N: n, Radii: curve(width), Engines: every}
					if !first {
						j.Radii, j.Engines = []int{headline(width), wide(width)}, ours
					}
					add(j)
				}
			}
		}
		for _, width := range []int{64, 256} {
			add(job{Path: path, Task: "near", Width: width, Data: pictures, N: o.pictures, Radii: []int{headline(width)}, Engines: every})
		}
		if !first {
			continue
		}
		for _, n := range curveSizes {
			if n == 100_000 || n == 1_000_000 {
				continue // measured above
			}
			for _, width := range []int{64, 256} {
				add(job{Path: path, Task: "near", Width: width, Data: dataset.Uniform, N: n, Radii: []int{headline(width)}, Engines: every})
			}
		}
		for _, width := range []int{64, 256} {
			add(job{Path: path, Task: "cores", Width: width, Data: dataset.Uniform, N: 1_000_000, Radii: []int{headline(width)}, Engines: []string{"index", "multi", "flat"}})
		}
		add(job{Path: path, Task: "views", Width: 256, Data: dataset.Uniform, N: 1_000_000, Radii: []int{wide(256)}})
		add(job{Path: path, Task: "views", Width: 256, Data: dataset.Uniform, N: 1_000_000, Radii: []int{headline(256)}})
		for _, n := range sizes(o) {
			for _, width := range []int{64, 256} {
				add(job{Path: path, Task: "insert", Width: width, Data: dataset.Uniform, N: n, Radii: []int{headline(width)}})
			}
			add(job{Path: path, Task: "keys", Width: 160, Data: dataset.Uniform, N: n})
		}
	}
	if o.large {
		add(job{Path: paths()[0], Task: "views", Width: 256, Data: dataset.Uniform, N: 10_000_000, Radii: []int{wide(256)}})
		for _, width := range []int{64, 256} {
			for _, kind := range kinds {
				add(job{Path: paths()[0], Task: "near", Width: width, Data: kind, N: 10_000_000,
					Radii: []int{headline(width), wide(width)}, Engines: []string{"index", "multi", "flat", "brute"}})
			}
		}
	}
	if o.huge {
		add(job{Path: paths()[0], Task: "near", Width: 64, Data: dataset.Uniform, N: 100_000_000, Radii: []int{8}, Engines: []string{"index"}})
	}
	return all
}

func sizes(o options) []int {
	if o.large {
		return []int{1_000_000, 10_000_000}
	}
	return []int{1_000_000}
}

// spawn measures a job in a process of its own, in which the instructions beyond the job's are switched off as Go and
// x/sys/cpu let one do.
func spawn(j job, dir string) ([]result, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	description, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-child", string(description))
	cmd.Env = append(os.Environ(), "GODEBUG="+switchedOff(j.Path))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var lines []result
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var r result
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			return nil, err
		}
		lines = append(lines, r)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("the process for it printed nothing")
	}
	for i := range lines {
		lines[i].Job = j.Name()
	}
	return lines, nil
}

// switchedOff is the GODEBUG that leaves a path as the best.
func switchedOff(path string) string {
	switch path {
	case cpu.AVX2.String():
		if cpu.Has(cpu.AVX512) {
			return "cpu.avx512f=off"
		}
	case cpu.Go.String():
		if cpu.Has(cpu.AVX2) {
			return "cpu.avx512f=off,cpu.avx2=off"
		}
	}
	return ""
}

// count writes a number as people say it.
func count(n int) string {
	for _, unit := range []struct {
		size int
		name string
	}{{1_000_000, " M"}, {1000, " k"}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprint(n/unit.size) + unit.name
		}
	}
	return fmt.Sprint(n)
}
