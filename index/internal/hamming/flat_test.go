package hamming

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

// scanLengths are those at which loops of 8, 16 and 256 go wrong.
var scanLengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025}

// fenced64 returns n words that end where memory begins that must not be touched.
func fenced64(t testing.TB, n int) []uint64 {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(&testkit.Fenced(t, 8*n)[0])), n)
}

// fenced256 returns n codes that end where memory begins that must not be touched.
func fenced256(t testing.TB, n int) [][4]uint64 {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*[4]uint64)(unsafe.Pointer(&testkit.Fenced(t, 32*n)[0])), n)
}

// near64 is q with exactly n bits flipped.
func near64(rnd *rand.Rand, q uint64, n int) uint64 {
	for _, bit := range rnd.Perm(64)[:n] {
		q ^= 1 << bit
	}
	return q
}

// near256 is q with exactly n bits flipped.
func near256(rnd *rand.Rand, q [4]uint64, n int) [4]uint64 {
	for _, bit := range rnd.Perm(256)[:n] {
		q[bit/64] ^= 1 << (bit % 64)
	}
	return q
}

// A scan finds what comparing bit by bit finds, in order, at every radius and with every room for what it finds.
func TestFlatScan(t *testing.T) {
	for _, p := range paths() {
		t.Run("64/"+p.String(), func(t *testing.T) {
			rnd := testkit.Rand(t)
			q := rnd.Uint64()
			testScan(t, rnd, p, 64, fenced64, func(d int) uint64 { return near64(rnd, q, d) },
				func(dst []Found, codes []uint64, radius int) (int, int) { return Scan64(dst, codes, q, radius) })
		})
		t.Run("256/"+p.String(), func(t *testing.T) {
			rnd := testkit.Rand(t)
			q := [4]uint64{rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64()}
			testScan(t, rnd, p, 256, fenced256, func(d int) [4]uint64 { return near256(rnd, q, d) },
				func(dst []Found, codes [][4]uint64, radius int) (int, int) { return Scan256(dst, codes, &q, radius) })
		})
	}
}

// testScan makes codes at known distances to the query: every distance, most of them far from both ends, some of both.
func testScan[C uint64 | [4]uint64](t *testing.T, rnd *rand.Rand, p cpu.Path, width int, fenced func(testing.TB, int) []C,
	at func(distance int) C, scan func(dst []Found, codes []C, radius int) (n, done int)) {
	defer Use(p)()
	scans := 0
	for _, n := range scanLengths {
		codes, dists := fenced(t, n), make([]int, n)
		for i := range codes {
			dists[i] = rnd.IntN(width + 1)
			if i%3 == 0 {
				dists[i] = []int{0, 1, width - 1, width}[rnd.IntN(4)]
			}
			codes[i] = at(dists[i])
		}
		step := 1
		if n > 33 {
			step = 13
		}
		for radius := -1; radius <= width+1; radius += step {
			var want []Found
			for i, d := range dists {
				if d <= radius {
					want = append(want, Found{uint32(i), uint32(d)})
				}
			}
			for _, room := range []int{1, 2, 7, 8, 15, 16, 17, 24, 40, 300} {
				if got := flatScanAll(t, codes, room, radius, scan); !slices.Equal(got, want) {
					t.Fatalf("%d codes, radius %d, room %d: found %v, want %v", n, radius, room, got, want)
				}
				scans++
			}
		}
	}
	testkit.AtLeast(t, 10_000, scans, "scans")
}

// flatScanAll resumes a scan until it is at its end, with guards around what it writes.
func flatScanAll[C uint64 | [4]uint64](t *testing.T, codes []C, room, radius int, scan func([]Found, []C, int) (n, done int)) (all []Found) {
	const guard = 4
	buf := make([]Found, room+2*guard)
	for i := range buf {
		buf[i] = Found{0xdeadbeef, 0xdeadbeef}
	}
	for from := 0; ; {
		n, done := scan(buf[guard:guard+room], codes[from:], radius)
		if n > room || done > len(codes)-from || done == 0 && from < len(codes) {
			t.Fatalf("%d codes: %d found in room for %d, %d done", len(codes)-from, n, room, done)
		}
		for _, f := range buf[guard : guard+n] {
			all = append(all, Found{f.Position + uint32(from), f.Distance})
		}
		for i := range guard {
			if buf[i] != (Found{0xdeadbeef, 0xdeadbeef}) || buf[guard+room+i] != buf[0] {
				t.Fatalf("%d codes, room %d: written outside", len(codes), room)
			}
		}
		if from += done; from >= len(codes) {
			return all
		}
	}
}

// The blocks' masks hold every code within the radius, and, when all bits that a block looks at decide, no other; all
// paths write the same.
func TestFlatBlock(t *testing.T) {
	t.Run("64", func(t *testing.T) {
		testBlock(t, MaxSteps64, fenced64, (*Block).Fill64, func(p []uint64, q uint64, steps int) { Pick64(p, q, steps) },
			func(rnd *rand.Rand) uint64 { return rnd.Uint64() }, near64, func(c uint64) []uint64 { return []uint64{c} })
	})
	t.Run("256", func(t *testing.T) {
		testBlock(t, MaxSteps256, fenced256, (*Block).Fill256, func(p []uint64, q [4]uint64, steps int) { Pick256(p, &q, steps) },
			func(rnd *rand.Rand) [4]uint64 {
				return [4]uint64{rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64()}
			}, near256, func(c [4]uint64) []uint64 { return c[:] })
	})
}

