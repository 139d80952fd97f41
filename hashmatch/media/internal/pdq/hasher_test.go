package pdq

import (
	"fmt"
	"math"
	mathbits "math/bits"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// bytesOf returns the picture as a plane at scale 1, and the picture that has exactly those bytes.
func bytesOf(p *picture) (*plane.Plane, *picture) {
	q := &picture{w: p.w, h: p.h, pix: make([]float32, len(p.pix))}
	var b plane.Plane
	b.Reset(p.w, p.h, 1, 0, 0)
	for i, v := range p.pix {
		b.Pix[i] = byte(v + 0.5)
		q.pix[i] = float32(b.Pix[i])
	}
	return &b, q
}

// means returns the plane whose cells are the means of scale x scale pixels, those at the edges of the pixels there are.
func means(p *picture, scale int) *plane.Plane {
	var m plane.Plane
	m.Reset(p.w, p.h, scale, 0, 0)
	for cy := range m.Height {
		for cx := range m.Width {
			sum, n := 0.0, 0.0
			for y := cy * scale; y < min(p.h, (cy+1)*scale); y++ {
				for x := cx * scale; x < min(p.w, (cx+1)*scale); x++ {
					sum, n = sum+float64(p.pix[y*p.w+x]), n+1
				}
			}
			m.Row(cy)[cx] = byte(sum/n + 0.5)
		}
	}
	return &m
}

func distance(a, b [32]byte) (d int) {
	for i := range a {
		d += mathbits.OnesCount8(a[i] ^ b[i])
	}
	return d
}

// TestWeights compares with the boxes one by one.
func TestWeights(t *testing.T) {
	ran := 0
	for _, full := range []int{5, 6, 63, 64, 65, 127, 128, 129, 255, 256, 257, 384, 385, 1000, 4001} {
		ahead, w := (window(full)+2)/2, window(full)
		for i := range side {
			want := make([]float64, full)
			centre := int((float64(i) + 0.5) * float64(full) / 64)
			low, high := max(0, centre+ahead-w), min(full-1, centre+ahead-1)
			for o := low; o <= high; o++ {
				l, r := max(0, o+ahead-w), min(full-1, o+ahead-1)
				for x := l; x <= r; x++ {
					want[x] += 1 / float64(high-low+1) / float64(r-l+1)
				}
			}
			first, by := kernel.Weights(full, i, nil)
			sum := 0.0
			for x, v := range want {
				got := 0.0
				if x >= first && x < first+len(by) {
					got = by[x-first]
				}
				if math.Abs(got-v) > 1e-12 {
					t.Fatalf("%d pixels, sample %d: pixel %d weighs %g, want %g", full, i, x, got, v)
				}
				sum += got
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Fatalf("%d pixels, sample %d: the weights sum to %g", full, i, sum)
			}
			ran++
		}
	}
	testkit.AtLeast(t, 900, ran, "samples")
}

// TestHasherIsExactAtFullSize holds the folded filter to the reference's, which differs by rounding only: a bit may
// differ where a coefficient is the median to six digits.
func TestHasherIsExactAtFullSize(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		var h Hasher
		ran, different := 0, 0
		for i := range 120 {
			w, ht := 5+rnd.IntN(400), 5+rnd.IntN(300)
			switch i {
			case 0, 1:
				w, ht = 64, 64
			case 2:
				w, ht = 5, 5
			}
			p, q := bytesOf(random(rnd, w, ht, i%2 == 0))
			got, quality := h.Upright(p)
			want, wantQuality := Sum(q.w, q.h, q.row)
			d := distance(got, want)
			if d > 2 || quality < wantQuality-1 || quality > wantQuality+1 {
				t.Errorf("%dx%d: %d bits off, quality %d, want %d", w, ht, d, quality, wantQuality)
			}
			if w == 64 && ht == 64 && (d != 0 || quality != wantQuality) {
				t.Errorf("64x64 needs no filter and is %d bits off", d)
			}
			different += min(d, 1)
			ran++
		}
		if different > ran/20 {
			t.Errorf("%d of %d differ", different, ran)
		}
	})
}

