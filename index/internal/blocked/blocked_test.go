package blocked

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

var widths = []int{16, 20, 32}

func randomKeys(rnd *rand.Rand, n, width int) []byte {
	keys := make([]byte, 0, n*width+8)
	for len(keys) < n*width {
		keys = binary.LittleEndian.AppendUint64(keys, rnd.Uint64())
	}
	return keys[:n*width]
}

func seed(rnd *rand.Rand) [32]byte { return [32]byte(randomKeys(rnd, 1, 32)) }

// onEachPath runs test with the kernels of every path that can run here.
func onEachPath(t *testing.T, test func(t *testing.T)) {
	before := path
	defer func() { path = before }()
	ran := 0
	for _, p := range []cpu.Path{cpu.Go, cpu.NEON, cpu.AVX2, cpu.AVX512} {
		if cpu.Has(p) {
			path = p
			t.Run(p.String(), test)
			ran++
		}
	}
	testkit.AtLeast(t, 1, ran, "paths")
}

// The hash is what its comment says, in numbers of any size.
func TestHash(t *testing.T) {
	rnd := testkit.Rand(t)
	number := func(w uint64) *big.Int { return new(big.Int).SetUint64(w) }
	two64 := new(big.Int).Lsh(big.NewInt(1), 64)
	two128 := new(big.Int).Lsh(big.NewInt(1), 128)
	ran := 0
	for range 3000 {
		h := newHasher(seed(rnd))
		for _, width := range widths {
			key := randomKeys(rnd, 1, width)
			if rnd.IntN(3) == 0 { // words with which sums carry and products are greatest
				for i := range key[:rnd.IntN(width+1)] {
					key[i] = 255
				}
			}
			word := func(at int) *big.Int { return number(binary.LittleEndian.Uint64(key[at:])) }
			var sums [4]*big.Int
			for i, at := range []int{0, 8, width - 16, width - 8} {
				sums[i] = new(big.Int).Mod(new(big.Int).Add(word(at), number(h.sum[i])), two64)
			}
			p := new(big.Int).Mul(sums[0], sums[1])
			p.Add(p, new(big.Int).Mul(sums[2], sums[3])).Mod(p, two128)
			hi, lo := new(big.Int).DivMod(p, two64, new(big.Int))
			hi.Xor(hi, lo)
			wide := func(w [2]uint64) *big.Int {
				return new(big.Int).Add(new(big.Int).Mul(number(w[0]), two64), number(w[1]))
			}
			want := new(big.Int).Add(hi.Mul(hi, wide(h.mul[0])), lo.Mul(lo, wide(h.mul[1])))
			want.Add(want, wide(h.add)).Mod(want, two128).Div(want, two64)
			if got := h.of(key); got != want.Uint64() {
				t.Fatalf("key %x has the hash %x, want %x", key, got, want)
			}
			ran++
		}
	}
	testkit.AtLeast(t, 9000, ran, "hashes")
}

// What was added pass, on every path, whatever the keys; of others TestRate tells how many.
func TestNoFalseNegative(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		tested := 0
		for _, width := range widths {
			for _, n := range []int{0, 1, 5, 31, 32, 33, 1000, 40_000} {
				for name, keys := range map[string][]byte{"random": randomKeys(rnd, n, width), "equal": make([]byte, n*width), "counting": counting(n, width)} {
					secret := seed(rnd)
					f := New(n, secret)
					blocks := len(f.Words()) / Words
					f.AddBetween(keys, width, 0, blocks/3)
					f.AddBetween(keys, width, blocks/3, blocks)
					f = Of(slices.Clone(f.Words()), secret)
					passed := f.TestBatch([]uint32{77}, keys, width)
					if len(passed) != n+1 || passed[0] != 77 {
						t.Fatalf("%s: of %d keys of %d bytes %d pass", name, n, width, len(passed)-1)
					}
					for i := range n {
						if passed[i+1] != uint32(i) || !f.Test(keys[i*width:][:width]) {
							t.Fatalf("%s: key %d of %d does not pass", name, i, n)
						}
					}
					tested += n
				}
			}
		}
		testkit.AtLeast(t, 300_000, tested, "keys")
	})
}

func counting(n, width int) []byte {
	keys := make([]byte, n*width)
	for i := range n {
		binary.LittleEndian.PutUint32(keys[i*width+width/2:], uint32(i))
	}
	return keys
}

// Keys in arithmetic progression pass and crowd as random ones do, whatever the secret: the hash lets no order through.
func TestRate(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width, secrets = 10_000, 20, 12
	const expect = 4 * n / 1100.0
	stride := func(at, shift int) []byte {
		keys := make([]byte, 5*n*width)
		for i := range 5 * n {
			binary.LittleEndian.PutUint64(keys[i*width+at:], uint64(i)<<shift)
		}
		return keys
	}
	shapes := []struct {
		name string
		keys []byte
	}{
		{"random", randomKeys(rnd, 5*n, width)}, {"counting", counting(5*n, width)}, {"first word", stride(0, 0)},
		{"upper half", stride(0, 32)}, {"second word", stride(8, 20)}, {"last word", stride(12, 32)},
	}
	for _, shape := range shapes {
		sum := 0
		for range secrets {
			f := New(n, seed(rnd))
			f.AddBetween(shape.keys[:n*width], width, 0, Blocks(n))
			passed := len(f.TestBatch(nil, shape.keys[n*width:], width))
			if float64(passed) > 2*expect || float64(passed) < expect/3 {
				t.Errorf("%s: %d of %d absent keys pass, about %.0f are expected", shape.name, passed, 4*n, expect)
			}
			sum += passed
		}
		if mean := float64(sum) / secrets; math.Abs(mean-expect) > 0.25*expect {
			t.Errorf("%s: %.1f of %d absent keys pass on average, about %.0f are expected", shape.name, mean, 4*n, expect)
		}
	}
}

