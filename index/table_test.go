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
	sizes, least := []int{0, 1, 2, 15, 16, 17, 500, 5000}, 1_000_000
	if testkit.Race {
		sizes, least = sizes[:7], 100_000
	}
	looked := 0
	for name, shape := range shapes {
		for _, width := range []int{16, 20, 32} {
			for _, n := range sizes {
				keys := randomKeys(rnd, n, width)
				shape(keys, width)
				for _, ids := range [][]uint32{nil, randomIDs(rnd, n, uint32(n/3))} {
					looked += checkTable(t, fmt.Sprintf("%d keys of %d, %s", n, width, name), rnd, keys, width, ids)
				}
			}
		}
	}
	testkit.AtLeast(t, least, looked, "look-ups")
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
		last := []byte(k)
		last[width-1] ^= 1
		check(last)
		almost := []byte(k) // absent keys beside present ones
		almost[rnd.IntN(width)] ^= 1 << rnd.IntN(8)
		check(almost)
	}
	for range 20 {
		check(randomKeys(rnd, 1, width))
	}
	check(make([]byte, width))
	check(slices.Repeat([]byte{255}, width))
	looked += checkBatch(t, what, table, keys, want)
	looked += checkBatch(t, what+", absent keys between", table, between(rnd, keys, width), want)
	return looked
}

// between is keys with absent ones between them, most of which differ from one of them in the last byte only.
func between(rnd *rand.Rand, keys []byte, width int) []byte {
	var all []byte
	for ; len(keys) > 0; keys = keys[width:] {
		all = append(all, keys[:width]...)
		all = append(all, keys[:width]...)
		all[len(all)-1] ^= byte(rnd.IntN(256))
	}
	return all
}

// checkBatch looks up keys in one batch.
func checkBatch(t *testing.T, what string, table *Table, keys []byte, want map[string][]uint32) (looked int) {
	t.Helper()
	width := table.width
	next := 0 // the first key that has not been answered
	table.LookupBatch(keys, func(i int, ids []uint32) bool {
		for ; next < i; next++ {
			if key := keys[next*width:][:width]; want[string(key)] != nil {
				t.Fatalf("%s: key %d, %x, is passed over in a batch", what, next, key)
			}
		}
		key := keys[i*width:][:width]
		if i != next || len(ids) == 0 || !slices.Equal(ids, want[string(key)]) {
			t.Fatalf("%s: key %d of a batch, %x, has the ids %v, want %v, after key %d", what, i, key, ids, want[string(key)], next-1)
		}
		next++
		return true
	})
	for ; next < len(keys)/width; next++ {
		if key := keys[next*width:][:width]; want[string(key)] != nil {
			t.Fatalf("%s: key %d, %x, is passed over at the end of a batch", what, next, key)
		}
	}
	return next
}

// Behind the filter too an absent key finds nothing: the filter's answer is a hint.
func TestTableFilterIsAHint(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width, tries = 20_000, 20, 200_000
	table := NewTable(randomKeys(rnd, n, width), width, nil)
	passed := 0
	for range tries {
		key := randomKeys(rnd, 1, width)
		if table.filter.Test(key) {
			passed++
		}
		if ids := table.Lookup(nil, key); ids != nil {
			t.Fatalf("key %x was never added and has the ids %v", key, ids)
		}
	}
	testkit.AtLeast(t, 100, passed, "absent keys that pass the filter")
	if passed > 400 {
		t.Errorf("%d of %d absent keys pass the filter, about 220 are expected", passed, tries)
	}
}

// Keys that all begin alike fill one bucket. A search of it is still logarithmic: a linear one would take hours here.
func TestTableOfOneBucket(t *testing.T) {
	rnd := testkit.Rand(t)
	n := 1_000_000
	if testing.Short() || testkit.Race {
		n = 100_000
	}
	const width = 16
	keys := randomKeys(rnd, n, width)
	for i := 0; i < len(keys); i += width {
		clear(keys[i : i+8])
	}
	table := NewTable(keys, width, nil)
	for i := range n {
		if i%20 == 0 {
			if ids := table.Lookup(nil, keys[i*width:][:width]); !slices.Contains(ids, uint32(i)) {
				t.Fatalf("key %d of %d is not found", i, n)
			}
		}
	}
	found := 0
	table.LookupBatch(keys[:n/20*width], func(i int, ids []uint32) bool {
		if i != found || !slices.Contains(ids, uint32(i)) {
			t.Fatalf("key %d has the ids %v after %d found ones", i, ids, found)
		}
		found++
		return true
	})
	testkit.AtLeast(t, n/20, found, "keys in one bucket")
}

