package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

// peer is a line of bench/peers: what a foreign engine took, or why that is not known.
type peer struct {
	result
	Skipped string `json:"skipped"`
}

// runPeers runs bench/peers, unless this very data was measured already, and keeps what it prints.
func runPeers(o options) error {
	path := filepath.Join(o.dir, "peers.jsonl")
	if old, err := readPeers(path); err == nil && len(old) > 0 && !o.fresh && (!o.large || hasLarge(old)) {
		log.Printf("bench/peers: kept")
		return nil
	}
	log.Printf("bench/peers")
	args := []string{"run", "-C", filepath.Join(o.out, "peers"), ".", "-dir", filepath.Join(o.dir, "peers")}
	if o.large {
		args = append(args, "-large")
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stderr = os.Stderr
	out, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("bench/peers: %w", err)
	}
	return os.Rename(path+".part", path)
}

func hasLarge(peers []peer) bool {
	for _, p := range peers {
		if p.N >= 10_000_000 {
			return true
		}
	}
	return false
}

// readPeers reads what runPeers kept; none is no error.
func readPeers(path string) ([]peer, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []peer
	for s := bufio.NewScanner(f); s.Scan(); {
		var p peer
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, p)
	}
	return all, nil
}