// The kernels find, fetch and test what their Go twins do, at every length of a group, from keys that end with a page.
func TestKernels(t *testing.T) {
	if !cpu.Has(cpu.AVX2) {
		t.Skip("no AVX2 here, so there is one path only")
	}
	rnd := testkit.Rand(t)
	before := path
	defer func() { path = before }()
	compared := 0
	for _, width := range widths {
		f := New(3000, seed(rnd))
		f.AddBetween(randomKeys(rnd, 3000, width), width, 0, Blocks(3000))
		for i := range f.words { // so that a fair share passes
			f.words[i] |= rnd.Uint64() | rnd.Uint64()
		}
		for n := 1; n <= group; n++ {
			keys := testkit.Fenced(t, n*width)
			copy(keys, randomKeys(rnd, n, width))
			var want, got places
			path = cpu.Go
			f.placeGroup(&want, keys, width)
			wanted := make([]uint32, n)
			wanted = wanted[:testGroup(wanted, f.words, &want, 1000, n)]
			path = cpu.AVX2
			f.placeGroup(&got, keys, width)
			dst := make([]uint32, n+1)
			dst[n] = 0xabcdef
			passed := testGroup(dst[:n], f.words, &got, 1000, n)
			if got != want {
				t.Fatalf("%d keys of %d bytes: other places", n, width)
			}
			if !slices.Equal(dst[:passed], wanted) || dst[n] != 0xabcdef {
				t.Fatalf("%d keys of %d bytes: %v pass, want %v", n, width, dst, wanted)
			}
			compared += n
			runtime.KeepAlive(keys)
		}
		for _, n := range []int{0, 1, group - 1, group, group + 1, 2 * group, 1023, 1024, 1025} {
			keys := randomKeys(rnd, n, width)
			path = cpu.Go
			want := f.TestBatch(nil, keys, width)
			path = cpu.AVX2
			if got := f.TestBatch(nil, keys, width); !slices.Equal(got, want) {
				t.Errorf("%d keys of %d bytes: %v pass, want %v", n, width, got, want)
			}
		}
	}
	testkit.AtLeast(t, 3*group*group/2, compared, "keys in groups")
}

// Fetching is no access: offsets beyond the bytes do no harm, nor does there being no bytes.
func TestFetch(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		b := testkit.Fenced(t, 64)
		Fetch(b, []uint64{0, 63, 64, 1 << 20, 1<<64 - 1})
		Fetch(b, nil)
		Fetch(nil, []uint64{0, 1})
	})
}

// The kernel's offsets are those of the structs.
func TestOffsets(t *testing.T) {
	var h hasher
	var p places
	for name, pair := range map[string][2]uintptr{
		"SUM": {unsafe.Offsetof(h.sum), 0}, "MUL": {unsafe.Offsetof(h.mul), 32}, "ADD": {unsafe.Offsetof(h.add), 64},
		"SPIN": {unsafe.Offsetof(h.spin), 80}, "PATTERNS": {unsafe.Offsetof(p.patterns), 512},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is at %d, the kernel has %d", name, pair[0], pair[1])
		}
	}
}

// Blocks are cache lines.
func TestAligned(t *testing.T) {
	for n := range 200 {
		if at := uintptr(unsafe.Pointer(&New(n, [32]byte{}).words[0])); at%64 != 0 {
			t.Errorf("the filter of %d keys lies at %x", n, at)
		}
	}
}

func TestBatchAllocatesNothing(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 10_000, 20
	keys := randomKeys(rnd, n, width)
	f := New(n, seed(rnd))
	f.AddBetween(keys, width, 0, Blocks(n))
	dst := make([]uint32, 0, n)
	if a := testing.AllocsPerRun(10, func() { dst = f.TestBatch(dst[:0], keys, width) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func BenchmarkTest(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	const width = 20
	for _, n := range []int{100_000, 1_000_000, 10_000_000} {
		f := New(n, seed(rnd))
		f.AddBetween(randomKeys(rnd, n, width), width, 0, Blocks(n))
		qs := randomKeys(rnd, 1<<14, width)
		var dst []uint32
		for _, p := range []cpu.Path{cpu.Go, cpu.AVX2} {
			if !cpu.Has(p) {
				continue
			}
			b.Run(fmt.Sprintf("n=%d/%v", n, p), func(b *testing.B) {
				defer func(before cpu.Path) { path = before }(path)
				path = p
				var best time.Duration // of rounds, as the machine is shared
				for range b.N {
					start := time.Now()
					dst = f.TestBatch(dst[:0], qs, width)
					if took := time.Since(start); best == 0 || took < best {
						best = took
					}
				}
				b.ReportMetric(float64(best.Nanoseconds())/(1<<14), "ns/key")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
