package hashmatch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// oracleCalibration measures by comparing everything with everything.
func oracleCalibration(s *Set, radius int, fps []*Fingerprint) (*Calibration, []Use) {
	passes := func(h Hash, q Quality) bool { return h.Kind() == PDQ && !q.Below(DefaultQuality) }
	c := &Calibration{Set: s.Info().Name, Digest: s.Digest(), Sample: "random", Views: "some", Radius: radius}
	hubs := map[uint32]*Hub{}
	for number, e := range s.Entries() {
		if i := slices.IndexFunc(e.Hashes, func(h EntryHash) bool { return passes(h.Hash, h.Quality) }); i >= 0 {
			c.Entries++
			hubs[number] = &Hub{Entry: number, ID: e.ID, Hash: e.Hashes[i].Hash, Least: 999}
		}
	}
	var uses []Use
	earlier := map[Hash]bool{}
	lookups := 0
	for _, fp := range fps {
		use, hashes := Plain, 0
		for _, h := range fp.Hashes {
			if passes(h.Hash, h.Quality) {
				hashes++
				if use == Plain {
					if use = Counted; earlier[h.Hash] {
						use = Repeated
					}
					earlier[h.Hash] = earlier[h.Hash] || !oracleEqual(s, fp)
				}
			}
		}
		least := map[uint32]int{}
		for number, e := range s.Entries() {
			for _, h := range e.Hashes {
				for _, q := range fp.Hashes {
					d, _ := h.Hash.Distance(q.Hash)
					if !passes(h.Hash, h.Quality) || !passes(q.Hash, q.Quality) || d > radius || q.Graphic && d > 31 {
						continue
					}
					if q.View == Upright && d <= 31 && use == Counted {
						use = InSet
					}
					if old, met := least[number]; !met || d < old {
						least[number] = d
					}
				}
			}
		}
		if oracleEqual(s, fp) {
			use = InSet
		}
		if uses = append(uses, use); use != Counted {
			continue
		}
		c.Pictures++
		lookups += hashes
		for number, d := range least {
			c.Counts[d]++
			hubs[number].Times++
			hubs[number].Least = min(hubs[number].Least, d)
		}
		if len(least) > 0 {
			c.HitPictures++
		}
	}
	for _, h := range hubs {
		if h.Times > 0 {
			c.HitEntries++
		}
		if h.Times > 1 {
			c.Hubs = append(c.Hubs, *h)
		}
	}
	slices.SortFunc(c.Hubs, func(a, b Hub) int { return cmp.Or(b.Times-a.Times, cmp.Compare(a.Entry, b.Entry)) })
	c.MoreHubs = max(0, len(c.Hubs)-MaxHubs)
	c.Hubs = c.Hubs[:len(c.Hubs)-c.MoreHubs]
	c.Pairs = int64(c.Pictures) * int64(c.Entries)
	for c.Pictures > 0 && c.ViewCount*c.Pictures < lookups {
		c.ViewCount++
	}
	return c, uses
}

// oracleEqual reports whether any digest of the picture equals one of the set.
func oracleEqual(s *Set, fp *Fingerprint) bool {
	for _, e := range s.Entries() {
		for _, h := range e.Hashes {
			if slices.ContainsFunc(fp.Digests, func(d Hash) bool { return h.Hash.Kind().Digest() && bareHex(d) == bareHex(h.Hash) }) {
				return true
			}
		}
	}
	return false
}

// samplePictures returns pictures of all kinds: some of the set, some near it by another view or farther away, plain
// ones, drawings and repeated ones.
func samplePictures(r *rand.Rand, entries []Entry, n int) (fps []*Fingerprint) {
	for range n {
		if len(fps) > 0 && r.IntN(10) == 0 {
			again := *fps[r.IntN(len(fps))]
			again.Digests = nil
			fps = append(fps, &again)
			continue
		}
		fp := &Fingerprint{Format: "jpeg"}
		e := entries[r.IntN(len(entries))]
		for _, h := range e.Hashes {
			if h.Hash.Kind().Digest() && r.IntN(40) == 0 {
				fp.Digests = append(fp.Digests, h.Hash)
			}
		}
		same := randomHash(r, PDQ, 0) // views of a symmetric picture are alike
		for _, v := range []View{"trim", Upright, Mirror, Thumbnail}[r.IntN(3):] {
			h := same
			if known := entries[r.IntN(len(entries))].Hashes; r.IntN(2) == 0 {
				if i := slices.IndexFunc(known, func(h EntryHash) bool { return h.Hash.Kind() == PDQ }); i >= 0 {
					h = flipped(r, known[i].Hash, []int{0, 10, 31, 32, 33, 45, 45, 46, 60, 61, 80, 96}[r.IntN(12)])
					if r.IntN(2) == 0 {
						same = h
					}
				}
			}
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: h, View: v, Quality: Quality([]int{0, 50, 51, 90}[r.IntN(4)]), Graphic: r.IntN(5) == 0})
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: randomHash(r, PHash, 3), View: v, Quality: 90})
		}
		fps = append(fps, fp)
	}
	return fps
}

