package pyimagehash

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/bits"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// cells reduces the luma of a picture to means of scale x scale pixels, those of the edges repeated past it.
func cells(m *image.YCbCr, scale int) *plane.Plane {
	p := new(plane.Plane)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	p.Reset(w, h, scale, 0, 0)
	for y := range p.Height {
		for x := range p.Width {
			sum := 0
			for v := y * scale; v < (y+1)*scale; v++ {
				row := m.Y[min(v, h-1)*m.YStride:]
				for u := x * scale; u < (x+1)*scale; u++ {
					sum += int(row[min(u, w-1)])
				}
			}
			p.Pix[y*p.Stride+x] = byte((sum + scale*scale/2) / (scale * scale))
		}
	}
	return p
}

// TestAllNearExact measures the hashes of a JPEG's luma against those of its RGB pixels.
func TestAllNearExact(t *testing.T) {
	if testkit.Race {
		t.Skip("arithmetic on one goroutine")
	}
	var h Hasher
	var all [3]int
	ran := 0
	for _, c := range []struct{ scale, pictures, width, height int }{
		{1, 12, 401, 300}, {1, 12, 127, 255}, {4, 4, 860, 645}, {4, 4, 700, 1023}, {8, 2, 1881, 1410}, {8, 2, 1417, 1500},
	} {
		if testing.Short() {
			c.pictures = 1
		}
		var sum, most [3]int
		for seed := range uint64(c.pictures) {
			style := []synth.Style{synth.Landscape, synth.Shapes}[seed%2]
			var file bytes.Buffer
			if err := synth.EncodeJPEG(&file, synth.Picture(style, 500+seed, c.width, c.height), 60+int(seed*5)%40); err != nil {
				t.Fatal(err)
			}
			img, err := jpeg.Decode(&file)
			if err != nil {
				t.Fatal(err)
			}
			m := img.(*image.YCbCr)
			if err := h.Start(c.width, c.height); err != nil {
				t.Fatal(err)
			}
			row := make([]byte, c.width)
			for y := range c.height {
				for x := range row {
					at := m.YCbCrAt(x, y)
					row[x] = Luma(color.YCbCrToRGB(at.Y, at.Cb, at.Cr))
				}
				h.Row(row)
			}
			wantA, wantD, wantP := h.Sums()
			a, d, p := h.All(cells(m, c.scale))
			for k, apart := range []int{bits.OnesCount64(a ^ wantA), bits.OnesCount64(d ^ wantD), bits.OnesCount64(p ^ wantP)} {
				sum[k] += apart
				most[k] = max(most[k], apart)
			}
			ran++
		}
		for k, name := range names {
			all[k] += sum[k]
			t.Logf("scale %d of %dx%d: %s is %.2f bits off on average, %d at most", c.scale, c.width, c.height, name, float64(sum[k])/float64(c.pictures), most[k])
			if most[k] > 8 {
				t.Errorf("scale %d: %s is %d bits off", c.scale, name, most[k])
			}
		}
	}
	for k, name := range names {
		if mean := float64(all[k]) / float64(ran); mean > 0.4 {
			t.Errorf("%s is %.2f bits off on average", name, mean)
		}
	}
	testkit.AtLeast(t, 6, ran, "pictures")
}

var names = [3]string{"pyahash", "pydhash", "pyphash"}
