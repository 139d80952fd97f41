package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/scan"
	"github.com/hashmatch/engine/internal/testkit"
)

var (
	entries = flag.Int("entries", 20_000, "entries of the set of TestScanOfEdited; a million in its long form")
	edited  = flag.Int("edited", 40, "edited pictures of TestScanOfEdited; a thousand in its long form")
)

// A scan of edited pictures, and of as many unrelated ones, against a large set: every match is of the right picture and
// names its view and tier, and what is unrelated matches no more often than the scan says is to be expected. The long form:
//
//	go test ./bench/quality -run ScanOfEdited -entries 1000000 -edited 1000 -v
func TestScanOfEdited(t *testing.T) {
	if testkit.Race {
		t.Skip("pictures take ten times as long under the race detector")
	}
	const originals = 20
	set, quality := setOf(t, originals, *entries)
	m, err := hashmatch.NewMatcher(hashmatch.Config{}, set)
	if err != nil {
		t.Fatal(err)
	}
	edits := battery.Edits(battery.Validation)
	files := map[string]func() ([]byte, error){}
	var names []string
	add := func(name string, file func() ([]byte, error)) {
		names, files[name] = append(names, name), file
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range *edited {
		e, original := &edits[rnd.IntN(len(edits))], i%originals
		name := fmt.Sprintf("%d of %d by %s", i, original, e.Name)
		add(name, func() ([]byte, error) { return e.File(photograph(original), name, 1) })
		stranger := originals + i
		add(fmt.Sprintf("stranger %d", i), func() ([]byte, error) { return saved(photograph(stranger)) })
	}
	s := scan.Scanner{Querier: m, Hasher: &media.Hasher{Views: media.Light}}
	found, views := 0, map[hashmatch.View]int{}
	for rec, err := range s.Run(context.Background(), itemsOf(names, files)) {
		if err != nil {
			t.Fatal(err)
		}
		var i, original int
		n, _ := fmt.Sscanf(rec.Path, "%d of %d", &i, &original)
		for _, match := range rec.Matches {
			if n != 2 || match.ID != fmt.Sprint(original) {
				t.Errorf("%q meets %q at %d by %s", rec.Path, match.ID, match.Distance, match.View)
			}
			if match.View == "" || match.Tier < hashmatch.Exact || match.Tier > hashmatch.TierB {
				t.Errorf("%q: view %q, tier %v", rec.Path, match.View, match.Tier)
			}
			views[match.View]++
		}
		if len(rec.Matches) > 0 {
			found++
		}
	}
	chance := hashmatch.ChanceAt(31, int64(len(names)), int64(*entries), media.Light.Hashes(), nil)
	t.Logf("%d of %d edited pictures found (of originals with quality %v), by %d views; %v", found, *edited, quality, len(views), chance)
	if 2*found < *edited {
		t.Errorf("only %d of %d edited pictures found", found, *edited)
	}
	if chance.Upper > 0.01 {
		t.Errorf("%v", chance)
	}
	testkit.AtLeast(t, 40, *edited, "edited pictures")
}

// photograph is the synthetic photograph of a number that no other test takes.
func photograph(n int) *image.RGBA { return gallery.Photograph(uint64(900_000+n), 640, 480) }

// saved is a picture as its owner has it.
func saved(m *image.RGBA) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 92})
	return out.Bytes(), err
}

// setOf makes a set of photographs, whose IDs are their numbers, and of random hashes.
func setOf(t *testing.T, originals, entries int) (set *hashmatch.Set, quality []int) {
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "large", Disposition: hashmatch.KnownBad})
	h := &media.Hasher{}
	for i := range originals {
		file, err := saved(photograph(i))
		if err != nil {
			t.Fatal(err)
		}
		fp, err := h.SumBytes(context.Background(), file)
		if err != nil {
			t.Fatal(err)
		}
		q, _ := fp.Quality().Value()
		quality = append(quality, q)
		e := fp.Entry()
		e.ID = fmt.Sprint(i)
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	rnd := rand.New(rand.NewPCG(2, 2))
	for range entries - originals {
		var code [32]byte
		for i := range code {
			code[i] = byte(rnd.Uint32())
		}
		hash, err := hashmatch.NewHash(hashmatch.PDQ, code[:])
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Add(hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: hash}}}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	set, err := hashmatch.OpenBytes(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return set, quality
}

func itemsOf(names []string, files map[string]func() ([]byte, error)) iter.Seq2[scan.Item, error] {
	return func(yield func(scan.Item, error) bool) {
		for _, name := range names {
			item := scan.Item{Name: name, Size: -1, Open: func() (io.ReadCloser, error) {
				data, err := files[name]()
				return io.NopCloser(bytes.NewReader(data)), err
			}}
			if !yield(item, nil) {
				return
			}
		}
	}
}
