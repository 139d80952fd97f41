package heif

import (
	"image"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Planes as libheif pads them come out sample for sample.
func TestForm(t *testing.T) {
	r := testkit.Rand(t)
	seen := map[layout]bool{}
	for range 400 {
		lay := layout{chroma: r.IntN(4), depth: []int{8, 10, 12}[r.IntN(3)]}
		coded := image.Pt(1+r.IntN(200), 1+r.IntN(80))
		p := picture{codec: hevc, items: make([]*item, 1), parts: []image.Point{coded}, layout: lay,
			width: 1 + r.IntN(coded.X), height: 1 + r.IntN(coded.Y)}
		space := heifYCbCr
		if lay.chroma == 0 {
			space = heifGray
		}
		f, err := newForm(&p, space, lay.chroma)
		if err != nil {
			t.Fatal(err)
		}
		seen[lay] = true
		planes := make([]byte, f.bytes())
		for i := range planes {
			planes[i] = 0xa5
		}
		want := func(k, x, y int) byte { return byte(101*k + 7*x + 13*y) }
		start := 0
		for k := range 3 {
			for y := range f.rows[k] {
				for x := range f.widths[k] {
					at := start + y*f.strides[k] + x
					if f.shift > 0 {
						v := int(want(k, x, y))<<f.shift | 1
						at += x
						planes[at+1] = byte(v >> 8)
						planes[at] = byte(v)
						continue
					}
					planes[at] = want(k, x, y)
				}
			}
			start += f.rows[k] * f.strides[k]
		}
		img := f.picture(planes)
		if img.Bounds() != image.Rect(0, 0, p.width, p.height) {
			t.Fatal(img.Bounds())
		}
		for y := range p.height {
			for x := range p.width {
				switch m := img.(type) {
				case *image.Gray:
					if m.Pix[m.PixOffset(x, y)] != want(0, x, y) {
						t.Fatalf("%+v: gray at %d,%d", p, x, y)
					}
				case *image.YCbCr:
					cx, cy := x, y
					if lay.chroma < 3 {
						cx /= 2
					}
					if lay.chroma < 2 {
						cy /= 2
					}
					c := m.COffset(x, y)
					if m.Y[m.YOffset(x, y)] != want(0, x, y) || m.Cb[c] != want(1, cx, cy) || m.Cr[c] != want(2, cx, cy) {
						t.Fatalf("%+v: sample at %d,%d", p, x, y)
					}
				}
			}
		}
	}
	testkit.AtLeast(t, 12, len(seen), "layouts")
}

// libheif's words must agree with the bitstream's.
func TestFormRefused(t *testing.T) {
	p := picture{codec: hevc, items: make([]*item, 1), parts: []image.Point{{64, 64}}, width: 64, height: 64, layout: layout{1, 8}}
	for _, c := range [][2]int{{heifGray, 1}, {heifYCbCr, 3}, {1, 11}, {99, 99}} {
		if _, err := newForm(&p, c[0], c[1]); err == nil {
			t.Errorf("%v passes", c)
		}
	}
}
