package views

import (
	"math"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// Of a nearly blank picture no view has a quality that its own pixels do not have: the tones are stretched, and the noise
// with them.
func TestNearlyBlankStaysBelowTheGate(t *testing.T) {
	rnd := testkit.Rand(t)
	for range 10 {
		p := &plane.Plane{Pix: make([]byte, 320*240), Stride: 320, Width: 320, Height: 240, Scale: 1, FullWidth: 320, FullHeight: 240}
		for i := range p.Pix {
			p.Pix[i] = byte(120 + i%320/40 + i/320/40 + rnd.IntN(7))
		}
		n := 0
		for v, h := range hashes(t, p, true) {
			if h.Quality >= 50 {
				t.Errorf("%s has quality %d", v, h.Quality)
			}
			n++
		}
		testkit.AtLeast(t, 80, n, "views")
	}
}

// A part whose edge lies in the last cell of a plane, which reaches past the picture, ends with the picture: of any plane no
// part is larger than that, and the part can be extended.
func TestPartsEndWithThePicture(t *testing.T) {
	rnd := testkit.Rand(t)
	var h Hasher
	var with pdq.Hasher
	ran := 0
	for _, scale := range []int{1, 4, 8} {
		for side := 1025; side < 1025+3*scale; side++ {
			cells := (side + scale - 1) / scale
			p := &plane.Plane{Pix: make([]byte, cells*cells), Stride: cells, Width: cells, Height: cells, Scale: scale, FullWidth: side, FullHeight: side}
			border := cells - cells/40
			for i := range p.Pix {
				x, y := i%cells, i/cells
				switch {
				case x == cells-1 || y == cells-1:
					p.Pix[i] = byte(40 + 150*((x+y)%2))
				case x >= border || y >= border:
					p.Pix[i] = 255
				default:
					p.Pix[i] = byte(60 + 90*x/cells + 60*y/cells + rnd.IntN(20))
				}
			}
			h.Graphic(p)
			h.Light(p, &with, 100, func(*Hash) bool { return true })
			for _, f := range h.found {
				if f.area.Across.From < 0 || f.area.Down.From < 0 || f.area.Across.To > side || f.area.Down.To > side {
					t.Errorf("1/%d of %d: %v", scale, side, f.area)
				}
			}
			ran++
		}
	}
	testkit.AtLeast(t, 39, ran, "planes")
}

// A few pixels, turned or with other tones, would look as if they had detail: tiny and thin pictures have no views at all.
func TestTinyPicturesHaveNone(t *testing.T) {
	rnd := testkit.Rand(t)
	n := 0
	for _, size := range [][2]int{{1, 1}, {2, 2}, {3, 3}, {4, 400}, {31, 31}, {500, 31}} {
		p := random(rnd, size[0], size[1], 1)
		for i := range p.Pix {
			p.Pix[i] = byte(rnd.Uint32())
		}
		for v, h := range hashes(t, p, n%2 == 0) {
			t.Errorf("%s of %v, of quality %d", v, size, h.Quality)
		}
		n++
	}
	testkit.AtLeast(t, 6, n, "pictures")
}

// Thousandths are rounded alike on both sides of zero.
func TestScaledBelowZero(t *testing.T) {
	rnd := testkit.Rand(t)
	for range 1000 {
		thousandths, side := rnd.IntN(1000)-500, rnd.IntN(5000)
		if got, want := scaled(thousandths, side), int(math.Floor(float64(thousandths*side+500)/1000)); got != want {
			t.Fatalf("%d thousandths of %d are %d, not %d", thousandths, side, got, want)
		}
	}
}

// The quality of a nearly blank picture bounds that of its variants, but not of a part that is found in it, nor of that part's variants.
func TestVariantsOfNearlyBlank(t *testing.T) {
	framed := planeOf(landscape(3, 300, 200))
	for y := range framed.Height {
		for x := range framed.Width {
			if x < 30 || y < 30 || x >= 270 || y >= 170 {
				framed.Pix[y*framed.Stride+x] = 20
			}
		}
	}
	var h Hasher
	var with pdq.Hasher
	h.Graphic(framed)
	bounded, free := 0, 0
	h.Full(framed, &with, 10, func(v *Hash) bool {
		of, _, _ := strings.Cut(string(v.View), "-")
		switch of, _, _ = strings.Cut(of, "+"); strings.TrimRight(of, "0123456789") {
		case "trim", "band", "cell", "inner":
			if v.Quality > 10 {
				free++
			}
		default:
			if v.Quality > 10 {
				t.Errorf("%s has quality %d", v.View, v.Quality)
			}
			bounded++
		}
		return true
	})
	testkit.AtLeast(t, 40, bounded, "variants of the whole")
	testkit.AtLeast(t, 8, free, "views of the part")
}