// TestEightAreTurnedPictures compares each orientation with the hash of a plane whose samples are really turned.
func TestEightAreTurnedPictures(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		var h Hasher
		ran, different := 0, 0
		for i := range 60 {
			w, ht := 5+rnd.IntN(400), 5+rnd.IntN(300)
			scale := 1
			switch {
			case i == 0:
				w, ht = 64, 64
			case i%3 == 1: // turned cells are cells of the turned picture if none reaches past it
				scale = 4
				w, ht = w*3&^3+4, ht*3&^3+4
			case i%3 == 2:
				scale = 8
				w, ht = w*4&^7+8, ht*4&^7+8
			}
			p := random(rnd, (w+scale-1)/scale, (ht+scale-1)/scale, i%2 == 0) // a picture of the cells
			cells, q := bytesOf(p)
			cells.Scale, cells.FullWidth, cells.FullHeight = scale, w, ht
			var codes [8][32]byte
			quality := h.Eight(cells, &codes)
			upright, uprightQuality := h.Upright(cells)
			if codes[Upright] != upright || quality != uprightQuality {
				t.Errorf("%dx%d at 1/%d: upright is %x (%d) alone, %x (%d) in company", w, ht, scale, upright, uprightQuality, codes[Upright], quality)
			}
			for o, got := range codes {
				really, _ := bytesOf(q.turned(Orientation(o)))
				really.Scale, really.FullWidth, really.FullHeight = scale, really.Width*scale, really.Height*scale
				if scale == 1 {
					really.FullWidth, really.FullHeight = really.Width, really.Height
				}
				want, _ := h.Upright(really)
				d := distance(got, want)
				if d > 2 {
					t.Errorf("%dx%d at 1/%d, orientation %d: %d bits off", w, ht, scale, o, d)
				}
				different += min(d, 1)
				ran++
			}
		}
		testkit.AtLeast(t, 480, ran, "turned pictures")
		if different > ran/100 {
			t.Errorf("%d of %d differ", different, ran)
		}
		t.Logf("%d of %d differ", different, ran)
	})
}

func TestHasherSmallAndFlat(t *testing.T) {
	var h Hasher
	rnd := testkit.Rand(t)
	for _, size := range [][2]int{{1, 1}, {4, 100}, {100, 4}, {3, 3}, {4, 4}} {
		for _, scale := range []int{1, 4, 8} {
			p := means(random(rnd, size[0], size[1], false), scale)
			codes := [8][32]byte{{1}}
			if q := h.Eight(p, &codes); q != 0 || codes != [8][32]byte{} {
				t.Errorf("%v: quality %d, %x", size, q, codes)
			}
			if code, q := h.Upright(p); q != 0 || code != [32]byte{} {
				t.Errorf("%v: quality %d, %x", size, q, code)
			}
		}
	}
	var flat plane.Plane
	flat.Reset(1500, 900, 4, 0, 0)
	for i := range flat.Pix {
		flat.Pix[i] = 200
	}
	if _, q := h.Upright(&flat); q != 0 {
		t.Errorf("a flat picture has quality %d", q)
	}
}

// TestHasherIsTheSameEverywhere pins codes, which a processor that fuses a product into its sum might change.
func TestHasherIsTheSameEverywhere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	var p plane.Plane
	p.Reset(3001, 1999, 8, 0, 0)
	for i := range p.Pix {
		p.Pix[i] = byte(rnd.Uint32())
	}
	bothWays(t, func(t *testing.T) {
		var h Hasher
		var codes [8][32]byte
		h.Eight(&p, &codes)
		got := ""
		for _, code := range codes {
			got += fmt.Sprintf("%x\n", code)
		}
		testkit.Golden(t, "testdata/noise.golden", []byte(got))
	})
}

func TestHasherAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	p := means(random(testkit.Rand(t), 900, 700, true), 4)
	var h Hasher
	var codes [8][32]byte
	h.Eight(p, &codes)
	if n := testing.AllocsPerRun(20, func() { h.Eight(p, &codes); h.Upright(p) }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func BenchmarkHasher(b *testing.B) {
	for _, size := range [][3]int{{4000, 3000, 8}, {1400, 1000, 4}, {640, 480, 1}} {
		var p plane.Plane
		p.Reset(size[0], size[1], size[2], 0, 0)
		rnd := testkit.Rand(b)
		for i := range p.Pix {
			p.Pix[i] = byte(rnd.Uint32())
		}
		var h Hasher
		var codes [8][32]byte
		name := fmt.Sprintf("%dx%d at 1/%d/", size[0], size[1], size[2])
		b.Run(name+"eight", func(b *testing.B) {
			for b.Loop() {
				h.Eight(&p, &codes)
			}
		})
		b.Run(name+"upright", func(b *testing.B) {
			for b.Loop() {
				h.Upright(&p)
			}
		})
	}
	b.Run("fold 4000 by 8", func(b *testing.B) {
		for b.Loop() {
			kernel.Fold(4000, 8, false)
		}
	})
}
