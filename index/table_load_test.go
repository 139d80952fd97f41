package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/testkit"
)

// appended is a table in bytes, which begin with a cache line.
func appended(t testing.TB, table *Table) []byte {
	t.Helper()
	b, err := table.AppendBinary([]byte("in front"))
	if err != nil || string(b[:8]) != "in front" {
		t.Fatalf("%v, and %q in front", err, b[:8])
	}
	room := make([]byte, len(b)+64)
	skip := int(-uintptr(unsafe.Pointer(&room[0])) % 64)
	return room[skip:][:copy(room[skip:], b[8:])]
}

// repair makes damaged bytes look whole: what a checksum proves is not what is tested.
func repair(b []byte) []byte {
	if len(b) >= 32 {
		binary.LittleEndian.PutUint64(b[16:], uint64(len(b)))
		binary.LittleEndian.PutUint32(b[24:], crc32.Checksum(b[32:], crc32.MakeTable(crc32.Castagnoli)))
	}
	return b
}

// A loaded table is the one that was written, and gives the same bytes again.
func TestTableLoad(t *testing.T) {
	rnd := testkit.Rand(t)
	looked := 0
	for _, width := range []int{16, 20, 32} {
		for _, n := range []int{0, 1, 2, 33, 3000} {
			keys := randomKeys(rnd, n, width)
			sorted := NewTable(keys, width, nil).keys
			for name, table := range map[string]*Table{
				"positions": NewTable(sorted, width, nil),
				"ids":       NewTable(keys, width, randomIDs(rnd, n, uint32(n))),
				"secret":    NewTable(keys, width, nil, Secret([]byte("?"))),
				"one key":   NewTable(make([]byte, n*width), width, nil),
			} {
				what := fmt.Sprintf("%d keys of %d, %s", n, width, name)
				b := appended(t, table)
				for _, opts := range [][]LoadOption{nil, {Trusted()}} {
					loaded, err := LoadTable(b, opts...)
					if err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					again, err := loaded.AppendBinary(nil)
					if err != nil || !slices.Equal(again, b) || loaded.Len() != n {
						t.Errorf("%s: %v, or other bytes", what, err)
					}
					for i := range n {
						key := table.key(i)
						got, want := loaded.Lookup(nil, key), table.Lookup(nil, key)
						if len(want) == 0 || !slices.Equal(got, want) {
							t.Fatalf("%s: key %x has the ids %v, want %v", what, key, got, want)
						}
						looked++
						if n > 100 && name == "one key" {
							break
						}
					}
				}
			}
		}
	}
	testkit.AtLeast(t, 50_000, looked, "look-ups")
}

// Arrays stay where the bytes are, and loading allocates what does not grow with them.
func TestTableLoadInPlace(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("a big-endian machine copies")
	}
	rnd := testkit.Rand(t)
	b := appended(t, NewTable(randomKeys(rnd, 5000, 20), 20, nil))
	table, err := LoadTable(b)
	if err != nil {
		t.Fatal(err)
	}
	from, to := uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&b[len(b)-1]))
	for name, p := range map[string]unsafe.Pointer{"keys": unsafe.Pointer(&table.keys[0]), "ids": unsafe.Pointer(&table.ids[0]),
		"starts": unsafe.Pointer(&table.starts[0]), "filter": unsafe.Pointer(&table.filter.Words()[0])} {
		if at := uintptr(p); at < from || at > to || at%64 != 0 {
			t.Errorf("%s lie at %x, the bytes from %x to %x", name, at, from, to)
		}
	}
}

