package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// told is what compare --json says, as far as these tests look.
type told struct {
	Verdict string
	Says    string
	Match   struct {
		Of       string
		Distance int
		View     string
		Tier     string
	}
	Views []struct {
		Of, View, Kind string
		Distance       int
		Quality        int
	}
}

// compareJSON runs compare --json of two files.
func compareJSON(t *testing.T, a, b string) (x told) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run([]string{"compare", "--json", a, b}, nil, &out, &errs); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	if err := json.Unmarshal(out.Bytes(), &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// A picture that is turned is near by the view that turns it back, whichever file is named first.
func TestCompareTurnedPictures(t *testing.T) {
	dir := t.TempDir()
	m := synth.Picture(synth.Landscape, 11, 320, 240)
	paths := map[string]string{}
	for name, picture := range map[string]*bytes.Buffer{
		"upright":  encodedAs(t, "jpeg", m),
		"mirror":   encodedAs(t, "png", synth.Mirror(m)),
		"rot180":   encodedAs(t, "png", synth.Turn(m, 2)),
		"stranger": encodedAs(t, "png", synth.Picture(synth.Landscape, 12, 320, 240)),
	} {
		paths[name] = filepath.Join(dir, name)
		if err := os.WriteFile(paths[name], picture.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for _, view := range []string{"mirror", "rot180"} {
		for _, order := range [][2]string{{"upright", view}, {view, "upright"}} {
			x := compareJSON(t, paths[order[0]], paths[order[1]])
			if x.Verdict != "near" || x.Match.View != view || x.Match.Tier != "B" || x.Match.Distance > 16 {
				t.Errorf("%v: %s %+v", order, x.Verdict, x.Match)
			}
			for _, of := range []string{"a", "b"} {
				last, views := -1, 0
				for _, v := range x.Views {
					if v.Of != of || v.Kind != "pdq" {
						continue
					}
					if views == 0 && v.View != view || v.Distance < last {
						t.Errorf("%v: view %d of %s is %+v, after %d", order, views, of, v, last)
					}
					last = v.Distance
					views++
				}
				testkit.AtLeast(t, 7, views, "views")
			}
			ran++
		}
	}
	testkit.AtLeast(t, 4, ran, "pairs")
	if x := compareJSON(t, paths["upright"], paths["stranger"]); x.Verdict != "nothing-near" {
		t.Errorf("a stranger: %s, %s", x.Verdict, x.Says)
	}
}

// encodedAs is a picture as a file.
func encodedAs(t *testing.T, format string, m image.Image) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	if err := synth.Encode(&b, m, format); err != nil {
		t.Fatal(err)
	}
	return &b
}

// No name of a file drives the terminal.
func TestCompareHostileNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	path := filepath.Join(t.TempDir(), "a\x1b[2J\u202e\n.txt")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Skipf("this file system has no such names: %v", err)
	}
	for _, args := range [][]string{{"compare", path, path}, {"compare", "--json", path, path}} {
		var out, errs bytes.Buffer
		if code := run(args, nil, &out, &errs); code != exitOK {
			t.Fatalf("exit code %d: %s", code, &errs)
		}
		if text := out.String() + errs.String(); strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%q", text)
		}
	}
}

// fingerprintOf makes a file of hashes in their text form; perceptual ones are of the upright view.
func fingerprintOf(t *testing.T, quality int, hashes ...string) (rec hashmatch.Record) {
	t.Helper()
	fp := &rec.Fingerprint
	fp.Format, fp.Size = "jpeg", 1000
	for _, text := range hashes {
		h, err := hashmatch.ParseHash(text)
		switch {
		case err != nil:
			t.Fatal(err)
		case h.Kind().Digest():
			fp.Digests = append(fp.Digests, h)
		default:
			fp.Hashes = append(fp.Hashes, hashmatch.PictureHash{Hash: h, View: hashmatch.Upright, Quality: hashmatch.QualityOf(quality)})
		}
	}
	return rec
}

