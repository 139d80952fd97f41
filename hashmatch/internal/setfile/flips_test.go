package setfile

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

var long = flag.Bool("long", false, "test every case of what is otherwise tested in samples")

// fullSize is the least size of the file that the tests of damage damage.
const fullSize = 64 << 10

// fullFile makes a file of fullSize bytes or the few more that alignment asks for, with nine sections of many lengths.
func fullFile(t testing.TB, r *rand.Rand) []byte {
	t.Helper()
	sections := []Section{{ID: 1}}
	for i, n := range []int{1, 63, 64, 65, 4000, 1, 20000} {
		sections = append(sections, Section{ID: uint32(2 + i), Data: random(r, n)})
	}
	rest := fullSize - len(written(t, Header{Generation: 7}, sections...))
	sections = append(sections, Section{ID: 100, Data: random(r, int(padded(uint64(rest)))-1)})
	data := written(t, Header{Generation: 7}, sections...)
	if len(data) < fullSize || len(data) >= fullSize+align {
		t.Fatalf("the file has %d bytes", len(data))
	}
	if err := check(data); err != nil {
		t.Fatal(err)
	}
	return data
}

func signed(t testing.TB, data []byte, key ed25519.PrivateKey) []byte {
	t.Helper()
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Sign(f.Digest, key)
	if err != nil {
		t.Fatal(err)
	}
	before, area, err := f.Signed(s)
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(before), area...)
}

func newKey(r *rand.Rand) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(random(r, ed25519.SeedSize))
}

// refused tells whether an error is one that a damaged file should give.
func refused(err error) bool {
	for _, is := range []error{ErrEmpty, ErrMagic, ErrVersion, ErrOld, ErrFeature, ErrTruncated, ErrChecksum, ErrLayout, ErrSignature} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// onCopies calls work for 0 to n, on all cores, with a copy of data that work must leave as it was.
func onCopies(data []byte, n int, work func(data []byte, i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			mine := bytes.Clone(data)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(mine, i)
			}
		})
	}
	wg.Wait()
}

// stride returns how far apart the cases of a sample are, and which is the first.
func stride(r *rand.Rand) (step, first int) {
	switch {
	case *long:
		return 1, 0
	case testing.Short():
		return 101, r.IntN(101)
	}
	return 11, r.IntN(11)
}

// No flipped bit of a full file goes unnoticed, wherever it is. With -long all 64 KiB times 8 of them are flipped, each
// for itself, and the whole file is checked anew each time.
func TestEveryBitFlipIsRefused(t *testing.T) {
	r := testkit.Rand(t)
	for name, data := range map[string][]byte{"unsigned": fullFile(t, r), "signed": signed(t, fullFile(t, r), newKey(r))} {
		if name == "signed" && !*long { // it takes twice as long, and only the last bytes differ
			continue
		}
		if err := check(data); err != nil {
			t.Fatal(err)
		}
		step, first := stride(r)
		var n atomic.Int64
		onCopies(data, (8*len(data)-first+step-1)/step, func(data []byte, i int) {
			bit := first + i*step
			data[bit/8] ^= 1 << (bit % 8)
			if err := check(data); !refused(err) {
				t.Errorf("%s: bit %d of byte %d: %v", name, bit%8, bit/8, err)
			}
			data[bit/8] ^= 1 << (bit % 8)
			n.Add(1)
		})
		t.Logf("%s: %d of %d bits", name, n.Load(), 8*len(data))
		testkit.AtLeast(t, 8*fullSize/step, int(n.Load()), "bit flips")
	}
}

// No cut goes unnoticed, nor a file that something follows.
func TestEveryTruncationIsRefused(t *testing.T) {
	data := fullFile(t, testkit.Rand(t))
	n := 0
	for i := range data {
		if err := check(data[:i:i]); !refused(err) {
			t.Fatalf("cut to %d of %d bytes: %v", i, len(data), err)
		}
		n++
	}
	if err := check(nil); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	longer := append(bytes.Clone(data), data...)
	for i := range data {
		if err := check(longer[:len(data)+1+i]); !refused(err) {
			t.Fatalf("%d bytes appended: %v", 1+i, err)
		}
		n++
	}
	testkit.AtLeast(t, 2*fullSize, n, "lengths")
}

