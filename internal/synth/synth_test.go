package synth

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"math"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// The pixels are the same on every processor and for ever: sets and expectations are made from them. What a JPEG encoder
// had a part in is left out, since it may change with the Go version.
func TestPixelsAreGolden(t *testing.T) {
	var b strings.Builder
	n := 0
	pin := func(name string, data []byte) {
		fmt.Fprintf(&b, "%s %x\n", name, sha256.Sum256(data))
		n++
	}
	for _, s := range Styles() {
		for _, size := range [][2]int{{320, 240}, {161, 97}, {24, 500}, {1, 1}} {
			for seed := uint64(1); seed <= 3; seed++ {
				pin(fmt.Sprintf("%s-%d %dx%d", s, seed, size[0], size[1]), Picture(s, seed, size[0], size[1]).Pix)
			}
		}
	}
	pin("landscape-1 2000x1500", Picture(Landscape, 1, 2000, 1500).Pix)
	m := Picture(Landscape, 4, 160, 120)
	for _, e := range Edits() {
		if !strings.HasPrefix(e.Name, "jpeg") {
			pin(e.Name, e.Apply(m).Pix)
		}
	}
	pin("gif", paletted(m).Pix)
	pin("noise", Noise(1, 1000))
	pin("words", Words(1, 1000))
	testkit.AtLeast(t, 66, n, "pictures")
	testkit.Golden(t, "testdata/pixels.golden", []byte(b.String()))
}

func TestPictures(t *testing.T) {
	n := 0
	for _, s := range Styles() {
		if strings.HasPrefix(s.String(), "Style(") {
			t.Errorf("style %d has no name", s)
		}
		for _, size := range [][2]int{{320, 240}, {64, 64}, {1, 1}, {1, 300}, {300, 1}, {5, 3}, {2, 2}} {
			m := Picture(s, 7, size[0], size[1])
			if m.Rect != image.Rect(0, 0, size[0], size[1]) {
				t.Errorf("%s of %v has the bounds %v", s, size, m.Rect)
			}
			if !m.Opaque() {
				t.Errorf("%s of %v is not opaque", s, size)
			}
			n++
		}
		a, again, b := Picture(s, 1, 160, 120), Picture(s, 1, 160, 120), Picture(s, 2, 160, 120)
		if !bytes.Equal(a.Pix, again.Pix) {
			t.Errorf("%s: the same seed gave two pictures", s)
		}
		if bytes.Equal(a.Pix, b.Pix) {
			t.Errorf("%s: two seeds gave the same picture", s)
		}
	}
	testkit.AtLeast(t, 28, n, "pictures")
	flat := Picture(Flat, 5, 50, 40)
	for i, v := range flat.Pix {
		if v != flat.Pix[i%4] {
			t.Fatal("a flat picture has two colours")
		}
	}
}

// A scene does not change with the size it is taken at, and is not that of another seed.
func TestSameSceneAtEverySize(t *testing.T) {
	n := 0
	for _, s := range []Style{Landscape, Shapes} {
		for seed := range uint64(10) {
			small := Picture(s, seed, 160, 120)
			same := meanDifference(small, Resize(Picture(s, seed, 640, 480), 160, 120))
			other := meanDifference(small, Picture(s, seed+100, 160, 120))
			if same > 10 || other < 2*same {
				t.Errorf("%s %d: %.1f levels from itself when larger, %.1f from another seed", s, seed, same, other)
			}
			n++
		}
	}
	testkit.AtLeast(t, 20, n, "scenes")
}

func TestSizeOutOfRangePanics(t *testing.T) {
	n := 0
	for _, size := range [][2]int{{0, 5}, {5, 0}, {-1, 5}, {MaxSide + 1, 1}, {1, MaxSide + 1}} {
		for what, f := range map[string]func(){
			"Picture": func() { Picture(Flat, 1, size[0], size[1]) },
			"Resize":  func() { Resize(image.NewRGBA(image.Rect(0, 0, 2, 2)), size[0], size[1]) },
		} {
			if !panics(f) {
				t.Errorf("%s took the size %v", what, size)
			}
			n++
		}
	}
	testkit.AtLeast(t, 10, n, "calls")
	if !panics(func() { Picture(Style(99), 1, 5, 5) }) {
		t.Error("Picture took an unknown style")
	}
}

