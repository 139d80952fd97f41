package pdq

import (
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// A part of a picture has the hashes of a picture that holds nothing else: held against planes that were really cut.
func TestPartIsAPictureOfItsOwn(t *testing.T) {
	rnd := testkit.Rand(t)
	ran := 0
	for range 60 {
		w, h := 40+rnd.IntN(300), 40+rnd.IntN(300)
		p := &plane.Plane{Pix: make([]byte, w*h), Stride: w, Width: w, Height: h, Scale: 1, FullWidth: w, FullHeight: h}
		for i := range p.Pix {
			p.Pix[i] = byte(i%w*3 + i/w*2 + rnd.IntN(60))
		}
		window := func(n int) plane.Window {
			from := rnd.IntN(n / 2)
			return plane.Window{From: from, To: from + 8 + rnd.IntN(n-from-7)}
		}
		a := Area{window(w), window(h)}
		cut := &plane.Plane{Width: a.Across.To - a.Across.From, Height: a.Down.To - a.Down.From, Scale: 1}
		cut.Stride, cut.FullWidth, cut.FullHeight = cut.Width, cut.Width, cut.Height
		cut.Pix = make([]byte, cut.Stride*cut.Height)
		for y := range cut.Height {
			for x := range cut.Width {
				cut.Pix[y*cut.Stride+x] = p.Pix[(a.Down.From+y)*w+a.Across.From+x]
			}
		}
		var hasher Hasher
		var got, want [8][32]byte
		for _, kept := range []bool{false, true} {
			quality := hasher.Part(p, a, kept, AllOrientations, &got)
			if q := hasher.Eight(cut, &want); q < quality-1 || q > quality+1 {
				t.Errorf("%+v of %dx%d: quality %d, want %d", a, w, h, quality, q)
			}
			for o := range got {
				if d := distance(got[o], want[o]); d > 2 { // weights that meet in one cell are added in another order
					t.Errorf("%+v of %dx%d, orientation %d: %d bits off", a, w, h, o, d)
				}
			}
		}
		for _, wanted := range []Orientations{1 << Upright, 1<<Upright | 1<<Mirror, 1 << Rot180} {
			var few [8][32]byte
			hasher.Part(p, a, true, wanted, &few)
			for o := range few {
				if wanted.Has(Orientation(o)) && few[o] != got[o] {
					t.Errorf("orientation %d of %08b is another than of all", o, wanted)
				}
			}
		}
		ran++
	}
	testkit.AtLeast(t, 60, ran, "parts")
}

// The hashes of a sampled grid in other orientations are those of the grid really turned.
func TestSampledIsTurned(t *testing.T) {
	rnd := testkit.Rand(t)
	for range 20 {
		var g Grid
		for i := range g {
			g[i] = float32(i%side*2+i/side) + 40*rnd.Float32()
		}
		var h Hasher
		var codes, turned [8][32]byte
		h.Sampled(&g, AllOrientations, &codes)
		for o := range codes {
			moved := Grid(*(*grid)(&g).turned(Orientation(o)))
			h.Sampled(&moved, AllOrientations, &turned)
			if d := distance(codes[o], turned[0]); d > 2 {
				t.Errorf("orientation %d is %d bits off", o, d)
			}
		}
	}
}

// What is missing of samples is the mean of the others: of a picture that goes on as one colour, nothing is.
func TestFill(t *testing.T) {
	var g, want Grid
	rows, columns := make([]float32, side), make([]float32, side)
	for y := range side {
		rows[y] = min(1, float32(y+1)/8)
		columns[y] = min(1, float32(side-y)/4)
	}
	for i := range g {
		want[i] = 100
		g[i] = 100 * rows[i/side] * columns[i%side]
	}
	whole := want
	(*grid)(&g).fill(rows, columns)
	(*grid)(&whole).fill(nil, nil)
	for i := range g {
		if d := g[i] - want[i]; d > 0.01 || d < -0.01 || whole[i] != 100 {
			t.Fatalf("sample %d is %g", i, g[i])
		}
	}
}
