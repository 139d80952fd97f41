package raster

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// pixels is a picture of 8 bits a sample: red, green, blue, alpha.
type pixels struct {
	w, h int
	pix  [][4]uint8
}

func (p *pixels) at(x, y int) *[4]uint8 { return &p.pix[y*p.w+x] }

func random(rng *rand.Rand, w, h int, alpha func() uint8) *pixels {
	p := &pixels{w, h, make([][4]uint8, w*h)}
	for i := range p.pix {
		p.pix[i] = [4]uint8{uint8(rng.Uint32()), uint8(rng.Uint32()), uint8(rng.Uint32()), alpha()}
	}
	return p
}

func solid() uint8 { return 255 }

// samples is the oracle: the mean over each cell of the rows that are there, in the weights of the package but pixel by
// pixel, rounded once; with alpha, of the picture over black.
func samples(p *pixels, scale int, alpha bool, there func(y int) bool) [][]byte {
	rows := make([][]byte, (p.h+scale-1)/scale)
	for cy := range rows {
		row := make([]byte, (p.w+scale-1)/scale)
		n := 0
		for cx := range row {
			var sum, full uint64
			n = 0
			for y := cy * scale; y < min(p.h, cy*scale+scale); y++ {
				for x := cx * scale; x < min(p.w, cx*scale+scale) && there(y); x++ {
					c := p.at(x, y)
					a := uint64(255)
					if alpha {
						a = uint64(c[3])
					}
					sum += (9798*uint64(c[0]) + 19235*uint64(c[1]) + 3735*uint64(c[2])) * a
					full += 32768 * 255
					n++
				}
			}
			if n > 0 {
				row[cx] = uint8((sum + full/2) / full)
			}
		}
		if n > 0 {
			rows[cy] = row
		}
	}
	first := slices.IndexFunc(rows, func(row []byte) bool { return row != nil })
	for y := range rows {
		switch {
		case y < first:
			rows[y] = rows[first]
		case rows[y] == nil:
			rows[y] = rows[y-1]
		}
	}
	return rows
}

func checkPlane(t testing.TB, what string, got *plane.Plane, want [][]byte) {
	t.Helper()
	if got.Height != len(want) {
		t.Fatalf("%s: %d rows, want %d", what, got.Height, len(want))
	}
	for y, row := range want {
		if !slices.Equal(got.Row(y), row) {
			t.Fatalf("%s: row %d of samples is %v, want %v", what, y, got.Row(y), row)
		}
	}
}

// pack writes a row in a layout; bytes that no sample has are noise.
func pack(rng *rand.Rand, p *pixels, y int, l *Layout) []byte {
	row := make([]byte, p.w*l.Step)
	for i := range row {
		row[i] = byte(rng.Uint32())
	}
	for x := range p.w {
		c, out := p.at(x, y), row[x*l.Step:]
		out[l.R] = c[0]
		if !l.gray() {
			out[l.G], out[l.B] = c[1], c[2]
		}
		if l.A >= 0 {
			out[l.A] = c[3]
		}
	}
	return row
}

func every(int) bool { return true }

func TestRows(t *testing.T) {
	rng := testkit.Rand(t)
	grayAlpha := Layout{Step: 2, A: 1}
	layouts := []*Layout{&Gray, &Gray16, &RGB, &BGR, &RGBX, &BGRX, &NRGBA, &BGRA, &RGBX64, &NRGBA64, &grayAlpha}
	var c Cells
	var dst, over plane.Plane
	cases := 0
	for _, scale := range []int{1, 4, 8} {
		for i, l := range layouts {
			for n := range 60 {
				w, h := 1+rng.IntN(70), 1+rng.IntN(70)
				alpha := solid
				switch n % 4 {
				case 0: // no pixel, or one, or few rows, or all let something through
					alpha = func() uint8 { return uint8(rng.Uint32()) }
				case 1:
					alpha = func() uint8 {
						if rng.IntN(300) == 0 {
							return uint8(rng.Uint32())
						}
						return 255
					}
				}
				p := random(rng, w, h, alpha)
				if n == 2 {
					for i := range p.pix {
						p.pix[i] = [4]uint8{255, 255, 255, 255}
					}
				}
				for i := range p.pix {
					if l.gray() {
						p.pix[i][1], p.pix[i][2] = p.pix[i][0], p.pix[i][0]
					}
					if l.A < 0 {
						p.pix[i][3] = 255
					}
				}
				c.Begin(w, h, scale, &dst, &over)
				for y := range h {
					if n%3 == 0 {
						y = h - 1 - y
					}
					c.Row(y, pack(rng, p, y, l), l)
				}
				rows, opaque := c.End()
				what := fmt.Sprintf("layout %d, scale %d, %dx%d", i, scale, w, h)
				through := slices.ContainsFunc(p.pix, func(c [4]uint8) bool { return c[3] != 255 })
				if rows != h || opaque == through {
					t.Fatalf("%s: %d rows, opaque %v", what, rows, opaque)
				}
				checkPlane(t, what, &dst, samples(p, scale, false, every))
				if through {
					checkPlane(t, what+" over black", &over, samples(p, scale, true, every))
				}
				cases++
			}
		}
	}
	testkit.AtLeast(t, 1900, cases, "pictures")
}

