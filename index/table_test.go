package index

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func randomKeys(rnd *rand.Rand, n, width int) []byte {
	keys := make([]byte, 0, n*width+8)
	for len(keys) < n*width {
		keys = binary.LittleEndian.AppendUint64(keys, rnd.Uint64())
	}
	return keys[:n*width]
}

// A table finds what a map finds, and nothing else.
func TestTableAgreesWithMap(t *testing.T) {
	rnd := testkit.Rand(t)
	shapes := map[string]func(keys []byte, width int){
		"random": func([]byte, int) {},
		"one start": func(keys []byte, width int) { // all in one bucket
			for i := 0; i < len(keys); i += width {
				copy(keys[i:], "12345678")
			}
		},
		"one end": func(keys []byte, width int) {
			for i := 0; i < len(keys); i += width {
				clear(keys[i+4 : i+width])
			}
		},
		"first and last bucket": func(keys []byte, width int) {
			for i := 0; i < len(keys); i += width {
				copy(keys[i:], [][]byte{{0, 0, 0, 0, 0}, {255, 255, 255, 255, 255}}[keys[i]%2])
			}
		},
		"duplicates": func(keys []byte, width int) {
			for i := width; i < len(keys); i += width {
				copy(keys[i:i+width], keys[width*rnd.IntN(i/width):][:width])
			}
		},
		"one key": func(keys []byte, width int) { clear(keys) },
	}
	looked := 0
	for name, shape := range shapes {
		for _, width := range []int{16, 20, 32} {
			for _, n := range []int{0, 1, 2, 15, 16, 17, 500, 5000} {
				keys := randomKeys(rnd, n, width)
				shape(keys, width)
				for _, ids := range [][]uint32{nil, randomIDs(rnd, n, uint32(n/3))} {
					looked += checkTable(t, fmt.Sprintf("%d keys of %d, %s", n, width, name), rnd, keys, width, ids)
				}
			}
		}
	}
	testkit.AtLeast(t, 250_000, looked, "look-ups")
}

func checkTable(t *testing.T, what string, rnd *rand.Rand, keys []byte, width int, ids []uint32) (looked int) {
	t.Helper()
	want := map[string][]uint32{}
	n := len(keys) / width
	for i := range n {
		k := string(keys[i*width:][:width])
		want[k] = append(want[k], idAt(ids, i))
	}
	given := slices.Clone(keys)
	table := NewTable(given, width, ids)
	clear(given) // the table has its own
	if table.Len() != n {
		t.Errorf("%s: length %d, want %d", what, table.Len(), n)
	}
	check := func(key []byte) {
		got := table.Lookup([]uint32{77}, key)
		expect := want[string(key)]
		slices.Sort(expect)
		if got[0] != 77 || !slices.Equal(got[1:], expect) {
			t.Fatalf("%s: key %x has the ids %v, want %v", what, key, got[1:], expect)
		}
		looked++
	}
	for k := range want {
		check([]byte(k))
		almost := []byte(k) // absent keys beside present ones
		almost[rnd.IntN(width)] ^= 1 << rnd.IntN(8)
		check(almost)
	}
	for range 20 {
		check(randomKeys(rnd, 1, width))
	}
	check(make([]byte, width))
	check(slices.Repeat([]byte{255}, width))
	return looked
}

// Behind the filter too an absent key finds nothing: the filter's answer is a hint.
func TestTableFilterIsAHint(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 20_000, 20
	table := NewTable(randomKeys(rnd, n, width), width, nil)
	passed := 0
	for range 20_000 {
		key := randomKeys(rnd, 1, width)
		if table.filter.Test(key) {
			passed++
		}
		if ids := table.Lookup(nil, key); ids != nil {
			t.Fatalf("key %x was never added and has the ids %v", key, ids)
		}
	}
	testkit.AtLeast(t, 20, passed, "absent keys that pass the filter")
	if passed > 600 {
		t.Errorf("%d of 20,000 absent keys pass the filter, about 200 are expected", passed)
	}
}

// Keys that all begin alike fill one bucket. A search of it is still logarithmic: a linear one would take hours here.
func TestTableOfOneBucket(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 200_000, 16
	keys := randomKeys(rnd, n, width)
	for i := 0; i < len(keys); i += width {
		clear(keys[i : i+8])
	}
	table := NewTable(keys, width, nil)
	for i := range n {
		if ids := table.Lookup(nil, keys[i*width:][:width]); !slices.Contains(ids, uint32(i)) {
			t.Fatalf("key %d of %d is not found", i, n)
		}
	}
	testkit.AtLeast(t, n, table.Len(), "keys in one bucket")
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdeg"), []byte("0123456789abcdef"))
	f.Add([]byte{}, make([]byte, 20))
	f.Add(make([]byte, 96), make([]byte, 32))
	f.Fuzz(func(t *testing.T, keys, key []byte) {
		for _, width := range []int{16, 20, 32} {
			keys := keys[:len(keys)/width*width]
			key := append(slices.Clone(key), make([]byte, width)...)[:width]
			var want []uint32
			for i := range len(keys) / width {
				if string(keys[i*width:][:width]) == string(key) {
					want = append(want, uint32(i))
				}
			}
			if got := NewTable(keys, width, nil).Lookup(nil, key); !slices.Equal(got, want) {
				t.Errorf("key %x of %d bytes has the ids %v, want %v", key, width, got, want)
			}
		}
	})
}
