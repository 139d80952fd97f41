package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// dupesLine is any line of what dupes writes.
type dupesLine struct {
	Members []struct {
		Path, View string
		B64        string `json:"path_b64"`
		ViewOf     string `json:"view_of"`
		Also       []string
	}
	Summary *dupesSummary
}

// runDupesOn runs dupes and returns its groups, each as the names of its files, and the summary.
func runDupesOn(t *testing.T, code int, args ...string) (groups [][]string, lines []dupesLine, summary dupesSummary) {
	t.Helper()
	var out, diag bytes.Buffer
	if got := run(append([]string{"dupes", "-q"}, args...), strings.NewReader(""), &out, &diag); got != code {
		t.Fatalf("dupes ends with %d, not %d: %s", got, code, &diag)
	}
	for text := range strings.Lines(out.String()) {
		var line dupesLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line.Summary != nil {
			summary = *line.Summary
		}
		if len(line.Members) == 0 {
			continue
		}
		var names []string
		for _, m := range line.Members {
			name := m.Path
			if m.B64 != "" {
				raw, err := base64.StdEncoding.DecodeString(m.B64)
				if err != nil {
					t.Fatal(err)
				}
				name = string(raw)
			}
			names = append(names, name)
		}
		slices.Sort(names)
		groups, lines = append(groups, names), append(lines, line)
	}
	return groups, lines, summary
}

func writePicture(t *testing.T, path string, m image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := synth.Encode(&b, m, "png"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A look at a picture stands for its altered copies, and for no collage that it is in.
func TestDupesOfAlteredCopies(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	m := synth.Picture(synth.Landscape, 1, 480, 360)
	writePicture(t, at("original.png"), m)
	writePicture(t, at("mirrored.png"), synth.Mirror(m))
	writePicture(t, at("turned.png"), synth.Turn(m, 1))
	writePicture(t, at("smaller.png"), synth.Resize(m, 360, 270))
	writePicture(t, at("gray.png"), synth.Gray(m))
	collage := image.NewRGBA(image.Rect(0, 0, 960, 360))
	draw.Draw(collage, m.Rect, m, image.Point{}, draw.Src)
	draw.Draw(collage, m.Rect.Add(image.Pt(480, 0)), synth.Picture(synth.Landscape, 2, 480, 360), image.Point{}, draw.Src)
	writePicture(t, at("collage.png"), collage)
	writePicture(t, at("stranger.png"), synth.Picture(synth.Landscape, 3, 480, 360))
	writePicture(t, at("blank.png"), synth.Picture(synth.Flat, 4, 480, 360))

	groups, _, summary := runDupesOn(t, 0, dir)
	want := [][]string{{"gray.png", "mirrored.png", "original.png", "smaller.png", "turned.png"}}
	if fmt.Sprint(groups) != fmt.Sprint(want) || summary.Alone != 2 || summary.NotCompared != 1 || summary.ToOpen != 4 {
		t.Errorf("got %v, %+v", groups, summary)
	}
}

// A framed copy has most pixels, and is near neither the crops of the picture in it nor other frames: the picture is what
// all of them are near, and represents them, mirrored or not.
func TestDupesOfFramedCopies(t *testing.T) {
	ran := 0
	for seed := uint64(1); seed <= 4; seed++ {
		dir := t.TempDir()
		m := synth.Picture(synth.Landscape, seed, 480, 360)
		for name, picture := range map[string]image.Image{
			"original.png": m, "mirrored.png": synth.Mirror(m),
			"framed.png": synth.Border(m, 8, color.Black), "matted.png": synth.Border(m, 15, color.White),
			"cropped.png": synth.CropTo(m, m.Rect.Inset(10)), "cut.png": synth.CropTo(m, m.Rect.Inset(12)),
		} {
			writePicture(t, filepath.Join(dir, name), picture)
		}
		groups, lines, summary := runDupesOn(t, 0, dir)
		if len(groups) != 1 || len(groups[0]) != 6 || summary.ToOpen != 1 {
			t.Errorf("seed %d: %v, %+v", seed, groups, summary)
			continue
		}
		if by := lines[0].Members[0].Path; by != "original.png" && by != "mirrored.png" {
			t.Errorf("seed %d: %s represents the others", seed, by)
		}
		ran++
	}
	testkit.AtLeast(t, 4, ran, "pictures")
}

// Names are raw bytes, and what else a file holds is said.
func TestDupesOfHostileNames(t *testing.T) {
	dir := t.TempDir()
	var picture, other bytes.Buffer
	for i, b := range []*bytes.Buffer{&picture, &other} {
		if err := synth.Encode(b, synth.Picture(synth.Landscape, uint64(i), 240, 180), "jpeg"); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"=cmd.jpg", "a\nb.jpg", "\u202egnp.jpg", "\xff\xfe.jpg", "{\"summary\":{}}.jpg", "\x1b[2J.jpg"}
	written := 0
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), picture.Bytes(), 0o600); err != nil {
			t.Logf("this file system has no name %q: %v", name, err)
			names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
			continue
		}
		written++
	}
	testkit.AtLeast(t, 2, written, "names")
	both := append(bytes.Clone(picture.Bytes()), other.Bytes()...)
	if err := os.WriteFile(filepath.Join(dir, "with another"), both, 0o600); err != nil {
		t.Fatal(err)
	}
	names = append(names, "with another")
	slices.Sort(names)
	groups, lines, _ := runDupesOn(t, 0, dir)
	if len(groups) != 1 || !slices.Equal(groups[0], names) {
		t.Fatalf("got %q, want %q", groups, names)
	}
	for _, m := range lines[0].Members {
		if also := m.Path == "with another"; also != slices.Equal(m.Also, []string{"appended"}) {
			t.Errorf("%q holds %q besides", m.Path, m.Also)
		}
	}
	var out, diag bytes.Buffer
	run([]string{"dupes", "-q", dir}, strings.NewReader(""), &out, &diag)
	if n := strings.Count(out.String(), "\n"); n != 3 || strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Errorf("%d lines, or hidden characters in them: %q", n, out.String())
	}
}

