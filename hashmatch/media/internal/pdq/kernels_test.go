package pdq

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/testkit"
)

// bothWays runs f with the assembly and without.
func bothWays(t *testing.T, f func(t *testing.T)) {
	for _, avx2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("avx2=%v", avx2), func(t *testing.T) {
			force(t, avx2)
			f(t)
		})
	}
}

// guardedFloats returns n random floats that end where memory which must not be touched begins.
func guardedFloats(t testing.TB, rnd *rand.Rand, n int) []float32 {
	if n == 0 {
		return nil
	}
	p := unsafe.Slice((*float32)(unsafe.Pointer(&testkit.Fenced(t, 4*n)[0])), n)
	for i := range p {
		p[i] = rnd.Float32()*300 - 40
	}
	return p
}

func checkBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: place %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

func TestMultiply(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		for _, n := range []int{16, 32, 64} {
			a := (*[bands * side]float32)(guardedFloats(t, rnd, bands*side))
			b, c := guardedFloats(t, rnd, side*n), guardedFloats(t, rnd, bands*n)
			want := make([]float32, bands*n)
			for i := range bands {
				for j := range n {
					for k := range side {
						product := a[i*side+k] * b[k*n+j]
						want[i*n+j] += float32(product)
					}
				}
			}
			multiply(c, a, b, n)
			checkBits(t, fmt.Sprintf("16 x 64 x %d", n), c, want)
		}
	})
}

func TestSteps(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		for range 200 {
			g := (*grid)(guardedFloats(t, rnd, side*side))
			if rnd.IntN(2) == 0 { // steps of whole percents, at which the cut decides
				for i := range g {
					g[i] = 2.55 * float32(rnd.IntN(101))
				}
			}
			want := 0
			for i := range side {
				for j := range side {
					if i+1 < side {
						want += int(math.Abs(float64(int((g[i*side+j] - g[(i+1)*side+j]) * 100 / 255))))
					}
					if j+1 < side {
						want += int(math.Abs(float64(int((g[i*side+j] - g[i*side+j+1]) * 100 / 255))))
					}
				}
			}
			if got := steps(g); got != want {
				t.Fatalf("%d, want %d", got, want)
			}
		}
	})
}

func TestSlideAndDivide(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 1023, 1024, 1025} {
			sum, old, row, out := guardedFloats(t, rnd, n), guardedFloats(t, rnd, n), guardedFloats(t, rnd, n), guardedFloats(t, rnd, n)
			wantSum, wantOld, wantOut := make([]float32, n), slices.Clone(row), make([]float32, n)
			for x := range n {
				wantSum[x] = sum[x] + row[x]
				wantSum[x] -= old[x]
				wantOut[x] = wantSum[x] / 7
			}
			slide(sum, old, row, out, 7)
			checkBits(t, fmt.Sprintf("%d sums", n), sum, wantSum)
			checkBits(t, fmt.Sprintf("%d rows", n), old, wantOld)
			checkBits(t, fmt.Sprintf("%d means", n), out, wantOut)
			checkBits(t, fmt.Sprintf("%d rows that went in", n), row, wantOld)

			for x := range n {
				wantOut[x] /= row[x]
			}
			divide(out, row)
			checkBits(t, fmt.Sprintf("%d quotients", n), out, wantOut)
		}
	})
}

func TestSmallest(t *testing.T) {
	rnd := testkit.Rand(t)
	for range 2000 {
		p := make([]float32, 1+rnd.IntN(300))
		for i := range p {
			p[i] = float32(rnd.NormFloat64())
			if rnd.IntN(3) == 0 {
				p[i] = float32(rnd.IntN(5)) // ties
			}
		}
		if rnd.IntN(4) == 0 {
			slices.Sort(p)
		}
		k := rnd.IntN(len(p))
		sorted := slices.Sorted(slices.Values(p))
		if got := smallest(p, k); got != sorted[k] {
			t.Fatalf("%d of %d: %g, want %g", k, len(p), got, sorted[k])
		}
	}
}

func TestAtMostHalfTheBits(t *testing.T) {
	var s spectrum
	var b coefficients // all equal: none is strictly above the median
	if got := b.above(s.median(&b)).code(); got != [32]byte{} {
		t.Errorf("equal coefficients set bits: %x", got)
	}
	for i := range b {
		b[i] = float32(i)
	}
	got := b.above(s.median(&b)).code()
	if want := "ffffffffffffffffffffffffffffffff00000000000000000000000000000000"; hex.EncodeToString(got[:]) != want {
		t.Errorf("rising coefficients: %x, want %s", got, want)
	}
}

func TestTransposedBits(t *testing.T) {
	rnd := testkit.Rand(t)
	for range 100 {
		var b, transposed coefficients
		for i := range bands {
			for j := range bands {
				b[i*bands+j] = rnd.Float32() - 0.5
				transposed[j*bands+i] = b[i*bands+j]
			}
		}
		if got, want := b.above(0).transposed(), transposed.above(0); got != want {
			t.Fatalf("%04x, want %04x", got, want)
		}
	}
}

func BenchmarkSpectrum(b *testing.B) {
	for _, avx2 := range []bool{false, true} {
		b.Run(fmt.Sprintf("avx2=%v", avx2), func(b *testing.B) {
			force(b, avx2)
			rnd := testkit.Rand(b)
			g := (*grid)(guardedFloats(b, rnd, side*side))
			var s spectrum
			b.Run("transform", func(b *testing.B) {
				for b.Loop() {
					s.transform(g)
				}
			})
			b.Run("detail", func(b *testing.B) {
				for b.Loop() {
					detail(g)
				}
			})
			b.Run("median", func(b *testing.B) {
				for b.Loop() {
					s.median(&s.b)
				}
			})
			b.Run("bits", func(b *testing.B) {
				for b.Loop() {
					s.b.above(3).transposed().code()
				}
			})
		})
	}
}