// coloured returns a palette and a picture in its colours. Alpha 0 of black changes nothing, so that is opaque.
func coloured(rng *rand.Rand, w, h int, alpha func() uint8) (*Palette, *pixels, []byte) {
	p, colours := new(Palette), random(rng, 16, 16, alpha)
	for i, c := range colours.pix {
		p.Set(i, c[0], c[1], c[2], c[3])
	}
	picture, indices := random(rng, w, h, solid), make([]byte, w*h)
	for i := range picture.pix {
		indices[i] = byte(rng.Uint32())
		picture.pix[i] = colours.pix[indices[i]]
	}
	return p, picture, indices
}

func TestIndices(t *testing.T) {
	rng := testkit.Rand(t)
	var c Cells
	var dst, over plane.Plane
	cases := 0
	for _, scale := range []int{1, 4, 8} {
		for n := range 300 {
			w, h := 1+rng.IntN(70), 1+rng.IntN(70)
			alpha := solid
			if n%3 == 0 {
				alpha = func() uint8 { return uint8(rng.Uint32()) }
			}
			palette, p, indices := coloured(rng, w, h, alpha)
			// A part of each row is given; the rest is black.
			x := rng.IntN(w)
			end := x + rng.IntN(w-x+1)
			for y := range h {
				for i := range w {
					if i < x || i >= end {
						*p.at(i, y) = [4]uint8{0, 0, 0, 255}
					}
				}
			}
			c.Begin(w, h, scale, &dst, &over)
			for y := range h {
				if n%2 == 0 {
					y = h - 1 - y
				}
				c.Indices(y, x, indices[y*w+x:y*w+end], palette)
			}
			_, opaque := c.End()
			what := fmt.Sprintf("scale %d, %dx%d from %d to %d", scale, w, h, x, end)
			checkPlane(t, what, &dst, samples(p, scale, false, every))
			if !opaque {
				checkPlane(t, what+" over black", &over, samples(p, scale, true, every))
			}
			if through := alpha() != 255 && n%3 == 0 && end > x; opaque && through && h*(end-x) > 100 {
				t.Fatalf("%s: opaque", what)
			}
			cases++
		}
	}
	testkit.AtLeast(t, 900, cases, "pictures")
}

// TestMissingRows leaves out rows at either end, in the middle and at random, in order and scattered.
func TestMissingRows(t *testing.T) {
	rng := testkit.Rand(t)
	var c Cells
	var dst, over plane.Plane
	cases := 0
	for _, scale := range []int{1, 4, 8} {
		for n := range 400 {
			w, h := 1+rng.IntN(40), 1+rng.IntN(70)
			from, to := rng.IntN(h), rng.IntN(h)
			there := func(y int) bool { return y >= min(from, to) && y <= max(from, to) }
			switch n % 4 {
			case 1:
				there = func(y int) bool { return y < from || y > to || from == 0 }
			case 2:
				there = func(y int) bool { return y%17 == h%17 || y*7%11 < 4 }
			}
			if !slices.ContainsFunc(rows(h), there) {
				continue
			}
			alpha := solid
			if n%8 < 4 {
				alpha = func() uint8 { return uint8(rng.Uint32()) }
			}
			palette, p, indices := coloured(rng, w, h, alpha)
			order := rows(h)
			scattered := n%8 >= 6
			switch {
			case scattered:
				c.BeginScattered(w, h, scale, &dst)
				rng.Shuffle(h, func(i, j int) { order[i], order[j] = order[j], order[i] })
			case n%3 == 0:
				c.Begin(w, h, scale, &dst, &over)
				slices.Reverse(order)
			default:
				c.Begin(w, h, scale, &dst, &over)
			}
			want := 0
			for _, y := range order {
				if there(y) {
					want++
					if n%5 == 0 && !scattered {
						c.Row(y, pack(rng, p, y, &NRGBA), &NRGBA)
					} else {
						c.Indices(y, 0, indices[y*w:][:w], palette)
					}
				}
			}
			got, opaque := c.End()
			what := fmt.Sprintf("scale %d, %dx%d, case %d", scale, w, h, n)
			if got != want {
				t.Fatalf("%s: %d rows, want %d", what, got, want)
			}
			checkPlane(t, what, &dst, samples(p, scale, false, there))
			if !opaque {
				checkPlane(t, what+" over black", &over, samples(p, scale, true, there))
			}
			cases++
		}
	}
	testkit.AtLeast(t, 1000, cases, "pictures")
}

