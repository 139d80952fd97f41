package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder is a test that only remembers what it is told.
type recorder struct {
	testing.TB
	said     string
	cleanups []func()
}

func (r *recorder) Helper()           {}
func (r *recorder) Name() string      { return "TestOfATest" }
func (r *recorder) Failed() bool      { return r.said != "" }
func (r *recorder) Cleanup(f func())  { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Fatal(args ...any) { r.said += fmt.Sprint(args...); panic(r) }
func (r *recorder) Fatalf(format string, args ...any) {
	r.said += fmt.Sprintf(format, args...)
	panic(r)
}
func (r *recorder) Errorf(format string, args ...any) { r.said += fmt.Sprintf(format, args...) }
func (r *recorder) Logf(format string, args ...any)   { r.said += fmt.Sprintf(format, args...) }

// saying returns what a test says when f is run in it.
func saying(f func(t testing.TB)) (said string) {
	r := &recorder{}
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
		for _, c := range r.cleanups {
			c()
		}
		said = r.said
	}()
	f(r)
	return r.said
}

func TestAtLeast(t *testing.T) {
	if said := saying(func(t testing.TB) { AtLeast(t, 3, 3, "cases") }); said != "" {
		t.Errorf("enough cases: %q", said)
	}
	if said := saying(func(t testing.TB) { AtLeast(t, 3, 2, "cases") }); !strings.Contains(said, "only 2 cases") {
		t.Errorf("too few cases: %q", said)
	}
}

func TestGolden(t *testing.T) {
	if *update {
		t.Skip("golden files are being written")
	}
	path := filepath.Join(t.TempDir(), "golden")
	if err := os.WriteFile(path, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		"one\ntwo\n":        "",
		"one\nother\n":      "line 2",
		"one\ntwo\nthree\n": "line 3",
		"one\n":             "line 2",
		"one\ntwo":          "line 3",
	} {
		if said := saying(func(t testing.TB) { Golden(t, path, []byte(got)) }); (said == "") != (want == "") || !strings.Contains(said, want) {
			t.Errorf("%q: %q, want %q", got, said, want)
		}
	}
	if said := saying(func(t testing.TB) { Golden(t, path+"x", nil) }); !strings.Contains(said, "-update") {
		t.Errorf("a golden file that is missing: %q", said)
	}
}

func TestRandTellsItsSeed(t *testing.T) {
	if a, b := Rand(t).Uint64(), Rand(t).Uint64(); a != b {
		t.Errorf("%d and %d from one seed", a, b)
	}
	said := saying(func(t testing.TB) {
		Rand(t)
		t.Errorf("broken; ")
	})
	if !strings.Contains(said, fmt.Sprintf("-seed %d", *seed)) {
		t.Errorf("a failing test says %q", said)
	}
}
