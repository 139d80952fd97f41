package views

import (
	"image"
	"image/color"
	"image/draw"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// planeOf returns the luma of a picture.
func planeOf(m image.Image) *plane.Plane {
	gray := synth.Gray(m)
	w, h := gray.Rect.Dx(), gray.Rect.Dy()
	p := &plane.Plane{Pix: make([]byte, w*h), Stride: w, Width: w, Height: h, Scale: 1, FullWidth: w, FullHeight: h}
	for i := range p.Pix {
		p.Pix[i] = gray.Pix[4*i]
	}
	return p
}

// landscape returns a photo-like picture.
func landscape(seed uint64, w, h int) *image.RGBA { return synth.Picture(synth.Landscape, seed, w, h) }

// canvas returns a picture of one colour with others drawn onto it at their places.
func canvas(w, h int, c color.Color, at map[image.Point]image.Image) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	for p, part := range at {
		draw.Draw(m, part.Bounds().Add(p), part, part.Bounds().Min, draw.Src)
	}
	return m
}

// hashes returns the hashes of a set of views by name.
func hashes(t testing.TB, p *plane.Plane, all bool) map[hashmatch.View]Hash {
	t.Helper()
	var h Hasher
	var with pdq.Hasher
	found := map[hashmatch.View]Hash{}
	h.Graphic(p)
	collect := func(v *Hash) bool {
		if _, twice := found[v.View]; twice {
			t.Errorf("%s is there twice", v.View)
		}
		found[v.View] = *v
		return true
	}
	if all {
		h.Full(p, &with, 100, collect)
	} else {
		h.Light(p, &with, 100, collect)
	}
	return found
}

func distanceOf(a, b [32]byte) (d int) {
	for i := range a {
		d += bits.OnesCount8(a[i] ^ b[i])
	}
	return d
}

// A view finds the original from an altered copy: what it was made for.
func TestViewsFindTheOriginal(t *testing.T) {
	const w, h = 480, 360
	ran, missed := 0, map[int]int{}
	for seed := range uint64(12) {
		m := landscape(seed, w, h)
		var with pdq.Hasher
		original, _ := with.Upright(planeOf(m))
		other := landscape(seed+100, w, h)
		inside := func(left, top, right, bottom int) image.Image {
			return m.SubImage(image.Rect(w*left/100, h*top/100, w-w*right/100, h-h*bottom/100))
		}
		for i, c := range []struct {
			view   hashmatch.View
			copied image.Image
			most   int
		}{
			{hashmatch.Trim, canvas(600, 500, color.Black, map[image.Point]image.Image{{50, 80}: m}), 24},
			{hashmatch.Trim, canvas(480, 640, color.White, map[image.Point]image.Image{{0, 140}: m}), 24},
			{hashmatch.Trim.Turned(hashmatch.Mirror), synth.Mirror(canvas(600, 500, color.Black, map[image.Point]image.Image{{50, 80}: m})), 24},
			{"", canvas(480, 440, color.White, map[image.Point]image.Image{{0, 80}: m, {30, 20}: canvas(300, 40, color.Black, nil)}), 40},
			{"", canvas(960, 360, color.White, map[image.Point]image.Image{{0, 0}: m, {480, 0}: other}), 40},
			{"pad-5.6", inside(5, 5, 5, 5), 44},
			{"pad-12.5+mirror", synth.Mirror(inside(10, 10, 10, 10)), 60},
			{"pad-left-11.1", inside(10, 0, 0, 0), 40},
			{"crop-4.5", canvas(w*110/100, h*110/100, color.Gray{128}, map[image.Point]image.Image{{w * 5 / 100, h * 5 / 100}: m}), 24},
			{"turn-left-5", synth.Rotate(m, 5, color.Black), 60},
			{"turn-right-2", synth.Rotate(m, -2, color.Black), 40},
		} {
			p := planeOf(c.copied)
			best, by := 256, hashmatch.View("")
			for v, h := range hashes(t, p, false) {
				if d := distanceOf(h.Code, original); (c.view == "" || v == c.view) && d < best {
					best, by = d, v
				}
			}
			if best > c.most {
				t.Logf("seed %d: %s (%s) is %d bits off, at most %d wanted", seed, c.view, by, best, c.most)
				missed[i]++
			}
			ran++
		}
	}
	testkit.AtLeast(t, 130, ran, "copies")
	for i, n := range missed { // a sky as white as the border around it is trimmed, and an even edge is no seam
		if n > 3 {
			t.Errorf("case %d: missed %d of 12 times", i, n)
		}
	}
}