// Sorted keys are found by their positions without a column of IDs, and with InPlace they stay where they are.
func TestTableOfSortedKeys(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 3000, 20
	keys := NewTable(randomKeys(rnd, n, width), width, nil).keys
	ids := make([]uint32, n)
	for i := range ids {
		ids[i] = uint32(2 * i)
	}
	plain, inPlace, with := NewTable(keys, width, nil), NewTable(keys, width, nil, InPlace()), NewTable(keys, width, ids, InPlace())
	if plain.ids != nil || inPlace.ids != nil || &plain.keys[0] == &keys[0] {
		t.Error("a table of sorted keys has IDs, or the caller's keys")
	}
	if &inPlace.keys[0] != &keys[0] || &with.keys[0] != &keys[0] || &with.ids[0] != &ids[0] {
		t.Error("keys or ids that are in order were copied")
	}
	if perKey := float64(plain.memory()) / n; perKey > width+2.6 {
		t.Errorf("a key takes %.2f bytes", perKey)
	}
	for i := range n {
		key := keys[i*width:][:width]
		for _, table := range []*Table{plain, inPlace} {
			if got := table.Lookup(nil, key); !slices.Equal(got, []uint32{uint32(i)}) {
				t.Fatalf("key %d has the ids %v", i, got)
			}
		}
		if got := with.Lookup(nil, key); !slices.Equal(got, []uint32{uint32(2 * i)}) {
			t.Fatalf("key %d has the ids %v, want %d", i, got, 2*i)
		}
	}
	disordered := append(slices.Clone(keys[width:]), keys[:width]...)
	given := slices.Clone(disordered)
	NewTable(disordered, width, nil, InPlace())
	if !slices.Equal(given, disordered) {
		t.Error("keys out of order were sorted where they lie")
	}
}

// The filter is decided by the set of keys, not by their order, or by the secret: who has neither cannot make it.
func TestTableSecret(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 5000, 32
	keys := randomKeys(rnd, n, width)
	reversed := make([]byte, 0, len(keys))
	for i := n - 1; i >= 0; i-- {
		reversed = append(reversed, keys[i*width:][:width]...)
	}
	other := slices.Clone(keys)
	other[len(other)-1] ^= 1
	seeds := map[[32]byte]string{}
	for name, table := range map[string]*Table{
		"keys":           NewTable(keys, width, nil),
		"another key":    NewTable(other, width, nil),
		"secret":         NewTable(keys, width, nil, Secret([]byte("secret"))),
		"another secret": NewTable(keys, width, nil, Secret([]byte("Secret"))),
		"other width":    NewTable(keys, 16, nil),
	} {
		if before, ok := seeds[table.seed]; ok {
			t.Errorf("%s and %s give the same filter", name, before)
		}
		seeds[table.seed] = name
	}
	if a, b := NewTable(keys, width, nil), NewTable(keys, width, nil, Secret([]byte{})); a.seed != b.seed {
		t.Error("no bytes are taken for a secret")
	}
	if a, b := NewTable(keys, width, nil), NewTable(reversed, width, nil); a.seed != b.seed || !slices.Equal(a.filter.Words(), b.filter.Words()) {
		t.Error("the order of keys changes the filter")
	}
	a, b := NewTable(keys, width, nil, Secret([]byte("s"))), NewTable(other, width, nil, Secret([]byte("s")))
	if a.seed != b.seed {
		t.Error("the keys change what a secret gives")
	}
}

func TestTableAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates, and empties pools")
	}
	rnd := testkit.Rand(t)
	const n, width = 10_000, 20
	keys := randomKeys(rnd, n, width)
	dst := make([]uint32, 0, 10)
	found := 0
	for name, table := range map[string]*Table{"positions": NewTable(NewTable(keys, width, nil).keys, width, nil), "ids": NewTable(keys, width, nil)} {
		if a := testing.AllocsPerRun(100, func() { dst = table.Lookup(dst[:0], keys[:width]) }); a != 0 || len(dst) != 1 {
			t.Errorf("%s: %v allocations for a look-up", name, a)
		}
		// A batch that one block holds: more are shared among cores, for which goroutines are started.
		batch := keys[:tableBlock*width]
		if a := testing.AllocsPerRun(100, func() {
			table.LookupBatch(batch, func(int, []uint32) bool { found++; return true })
		}); a != 0 {
			t.Errorf("%s: %v allocations for a batch", name, a)
		}
	}
	testkit.AtLeast(t, 2*100*tableBlock, found, "keys found")
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
			table := NewTable(keys, width, nil)
			if got := table.Lookup(nil, key); !slices.Equal(got, want) {
				t.Errorf("key %x of %d bytes has the ids %v, want %v", key, width, got, want)
			}
			var batch []uint32
			table.LookupBatch(key, func(_ int, ids []uint32) bool { batch = slices.Clone(ids); return true })
			if !slices.Equal(batch, want) {
				t.Errorf("key %x of %d bytes has the ids %v in a batch, want %v", key, width, batch, want)
			}
		}
	})
}
