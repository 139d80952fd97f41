package plane

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/testkit"
)

// lengths are those at which loops of 8 and 32 go wrong.
var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 39, 40, 41, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025}

// guardedFloats returns n floats that end where memory which must not be touched begins.
func guardedFloats(t testing.TB, n int) []float32 {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&testkit.Fenced(t, 4*n)[0])), n)
}

func randomFloats(rnd *rand.Rand, p []float32) []float32 {
	for i := range p {
		p[i] = rnd.Float32()*3 - 1
	}
	return p
}

// sameBits reports the first place where two slices differ in a bit; -1 is none.
func sameBits(a, b []float32) int {
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

// bothWays runs f with the assembly and without.
func bothWays(t *testing.T, f func(t *testing.T)) {
	for _, avx2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("avx2=%v", avx2), func(t *testing.T) {
			force(t, avx2)
			f(t)
		})
	}
}

func TestMix(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		ran := 0
		for _, n := range lengths {
			for _, taps := range []int{1, 2, 3, 4, 5, 8, 9, 13} {
				stride := n + rnd.IntN(3)
				pix := testkit.Fenced(t, (taps-1)*stride+n+1)[1:]
				for i := range pix {
					pix[i] = byte(rnd.Uint32())
				}
				by := randomFloats(rnd, guardedFloats(t, taps))
				dst := randomFloats(rnd, guardedFloats(t, n)) // what was there must not matter
				want := make([]float32, n)
				for x := range want {
					for i, k := range by {
						want[x] += float32(k * float32(pix[i*stride+x]))
					}
				}
				before := slices.Clone(pix)
				mix(dst, pix, stride, by)
				if i := sameBits(dst, want); i >= 0 {
					t.Errorf("%d columns, %d rows: column %d is %g, want %g", n, taps, i, dst[i], want[i])
				}
				if !slices.Equal(before, pix) {
					t.Error("the plane was written to")
				}
				ran++
			}
		}
		testkit.AtLeast(t, 200, ran, "sums")
	})
}

func TestMixChecksItsMemory(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("a plane that is too short was read")
			}
		}()
		mix(make([]float32, 16), make([]byte, 47), 16, make([]float32, 3))
	})
}

func TestSum(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		for range 100 {
			cells, samples := 1+rnd.IntN(70), 1+rnd.IntN(20)
			columns := randomFloats(rnd, guardedFloats(t, lanes*cells))
			sums := randomFloats(rnd, guardedFloats(t, lanes*samples))
			want := make([]float32, lanes*samples)
			a := &Axis{cells: cells}
			var all []float32
			for j := range samples {
				first := rnd.IntN(cells)
				taps := 1 + rnd.IntN(cells-first)
				a.first, a.taps = append(a.first, int32(first)), append(a.taps, int32(taps))
				for x := range taps {
					k := rnd.Float32() - 0.2
					all = append(all, k)
					for l := range lanes {
						want[j*lanes+l] += float32(k * columns[(first+x)*lanes+l])
					}
				}
			}
			a.by = guardedFloats(t, len(all))
			copy(a.by, all)
			a.sum(sums, columns)
			if i := sameBits(sums, want); i >= 0 {
				t.Errorf("%d samples of %d cells: lane %d of sample %d is %g, want %g", samples, cells, i%lanes, i/lanes, sums[i], want[i])
			}
		}
	})
}

func TestTurn(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		for blocks := range 12 {
			// from rows to columns and back, as Reduce does
			n := lanes*blocks + rnd.IntN(3)*lanes
			rows := randomFloats(rnd, guardedFloats(t, lanes*n))
			columns := guardedFloats(t, lanes*lanes*blocks)
			turn(columns, lanes, lanes*lanes, rows, n, lanes, blocks)
			for i := range columns {
				if x, r := i/lanes, i%lanes; columns[i] != rows[r*n+x] {
					t.Fatalf("%d blocks: row %d, column %d is elsewhere", blocks, r, x)
				}
			}
			back := randomFloats(rnd, guardedFloats(t, lanes*n))
			before := slices.Clone(back)
			turn(back, n, lanes, columns, lanes, lanes*lanes, blocks)
			for i, v := range back {
				want := before[i]
				if i%max(n, 1) < lanes*blocks {
					want = rows[i]
				}
				if v != want {
					t.Fatalf("%d blocks back: place %d is %g, want %g", blocks, i, v, want)
				}
			}
		}
	})
}
