package synth

import (
	"image"
	"image/color"
	"math"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Every edit gives an opaque picture of the size it should, whatever it is given, and leaves that as it was.
func TestEdits(t *testing.T) {
	size := map[string]func(w, h int) (int, int){
		"resize-75":     func(w, h int) (int, int) { return w * 3 / 4, h * 3 / 4 },
		"resize-double": func(w, h int) (int, int) { return 2 * w, 2 * h },
		"crop-10":       func(w, h int) (int, int) { return w - w/10*2, h - h/10*2 },
		"border-15":     func(w, h int) (int, int) { return w + w*15/100*2, h + h*15/100*2 },
		"turn-90":       func(w, h int) (int, int) { return h, w },
		"turn-270":      func(w, h int) (int, int) { return h, w },
	}
	n, near := 0, 0
	names := map[string]bool{}
	for _, e := range Edits() {
		if names[e.Name] {
			t.Errorf("two edits are named %s", e.Name)
		}
		names[e.Name] = true
		if e.Near {
			near++
		}
		for _, s := range [][2]int{{120, 80}, {61, 103}, {7, 5}, {1, 1}} {
			if s[0] < 7 && size[e.Name] != nil {
				continue // rounded to at least a pixel
			}
			m := Picture(Landscape, 1, s[0], s[1])
			before := slices.Clone(m.Pix)
			got := e.Apply(m)
			w, h := s[0], s[1]
			if f := size[e.Name]; f != nil {
				w, h = f(w, h)
			}
			if got.Rect != image.Rect(0, 0, w, h) {
				t.Errorf("%s of %v has the bounds %v, want %d x %d", e.Name, s, got.Rect, w, h)
			}
			if !got.Opaque() {
				t.Errorf("%s of %v is not opaque", e.Name, s)
			}
			if !slices.Equal(before, m.Pix) {
				t.Errorf("%s changed what it was given", e.Name)
			}
			if s[0] == 120 && slices.Equal(got.Pix, before) {
				t.Errorf("%s changed nothing", e.Name)
			}
			n++
		}
	}
	testkit.AtLeast(t, 15, len(names), "edits")
	testkit.AtLeast(t, 8, near, "near edits")
	testkit.AtLeast(t, 50, n, "edited pictures")
}

// Edits take any picture, wherever its corner lies.
func TestEditsOfOtherPictures(t *testing.T) {
	big := Picture(Landscape, 3, 90, 70)
	part := big.SubImage(image.Rect(13, 11, 73, 61)).(*image.RGBA)
	gray := image.NewGray(image.Rect(-5, -7, 35, 23))
	for i := range gray.Pix {
		gray.Pix[i] = uint8(i * 7)
	}
	n := 0
	for _, m := range []image.Image{part, gray} {
		plain := copied(m)
		for _, e := range Edits() {
			if d := difference(e.Apply(m), e.Apply(plain)); d != 0 {
				t.Errorf("%s of %T differs by %d from the same of its copy", e.Name, m, d)
			}
			n++
		}
	}
	testkit.AtLeast(t, 30, n, "edited pictures")
}

// What is done and undone leaves no trace.
func TestEditsUndone(t *testing.T) {
	times := func(n int, f func(image.Image) *image.RGBA) func(image.Image) *image.RGBA {
		return func(m image.Image) *image.RGBA {
			out := copied(m)
			for range n {
				out = f(out)
			}
			return out
		}
	}
	identities := map[string]func(image.Image) *image.RGBA{
		"mirrored twice":             times(2, Mirror),
		"four quarter turns":         times(4, func(m image.Image) *image.RGBA { return Turn(m, 1) }),
		"two half turns":             times(2, func(m image.Image) *image.RGBA { return Turn(m, 2) }),
		"four turns back":            times(4, func(m image.Image) *image.RGBA { return Turn(m, -1) }),
		"a quarter there and back":   func(m image.Image) *image.RGBA { return Turn(Turn(m, 1), 3) },
		"a half turn twice mirrored": func(m image.Image) *image.RGBA { return Mirror(Turn(Mirror(Turn(m, 2)), 2)) },
		"turned not at all":          func(m image.Image) *image.RGBA { return Turn(m, 4) },
		"rotated by nothing":         func(m image.Image) *image.RGBA { return Rotate(m, 0, color.White) },
		"rotated once around":        func(m image.Image) *image.RGBA { return Rotate(m, 360, color.White) },
		"cropped by nothing":         func(m image.Image) *image.RGBA { return Crop(m, 0) },
		"bordered by nothing":        func(m image.Image) *image.RGBA { return Border(m, 0, color.White) },
		"the same contrast":          func(m image.Image) *image.RGBA { return Contrast(m, 100) },
		"the same brightness":        func(m image.Image) *image.RGBA { return Brightness(m, 0) },
		"the same size":              func(m image.Image) *image.RGBA { return Resize(m, m.Bounds().Dx(), m.Bounds().Dy()) },
		"an overlay of nothing":      func(m image.Image) *image.RGBA { return Overlay(m, 0) },
		"a border cut off": func(m image.Image) *image.RGBA {
			b := m.Bounds()
			dx, dy := b.Dx()*15/100, b.Dy()*15/100
			return CropTo(Border(m, 15, color.Black), b.Add(image.Pt(dx, dy)))
		},
	}
	n := 0
	for _, s := range Styles() {
		for _, size := range [][2]int{{97, 64}, {50, 50}, {1, 9}} {
			m := Picture(s, 5, size[0], size[1])
			for name, f := range identities {
				if d := difference(f(m), m); d != 0 {
					t.Errorf("%s of %v, %s: differs by %d", s, size, name, d)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 4*3*16, n, "identities")
}

// A quarter turn of a square is a rotation by ninety degrees, clockwise both.
func TestRotateAgreesWithTurn(t *testing.T) {
	n := 0
	for _, side := range []int{1, 2, 63, 64} {
		m := Picture(Landscape, 8, side, side)
		for quarters := -3; quarters <= 4; quarters++ {
			if d := difference(Rotate(m, 90*float64(quarters), color.Black), Turn(m, quarters)); d != 0 {
				t.Errorf("side %d, %d quarters: differs by %d", side, quarters, d)
			}
			n++
		}
	}
	testkit.AtLeast(t, 32, n, "turns")
	m := image.NewRGBA(image.Rect(0, 0, 3, 2))
	m.SetRGBA(2, 0, color.RGBA{9, 9, 9, 255})
	if got := Turn(m, 1); got.RGBAAt(1, 2).R != 9 {
		t.Error("a quarter turn does not bring the upper right corner down")
	}
}

func TestRotateFillsTheCorners(t *testing.T) {
	red := color.RGBA{255, 0, 0, 255}
	m := Rotate(Picture(Landscape, 8, 100, 80), 10, red)
	for _, p := range []image.Point{{0, 0}, {99, 0}, {0, 79}, {99, 79}} {
		if c := m.RGBAAt(p.X, p.Y); c != red {
			t.Errorf("the corner %v is %v", p, c)
		}
	}
	if c := m.RGBAAt(50, 40); c == red {
		t.Error("the middle is filled too")
	}
}

// The integer filter against the same filter in floating point.
func TestResizeAgainstFloat(t *testing.T) {
	rnd := testkit.Rand(t)
	n := 0
	for n < 40 {
		w, h := 1+rnd.IntN(60), 1+rnd.IntN(60)
		m := Picture(Shapes, rnd.Uint64(), w, h)
		to := image.Pt(1+rnd.IntN(120), 1+rnd.IntN(120))
		got := Resize(m, to.X, to.Y)
		for range 30 {
			x, y, c := rnd.IntN(to.X), rnd.IntN(to.Y), rnd.IntN(4)
			want := resized(m, to, x, y, c)
			if d := float64(got.Pix[got.PixOffset(x, y)+c]) - want; math.Abs(d) > 1.1 { // rounded twice
				t.Errorf("%d x %d to %v: channel %d at %d,%d differs by %.2f", w, h, to, c, x, y, d)
			}
		}
		n++
	}
	testkit.AtLeast(t, 40, n, "sizes")
}

// resized is channel c of the pixel x, y of m scaled to a size, by the definition of the triangle filter.
func resized(m *image.RGBA, to image.Point, x, y, c int) float64 {
	weight := func(i, j, from, to int) float64 {
		scale := float64(from) / float64(to)
		centre := (float64(i)+0.5)*scale - 0.5
		return max(0, 1-math.Abs(float64(j)-centre)/max(1, scale))
	}
	var sum, all float64
	for v := range m.Rect.Dy() {
		for u := range m.Rect.Dx() {
			k := weight(x, u, m.Rect.Dx(), to.X) * weight(y, v, m.Rect.Dy(), to.Y)
			sum += k * float64(m.Pix[m.PixOffset(u, v)+c])
			all += k
		}
	}
	return sum / all
}

func TestTones(t *testing.T) {
	m := Picture(Shapes, 6, 80, 60)
	gray := Gray(m)
	brighter, darker, flat, harder := Brightness(m, 30), Brightness(m, -30), Contrast(m, 0), Contrast(m, 150)
	n := 0
	for i := 0; i < len(m.Pix); i += 4 {
		p := m.Pix[i : i+3]
		if g := gray.Pix[i : i+3]; g[0] != g[1] || g[1] != g[2] || g[0] < slices.Min(p) || g[0] > slices.Max(p) {
			t.Fatalf("gray of %v is %v", p, g)
		}
		for j, v := range p {
			up, down := brighter.Pix[i+j], darker.Pix[i+j]
			if int(up) != min(255, int(v)+30) || int(down) != max(0, int(v)-30) {
				t.Fatalf("%d got %d brighter and %d darker", v, up, down)
			}
			if flat.Pix[i+j] != 128 {
				t.Fatalf("%d without contrast is %d", v, flat.Pix[i+j])
			}
			if h := harder.Pix[i+j]; v > 128 && h < v || v < 128 && h > v {
				t.Fatalf("%d with more contrast is %d", v, h)
			}
			n++
		}
	}
	testkit.AtLeast(t, 80*60*3, n, "channels")
}

// An overlay stays in its corner.
func TestOverlay(t *testing.T) {
	m := Picture(Landscape, 6, 200, 160)
	got := Overlay(m, 20)
	changed := 0
	for y := range 160 {
		for x := range 200 {
			if m.RGBAAt(x, y) != got.RGBAAt(x, y) {
				changed++
				if x < 200-40-4 || x >= 200-4 || y < 160-16-3 || y >= 160-3 {
					t.Fatalf("the pixel %d,%d has changed", x, y)
				}
			}
		}
	}
	testkit.AtLeast(t, 40*16*9/10, changed, "pixels of the overlay")
}

func TestBorderColour(t *testing.T) {
	blue := color.RGBA{0, 0, 255, 255}
	m := Border(Picture(Landscape, 6, 40, 20), 10, blue)
	n := 0
	for y := range 24 {
		for x := range 48 {
			if inside := x >= 4 && x < 44 && y >= 2 && y < 22; !inside {
				n++
				if m.RGBAAt(x, y) != blue {
					t.Fatalf("the border at %d,%d is %v", x, y, m.RGBAAt(x, y))
				}
			}
		}
	}
	testkit.AtLeast(t, 48*24-40*20, n, "pixels of the border")
}