func TestNoiseAndWords(t *testing.T) {
	n := 0
	for _, size := range []int{0, 1, 7, 8, 9, 1000, 70000} {
		noise, words := Noise(3, size), Words(3, size)
		if len(noise) != size || len(words) != size {
			t.Errorf("%d and %d bytes, want %d", len(noise), len(words), size)
		}
		for i, c := range words {
			if c != '\n' && c != ' ' && c != '.' && (c < 'a' || c > 'z') {
				t.Fatalf("byte %d of words is %q", i, c)
			}
		}
		n++
	}
	testkit.AtLeast(t, 7, n, "sizes")
	var seen [256]int
	for _, c := range Noise(4, 1<<16) {
		seen[c]++
	}
	for c, k := range seen {
		if k < 150 || k > 370 { // 256 expected, seven standard deviations
			t.Errorf("byte %d occurs %d times in 65,536 of noise", c, k)
		}
	}
	for _, line := range strings.Split(string(Words(5, 10000)), "\n") {
		if len(line) > 82 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

// The numbers of the paper's generator, by the reference implementation (Vigna, splitmix64.c) for the state 1234567.
func TestSourceIsSplitMix64(t *testing.T) {
	want := []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821}
	r := source{1234567}
	for i, w := range want {
		if got := r.next(); got != w {
			t.Errorf("number %d is %d, want %d", i, got, w)
		}
	}
}

func TestBetweenReachesBothEnds(t *testing.T) {
	r := newSource(1, 1)
	var seen [7]int
	for range 7000 {
		seen[r.between(-3, 3)+3]++
	}
	for i, k := range seen {
		if k < 800 || k > 1200 {
			t.Errorf("%d was drawn %d times of 7,000", i-3, k)
		}
	}
}

// Shapes cover what geometry says they do.
func TestShapesHaveTheirArea(t *testing.T) {
	rnd := testkit.Rand(t)
	n := 0
	for n < 200 {
		s := newShape(newSource(rnd.Uint64(), 1), unit/2)
		if s.min.x < 0 || s.min.y < 0 || s.max.x > unit || s.max.y > unit {
			continue // partly outside of the picture
		}
		want := math.Pi / 4 * float64(s.max.x-s.min.x) * float64(s.max.y-s.min.y)
		if s.corners != nil {
			double := 0
			for i, a := range s.corners {
				b := s.corners[(i+1)%len(s.corners)]
				double += a.x*b.y - b.x*a.y
			}
			want = float64(max(double, -double)) / 2
		}
		const side = 500
		m := image.NewRGBA(image.Rect(0, 0, side, side))
		s.paint(m)
		got := 0.0
		for i := 3; i < len(m.Pix); i += 4 {
			got += float64(m.Pix[i]) / 255
		}
		got *= unit * unit / float64(side*side)
		// A pixel belongs to the shape or does not: at most the edges of the box are off by one.
		slack := float64(s.max.x-s.min.x+s.max.y-s.min.y) * unit / side
		if d := got - want; max(d, -d) > slack {
			t.Errorf("%+v covers %.0f, want %.0f", s, got, want)
		}
		n++
	}
	testkit.AtLeast(t, 200, n, "shapes")
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// difference returns the most by which any channel of two pictures differs; 256 if their sizes do.
func difference(a, b *image.RGBA) int {
	if a.Rect.Size() != b.Rect.Size() {
		return 256
	}
	most := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		most = max(most, d, -d)
	}
	return most
}

// meanDifference returns the mean difference of the colour channels of two pictures of one size, in levels.
func meanDifference(a, b *image.RGBA) float64 {
	if a.Rect.Size() != b.Rect.Size() {
		return 256
	}
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a.Pix)/4*3)
}