// Every verdict, from hashes alone.
func TestVerdicts(t *testing.T) {
	md5, sha, other := "md5:"+strings.Repeat("11", 16), "sha256:"+strings.Repeat("22", 32), "sha256:"+strings.Repeat("33", 32)
	trimmedMD5, trimmed := "md5_trimmed:"+strings.Repeat("44", 16), "sha256_trimmed:"+strings.Repeat("55", 32)
	trimmedOther := "sha256_trimmed:" + strings.Repeat("66", 32)
	pdq, pdqFar := "pdq:"+strings.Repeat("0f", 32), "pdq:"+strings.Repeat("53", 32)
	pdq40 := "pdq:" + strings.Repeat("f0", 5) + strings.Repeat("0f", 27)
	phash, phash4 := "phash:0123456789abcdef", "phash:f123456789abcdef"
	tests := []struct {
		a, b     []string
		quality  int
		radius   int
		want     verdict
		says     string
		withTier string
	}{
		{[]string{md5, sha}, []string{md5, sha}, 100, 31, sameBytes, "the same bytes", "exact"},
		{[]string{md5, sha}, []string{md5, other}, 100, 31, collision, "same md5", "exact-weak"},
		{[]string{sha, trimmedMD5, trimmed}, []string{other, trimmedMD5, trimmed}, 100, 31, samePicture, "follow it in A (100) and B (100)", "exact"},
		{[]string{sha, trimmedMD5, trimmed}, []string{other, trimmedMD5, trimmedOther}, 100, 31, collision, "picture data with the same md5", "exact-weak"},
		{[]string{sha, pdq}, []string{other, pdq}, 100, 31, nearPictures, "0 of 256 bits, both upright: a match of tier A", "A"},
		{[]string{sha, pdq}, []string{other, pdq40}, 100, 40, nearPictures, "40 of 256 bits, both upright: a match of tier B", "B"},
		{[]string{sha, pdq}, []string{other, pdq40}, 100, 39, nothingNear, "within the radius of 39", ""},
		{[]string{sha, pdq, phash}, []string{other, pdqFar, phash4}, 100, 31, nearSecond, "phash agrees (4 of 64 bits, both upright)", "C"},
		{[]string{sha, phash}, []string{other, phash4}, 100, 31, nearSecond, "phash agrees", "C"},
		{[]string{sha, pdq}, []string{other, pdqFar}, 100, 31, nothingNear, "other bytes, and nothing", ""},
		{[]string{sha, pdq, phash}, []string{other, pdq, phash}, 49, 31, notCompared, "as pictures they could not", ""},
		{[]string{sha, pdq}, []string{other}, 100, 31, notCompared, "as pictures they could not", ""},
		{nil, []string{sha, pdq}, 100, 31, notCompared, "they could not be compared", ""},
		{nil, nil, 100, 31, notCompared, "they could not be compared", ""},
	}
	seen := map[verdict]bool{}
	for i, tt := range tests {
		for _, swapped := range []bool{false, true} {
			files := [2]hashmatch.Record{fingerprintOf(t, tt.quality, tt.a...), fingerprintOf(t, tt.quality, tt.b...)}
			for j := range files {
				if fp := &files[j].Fingerprint; slices.ContainsFunc(fp.Digests, func(h hashmatch.Hash) bool { return h.Kind().Trimmed() }) {
					fp.Trimmed = 900
				}
			}
			if swapped {
				files[0], files[1] = files[1], files[0]
			}
			x, err := explain(context.Background(), files, tt.radius)
			if err != nil {
				t.Fatal(err)
			}
			tier := ""
			if x.Match != nil {
				tier = x.Match.Tier.String()
			}
			if x.Verdict != tt.want || !strings.Contains(x.Says, tt.says) || tier != tt.withTier {
				t.Errorf("%d, swapped %v: %s, %q, tier %q", i, swapped, x.Verdict, x.Says, tier)
			}
			if err := x.print(&bytes.Buffer{}); err != nil {
				t.Error(err)
			}
			seen[x.Verdict] = true
		}
	}
	testkit.AtLeast(t, 7, len(seen), "verdicts")
}

// viewed gives a file a view of its picture.
func viewed(t *testing.T, rec hashmatch.Record, view hashmatch.View, quality int, pdq string) hashmatch.Record {
	t.Helper()
	h := fingerprintOf(t, quality, pdq).Fingerprint.Hashes[0]
	h.View = view
	rec.Fingerprint.Hashes = append(rec.Fingerprint.Hashes, h)
	return rec
}

