package synth

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"slices"
	"testing"

	_ "golang.org/x/image/webp"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestEncode(t *testing.T) {
	lossy := map[string]func(back, m *image.RGBA) bool{
		"jpeg": func(back, m *image.RGBA) bool { return meanDifference(back, m) < 16 }, // sharp coloured edges lose most
		"gif":  func(back, m *image.RGBA) bool { return difference(back, m) <= 255/5 }, // a step of the palette
	}
	n := 0
	for _, format := range Formats() {
		for _, s := range Styles() {
			for _, size := range [][2]int{{120, 90}, {33, 17}, {1, 1}} {
				m := Picture(s, 3, size[0], size[1])
				var file bytes.Buffer
				if err := Encode(&file, m, format); err != nil {
					t.Fatal(err)
				}
				back, name, err := image.Decode(&file)
				if err != nil || name != format {
					t.Fatalf("%s: decoded as %q, %v", format, name, err)
				}
				ok := lossy[format]
				if ok == nil {
					ok = func(back, m *image.RGBA) bool { return difference(back, m) == 0 }
				}
				if p := copied(back); !ok(p, m) {
					t.Errorf("%s of %s %v: %.2f levels are lost, at most %d", format, s, size, meanDifference(p, m), difference(p, m))
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 5*4*3, n, "files")
}

func TestEncodeErrors(t *testing.T) {
	m := Picture(Landscape, 1, 200, 200)
	for _, format := range Formats() {
		if err := Encode(fullDisk{}, m, format); !errors.Is(err, errFull) {
			t.Errorf("%s to a full disk: %v", format, err)
		}
	}
	testkit.AtLeast(t, 5, len(Formats()), "formats")
	if err := Encode(&bytes.Buffer{}, m, "webp"); err == nil {
		t.Error("webp was encoded")
	}
}

var errFull = errors.New("full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// A lower quality makes a smaller file and a poorer picture.
func TestReencode(t *testing.T) {
	m := Picture(Landscape, 9, 160, 120)
	last, size := 0.0, 1<<30
	for _, quality := range []int{95, 75, 40, 10} {
		var file bytes.Buffer
		if err := EncodeJPEG(&file, m, quality); err != nil {
			t.Fatal(err)
		}
		d := meanDifference(Reencode(m, quality), m)
		if d <= last || d > 20 || file.Len() >= size {
			t.Errorf("quality %d: %.2f levels are lost (before: %.2f), %d bytes (before: %d)", quality, d, last, file.Len(), size)
		}
		last, size = d, file.Len()
	}
	if !panics(func() { Reencode(image.NewRGBA(image.Rect(0, 0, 1<<16, 1)), 50) }) {
		t.Error("a side of 65,536 pixels went through a JPEG")
	}
}

// Dithering keeps the mean of every colour.
func TestPalettedKeepsMeans(t *testing.T) {
	n := 0
	for seed := range uint64(50) {
		m := Picture(Flat, seed, 16, 16)
		var sum [3]int
		p := copied(paletted(m))
		for i, v := range p.Pix {
			if i%4 < 3 {
				sum[i%4] += int(v)
			}
		}
		for c, s := range sum {
			if d := s/256 - int(m.Pix[c]); d < -3 || d > 3 {
				t.Errorf("colour %v: the mean of channel %d is off by %d", m.Pix[:3], c, d)
			}
			n++
		}
	}
	testkit.AtLeast(t, 150, n, "channels")
}

// Each embedded WebP shows the picture that it claims to.
func TestWebP(t *testing.T) {
	lossless, alpha := 0, 0
	for _, f := range WebP() {
		if len(f.Data) == 0 || len(f.Data) > 6<<10 {
			t.Errorf("%s has %d bytes", f.Name, len(f.Data))
		}
		m, name, err := image.Decode(bytes.NewReader(f.Data))
		if err != nil || name != "webp" {
			t.Fatalf("%s: decoded as %q, %v", f.Name, name, err)
		}
		if m.Bounds() != image.Rect(0, 0, 160, 120) {
			t.Fatalf("%s has the bounds %v", f.Name, m.Bounds())
		}
		want, most := Picture(f.Style, f.Seed, 160, 120), 8.0
		if f.Lossless {
			lossless++
			most = 0
		}
		var got *image.RGBA
		switch m := m.(type) {
		case *image.YCbCr:
			got = studio(m)
		case *image.NYCbCrA:
			alpha++
			got = studio(&m.YCbCr)
			for i, a := range m.A {
				if x := i % m.AStride; x < 160 && int(a) != 255-x {
					t.Fatalf("%s: the alpha in column %d is %d", f.Name, x, a)
				}
			}
		default:
			got = copied(m)
		}
		if _, has := m.(*image.NYCbCrA); has != f.Alpha {
			t.Errorf("%s: alpha is %v", f.Name, has)
		}
		if d := meanDifference(got, want); d > most {
			t.Errorf("%s is %.2f levels from %s %d", f.Name, d, f.Style, f.Seed)
		}
	}
	testkit.AtLeast(t, 6, len(WebP()), "WebP files")
	testkit.AtLeast(t, 1, lossless, "lossless ones")
	testkit.AtLeast(t, 1, alpha, "ones with alpha")
	first := WebP()[0].Data
	kept := slices.Clone(first)
	first[0] ^= 1
	if !bytes.Equal(WebP()[0].Data, kept) {
		t.Error("a caller can change the embedded files")
	}
}

// studio converts what Go's VP8 decoder returns: luma 16 to 235 and chroma 16 to 240 of Rec. 601, whereas image.YCbCr
// takes all values for 0 to 255.
func studio(m *image.YCbCr) *image.RGBA {
	out := image.NewRGBA(m.Rect)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			c := m.YCbCrAt(x, y)
			l := 1.164 * (float64(c.Y) - 16)
			cb, cr := float64(c.Cb)-128, float64(c.Cr)-128
			out.SetRGBA(x, y, color.RGBA{clamp(int(l + 1.596*cr)), clamp(int(l - 0.813*cr - 0.392*cb)), clamp(int(l + 2.017*cb)), 255})
		}
	}
	return out
}
