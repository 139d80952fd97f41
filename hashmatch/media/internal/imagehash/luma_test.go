package imagehash

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/bits"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// cells reduces the luma of a picture to means of scale x scale pixels, those of the edges repeated past it.
func cells(pix []byte, stride, w, h, scale int) *plane.Plane {
	p := new(plane.Plane)
	p.Reset(w, h, scale, 0, 0)
	for y := range p.Height {
		for x := range p.Width {
			sum := 0
			for v := y * scale; v < (y+1)*scale; v++ {
				row := pix[min(v, h-1)*stride:]
				for u := x * scale; u < (x+1)*scale; u++ {
					sum += int(row[min(u, w-1)])
				}
			}
			p.Pix[y*p.Stride+x] = byte((sum + scale*scale/2) / (scale * scale))
		}
	}
	return p
}

// TestAllNearPicture measures the hashes of luma alone against those of the colour picture, which are goimagehash's. What
// chroma decides is about 0.3, 1.3 and 0.2 bits of it, as scale 1 shows: there nothing else differs.
func TestAllNearPicture(t *testing.T) {
	if testkit.Race {
		t.Skip("arithmetic on one goroutine")
	}
	var h Hasher
	var all [3]int
	ran := 0
	for _, c := range []struct{ scale, pictures, width, height int }{{1, 24, 401, 300}, {4, 8, 860, 645}, {8, 4, 1881, 1410}} {
		if testing.Short() {
			c.pictures = 2
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
			wantA, wantD, wantP, err := h.Picture(m)
			if err != nil {
				t.Fatal(err)
			}
			a, d, p := h.All(cells(m.Y, m.YStride, c.width, c.height, c.scale))
			for k, apart := range []int{bits.OnesCount64(a ^ wantA), bits.OnesCount64(d ^ wantD), bits.OnesCount64(p ^ wantP)} {
				sum[k] += apart
				most[k] = max(most[k], apart)
			}
			ran++
		}
		for k := range kinds {
			all[k] += sum[k]
			t.Logf("scale %d: %s is %.2f bits off on average, %d at most", c.scale, kinds[k], float64(sum[k])/float64(c.pictures), most[k])
			if most[k] > 8 {
				t.Errorf("scale %d: %s is %d bits off", c.scale, kinds[k], most[k])
			}
		}
	}
	for k, limit := range []float64{0.6, 1.8, 0.6} {
		if mean := float64(all[k]) / float64(ran); mean > limit && !testing.Short() {
			t.Errorf("%s is %.2f bits off on average, the limit is %v", kinds[k], mean, limit)
		}
	}
	testkit.AtLeast(t, 6, ran, "pictures")
}

// TestAllOfGray gives exactly what goimagehash gives a gray picture.
func TestAllOfGray(t *testing.T) {
	skipIfFused(t)
	rnd := testkit.Rand(t)
	var h Hasher
	ran := 0
	for i := range 60 {
		r := image.Rect(0, 0, 1+rnd.IntN(300), 1+rnd.IntN(300))
		m := image.NewGray(r)
		texture(i%textures).fill(m.Pix, rnd)
		a, d, p := h.All(&plane.Plane{Pix: m.Pix, Stride: m.Stride, Width: r.Dx(), Height: r.Dy(), Scale: 1, FullWidth: r.Dx(), FullHeight: r.Dy()})
		for k, got := range []uint64{a, d, p} {
			if want := plain(t, m, kinds[k]).Code64(); got != want {
				t.Errorf("%s of %v, texture %d: %016x, want %016x", kinds[k], r.Max, i%textures, got, want)
			}
		}
		ran++
	}
	testkit.AtLeast(t, 60, ran, "gray pictures")
}

// TestAllOfFlat shows that a reduced plane of one level says nothing but that, at every level and scale.
func TestAllOfFlat(t *testing.T) {
	var h Hasher
	for _, scale := range []int{4, 8} {
		for _, level := range []byte{1, 2, 100, 128, 254, 255} {
			var p plane.Plane
			p.Reset(1001, 777, scale, 0, 0)
			for i := range p.Pix {
				p.Pix[i] = level
			}
			want := uint64(1) << 63
			if level == 1 {
				want = 0 // half a level is taken for lost
			}
			if a, d, ph := h.All(&p); d != 0 || ph != want || a != 0 && a != 1<<64-1 {
				t.Errorf("level %d at scale %d: %016x %016x %016x", level, scale, a, d, ph)
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	rnd := testkit.Rand(t)
	for name, img := range every(image.Rect(0, 0, 200, 150), 0, rnd) {
		var h Hasher
		// one for the picture's header, which is moved to the origin; a palette's colours, each made 16-bit
		if n := testing.AllocsPerRun(5, func() { _, _, _, _ = h.Picture(img) }); n > 1 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	for _, scale := range []int{1, 4, 8} {
		var h Hasher
		var p plane.Plane
		p.Reset(800, 600, scale, 0, 0)
		if n := testing.AllocsPerRun(5, func() { h.All(&p) }); n != 0 {
			t.Errorf("a plane at scale %d: %v allocations", scale, n)
		}
	}
}
