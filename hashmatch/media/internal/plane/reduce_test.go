package plane

import (
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// box returns a kernel whose samples are means of windows as wide as a sample is apart, moved off centre so that a
// mirrored side has other samples.
func box(samples int) *Kernel {
	return &Kernel{Samples: samples, Weights: func(full, i int, buf []float64) (int, []float64) {
		width := max(1, full/samples)
		first := min(max(0, i*full/samples-width/3), full-1)
		n := min(width, full-first)
		buf = buf[:0]
		for range n {
			buf = append(buf, 1/float64(n))
		}
		return first, buf
	}}
}

// tent returns a kernel of wide, overlapping, uneven windows, some weights below zero, as Lanczos has.
func tent(samples int) *Kernel {
	return &Kernel{Samples: samples, Weights: func(full, i int, buf []float64) (int, []float64) {
		first, last := max(0, (i-1)*full/samples), min(full-1, (i+2)*full/samples)
		buf = buf[:0]
		sum := 0.0
		for x := first; x <= last; x++ {
			w := float64(1+min(x-first, last-x)) - 0.25
			if x == first || x == last {
				w = -0.125
			}
			buf, sum = append(buf, w), sum+w
		}
		for t := range buf {
			buf[t] /= sum
		}
		return first, buf
	}}
}

// random returns a plane of noise with slack in its rows.
func random(rnd *rand.Rand, width, height, scale int) *Plane {
	p := new(Plane)
	p.Reset(width, height, scale, (width+scale-1)/scale+rnd.IntN(9), 0)
	for i := range p.Pix {
		p.Pix[i] = byte(rnd.Uint32())
	}
	return p
}

// oracle takes every pixel of the full side for its cell, in float64.
func oracle(p *Plane, down, across *Kernel, downMirrored, acrossMirrored bool) []float64 {
	type share struct {
		cell int
		by   float64
	}
	shares := func(k *Kernel, full int, mirrored bool) [][]share {
		all := make([][]share, k.Samples)
		for i := range all {
			first, by := k.Weights(full, i, nil)
			for t, w := range by {
				x := first + t
				if mirrored {
					x = full - 1 - x
				}
				all[i] = append(all[i], share{x / p.Scale, w})
			}
		}
		return all
	}
	var grid []float64
	columns := shares(across, p.FullWidth, acrossMirrored)
	for _, rows := range shares(down, p.FullHeight, downMirrored) {
		for _, column := range columns {
			sum := 0.0
			for _, y := range rows {
				for _, x := range column {
					sum += y.by * x.by * float64(p.Row(y.cell)[x.cell])
				}
			}
			grid = append(grid, sum)
		}
	}
	return grid
}

func TestReduce(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		var s Scratch
		sizes := [][2]int{
			{1, 1}, {1, 2}, {2, 1}, {1, 40}, {40, 1}, {1, 300}, {300, 1}, {3, 3}, {5, 5}, {7, 8}, {8, 8}, {9, 7}, {64, 64}, {65, 63},
			{255, 20}, {256, 20}, {257, 20}, {261, 20}, {519, 9}, {100, 90},
		}
		ran := 0
		for _, size := range sizes {
			for _, scale := range []int{1, 4, 8} {
				for _, samples := range [][2]int{{8, 8}, {9, 8}, {1, 3}, {16, 17}} {
					p := random(rnd, size[0], size[1], scale)
					a, b := box(samples[0]), tent(samples[1])
					checkReduce(t, &s, p, a, b)
					ran++
				}
			}
		}
		testkit.AtLeast(t, 200, ran, "reductions")
	})
}

