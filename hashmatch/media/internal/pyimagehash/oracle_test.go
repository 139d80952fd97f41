package pyimagehash

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// resize is Pillow's two passes over a whole picture, one after the other.
func resize(pix []byte, w, h, ow, oh int) []byte {
	turned := make([]byte, ow*h) // column by column
	for y := range h {
		for x := range ow {
			turned[x*h+y] = sample(pix[y*w:][:w], ow, x)
		}
	}
	out := make([]byte, ow*oh)
	for x := range ow {
		for y := range oh {
			out[y*ow+x] = sample(turned[x*h:][:h], oh, y)
		}
	}
	return out
}

// sample is sample i of n of a row.
func sample(row []byte, n, i int) byte {
	if len(row) == n {
		return row[i] // Pillow leaves the pass out
	}
	scale := float64(len(row)) / float64(n)
	stretch := math.Max(scale, 1)
	centre := (float64(i) + 0.5) * scale
	from, to := max(int(centre-3*stretch+0.5), 0), min(int(centre+3*stretch+0.5), len(row))
	var k []float64
	sum := 0.0
	sinc := func(x float64) float64 {
		if x == 0 {
			return 1
		}
		return math.Sin(x*math.Pi) / (x * math.Pi)
	}
	for x := from; x < to; x++ {
		v := (float64(x) - centre + 0.5) / stretch
		w := 0.0
		if v >= -3 && v < 3 {
			w = sinc(v) * sinc(v/3)
		}
		k = append(k, w)
		sum += w
	}
	total := int64(1 << 21)
	for t, w := range k {
		total += int64(math.Round(w/sum*(1<<22))) * int64(row[from+t])
	}
	return byte(max(0, min(255, total>>22)))
}

// slowly is the three hashes of a picture as they are written in books.
func slowly(pix []byte, w, h int) (a, d, p uint64) {
	set := func(hash *uint64, bit bool) {
		*hash <<= 1
		if bit {
			*hash |= 1
		}
	}
	eight := resize(pix, w, h, 8, 8)
	sum := 0
	for _, v := range eight {
		sum += int(v)
	}
	for _, v := range eight {
		set(&a, float64(v) > float64(sum)/64)
	}
	for nine, y := resize(pix, w, h, 9, 8), 0; y < 8; y++ {
		for x := range 8 {
			set(&d, nine[9*y+x+1] > nine[9*y+x])
		}
	}
	var low []float64
	many := resize(pix, w, h, 32, 32)
	for v := range 8 {
		for u := range 8 {
			sum := 0.0
			for y := range 32 {
				for x := range 32 {
					sum += float64(many[32*y+x]) * math.Cos(math.Pi*float64(u*(2*x+1))/64) * math.Cos(math.Pi*float64(v*(2*y+1))/64)
				}
			}
			low = append(low, sum)
		}
	}
	sorted := slices.Sorted(slices.Values(low))
	for _, v := range low {
		set(&p, v > (sorted[31]+sorted[32])/2)
	}
	return a, d, p
}

// TestExact compares with the slow way at sizes at which Pillow enlarges, keeps and reduces.
func TestExact(t *testing.T) {
	rnd := testkit.Rand(t)
	sizes := [][2]int{{1, 1}, {2, 1}, {1, 300}, {300, 1}, {8, 8}, {9, 8}, {8, 9}, {32, 32}, {32, 31}, {33, 32}}
	for len(sizes) < 150 {
		most := []int{12, 40, 70, 300}[len(sizes)%4]
		sizes = append(sizes, [2]int{1 + rnd.IntN(most), 1 + rnd.IntN(most)})
	}
	if testing.Short() || testkit.Race {
		sizes = sizes[:40]
	}
	var h Hasher
	ran := 0
	for i, size := range sizes {
		w, height := size[0], size[1]
		pix := make([]byte, w*height, w*height+9)
		for x := range pix {
			switch pix[x] = byte(rnd.Uint32()); i % 3 {
			case 1:
				pix[x] = byte(x*7/w) + pix[x]&3
			case 2:
				pix[x] = 255 * (pix[x] & 1) // overshoots on both sides
			}
		}
		if err := h.Start(w, height); err != nil {
			t.Fatal(err)
		}
		for y := range height {
			h.Row(pix[y*w:])
		}
		a, d, p := h.Sums()
		pa, pd, pp := h.All(&plane.Plane{Pix: pix, Stride: w, Width: w, Height: height, Scale: 1, FullWidth: w, FullHeight: height})
		if a != pa || d != pd || p != pp {
			t.Errorf("%dx%d: %016x %016x %016x by rows, %016x %016x %016x of the plane", w, height, a, d, p, pa, pd, pp)
		}
		wa, wd, wp := slowly(pix, w, height)
		if min(w, height) < 8 {
			p, wp = 0, 0 // many coefficients are zero, and noise in the slow way
		}
		if a != wa || d != wd || p != wp {
			t.Errorf("%dx%d: %016x %016x %016x, want %016x %016x %016x", w, height, a, d, p, wa, wd, wp)
		}
		ran++
	}
	testkit.AtLeast(t, len(sizes), ran, "pictures")
}

