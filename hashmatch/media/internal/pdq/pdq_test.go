package pdq

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// picture is a luma plane.
type picture struct {
	w, h int
	pix  []float32
}

func (p *picture) row(y int, dst []float32) { copy(dst, p.pix[y*p.w:][:p.w]) }

func (p *picture) sum() (string, int) {
	h, q := Sum(p.w, p.h, p.row)
	return hex.EncodeToString(h[:]), q
}

// random makes a picture of smooth waves with some noise, or of noise alone.
func random(rnd *rand.Rand, w, h int, waves bool) *picture {
	p := &picture{w: w, h: h, pix: make([]float32, w*h)}
	fx, fy := rnd.Float64()*0.2, rnd.Float64()*0.2
	for y := range h {
		for x := range w {
			v := rnd.Float64() * 255
			if waves {
				v = 128 + 100*math.Sin(fx*float64(x))*math.Cos(fy*float64(y)) + v/20
			}
			p.pix[y*w+x] = Luma(uint8(v), uint8(v/2+50), uint8(255-v))
		}
	}
	return p
}

// The oracle: the algorithm as it is described, plane by plane and without any of the pipeline's tricks.

func oracleBox(in []float32, window int) []float32 {
	n, h := len(in), (window+2)/2
	out := make([]float32, n)
	var sum float32
	left, right := 0, -1 // the pixels in the sum
	for o := range out {
		for right < min(n-1, o+h-1) {
			right++
			sum += in[right]
		}
		for left < max(0, o+h-window) {
			sum -= in[left]
			left++
		}
		out[o] = sum / float32(right-left+1)
	}
	return out
}

func oracleGrid(p *picture) *grid {
	plane := append([]float32(nil), p.pix...)
	for range 2 {
		for y := range p.h {
			copy(plane[y*p.w:], oracleBox(plane[y*p.w:][:p.w], (p.w+127)/128))
		}
		column := make([]float32, p.h)
		for x := range p.w {
			for y := range p.h {
				column[y] = plane[y*p.w+x]
			}
			for y, v := range oracleBox(column, (p.h+127)/128) {
				plane[y*p.w+x] = v
			}
		}
	}
	g := new(grid)
	for i := range 64 {
		for j := range 64 {
			y := int((float64(i) + 0.5) * float64(p.h) / 64)
			x := int((float64(j) + 0.5) * float64(p.w) / 64)
			g[i*64+j] = plane[y*p.w+x]
		}
	}
	return g
}

func oracleSum(p *picture) (string, int) {
	if p.w < 5 || p.h < 5 {
		return hex.EncodeToString(make([]byte, 32)), 0
	}
	g := new(grid)
	if p.w == 64 && p.h == 64 {
		copy(g[:], p.pix)
	} else {
		g = oracleGrid(p)
	}
	quality := 0
	for i := range 64 {
		for j := range 64 {
			if i < 63 {
				quality += int(math.Abs(float64(int((g[i*64+j] - g[i*64+64+j]) * 100 / 255))))
			}
			if j < 63 {
				quality += int(math.Abs(float64(int((g[i*64+j] - g[i*64+j+1]) * 100 / 255))))
			}
		}
	}
	var b [256]float32
	for i := range 16 {
		var t [64]float32
		for j := range 64 {
			for k := range 64 {
				product := reference(i, k) * g[k*64+j]
				t[j] += float32(product)
			}
		}
		for j := range 16 {
			for k := range 64 {
				product := t[k] * reference(j, k)
				b[i*16+j] += float32(product)
			}
		}
	}
	var bits [32]byte
	for k, v := range b {
		smaller := 0 // coefficients below v decide its rank: at least 128 of them put v above the lower median
		for _, u := range b {
			if u < v {
				smaller++
			}
		}
		if smaller >= 128 {
			bits[31-k/8] |= 1 << (k % 8)
		}
	}
	return hex.EncodeToString(bits[:]), min(100, quality/90)
}

// reference derives an element of the DCT matrix in the way of the C++ source.
func reference(i, j int) float32 {
	scale := float32(math.Sqrt(2.0 / 64.0))
	return float32(float64(scale) * math.Cos((math.Pi/2.0/64.0)*float64(i+1)*float64(2*j+1)))
}