// checkReduce compares all four grids of p, and that one call for two gives what two calls give.
func checkReduce(t *testing.T, s *Scratch, p *Plane, across, down *Kernel) {
	t.Helper()
	for _, downMirrored := range []bool{false, true} {
		y := down.Fold(p.FullHeight, p.Scale, downMirrored)
		x := []*Axis{across.Fold(p.FullWidth, p.Scale, false), across.Fold(p.FullWidth, p.Scale, true)}
		n := down.Samples * across.Samples
		grids := [][]float32{make([]float32, n), make([]float32, n+1)}
		grids[1][n] = 77
		p.Reduce(s, y, x, grids)
		if grids[1][n] != 77 {
			t.Errorf("written past the grid")
		}
		for i, mirrored := range []bool{false, true} {
			want := oracle(p, down, across, downMirrored, mirrored)
			for j, w := range want {
				if g := grids[i][j]; math.Abs(float64(g)-w) > 1e-3 {
					t.Fatalf("%dx%d at 1/%d, %v %v: sample %d of %d is %g, want %g", p.FullWidth, p.FullHeight, p.Scale, downMirrored, mirrored, j, n, g, w)
				}
			}
			alone := make([]float32, n)
			p.Reduce(s, y, x[i:i+1], [][]float32{alone})
			if j := sameBits(alone, grids[i][:n]); j >= 0 {
				t.Fatalf("sample %d is %g alone, %g in company", j, alone[j], grids[i][j])
			}
		}
	}
}

// TestReduceIsTheSameEverywhere pins the bits of a grid, which a processor that fuses a product into its sum would
// change.
func TestReduceIsTheSameEverywhere(t *testing.T) {
	p := random(rand.New(rand.NewPCG(3, 4)), 1999, 1501, 4)
	bothWays(t, func(t *testing.T) {
		var s Scratch
		grid := make([]float32, 64*33)
		p.Reduce(&s, tent(33).Fold(1501, 4, false), []*Axis{box(64).Fold(1999, 4, true)}, [][]float32{grid})
		sum := crc32.NewIEEE()
		for _, v := range grid {
			fmt.Fprintf(sum, "%08x", math.Float32bits(v))
		}
		if got, want := sum.Sum32(), uint32(0x3cc81a50); got != want {
			t.Errorf("the grid's bits sum to %#x, want %#x", got, want)
		}
	})
}

func TestReduceRefusesStrangers(t *testing.T) {
	k := box(8)
	p := random(testkit.Rand(t), 100, 80, 4)
	fit, narrow, low := k.Fold(100, 4, false), k.Fold(80, 4, false), k.Fold(80, 4, false)
	for name, call := range map[string]func(s *Scratch){
		"across": func(s *Scratch) { p.Reduce(s, low, []*Axis{narrow}, [][]float32{make([]float32, 64)}) },
		"down":   func(s *Scratch) { p.Reduce(s, fit, []*Axis{fit}, [][]float32{make([]float32, 64)}) },
		"grid":   func(s *Scratch) { p.Reduce(s, low, []*Axis{fit}, [][]float32{make([]float32, 63)}) },
		"grids":  func(s *Scratch) { p.Reduce(s, low, []*Axis{fit}, nil) },
		"weights": func(*Scratch) {
			(&Kernel{Samples: 1, Weights: func(full, _ int, _ []float64) (int, []float64) { return full, []float64{1} }}).Fold(9, 1, false)
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call(new(Scratch))
		}()
	}
}

func TestPlane(t *testing.T) {
	var p Plane
	p.Reset(33, 17, 8, 7, 9)
	if p.Width != 5 || p.Height != 3 || p.Stride != 7 || len(p.Pix) != 63 || p.Scale != 8 || p.FullWidth != 33 || p.FullHeight != 17 {
		t.Errorf("33x17 at 1/8: %+v", p)
	}
	p.Row(2)[4] = 9
	if p.Pix[2*7+4] != 9 {
		t.Error("row 2 is elsewhere")
	}
	before := &p.Pix[0]
	p.Reset(16, 16, 4, 0, 0)
	if p.Width != 4 || p.Height != 4 || p.Stride != 4 || len(p.Pix) != 16 || &p.Pix[0] != before {
		t.Errorf("16x16 at 1/4: %+v", p)
	}
	for _, c := range []struct{ w, h, scale int }{
		{1, 1, 1}, {640, 9000, 1}, {641, 641, 4}, {1408, 9000, 4}, {1409, 1409, 8}, {9000, 640, 1}, {4000, 3000, 8},
	} {
		if got := ScaleOf(c.w, c.h); got != c.scale {
			t.Errorf("%dx%d: scale %d, want %d", c.w, c.h, got, c.scale)
		}
	}
}

func TestReduceAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	k := tent(64)
	p := random(testkit.Rand(t), 1000, 700, 4)
	var s Scratch
	grids := [][]float32{make([]float32, 64*64)}
	across := make([]*Axis, 1)
	reduce := func() {
		across[0] = k.Axis(1000, 4, true)
		p.Reduce(&s, k.Axis(700, 4, false), across, grids)
	}
	reduce()
	if n := testing.AllocsPerRun(20, reduce); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func BenchmarkReduce(b *testing.B) {
	for _, size := range [][3]int{{4000, 3000, 8}, {640, 480, 1}, {1400, 1000, 4}} {
		for _, avx2 := range []bool{false, true} {
			b.Run(fmt.Sprintf("%dx%dby%d/avx2=%v", size[0], size[1], size[2], avx2), func(b *testing.B) {
				force(b, avx2)
				p := random(testkit.Rand(b), size[0], size[1], size[2])
				k := box(64)
				var s Scratch
				grids := [][]float32{make([]float32, 64*64), make([]float32, 64*64)}
				across := []*Axis{k.Axis(size[0], size[2], false), k.Axis(size[0], size[2], true)}
				for b.Loop() {
					p.Reduce(&s, k.Axis(size[1], size[2], false), across, grids)
					p.Reduce(&s, k.Axis(size[1], size[2], true), across, grids)
				}
			})
		}
	}
}

// A window's axis has the weights of a side of the window's length, moved to where it lies. Beyond the edge of
// what is known they fall on the lines at the edge and fade: from all to less than a hundredth.
func TestFoldWindow(t *testing.T) {
	rnd := testkit.Rand(t)
	ran := 0
	for range 300 {
		full, scale, k := 20+rnd.IntN(200), []int{1, 4, 8}[rnd.IntN(3)], box(8)
		from := rnd.IntN(2*full) - full
		w := Window{From: from, To: from + 1 + rnd.IntN(2*full-from)}
		if rnd.IntN(2) == 0 { // less is known
			w.Low = rnd.IntN(full)
			w.High = w.Low + 1 + rnd.IntN(full-w.Low)
			w.From = max(w.From, w.Low-full)
			w.To = max(w.From+1, min(w.To, w.High+full))
		}
		low, high := w.bounds(full)
		strip := (high-low)/edge + 1
		for _, mirrored := range []bool{false, true} {
			var f Folded
			for _, a := range []*Axis{k.FoldWindow(&f, full, scale, w, mirrored), k.AxisWindow(full, scale, w, mirrored)} {
				by := a.by
				for i := range k.Samples {
					cells, sum := make([]float64, (full+scale-1)/scale), 0.0
					first, weights := k.Weights(w.To-w.From, i, nil)
					for n, v := range weights {
						x := w.From + first + n
						if mirrored {
							x = w.To - 1 - first - n
						}
						at, n := x, 1
						switch {
						case x < low:
							at, n, v = low, strip, v*fade(low-x, high-low)
						case x >= high:
							at, n, v = high-strip, strip, v*fade(x-high+1, high-low)
						}
						for i := range n {
							cells[(at+i)/scale] += v / float64(n)
						}
						sum += v
					}
					for n, v := range by[:a.taps[i]] {
						cells[int(a.first[i])+n] -= float64(v)
					}
					by = by[a.taps[i]:]
					for n, v := range cells {
						if math.Abs(v) > 1e-6 {
							t.Fatalf("%v of %d at 1/%d: cell %d of sample %d is %g off", w, full, scale, n, i, v)
						}
					}
					if s := a.Shown(); s != nil && math.Abs(float64(s[i])-sum) > 1e-6 || s == nil && math.Abs(sum-1) > 1e-6 {
						t.Fatalf("%v of %d: of sample %d %g is shown, not %v", w, full, i, sum, s)
					}
				}
				ran++
			}
		}
	}
	testkit.AtLeast(t, 1200, ran, "axes")
	if fade(0, 100) != 1 || fade(200, 100) > 0.01 {
		t.Errorf("fading from %g to %g", fade(0, 100), fade(200, 100))
	}
}