func testBlock[C uint64 | [4]uint64](t *testing.T, maxSteps int, fenced func(testing.TB, int) []C,
	fill func(b *Block, codes []C, steps int), pick func([]uint64, C, int), random func(*rand.Rand) C,
	near func(*rand.Rand, C, int) C, words func(C) []uint64) {
	rnd := testkit.Rand(t)
	width := 64 * len(words(random(rnd)))
	var b Block
	compared := 0
	for _, n := range []int{1, 2, 3, 4, 5, 7, 63, 64, 65, 127, 128, 200, 253, 255, 256} {
		for steps := 1; steps <= maxSteps; steps++ {
			var qs []C
			for range 1 + rnd.IntN(9) {
				qs = append(qs, random(rnd))
			}
			codes := fenced(t, n)
			for i := range codes {
				codes[i] = near(rnd, qs[rnd.IntN(len(qs))], rnd.IntN(width+1))
			}
			size := PickSize(steps)
			picks := make([]uint64, size*len(qs))
			for i, q := range qs {
				pick(picks[i*size:], q, steps)
			}
			prefixes := prefixDistances(codes, qs, steps*StepBits, words)
			for _, radius := range []int{-1, 0, 1, 7, 8, 14, 15, 16, 30, 31, 32, 62, 63, 64, 75, 100, 126, 127, 128, 200, 251, 252, 255, 256, 257} {
				var want []Mask
				for q := range qs {
					m := Mask{Query: uint64(q)}
					for i := range codes {
						if prefixes[q][i] <= radius {
							m.Codes[i%4] |= 1 << (i / 4)
						}
					}
					if m.Codes != (row{}) {
						want = append(want, m)
					}
				}
				for _, p := range paths() {
					restore := Use(p)
					masks := slices.Repeat([]Mask{{Query: 77}}, len(qs)+1)
					fill(&b, codes, steps)
					got := b.Compare(masks[:len(qs)], picks, radius)
					restore()
					if !slices.Equal(masks[:got], want) {
						t.Fatalf("%v, %d codes, %d steps, radius %d: masks\n%x, want\n%x", p, n, steps, radius, masks[:got], want)
					}
					if masks[len(qs)] != (Mask{Query: 77}) {
						t.Fatalf("%v: written beyond the end", p)
					}
					compared += len(qs) * n
				}
			}
		}
	}
	testkit.AtLeast(t, 300_000*len(paths()), compared, "codes with queries")
}

// prefixDistances are the distances of the first so many bits.
func prefixDistances[C uint64 | [4]uint64](codes, qs []C, n int, words func(C) []uint64) [][]int {
	all := make([][]int, len(qs))
	for q := range qs {
		for i := range codes {
			d := 0
			a, b := words(codes[i]), words(qs[q])
			for bit := range min(n, 64*len(a)) {
				if (a[bit/64]^b[bit/64])>>(bit%64)&1 != 0 {
					d++
				}
			}
			all[q] = append(all[q], d)
		}
	}
	return all
}

// The bits that a block looks at leave few codes to verify, and no step less would do.
func TestSteps(t *testing.T) {
	radii := 0
	for radius := range 100 {
		steps := Steps256(radius)
		if steps == MaxSteps256 {
			break
		}
		if share := binomial(steps*StepBits, radius); share > 1e-3 {
			t.Errorf("radius %d, %d steps: %.2g of random codes are left", radius, steps, share)
		}
		if share := binomial((steps-2)*StepBits, radius); share < 1e-3 {
			t.Errorf("radius %d: two of %d steps are to spare", radius, steps)
		}
		if Steps64(radius) != min(steps, MaxSteps64) {
			t.Errorf("radius %d: %d steps of 64 bits, %d of 256", radius, Steps64(radius), steps)
		}
		radii++
	}
	testkit.AtLeast(t, 70, radii, "radii")
}

// binomial is the probability that at most k of n fair coins are heads.
func binomial(n, k int) float64 {
	if k >= n {
		return 1
	}
	sum := 0.0
	term := math.Pow(0.5, float64(n))
	for i := 0; i <= k; i++ {
		sum += term
		term *= float64(n-i) / float64(i+1)
	}
	return sum
}

func ExampleBlock() {
	codes := [][4]uint64{{1}, {3}, {^uint64(0)}}
	var b Block
	b.Fill256(codes, Steps256(1))
	picks := make([]uint64, PickSize(Steps256(1)))
	Pick256(picks, &[4]uint64{7}, Steps256(1))
	var masks [1]Mask
	n := b.Compare(masks[:], picks, 1)
	fmt.Println(n, masks[0].Codes)
	// Output: 1 [0 1 0 0]
}
