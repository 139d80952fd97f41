package pdq

import (
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

func TestCoarse(t *testing.T) {
	rnd := testkit.Rand(t)
	noise := func(w, h, scale int) *plane.Plane {
		var p plane.Plane
		p.Reset(w, h, scale, 0, 0)
		for i := range p.Pix {
			p.Pix[i] = byte(rnd.Uint32())
		}
		return &p
	}
	flat := noise(1500, 1500, 8)
	for i := range flat.Pix {
		flat.Pix[i] = 9
	}
	heights := noise(97, 1, 1).Pix
	smooth := noise(1500, 1500, 8)
	corner := func(x, y int) float64 { return float64(heights[(x*7+y*31+x*y*5)%len(heights)]) }
	for y := range smooth.Height { // between random corners, 16 cells apart
		for x := range smooth.Width {
			i, j, u, v := x/16, y/16, float64(x%16)/16, float64(y%16)/16
			top := corner(i, j)*(1-u) + corner(i+1, j)*u
			bottom := corner(i, j+1)*(1-u) + corner(i+1, j+1)*u
			smooth.Row(y)[x] = byte(top*(1-v) + bottom*v)
		}
	}
	var h Hasher
	var codes [8][32]byte
	for _, c := range []struct {
		what string
		p    *plane.Plane
		want bool
	}{
		{"noise at 1/8", noise(1500, 1500, 8), true},
		{"too small a picture", noise(4, 1500, 8), false},
		{"noise at 1/4", noise(900, 700, 4), true},
		{"noise at 1/1", noise(300, 200, 1), false},
		{"hills at 1/8", smooth, false},
		{"a flat picture", flat, false},
	} {
		h.Upright(c.p)
		if h.Coarse() != c.want {
			t.Errorf("%s: coarse %v alone", c.what, h.Coarse())
		}
		if h.Eight(c.p, &codes); h.Coarse() != c.want {
			t.Errorf("%s: coarse %v in company", c.what, h.Coarse())
		}
	}
}

func TestRoughness(t *testing.T) {
	var g grid
	for i := range side {
		for j := range side {
			g[i*side+j] = float32(3*i - 2*j) // a slope has no second differences
		}
	}
	if r := roughness(&g); r != 0 {
		t.Errorf("a slope has roughness %g", r)
	}
	g[10*side+20] += 5 // 20 there and -5 at its four neighbours
	if r, want := roughness(&g), float64(400+4*25)/(62*62); r != want {
		t.Errorf("a peak has roughness %g, want %g", r, want)
	}
}