// Whatever is changed, cut or added, also by somebody who makes the checksum anew, is an error, or a table that finds
// every key that it holds and no other. A trusted table may be wrong, but its look-ups end.
func TestTableLoadDamage(t *testing.T) {
	rnd := testkit.Rand(t)
	const n, width = 100, 20
	keys := randomKeys(rnd, n, width)
	copy(keys[width:], keys[:3*width]) // some equal ones
	step := 1
	if testkit.Race || testing.Short() {
		step = 13
	}
	cases, right := 0, 0
	for name, table := range map[string]*Table{"ids": NewTable(keys, width, randomIDs(rnd, n, n)), "positions": NewTable(NewTable(keys, width, nil).keys, width, nil)} {
		good := appended(t, table)
		for i := 0; i < len(good); i += step {
			for _, change := range []byte{1, 0x80, 0xff, byte(rnd.Uint32())} {
				b := slices.Clone(good)
				b[i] ^= change
				if _, err := LoadTable(b); change != 0 && !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s: byte %d was changed: %v", name, i, err)
				}
				if survive(t, repair(b), keys) {
					right++
				}
				cases++
			}
			if _, err := LoadTable(repair(slices.Clone(good[:i]))); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: cut at %d: %v", name, i, err)
			}
		}
		if _, err := LoadTable(repair(append(slices.Clone(good), 0))); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: a byte more: %v", name, err)
		}
	}
	testkit.AtLeast(t, 20_000/step, cases, "changes")
	testkit.AtLeast(t, 100/step, right, "changes that give another table")
}

// survive loads bytes and uses the table. It tells whether they were accepted without trust, when the table must agree
// with a search of all its keys.
func survive(t testing.TB, b, keys []byte) bool {
	t.Helper()
	if table, err := LoadTable(b, Trusted()); err == nil {
		use(table, keys)
	} else if !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
	table, err := LoadTable(b)
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
		return false
	}
	use(table, keys)
	want := map[string][]uint32{}
	for i := range table.Len() {
		id := uint32(i)
		if table.ids != nil {
			id = table.ids[i]
		}
		want[string(table.key(i))] = append(want[string(table.key(i))], id)
	}
	for key, ids := range want {
		if got := table.Lookup(nil, []byte(key)); !slices.Equal(got, ids) {
			t.Errorf("key %x of a changed table has the ids %v, want %v", key, got, ids)
		}
	}
	for i := range len(keys) / table.width {
		key := keys[i*table.width:][:table.width]
		if got := table.Lookup(nil, key); !slices.Equal(got, want[string(key)]) {
			t.Errorf("key %x has the ids %v in a changed table, want %v", key, got, want[string(key)])
		}
	}
	return true
}

// use looks up keys of whatever width the table has.
func use(table *Table, keys []byte) {
	keys = keys[:len(keys)/table.width*table.width]
	for i := 0; i < len(keys); i += table.width {
		table.Lookup(nil, keys[i:i+table.width])
	}
	table.LookupBatch(keys, func(int, []uint32) bool { return true })
}

// A filter that lacks a key is refused: it would hide the key.
func TestTableLoadChecksTheFilter(t *testing.T) {
	rnd := testkit.Rand(t)
	table := NewTable(randomKeys(rnd, 200, 16), 16, nil)
	refused := 0
	for i := range table.filter.Words() {
		for bit := range 64 {
			if table.filter.Words()[i]>>bit&1 == 0 {
				continue
			}
			table.filter.Words()[i] ^= 1 << bit
			if _, err := LoadTable(appended(t, table)); !errors.Is(err, ErrCorrupt) {
				t.Errorf("word %d lacks bit %d: %v", i, bit, err)
			}
			table.filter.Words()[i] ^= 1 << bit
			refused++
		}
	}
	testkit.AtLeast(t, 900, refused, "lacking bits")
}

func FuzzLoadTable(f *testing.F) {
	keys := randomKeys(testkit.Rand(f), 40, 32)
	f.Add(appended(f, NewTable(keys, 16, nil)), keys)
	f.Add(appended(f, NewTable(keys, 32, nil)), keys)
	f.Add(appended(f, NewTable(nil, 20, nil)), keys)
	f.Fuzz(func(t *testing.T, b, keys []byte) {
		survive(t, repair(slices.Clone(b)), keys)
	})
}
