package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// A set that holds a picture as a mirror shows it is met by a view alone: nothing says that the two have to do with each
// other, so it is counted, and told.
func TestCalibrateTellsHubs(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, text []byte) {
		t.Helper()
		if err := os.WriteFile(at(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, err bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &err); code != want {
			t.Fatalf("%v ends with %d, not %d: %s", args, code, want, &err)
		}
		return out.String(), err.String()
	}
	if err := os.Mkdir(at("own"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, format := range []string{"png", "jpeg"} {
		var file bytes.Buffer
		if err := synth.Encode(&file, synth.Picture(synth.Landscape, 7, 240+60*i, 180+45*i), format); err != nil {
			t.Fatal(err)
		}
		write("own/"+format, file.Bytes())
	}
	line, _ := do(0, "hash", "-q", "--views", "light", at("own/png"))
	var rec hashmatch.Record
	if err := json.Unmarshal([]byte(line), &rec); err != nil {
		t.Fatal(err)
	}
	mirror, ok := rec.Fingerprint.Hash(hashmatch.PDQ, hashmatch.Mirror)
	if !ok {
		t.Fatal("no mirrored hash")
	}
	write("list.txt", []byte(mirror.Hash.String()+"\n"+"pdq:"+strings.Repeat("5a", 32)+"\n"))
	do(0, "build", "-q", "-o", at("s.hms"), "--name", "s", "--disposition", "other", at("list.txt"))
	table, told := do(0, "calibrate", "--progress", "none", "--set", at("s.hms"), "-o", at("s.json"), at("own"))
	for _, want := range []string{
		`(?m)^2 pictures \(files\), views light .* 2 entries with pdq: 4 pairs$`,
		`(?m)^Pictures with hits: 2, entries: 1\.`,
		`(?m)^1000 files: radius 31, the usual radius; the bound cannot be held: even there the calibration, with 2 seen`,
		`(?m)upper bound: 2000 \(model .*; measured 2000, from 2 seen in 4 pairs, which rule nothing out\)$`,
		`(?m)^Hubs: entries within 60 of more than one of the pictures\n.*\n[01] +2 +\d+ +""$`,
	} {
		if !regexp.MustCompile(want).MatchString(table) {
			t.Errorf("there is no %s in\n%s", want, table)
		}
	}
	if n := len(regexp.MustCompile(`(?m)^look: ".*/own/(png|jpeg)" is counted as a chance match: entry [01], pdq at distance \d+ \(mirror\); if it is a copy, calibrate without it$`).FindAllString(told, -1)); n != 2 {
		t.Errorf("%d of 2 pictures are told of:\n%s", n, told)
	}
	f, err := os.Open(at("s.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := hashmatch.ReadCalibration(f)
	if err != nil || c.Within(31) != 2 || len(c.Hubs) != 1 || c.Hubs[0].Hash != mirror.Hash {
		t.Errorf("%+v, %v", c, err)
	}
}

// The built-in pictures are fit to measure with: all differ, and all pass the quality gate.
func TestSyntheticPictures(t *testing.T) {
	n := 0
	var lines strings.Builder
	for item, err := range synthetic(3) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := item.Open()
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if _, err := file.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), fmt.Sprint(n))
		if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&lines, name)
		n++
	}
	testkit.AtLeast(t, 3, n, "pictures")
	var out, errs bytes.Buffer
	if code := run([]string{"hash", "-q", "-"}, strings.NewReader(lines.String()), &out, &errs); code != 0 {
		t.Fatalf("%d: %s", code, &errs)
	}
	seen := map[hashmatch.Hash]bool{}
	for line := range strings.Lines(out.String()) {
		var rec hashmatch.Record
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatal(err)
		}
		h, _ := rec.Fingerprint.Hash(hashmatch.PDQ, hashmatch.Upright)
		if seen[h.Hash] || h.Quality.Below(hashmatch.DefaultQuality) || h.Graphic {
			t.Errorf("%+v", h)
		}
		seen[h.Hash] = true
	}
	testkit.AtLeast(t, 3, len(seen), "hashes")
}
