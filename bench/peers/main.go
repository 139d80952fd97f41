// Command peers measures other engines on the data that bench/tables measures ours on, and prints a line of JSON for each
// engine, set and radius, or for one that cannot be measured here, why:
//
//	cd bench/peers && GOWORK=off go run . [-large] > peers.jsonl
//
// bench/tables runs it. It needs a C++ compiler, and Debian's libfaiss-dev; with Debian's sources within reach, FAISS is
// also built for this processor (faiss/native.sh).
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/hashmatch/engine/bench/internal/dataset"
)

// Of the data: as in bench/tables.
const (
	seed    = 1
	queries = 20_000
)

// peer is a program that measures a rival.
type peer struct {
	name  string
	build func(dir string) (program string, err error)
}

var peers = []peer{
	{"FAISS, Debian's", func(dir string) (string, error) {
		program := filepath.Join(dir, "faiss-debian")
		return program, output("g++", "-std=c++17", "-O3", "-march=native", "-fopenmp", "-o", program, "faiss/faiss.cpp", "-lfaiss", "-llapack", "-lblas")
	}},
	{"FAISS, native", func(dir string) (string, error) {
		program := filepath.Join(dir, "faiss-native")
		return program, output("faiss/native.sh", "faiss/faiss.cpp", filepath.Join(dir, "faiss-native-source"), program)
	}},
}

// skipped says why an engine is not measured.
type skipped struct {
	Engine string `json:"engine"`
	Why    string `json:"skipped"`
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("peers: ")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "hashmatch-peers"), "`directory` for data and programs, kept")
	large := flag.Bool("large", false, "also sets of ten million")
	flag.Parse()
	if err := run(*dir, *large); err != nil {
		log.Fatal(err)
	}
}

func run(dir string, large bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	sizes := []int{1_000_000}
	if large {
		sizes = append(sizes, 10_000_000)
	}
	out := json.NewEncoder(os.Stdout)
	for _, p := range peers {
		program, err := p.build(dir)
		if err != nil {
			log.Printf("%s is not measured: %v", p.name, err)
			if err := out.Encode(skipped{p.name, err.Error()}); err != nil {
				return err
			}
			continue
		}
		for _, n := range sizes {
			for _, kind := range []dataset.Kind{dataset.Uniform, dataset.Clustered} {
				if err := measure[uint64](program, p.name, dir, kind, n, 8, out); err != nil {
					return err
				}
				if err := measure[[4]uint64](program, p.name, dir, kind, n, 31, out); err != nil {
					return err
				}
			}
		}
	}
	// Those that are not to be had by a package manager.
	for _, name := range []string{"norouzi/mih", "Meta's PDQ MIH"} {
		if err := out.Encode(skipped{name, "its sources come with no package"}); err != nil {
			return err
		}
	}
	return nil
}

// measure runs a peer on one set and prints its lines with the kind of the data.
func measure[C dataset.Code](program, name, dir string, kind dataset.Kind, n, radius int, out *json.Encoder) error {
	codes, qs, err := files[C](dir, kind, n, radius)
	if err != nil {
		return err
	}
	log.Printf("%s on %d %s codes of %d bits", name, n, kind, dataset.Width[C]())
	cmd := exec.Command(program, codes, qs, strconv.Itoa(radius), name)
	cmd.Stderr = os.Stderr
	printed, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for line := range bytes.Lines(printed) {
		var fields map[string]json.RawMessage // of which none passes through a floating-point number
		if err := json.Unmarshal(line, &fields); err != nil {
			return fmt.Errorf("%s printed %q: %w", name, line, err)
		}
		fields["data"] = json.RawMessage(strconv.Quote(string(kind)))
		if err := out.Encode(fields); err != nil {
			return err
		}
	}
	return nil
}

// files writes the set and its queries, unless they are there.
func files[C dataset.Code](dir string, kind dataset.Kind, n, radius int) (codes, qs string, err error) {
	base := filepath.Join(dir, fmt.Sprintf("%d_%s_%d", dataset.Width[C](), kind, n))
	codes, qs = base+".codes", fmt.Sprintf("%s_r%d.queries", base, radius)
	_, err1 := os.Stat(codes)
	_, err2 := os.Stat(qs)
	if err1 == nil && err2 == nil {
		return codes, qs, nil
	}
	all := dataset.Make[C](kind, n, seed)
	if err := dataset.Write(codes, all); err != nil {
		return "", "", err
	}
	return codes, qs, dataset.Write(qs, dataset.Queries(kind, all, radius, queries, seed))
}

// output runs a command and returns what it printed as part of its error.
func output(name string, args ...string) error {
	if printed, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		first, _, _ := bytes.Cut(bytes.TrimSpace(printed), []byte("\n"))
		return fmt.Errorf("%s: %w: %s", name, err, first)
	}
	return nil
}
