// Package testkit holds what the tests of every room share: golden files with one update flag, seeded randomness that
// prints how to repeat it, and counts that keep a data-driven test from passing on nothing. It imports nothing of ours.
package testkit

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	update = flag.Bool("update", false, "write the golden files anew instead of comparing with them")
	seed   = flag.Uint64("seed", 1, "seed of the randomised tests")
)

// Golden fails t unless got equals the file at path (relative to the package's folder). With -update it writes the file
// instead, and says so. Line endings are compared as they are: golden files are stored with LF (see .gitattributes).
func Golden(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s written anew", path)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run the test with -update to accept):\n%s", path, firstDifference(want, got))
	}
}

// firstDifference names the first line in which two texts differ.
func firstDifference(want, got []byte) string {
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b || i >= len(w) || i >= len(g) {
			return fmt.Sprintf("line %d:\n want %q\n  got %q", i+1, a, b)
		}
	}
	return "no line differs"
}

// AtLeast fails t when a data-driven test ran fewer cases than it was written for: a folder that is gone, a table that
// was cut, a skip that grew must not look like success.
func AtLeast(t testing.TB, least, ran int, what string) {
	t.Helper()
	if ran < least {
		t.Fatalf("only %d %s were tested, at least %d are expected", ran, what, least)
	}
}

// Rand returns the randomness of a property test. The seed is the flag -seed; a failing test prints it.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	s := *seed
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d; again with: go test -run '^%s$' -seed %d", s, t.Name(), s)
		}
	})
	return rand.New(rand.NewPCG(s, 0x9e3779b97f4a7c15))
}
