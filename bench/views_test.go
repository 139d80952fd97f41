package bench

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
)

// manyCodes is how many PDQ hashes the set of BenchmarkViews has.
const manyCodes = 1_000_000

// BenchmarkViews measures what views cost, from a photograph's file to its matches in a set of a million random PDQ hashes:
// all in at three sizes, and the look-ups alone at the radii of everyday and of thorough scans. Light is to take at most
// 1.3 times as long as none at 12 MP, and thorough look-ups at most 20 ms a picture.
//
//	GOMAXPROCS=1 go test -run '^$' -bench Views ./bench
func BenchmarkViews(b *testing.B) {
	matchers := map[int]*hashmatch.Matcher{}
	set := randomSet(b, manyCodes)
	for _, radius := range []int{31, 60} {
		m, err := hashmatch.NewMatcher(hashmatch.Config{Radius: map[hashmatch.Kind]int{hashmatch.PDQ: radius}}, set)
		if err != nil {
			b.Fatal(err)
		}
		matchers[radius] = m
	}
	views := []struct {
		name string
		set  media.Views
	}{{"none", media.None}, {"light", media.Light}, {"full", media.Full}}
	for _, size := range [][2]int{{640, 480}, {1600, 1200}, {4000, 3000}} {
		var file bytes.Buffer
		if err := jpeg.Encode(&file, synth.Picture(synth.Landscape, 5, size[0], size[1]), &jpeg.Options{Quality: 85}); err != nil {
			b.Fatal(err)
		}
		for _, v := range views[:2] {
			b.Run(fmt.Sprintf("all/%dx%d/%s", size[0], size[1], v.name), func(b *testing.B) {
				h := &media.Hasher{Views: v.set}
				for b.Loop() {
					fp := fingerprint(b, h, file.Bytes())
					match(b, matchers[31], fp)
				}
			})
		}
		for _, v := range views {
			for _, radius := range []int{31, 60} {
				b.Run(fmt.Sprintf("look-up/%dx%d/%s/r=%d", size[0], size[1], v.name, radius), func(b *testing.B) {
					fp := fingerprint(b, &media.Hasher{Views: v.set, Kinds: []hashmatch.Kind{hashmatch.PDQ}}, file.Bytes())
					for b.Loop() {
						match(b, matchers[radius], fp)
					}
					b.ReportMetric(float64(len(fp.Hashes)), "hashes")
				})
			}
		}
	}
}

func fingerprint(b *testing.B, h *media.Hasher, file []byte) *hashmatch.Fingerprint {
	fp, err := h.SumBytes(context.Background(), file)
	if err != nil {
		b.Fatal(err)
	}
	return &fp
}

func match(b *testing.B, m *hashmatch.Matcher, fp *hashmatch.Fingerprint) {
	r, err := m.Match(context.Background(), fp)
	if err != nil {
		b.Fatal(err)
	}
	if len(r.Matches) > 0 {
		b.Fatalf("a chance match at distance %d", r.Matches[0].Distance)
	}
}

// randomSet makes a set of random PDQ hashes.
func randomSet(b *testing.B, n int) *hashmatch.Set {
	rnd := rand.New(rand.NewPCG(7, 7))
	builder := hashmatch.NewBuilder(hashmatch.Info{Name: "random", Disposition: hashmatch.KnownBad})
	for range n {
		var code [32]byte
		for i := 0; i < len(code); i += 8 {
			x := rnd.Uint64()
			for j := range 8 {
				code[i+j] = byte(x >> (8 * j))
			}
		}
		h, err := hashmatch.NewHash(hashmatch.PDQ, code[:])
		if err != nil {
			b.Fatal(err)
		}
		if err := builder.Add(hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: h}}}); err != nil {
			b.Fatal(err)
		}
	}
	var file bytes.Buffer
	if _, err := builder.WriteTo(&file); err != nil {
		b.Fatal(err)
	}
	set, err := hashmatch.OpenBytes(file.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	return set
}