// Views may find something; that they do not says nothing of pictures that are too plain as they are, or incomplete.
func TestVerdictsOfPlainPictures(t *testing.T) {
	pdq, far, farther := "pdq:"+strings.Repeat("0f", 32), "pdq:"+strings.Repeat("53", 32), "pdq:"+strings.Repeat("9a", 32)
	whole := fingerprintOf(t, 100, pdq)
	half := fingerprintOf(t, 100, far)
	half.Fingerprint.Partial = 0.5
	tests := []struct {
		a    hashmatch.Record
		want verdict
	}{
		{viewed(t, fingerprintOf(t, 49, far), hashmatch.Trim, 50, farther), notCompared},
		{viewed(t, fingerprintOf(t, 49, far), hashmatch.Trim, 50, pdq), nearPictures},
		{viewed(t, fingerprintOf(t, 49, far), hashmatch.Trim, 49, pdq), notCompared},
		{viewed(t, fingerprintOf(t, 50, far), hashmatch.Trim, 49, pdq), nothingNear},
		{half, notCompared},
	}
	for i, tt := range tests {
		for _, files := range [][2]hashmatch.Record{{tt.a, whole}, {whole, tt.a}} {
			x, err := explain(context.Background(), files, 31)
			if err != nil {
				t.Fatal(err)
			}
			if x.Verdict != tt.want {
				t.Errorf("%d: %s, %q", i, x.Verdict, x.Says)
			}
		}
	}
	testkit.AtLeast(t, 5, len(tests), "pairs")
}

// A view is of the file that is scanned: where it matters which one that is, both ways are told.
func TestCompareTellsBothWays(t *testing.T) {
	pdq, far := "pdq:"+strings.Repeat("0f", 32), "pdq:"+strings.Repeat("53", 32)
	near := "pdq:" + strings.Repeat("0f", 31) + "0e"
	framed := viewed(t, fingerprintOf(t, 100, far), hashmatch.Trim, 100, pdq)
	turned := viewed(t, viewed(t, fingerprintOf(t, 100, far), hashmatch.Mirror, 100, near), hashmatch.Flip, 100, near)
	original := fingerprintOf(t, 100, pdq)
	both := viewed(t, fingerprintOf(t, 100, pdq), hashmatch.Mirror, 100, far)
	half := fingerprintOf(t, 100, pdq)
	half.Fingerprint.Partial = 0.5
	tests := []struct {
		a, b     hashmatch.Record
		says     string
		of       string
		otherWay bool
	}{
		{framed, original, "near by PDQ: 0 of 256 bits, by the view trim of A: a match of tier B if A is scanned and B is known; the other way round no match", "a", false},
		{original, framed, "near by PDQ: 0 of 256 bits, by the view trim of B: a match of tier B if B is scanned and A is known; the other way round no match", "b", false},
		{turned, both, "near by PDQ: 0 of 256 bits, by the view mirror of B: a match of tier B if B is scanned and A is known; the other way round 1 of 256 bits, by the view mirror of A: one of tier B", "b", true},
		{half, original, "near by PDQ: 0 of 256 bits, both upright: a match of tier B if A is scanned and B is known; the other way round no match", "a", false},
		{original, original, "near by PDQ: 0 of 256 bits, both upright: a match of tier A", "a", true},
	}
	for i, tt := range tests {
		x, err := explain(context.Background(), [2]hashmatch.Record{tt.a, tt.b}, 31)
		if err != nil {
			t.Fatal(err)
		}
		if x.Says != tt.says || x.Match == nil || x.Match.Of != tt.of || (x.OtherWay != nil) != tt.otherWay || tt.otherWay && x.OtherWay.Of == tt.of {
			t.Errorf("%d: %q, %+v, %+v", i, x.Says, x.Match, x.OtherWay)
		}
	}
	testkit.AtLeast(t, 5, len(tests), "pairs")
}

// Of very many views people see the nearest, and how many there are besides.
func TestCompareShowsNearestViews(t *testing.T) {
	a, b := fingerprintOf(t, 100, "pdq:"+strings.Repeat("0f", 32)), fingerprintOf(t, 100, "pdq:"+strings.Repeat("0f", 32))
	for i := range 30 {
		h := fingerprintOf(t, 100, fmt.Sprintf("pdq:%s%s", strings.Repeat("f0", 30-i), strings.Repeat("0f", 2+i))).Fingerprint.Hashes[0]
		h.View = hashmatch.View(fmt.Sprintf("crop-%d", i))
		a.Fingerprint.Hashes = append(a.Fingerprint.Hashes, h)
	}
	x, err := explain(context.Background(), [2]hashmatch.Record{a, b}, 31)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := x.print(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !strings.Contains(text, "\ncrop-29") || !strings.Contains(text, "\ncrop-22") || strings.Contains(text, "\ncrop-21") || !strings.Contains(text, "and 22 more, farther off") || len(x.Views) != 30 {
		t.Error(text)
	}
}