func TestMatrixIsTheReference(t *testing.T) {
	for i := range bands {
		for j := range side {
			if v, want := dct[i*side+j], reference(i, j); v != want {
				t.Errorf("cosine %d at %d is %x, want %x", i+1, j, v, want)
			}
		}
	}
}

func TestSumEqualsTheOracle(t *testing.T) { bothWays(t, testSumEqualsTheOracle) }

func testSumEqualsTheOracle(t *testing.T) {
	rnd := testkit.Rand(t)
	sizes := [][2]int{
		{5, 5}, {5, 200}, {200, 5}, {63, 64}, {64, 64}, {65, 64}, {127, 128}, {128, 129}, {129, 128}, {256, 257},
		{385, 300}, {513, 641},
	}
	if testkit.Race {
		sizes = sizes[:len(sizes)-2] // there is no race to be found in the larger ones
	}
	for range 30 {
		sizes = append(sizes, [2]int{5 + rnd.IntN(196), 5 + rnd.IntN(196)})
	}
	for i, size := range sizes {
		p := random(rnd, size[0], size[1], i%2 == 0)
		got, quality := p.sum()
		want, wantQuality := oracleSum(p)
		if got != want || quality != wantQuality {
			t.Errorf("%dx%d: %s quality %d, want %s quality %d", p.w, p.h, got, quality, want, wantQuality)
		}
	}
}

// TestScratchLeavesNoTrace hashes pictures of changing sizes one after another, so that each meets the scratch of
// another.
func TestScratchLeavesNoTrace(t *testing.T) {
	sizes := [][2]int{{300, 200}, {5, 6}, {200, 300}, {64, 64}, {7, 140}, {140, 7}}
	rnd := testkit.Rand(t)
	var pictures []*picture
	for _, size := range sizes {
		pictures = append(pictures, random(rnd, size[0], size[1], true))
	}
	var want [][2]any
	for i := range 3 * len(pictures) {
		h, q := pictures[i%len(pictures)].sum()
		if i < len(pictures) {
			want = append(want, [2]any{h, q})
		} else if got := [2]any{h, q}; got != want[i%len(pictures)] {
			t.Errorf("%v: %v, at first %v", sizes[i%len(pictures)], got, want[i%len(pictures)])
		}
	}
}

func TestSmallAndFlat(t *testing.T) {
	zero := hex.EncodeToString(make([]byte, 32))
	rnd := testkit.Rand(t)
	for _, size := range [][2]int{{1, 1}, {4, 100}, {100, 4}, {3, 3}} {
		p := random(rnd, size[0], size[1], false)
		if h, q := p.sum(); h != zero || q != 0 {
			t.Errorf("%v: %s quality %d, want the zero hash and quality 0", size, h, q)
		}
	}
	flat := &picture{w: 100, h: 90, pix: make([]float32, 9000)}
	for i := range flat.pix {
		flat.pix[i] = 77
	}
	if _, q := flat.sum(); q != 0 {
		t.Errorf("a flat picture has quality %d", q)
	}
}

func TestScratchIsReused(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector drops what is pooled")
	}
	p := random(testkit.Rand(t), 300, 200, true)
	var codes [8][32]byte
	row := p.row // a method value of its own would be an allocation of the test's
	n := testing.AllocsPerRun(20, func() {
		Sum(p.w, p.h, row)
		SumEight(p.w, p.h, row, &codes)
		Dihedral(p.w, p.h, row, &codes)
	})
	if n > 1 { // SumEight's rows from below
		t.Errorf("%.0f allocations with scratch of the right size", n)
	}
}

func BenchmarkSum(b *testing.B) {
	p := random(testkit.Rand(b), 2000, 1500, true)
	for _, avx2 := range []bool{false, true} {
		b.Run(fmt.Sprintf("avx2=%v", avx2), func(b *testing.B) {
			force(b, avx2)
			b.SetBytes(int64(len(p.pix)))
			for b.Loop() {
				Sum(p.w, p.h, p.row)
			}
		})
	}
}

func BenchmarkSumEight(b *testing.B) {
	p := random(testkit.Rand(b), 2000, 1500, true)
	b.SetBytes(int64(len(p.pix)))
	var codes [8][32]byte
	for b.Loop() {
		SumEight(p.w, p.h, p.row, &codes)
	}
}