// Every name is one that hashmatch can order, and stands once; full has what light has.
func TestNames(t *testing.T) {
	p := planeOf(canvas(640, 440, color.White, map[image.Point]image.Image{{20, 20}: landscape(1, 600, 400)}))
	few, many := hashes(t, p, false), hashes(t, p, true)
	for v := range few {
		if _, ok := many[v]; !ok {
			t.Errorf("%s is among light's views, and not among full's", v)
		}
	}
	if n := len(few); n > MostLight || n < 25 {
		t.Errorf("%d light views, at most %d", n, MostLight)
	}
	if n := len(many); n > MostFull || n < 450 {
		t.Errorf("%d full views, at most %d", n, MostFull)
	}
	for v := range many {
		if base, o := v.Base(); base.Turned(o) != v || base == hashmatch.Upright {
			t.Errorf("%s is %s turned by %s", v, base, o)
		}
	}
}

// What looks drawn is told from photographs, and no view is invented of it.
func TestGraphic(t *testing.T) {
	ran, wrong := 0, 0
	for seed := range uint64(30) {
		var h Hasher
		for style, want := range map[synth.Style]bool{synth.Landscape: false, synth.Text: true, synth.Flat: true} {
			p := planeOf(synth.Picture(style, seed, 500, 400))
			if got := h.Graphic(p); got != want {
				t.Logf("%s %d: graphic %v", style, seed, got)
				wrong++
			}
			ran++
		}
	}
	testkit.AtLeast(t, 90, ran, "pictures")
	if wrong > 3 {
		t.Errorf("%d of %d are taken for what they are not", wrong, ran)
	}
	for v, h := range hashes(t, planeOf(synth.Picture(synth.Text, 1, 500, 400)), true) {
		if base, _ := v.Base(); len(base) > 4 && (base[:4] == "pad-" || base[:5] == "turn-") {
			t.Errorf("%s of a page of text", v)
		} else if base[:min(4, len(base))] != hashmatch.Trim && !h.Graphic {
			t.Errorf("%s of a page of text does not look drawn", v)
		}
	}
}

// No plane is too small, too thin or too odd, and the views of a plane are the same every time.
func TestAnyPlane(t *testing.T) {
	rnd := testkit.Rand(t)
	ran := 0
	for range 150 {
		scale := []int{1, 4, 8}[rnd.IntN(3)]
		p := random(rnd, 1+rnd.IntN(300), 1+rnd.IntN(300), scale)
		first, again := hashes(t, p, ran%2 == 0), hashes(t, p, ran%2 == 0)
		for v, h := range first {
			if again[v] != h {
				t.Fatalf("%s of %dx%d at 1/%d changes", v, p.FullWidth, p.FullHeight, scale)
			}
		}
		ran++
	}
	testkit.AtLeast(t, 150, ran, "planes")
}

// random returns a plane of flat rectangles and noise.
func random(rnd *rand.Rand, w, h, scale int) *plane.Plane {
	p := &plane.Plane{Width: (w + scale - 1) / scale, Height: (h + scale - 1) / scale, Scale: scale, FullWidth: w, FullHeight: h}
	p.Stride = p.Width + rnd.IntN(3)
	p.Pix = make([]byte, p.Stride*p.Height)
	for range rnd.IntN(8) {
		x, y, c := rnd.IntN(p.Width), rnd.IntN(p.Height), byte(rnd.Uint32())
		for r := y; r < p.Height && r < y+1+rnd.IntN(p.Height); r++ {
			for i := x; i < p.Width; i++ {
				p.Pix[r*p.Stride+i] = c
			}
		}
	}
	for range rnd.IntN(1 + len(p.Pix)) {
		p.Pix[rnd.IntN(len(p.Pix))] = byte(rnd.Uint32())
	}
	return p
}

func TestYieldEndsTheWork(t *testing.T) {
	p := planeOf(landscape(1, 300, 200))
	var h Hasher
	var with pdq.Hasher
	h.Graphic(p)
	for _, stop := range []int{1, 3, 20} {
		n := 0
		h.Light(p, &with, 100, func(*Hash) bool { n++; return n < stop })
		if n != stop {
			t.Errorf("%d views after the %dth said no", n, stop)
		}
	}
}

// A small photograph, whose plane has all its pixels, and one of 12 MP.
func BenchmarkViews(b *testing.B) {
	small, large := planeOf(landscape(1, 640, 480)), planeOf(landscape(1, 500, 375))
	large.Scale, large.FullWidth, large.FullHeight = 8, 4000, 3000
	for name, p := range map[string]*plane.Plane{"640x480": small, "4000x3000": large} {
		var h Hasher
		var with pdq.Hasher
		b.Run(name+"/find", func(b *testing.B) {
			for b.Loop() {
				h.Graphic(p)
				h.halve(p)
				h.find(p, lightSet)
			}
		})
		h.Graphic(p)
		for _, set := range []struct {
			name  string
			views *set
		}{{"light", lightSet}, {"full", fullSet}} {
			b.Run(name+"/"+set.name, func(b *testing.B) {
				n := 0
				for b.Loop() {
					h.run(p, &with, set.views, 100, func(*Hash) bool { n++; return true })
				}
				b.ReportMetric(float64(n)/float64(b.N), "hashes")
			})
		}
	}
}
