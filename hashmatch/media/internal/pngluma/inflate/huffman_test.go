package inflate

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// lengthSets are lengths of codes, complete or not.
func lengthSets(r *rand.Rand) [][]uint8 {
	sets := [][]uint8{make([]uint8, 286), make([]uint8, 30)}
	for i := 1; i <= 15; i++ {
		one := make([]uint8, 286)
		one[256] = uint8(i)
		two := bytes.Clone(one)
		two[3] = uint8(i)
		sets = append(sets, one, two)
	}
	n := 3000
	if brief() {
		n = 500
	}
	for range n {
		// Leaves of a random tree: a complete code.
		leaves := []uint8{0}
		for range r.IntN(286) {
			i := r.IntN(len(leaves))
			if r.IntN(3) == 0 {
				i = len(leaves) - 1
			}
			if leaves[i] == 15 {
				continue
			}
			leaves[i]++
			leaves = append(leaves, leaves[i])
		}
		set := make([]uint8, 286)
		for i, to := range r.Perm(len(set))[:len(leaves)] {
			set[to] = leaves[i]
		}
		sets = append(sets, set)
		if r.IntN(2) == 0 {
			set = bytes.Clone(set)
			set[r.IntN(len(set))] = uint8(r.IntN(16))
			sets = append(sets, set)
		}
	}
	return sets
}

// A table finds every code that a plain reading of RFC 1951, 3.2.2 gives, and stays within its bounds.
func TestTables(t *testing.T) {
	r := testkit.Rand(t)
	n, most := 0, 0
	for _, lengths := range lengthSets(r) {
		table := make([]uint32, litSize)
		for i := range table {
			table[i] = 0xdeadbeef
		}
		sum, used := 0, 0
		for _, l := range lengths {
			if l > 0 {
				sum += 1 << (15 - l)
				used++
			}
		}
		want := sum == 1<<15 || used == 0 || used == 1 && sum == 1<<14
		if got := build(table, litRoot, lengths, litSymbols[:]); got != want {
			t.Fatalf("lengths %v: %v, want %v", lengths, got, want)
		}
		if !want {
			continue
		}
		for size := len(table); ; size-- {
			if table[size-1] != 0xdeadbeef {
				most = max(most, size)
				break
			}
		}
		code := 0
		for l := 1; l <= 15; l++ {
			for symbol, sl := range lengths {
				if int(sl) != l {
					continue
				}
				reversed := uint32(0)
				for i := range l {
					reversed |= uint32(code) >> i & 1 << (l - 1 - i)
				}
				for range 4 {
					look := reversed | r.Uint32()<<l
					e := table[look&(1<<litRoot-1)]
					if e&literal == 0 && e&isLink != 0 {
						e = table[e>>16+look>>litRoot&(1<<(e>>8&15)-1)]
					}
					if e != withCode(litSymbols[symbol], l) {
						t.Fatalf("lengths %v: symbol %d has entry %x", lengths, symbol, e)
					}
				}
				code++
				n++
			}
			code <<= 1
		}
	}
	if most > 2342 {
		t.Errorf("a table of %d entries", most)
	}
	testkit.AtLeast(t, 40_000, n, "codes")
}