func rows(h int) []int {
	all := make([]int, h)
	for i := range all {
		all[i] = i
	}
	return all
}

// TestWeights holds the integers to the real weights.
func TestWeights(t *testing.T) {
	if luma(255, 255, 255) != 255<<point {
		t.Error("white is not white")
	}
	worst := 0.0
	for i := range 1 << 12 {
		r, g, b := uint8(i>>8*17), uint8(i>>4&15*17), uint8(i&15*17)
		want := 0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)
		worst = max(worst, math.Abs(float64(luma(r, g, b))/(1<<point)-want))
	}
	if worst > 0.0045 {
		t.Errorf("off by %v", worst)
	}
}

func TestAllocatesNothing(t *testing.T) {
	if race {
		t.Skip("the race detector allocates")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	p := random(rng, 203, 65, func() uint8 { return 7 })
	row := pack(rng, p, 3, &NRGBA)
	var c Cells
	var dst, over plane.Plane
	for _, scale := range []int{1, 4, 8} {
		if n := testing.AllocsPerRun(10, func() {
			c.Begin(p.w, p.h, scale, &dst, &over)
			for y := range p.h {
				c.Row(y, row, &NRGBA)
			}
			c.End()
		}); n != 0 {
			t.Errorf("scale %d: %v allocations", scale, n)
		}
	}
}

func TestUnpack(t *testing.T) {
	for depth, want := range map[int][]byte{
		8: {0xb1, 0x6e}, 4: {0xb, 1, 6, 0xe}, 2: {2, 3, 0, 1, 1, 2, 3, 2},
		1: {1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0},
	} {
		for n := range len(want) + 1 {
			got := make([]byte, n)
			Unpack(got, []byte{0xb1, 0x6e}, depth)
			if !slices.Equal(got, want[:n]) {
				t.Errorf("%d samples of %d bits: %v, want %v", n, depth, got, want[:n])
			}
		}
	}
}

// BenchmarkRows is a picture of 12 megapixels, all that is done to it, beside a copy of its bytes and beside the plain
// loop over its pixels.
func BenchmarkRows(b *testing.B) {
	const w, h = 4000, 3000
	row := make([]byte, w*8)
	for i := range row {
		row[i] = byte(i * i >> 3)
	}
	var c Cells
	var dst, over plane.Plane
	for _, k := range []struct {
		name  string
		l     *Layout
		scale int
	}{
		{"gray/8", &Gray, 8}, {"rgb/8", &RGB, 8}, {"rgb/4", &RGB, 4}, {"rgb/1", &RGB, 1}, {"rgbx/8", &RGBX, 8},
		{"nrgba/8", &NRGBA, 8}, {"rgb16/8", &RGBX64, 8},
	} {
		b.Run(k.name, func(b *testing.B) {
			b.SetBytes(int64(w * h * k.l.Step))
			for b.Loop() {
				c.Begin(w, h, k.scale, &dst, &over)
				for y := range h {
					c.Row(y, row, k.l)
				}
				c.End()
			}
		})
	}
	palette := new(Palette)
	b.Run("palette/8", func(b *testing.B) {
		b.SetBytes(w * h)
		for b.Loop() {
			c.Begin(w, h, 8, &dst, &over)
			for y := range h {
				c.Indices(y, 0, row[:w], palette)
			}
			c.End()
		}
	})
	b.Run("rgb plain loop", func(b *testing.B) {
		b.SetBytes(w * h * 3)
		sums := make([]uint32, w/8)
		for b.Loop() {
			for range h {
				for i := range sums {
					for p := row[24*i:][:24]; len(p) >= 3; p = p[3:] {
						sums[i] += luma(p[0], p[1], p[2])
					}
				}
			}
		}
	})
	b.Run("rgb copy", func(b *testing.B) {
		b.SetBytes(w * h * 3)
		to := make([]byte, w*3)
		for b.Loop() {
			for range h {
				copy(to, row)
			}
		}
	})
}