// Whatever became of the files of a scan, each is accounted for once.
func TestDupesOfResults(t *testing.T) {
	r := testkit.Rand(t)
	hash := func(k hashmatch.Kind) hashmatch.Hash {
		raw := make([]byte, k.Size())
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		h, err := hashmatch.NewHash(k, raw)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	var b bytes.Buffer
	w, err := report.NewJSONL(&b, report.Header{Roots: 2, Kinds: []hashmatch.Kind{hashmatch.SHA256, hashmatch.PDQ}, Views: "light"})
	if err != nil {
		t.Fatal(err)
	}
	var tally hashmatch.Tally
	write := func(rec hashmatch.Record) {
		tally.Seen++
		tally.Add(&rec)
		if err := w.Write(&rec); err != nil {
			t.Fatal(err)
		}
	}
	same, pdq := hash(hashmatch.SHA256), hash(hashmatch.PDQ)
	for _, o := range hashmatch.Outcomes() {
		rec := hashmatch.Record{Root: 2, Path: o.String(), Outcome: o}
		switch o {
		case hashmatch.Matched:
			rec.Matches = []hashmatch.Match{{Disposition: hashmatch.KnownBad, Kind: hashmatch.PDQ, Tier: hashmatch.TierA}}
			rec.Fingerprint.Hashes = []hashmatch.PictureHash{{Hash: pdq, View: hashmatch.Upright}}
		case hashmatch.Cleared, hashmatch.Skipped:
			rec.Fingerprint.Hashes = []hashmatch.PictureHash{{Hash: pdq, View: hashmatch.Upright}}
		case hashmatch.Crashed, hashmatch.Timeout:
			rec.Fingerprint.Digests, rec.Fingerprint.Format = []hashmatch.Hash{same}, "jpeg"
		}
		write(rec)
	}
	write(hashmatch.Record{Path: "text", Outcome: hashmatch.Cleared, Fingerprint: hashmatch.Fingerprint{Format: hashmatch.FormatOther, Digests: []hashmatch.Hash{same}}})
	if err := w.Close(tally); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "results.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	groups, lines, got := runDupesOn(t, 0, "--results", path)
	want := dupesSummary{Seen: 15, Grouped: 4, NotCompared: 5, NoPicture: 1, Unread: 4, Matched: 1, Groups: 2, Written: 2, ToOpen: 7}
	if got != want {
		t.Errorf(" got %+v\nwant %+v", got, want)
	}
	if fmt.Sprint(groups) != "[[clear skipped] [crashed timeout]]" || lines[0].Members[0].Path != "skipped" {
		t.Errorf("got %v", groups)
	}
}
