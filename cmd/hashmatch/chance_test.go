package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// A file counts as looked up by whatever hash of it is.
func TestLookedUp(t *testing.T) {
	hash := func(k hashmatch.Kind, v hashmatch.View, quality int) hashmatch.PictureHash {
		h, err := hashmatch.NewHash(k, make([]byte, k.Size()))
		if err != nil {
			t.Fatal(err)
		}
		return hashmatch.PictureHash{Hash: h, View: v, Quality: hashmatch.QualityOf(quality)}
	}
	cases := []struct {
		name   string
		hashes []hashmatch.PictureHash
		want   bool
	}{
		{"nothing", nil, false},
		{"a picture", []hashmatch.PictureHash{hash(hashmatch.PDQ, hashmatch.Upright, 50)}, true},
		{"a plain one", []hashmatch.PictureHash{hash(hashmatch.PDQ, hashmatch.Upright, 49), hash(hashmatch.PDQ, hashmatch.Mirror, 49)}, false},
		{"a plain one with a picture on it", []hashmatch.PictureHash{hash(hashmatch.PDQ, hashmatch.Upright, 49), hash(hashmatch.PDQ, hashmatch.Trim, 50)}, true},
		{"a thumbnail alone", []hashmatch.PictureHash{hash(hashmatch.PDQ, hashmatch.Thumbnail, 90)}, true},
		{"of unknown quality", []hashmatch.PictureHash{{Hash: hash(hashmatch.PDQ, hashmatch.Upright, 0).Hash, View: hashmatch.Upright}}, true},
		{"another kind", []hashmatch.PictureHash{hash(hashmatch.PHash, hashmatch.Upright, 90)}, false},
	}
	for _, c := range cases {
		if got := lookedUp(&hashmatch.Record{Fingerprint: hashmatch.Fingerprint{Hashes: c.hashes}}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	testkit.AtLeast(t, 7, len(cases), "cases")
}

// No file is looked up by more hashes than is told, not one with more pictures behind its end than are looked at.
func TestLookUpsAreABound(t *testing.T) {
	var file bytes.Buffer
	for i := range 6 {
		if err := synth.Encode(&file, synth.Picture(synth.Landscape, uint64(i), 320, 240), "jpeg"); err != nil {
			t.Fatal(err)
		}
	}
	tried := 0
	for _, v := range []media.Views{media.None, media.Light, media.Full} {
		h := &media.Hasher{Kinds: []hashmatch.Kind{hashmatch.PDQ}, Views: v}
		fp, err := h.Sum(context.Background(), bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(fp.Hashes); n <= 4 && v != media.None || n > lookUps(v) {
			t.Errorf("views %d: %d hashes, at most %d", v, n, lookUps(v))
		} else if v == media.None && (n <= v.Hashes() || n != lookUps(v)-1) { // but for the thumbnail
			t.Errorf("%d hashes: the pictures behind the end are not among them", n)
		}
		tried++
	}
	testkit.AtLeast(t, 3, tried, "views")
}

// A calibration changes what matches, by its hubs: what cannot be of the set is refused, with the place.
func TestCalibrationMustBeOfTheSet(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s.hms")
	list := "pdq:" + strings.Repeat("5a", 32) + "\n" + "pdq:" + strings.Repeat("0f", 32) + "\n"
	var out, errs bytes.Buffer
	if code := run([]string{"build", "-q", "-o", path, "--name", "s", "--disposition", "other", "-"}, strings.NewReader(list), &out, &errs); code != 0 {
		t.Fatalf("%d: %s", code, &errs)
	}
	s, err := hashmatch.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sound := func() *hashmatch.Calibration {
		return &hashmatch.Calibration{
			Set: "s", Digest: s.Digest(), Entries: 2,
			Hubs: []hashmatch.Hub{{Entry: 1, Hash: s.Entry(1).Hashes[0].Hash}, {Entry: 0, Hash: s.Entry(0).Hashes[0].Hash}},
		}
	}
	cases := []struct {
		change func(*hashmatch.Calibration)
		want   string
	}{
		{func(c *hashmatch.Calibration) {}, ""},
		{func(c *hashmatch.Calibration) { c.Set = "t" }, "it is of set t"},
		{func(c *hashmatch.Calibration) { c.Digest = strings.Repeat("0", 64) }, "another state of set s"},
		{func(c *hashmatch.Calibration) { c.Entries = 3 }, "entries: 3, and set s has 2"},
		{func(c *hashmatch.Calibration) { c.Hubs[1].Entry = 2 }, "hubs[1]: entry 2 of set s"},
		{func(c *hashmatch.Calibration) { c.Hubs[1].Entry = 1<<32 - 1 }, "hubs[1]: entry 4294967295"},
		{func(c *hashmatch.Calibration) { c.Hubs[0].Entry = 0 }, "hubs[0]: entry 0 of set s has no such hash"},
	}
	for _, c := range cases {
		calibration := sound()
		c.change(calibration)
		err := belongs(calibration, []*hashmatch.Set{s})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	testkit.AtLeast(t, 7, len(cases), "cases")
}