func TestCalibratorAgainstOracle(t *testing.T) {
	r := testkit.Rand(t)
	ctx := context.Background()
	uses := map[Use]int{}
	hubs, hits, rounds := 0, 0, 0
	for rounds < 40 {
		entries := randomEntries(r, 5+r.IntN(40), []int{0, 4}[r.IntN(2)])
		s := mustOpen(t, buildBytes(t, testInfo, entries...))
		radius := []int{31, 32, 45, 60, 96}[r.IntN(5)]
		c, err := NewCalibrator(s, radius)
		if err != nil {
			if want, _ := oracleCalibration(s, radius, nil); want.Entries > 0 || !errors.Is(err, ErrUnsupported) {
				t.Fatal(err)
			}
			continue
		}
		rounds++
		fps := samplePictures(r, entries, 40)
		want, wantUses := oracleCalibration(s, radius, fps)
		var got []Sighting
		for rest := fps; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(30))
			batch, err := c.Add(ctx, rest[:n])
			if err != nil {
				t.Fatal(err)
			}
			got, rest = append(got, batch...), rest[n:]
		}
		for i, g := range got {
			uses[g.Use]++
			if g.Use != wantUses[i] {
				t.Errorf("picture %d: use %d, want %d", i, g.Use, wantUses[i])
			}
			if near := nearestSighting(s, radius, fps[i]); g.Use == Counted && near.Met && g != near || g.Use == Counted && g.Met != near.Met {
				t.Errorf("picture %d: %+v, want %+v", i, g, near)
			}
		}
		if m := c.Calibration("random", "some"); !reflect.DeepEqual(m, want) {
			t.Fatalf("got  %+v\nwant %+v", m, want)
		}
		if want.Pictures > 0 {
			if _, err := json.Marshal(want); err != nil {
				t.Error(err)
			}
		}
		hubs, hits = hubs+len(want.Hubs), hits+int(want.Within(radius))
	}
	testkit.AtLeast(t, 300, uses[Counted], "pictures counted")
	testkit.AtLeast(t, 40, uses[InSet], "pictures of the set")
	testkit.AtLeast(t, 40, uses[Repeated], "repeated pictures")
	testkit.AtLeast(t, 5, uses[Plain], "plain pictures")
	testkit.AtLeast(t, 100, hits, "hits")
	testkit.AtLeast(t, 20, hubs, "hubs")
}

// nearestSighting returns what a picture comes nearest to: the least distance, then the lowest entry, then the plainest view.
func nearestSighting(s *Set, radius int, fp *Fingerprint) (near Sighting) {
	for number, e := range s.Entries() {
		for _, q := range fp.Hashes {
			for _, h := range e.Hashes {
				d, same := h.Hash.Distance(q.Hash)
				if !same || q.Hash.Kind() != PDQ || h.Quality.Below(DefaultQuality) || q.Quality.Below(DefaultQuality) || d > radius || q.Graphic && d > 31 {
					continue
				}
				if !near.Met || d < near.Distance || d == near.Distance && number == near.Entry && compareViews(q.View, near.View) < 0 {
					near = Sighting{Counted, true, number, PDQ, d, q.View}
				}
			}
		}
	}
	return near
}

// Many entries with one hash, all met by every picture: what is kept of them is bounded.
func TestCalibratorCutsHubs(t *testing.T) {
	r := testkit.Rand(t)
	h := randomHash(r, PDQ, 0)
	var entries []Entry
	for i := range 500 {
		entries = append(entries, Entry{ID: fmt.Sprint(i) + strings.Repeat("é", 600), Hashes: []EntryHash{{Hash: h}, {Hash: randomHash(r, MD5, 0)}}})
	}
	c, err := NewCalibrator(mustOpen(t, buildBytes(t, testInfo, entries...)), 60)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		fp := &Fingerprint{Hashes: []PictureHash{upright(flipped(r, h, 40), 90), {Hash: flipped(r, h, 10), View: Mirror}}}
		got, err := c.Add(context.Background(), []*Fingerprint{fp})
		if err != nil || got[0] != (Sighting{Counted, true, 0, PDQ, 10, Mirror}) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	m := c.Calibration("random", "some")
	if len(m.Hubs) != MaxHubs || m.MoreHubs != 400 || m.Within(10) != 1500 || m.Within(9) != 0 || m.HitEntries != 500 || m.Hubs[7].Times != 3 || m.Hubs[7].Least != 10 {
		t.Errorf("%+v", m)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ReadCalibration(strings.NewReader(string(text))); err != nil || !reflect.DeepEqual(back, m) {
		t.Errorf("%v", err)
	}
}

func TestNewCalibratorRefuses(t *testing.T) {
	r := testkit.Rand(t)
	plain := mustOpen(t, buildBytes(t, testInfo, Entry{Hashes: []EntryHash{{Hash: randomHash(r, PDQ, 0), Quality: QualityOf(49)}}}))
	digests := mustOpen(t, buildBytes(t, testInfo, Entry{Hashes: []EntryHash{{Hash: randomHash(r, MD5, 0)}}}))
	for name, s := range map[string]*Set{"plain pictures": plain, "digests": digests, "nothing": mustOpen(t, buildBytes(t, testInfo))} {
		if _, err := NewCalibrator(s, 60); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, radius := range []int{-1, 0, 30, 97, 256} {
		if _, err := NewCalibrator(plain, radius); !errors.Is(err, ErrLimit) {
			t.Errorf("radius %d: %v", radius, err)
		}
	}
}

func TestCalibratorStopsWithItsContext(t *testing.T) {
	r := testkit.Rand(t)
	entries := []Entry{{Hashes: []EntryHash{{Hash: randomHash(r, PDQ, 0)}}}}
	c, err := NewCalibrator(mustOpen(t, buildBytes(t, testInfo, entries...)), 60)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Add(ctx, samplePictures(r, entries, 5)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if m := c.Calibration("random", "some"); m.Upper(31) != 1 && m.Pictures == 0 {
		t.Errorf("nothing was looked up, and the rate is %g", m.Upper(31))
	}
}
