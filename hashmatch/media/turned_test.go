package media

import (
	"image"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// A hash turned by its bits comes near that of the turned picture, so that hashes can be compared in all orientations
// where there are no pictures. How near depends on the picture's size: PDQ takes its samples and windows a pixel or a half
// off centre, which is much where a sample stands for few pixels. The bounds are those of these pictures, with a little
// room.
func TestTurnedBitsComeNearTurnedPictures(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	sizes := []struct {
		image.Point
		mean float64
		most int
	}{
		{image.Pt(160, 120), 22, 44}, {image.Pt(256, 256), 29, 52}, {image.Pt(121, 163), 22, 46},
		{image.Pt(640, 480), 12, 28}, {image.Pt(479, 641), 13, 30}, {image.Pt(1024, 768), 12, 28},
	}
	pictures := 0
	for _, size := range sizes {
		far := []int{}
		for seed := range uint64(20) {
			far = append(far, bitsOff(t, synth.Picture(synth.Landscape, 7000+seed, size.X, size.Y))...)
			pictures++
		}
		slices.Sort(far)
		sum := 0
		for _, d := range far {
			sum += d
		}
		within, _ := slices.BinarySearch(far, 32)
		mean, median, most := float64(sum)/float64(len(far)), far[len(far)/2], far[len(far)-1]
		t.Logf("%v: %.1f bits off on average, %d at the median, %d at most; %d of %d within 31", size.Point, mean, median, most, within, len(far))
		if mean > size.mean || most > size.most {
			t.Errorf("%v: %.1f bits off on average, %d at most, where %.1f and %d were measured", size.Point, mean, most, size.mean, size.most)
		}
	}
	testkit.AtLeast(t, 100, pictures, "pictures")
}

// bitsOff returns by how many bits the turned hash of a picture differs from the hash of the turned picture, in the seven
// orientations. It checks that rows for columns gives the hash itself, and that the other orientations are farther off.
func bitsOff(t *testing.T, m *image.RGBA) (off []int) {
	t.Helper()
	h := Hasher{Views: Light, Kinds: []hashmatch.Kind{hashmatch.PDQ}}
	fp := mustSum(t, &h, asBMP(t, m))
	if fp.Quality().Below(hashmatch.DefaultQuality) {
		t.Fatal("the picture is too plain for this test")
	}
	upright, _ := fp.Hash(hashmatch.PDQ, hashmatch.Upright)
	for _, o := range hashmatch.Orientations() {
		bits, ok := upright.Hash.Turned(o)
		if !ok {
			t.Fatalf("%s cannot be turned by %s", upright.Hash, o)
		}
		distance := func(view hashmatch.View) int {
			is, ok := fp.Hash(hashmatch.PDQ, view)
			if !ok {
				t.Fatalf("there is no hash of %s", view)
			}
			d, _ := bits.Distance(is.Hash)
			return d
		}
		d := distance(o)
		for _, other := range hashmatch.Orientations() {
			if wrong := distance(other); other != o && wrong <= d {
				t.Errorf("%v turned by %s is %d bits off that orientation, and %d off %s", m.Rect.Size(), o, d, wrong, other)
			}
		}
		switch o {
		case hashmatch.Upright:
			if d != 0 {
				t.Errorf("%v not turned at all is %d bits off", m.Rect.Size(), d)
			}
		case hashmatch.Transpose: // samples lie in rows as they do in columns
			if d > 4 {
				t.Errorf("%v with rows for columns is %d bits off", m.Rect.Size(), d)
			}
			fallthrough
		default:
			off = append(off, d)
		}
	}
	return off
}
