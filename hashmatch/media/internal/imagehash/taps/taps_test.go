package taps

import (
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// slow is Sum as it is written in books.
func slow(rows []Row, row []byte) []int32 {
	out := make([]int32, len(rows))
	for i, r := range rows {
		for t, w := range r.Weights {
			out[i] += w * int32(row[r.First+t])
		}
	}
	return out
}

var widths = []int{1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 300, 1023, 1024, 1025}

// TestSum compares every way with the slow one, on rows that end where their memory ends.
func TestSum(t *testing.T) {
	rnd := testkit.Rand(t)
	ran := 0
	for _, width := range widths {
		for _, samples := range []int{1, 2, 3, 4, 5, 8, 9, 64} {
			for _, longest := range []int{1, 2, 15, 16, 17, width} {
				rows := make([]Row, samples)
				for i := range rows {
					n := 1 + rnd.IntN(min(longest, width))
					rows[i].First = rnd.IntN(width - n + 1)
					for range n {
						rows[i].Weights = append(rows[i].Weights, int32(int16(rnd.Uint32())))
					}
				}
				row := testkit.Fenced(t, width)
				for i := range row {
					row[i] = byte(rnd.Uint32())
				}
				var b Bank
				b.Set(width+1, []Row{{First: width, Weights: []int32{77}}}) // memory that was used before
				b.Set(width, rows)
				want := slow(rows, row)
				for _, avx2 := range []bool{false, true} {
					force(t, avx2)
					got := make([]int32, b.Room()+1)
					got[b.Room()] = 12345
					b.Sum(got, row)
					if !slices.Equal(got[:samples], want) || got[b.Room()] != 12345 {
						t.Fatalf("width %d, %d samples, avx2 %v: %v, want %v", width, samples, avx2, got, want)
					}
					ran++
				}
			}
		}
	}
	testkit.AtLeast(t, 20*8*6*2, ran, "sums")
}

func TestMisuse(t *testing.T) {
	panics := func(name string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f()
	}
	var b Bank
	panics("too heavy", func() { b.Set(9, []Row{{Weights: []int32{1 << 15}}}) })
	panics("too many", func() { b.Reset(99, 1, 16); b.Put(0, Row{Weights: make([]int32, 17)}) })
	panics("past the row", func() { b.Set(9, []Row{{First: 9, Weights: []int32{1}}}) })
	panics("before the row", func() { b.Set(9, []Row{{First: -1, Weights: []int32{1}}}) })
	b.Set(9, []Row{{Weights: []int32{1}}})
	panics("short row", func() { b.Sum(make([]int32, 4), make([]byte, 8)) })
	panics("short dst", func() { b.Sum(make([]int32, 3), make([]byte, 9)) })
}

var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 63, 64, 65, 1023, 1024, 1025}

func TestAddScaled(t *testing.T) {
	rnd := testkit.Rand(t)
	ran := 0
	for _, n := range lengths {
		for _, k := range []int32{0, 1, -1, 12345, -1 << 31} {
			dst, src := make([]int32, n+1), make([]int32, n)
			for i := range src {
				dst[i], src[i] = int32(rnd.Uint32()), int32(rnd.Uint32())
			}
			dst[n] = 777
			want := slices.Clone(dst)
			addScaledGo(want[:n], src, k)
			for _, avx2 := range []bool{false, true} {
				force(t, avx2)
				got := slices.Clone(dst)
				AddScaled(got[:n], src, k)
				if !slices.Equal(got, want) {
					t.Errorf("%d values, avx2 %v: %v, want %v", n, avx2, got, want)
				}
				ran++
			}
		}
	}
	testkit.AtLeast(t, 18*5*2, ran, "sums")
}

// TestDivide tries sums next to where quotients change, for divisors up to the largest of a hash.
func TestDivide(t *testing.T) {
	rnd := testkit.Rand(t)
	ran := 0
	for _, n := range lengths {
		for range 50 {
			got, sums, inverse, want := make([]int32, n+1), make([]int32, n), make([]float64, n), make([]int32, n+1)
			got[n], want[n] = 777, 777
			for i := range sums {
				divisor := int32(1) << (8 + rnd.IntN(16))
				divisor -= rnd.Int32N(divisor / 2)
				sums[i] = max(0, divisor*rnd.Int32N(256)+rnd.Int32N(3)-1)
				inverse[i], want[i] = 1/float64(divisor), sums[i]/divisor
			}
			for _, avx2 := range []bool{false, true} {
				force(t, avx2)
				Divide(got[:n], sums, inverse)
				if !slices.Equal(got, want) {
					t.Errorf("%d values, avx2 %v: %v, want %v", n, avx2, got, want)
				}
				ran++
			}
		}
	}
	testkit.AtLeast(t, 18*50*2, ran, "divisions")
}