// A sector that is lost, that another one was written over, or that is still of the file before gives an error; so does
// a file of which the second half is of another one.
func TestTornSectors(t *testing.T) {
	r := testkit.Rand(t)
	data, other := fullFile(t, r), fullFile(t, r)
	if len(data) != len(other) {
		t.Fatal("the files differ in length")
	}
	n := 0
	expect := func(damaged []byte, what string, i, j int) {
		if bytes.Equal(damaged, data) || bytes.Equal(damaged, other) {
			return // both are whole
		}
		n++
		if err := check(damaged); !refused(err) {
			t.Errorf("%s %d, %d: %v", what, i, j, err)
		}
	}
	for _, sector := range []int{512, 4096} {
		for i := sector; i < len(data); i += sector {
			expect(append(bytes.Clone(data[:i]), other[i:]...), "torn at", i, sector)
		}
		for i := 0; i < len(data); i += sector {
			end := min(i+sector, len(data))
			for _, with := range [][]byte{make([]byte, sector), bytes.Repeat([]byte{0xff}, sector), other[i:end], random(r, sector)} {
				damaged := bytes.Clone(data)
				copy(damaged[i:end], with)
				expect(damaged, "overwritten at", i, sector)
			}
		}
	}
	testkit.AtLeast(t, 700, n, "torn files")
}

// Two sectors that were swapped give an error, any two.
func TestSwappedSectors(t *testing.T) {
	r := testkit.Rand(t)
	data := fullFile(t, r)
	type pair struct{ sector, i, j int }
	var pairs []pair
	for _, sector := range []int{512, 4096} {
		for i := range len(data) / sector {
			for j := range i {
				pairs = append(pairs, pair{sector, i * sector, j * sector})
			}
		}
	}
	swap := func(data []byte, p pair) {
		kept := bytes.Clone(data[p.i : p.i+p.sector])
		copy(data[p.i:], data[p.j:p.j+p.sector])
		copy(data[p.j:], kept)
	}
	var n atomic.Int64
	onCopies(data, len(pairs), func(mine []byte, i int) {
		swap(mine, pairs[i])
		if !bytes.Equal(mine, data) { // some are both zero
			n.Add(1)
			if err := check(mine); !refused(err) {
				t.Errorf("%+v: %v", pairs[i], err)
			}
		}
		swap(mine, pairs[i])
	})
	testkit.AtLeast(t, 7500, int(n.Load()), "swapped sectors")
}

// Any bit of a signature, or of the key in it, ends it.
func TestFlipsEndSignatures(t *testing.T) {
	r := testkit.Rand(t)
	data := signed(t, written(t, Header{}, Section{ID: 1, Data: random(r, 10)}), newKey(r))
	var n atomic.Int64
	onCopies(data, 8*areaSize, func(data []byte, i int) {
		bit := 8*(len(data)-areaSize) + i
		data[bit/8] ^= 1 << (bit % 8)
		if err := check(data); !errors.Is(err, ErrSignature) {
			t.Errorf("bit %d: %v", i, err)
		}
		data[bit/8] ^= 1 << (bit % 8)
		n.Add(1)
	})
	testkit.AtLeast(t, 768, int(n.Load()), "flips")
}

// No bit, nor two, of the room for a signature can be flipped into a signature. What a signature is checked against
// differs with each file, so many files are tried.
func TestFlipsDoNotSign(t *testing.T) {
	r := testkit.Rand(t)
	files, pairs := 12, 400
	if testing.Short() {
		files, pairs = 4, 200
	}
	var n atomic.Int64
	for i := range files {
		data := written(t, Header{Generation: uint64(i)}, Section{ID: 1, Data: random(r, 10)})
		area := 8 * (len(data) - areaSize)
		seeds := make([]uint64, pairs)
		for i := range seeds {
			seeds[i] = r.Uint64()
		}
		onCopies(data, 8*areaSize+pairs, func(data []byte, i int) {
			bits := []int{area + i}
			if i >= 8*areaSize {
				seed := seeds[i-8*areaSize]
				bits = []int{area + int((seed>>32)%(8*areaSize)), area + int(seed%(8*areaSize))}
				if bits[0] == bits[1] {
					return
				}
			}
			for _, bit := range bits {
				data[bit/8] ^= 1 << (bit % 8)
			}
			if err := check(data); !errors.Is(err, ErrSignature) {
				t.Errorf("bits %v: %v", bits, err)
			}
			for _, bit := range bits {
				data[bit/8] ^= 1 << (bit % 8)
			}
			n.Add(1)
		})
	}
	testkit.AtLeast(t, files*8*areaSize, int(n.Load()), "flips")
}