var third = 1.0 / 3

// TestSine compares with the standard library's, which computes the same where nothing is fused.
func TestSine(t *testing.T) {
	fused := third*third-float64(third*third) != 0
	for i := range 200_001 {
		x := float64(i-100_000) / 10_000
		got, want := sine(x), math.Sin(x)
		if math.Abs(got-want) > 5e-16 || !fused && got != want {
			t.Fatalf("sine of %v: %v, want %v", x, got, want)
		}
	}
}

// TestFlat shows that a constant picture says nothing but its level, as with the reference.
func TestFlat(t *testing.T) {
	var h Hasher
	for v := range 256 {
		p := plane.Plane{}
		p.Reset(200, 150, 1, 0, 0)
		for i := range p.Pix {
			p.Pix[i] = byte(v)
		}
		want := uint64(1) << 63
		if v == 0 {
			want = 0
		}
		if a, d, ph := h.All(&p); a != 0 || d != 0 || ph != want {
			t.Errorf("level %d: %016x %016x %016x", v, a, d, ph)
		}
	}
}

func TestSizes(t *testing.T) {
	if testkit.Race {
		t.Skip("arithmetic on one goroutine")
	}
	var h Hasher
	for _, c := range []struct {
		w, h int
		want error
	}{{0, 1, hashmatch.ErrCorrupt}, {1, -1, hashmatch.ErrCorrupt}, {plane.MaxSide + 1, 1, hashmatch.ErrLimit}, {1, plane.MaxSide + 1, hashmatch.ErrLimit}} {
		if err := h.Start(c.w, c.h); !errors.Is(err, c.want) {
			t.Errorf("%dx%d: %v, want %v", c.w, c.h, err, c.want)
		}
	}
	for _, size := range [][2]int{{plane.MaxSide, 1}, {1, plane.MaxSide}} {
		if err := h.Start(size[0], size[1]); err != nil {
			t.Fatal(err)
		}
		row := make([]byte, size[0])
		for i := range row {
			row[i] = 255
		}
		for range size[1] {
			h.Row(row)
		}
		if a, d, p := h.Sums(); a != 0 || d != 0 || p != 1<<63 {
			t.Errorf("white, %dx%d: %016x %016x %016x", size[0], size[1], a, d, p)
		}
	}
}

func TestMisuse(t *testing.T) {
	panics := func(name string, f func(h *Hasher)) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f(new(Hasher))
	}
	start := func(h *Hasher) {
		if err := h.Start(9, 2); err != nil {
			t.Fatal(err)
		}
		h.Row(make([]byte, 9))
	}
	panics("sums of nothing", func(h *Hasher) { h.Sums() })
	panics("a row of nothing", func(h *Hasher) { h.Row(nil) })
	panics("too few rows", func(h *Hasher) { start(h); h.Sums() })
	panics("a short row", func(h *Hasher) { start(h); h.Row(make([]byte, 8)) })
	panics("too many rows", func(h *Hasher) { start(h); h.Row(make([]byte, 9)); h.Row(make([]byte, 9)) })
}

func TestAllocations(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	var h Hasher
	var p plane.Plane
	p.Reset(1600, 1200, 4, 0, 0)
	if n := testing.AllocsPerRun(5, func() { h.All(&p) }); n != 0 {
		t.Errorf("%v allocations for a picture of a size seen before", n)
	}
}
