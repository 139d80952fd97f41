package pngluma

import (
	"bytes"
	"hash/adler32"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// lengths are those at which kernels go wrong, if they do.
var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 63, 64, 65, 1023, 1024, 1025, 5551, 5552, 5553, 20_000}

// withCanaries returns n bytes of noise in a slice with slack behind, and the memory that it is the middle of.
func withCanaries(r *rand.Rand, n int) (b, all []byte) {
	all = make([]byte, 32+n+slack+32)
	for i := range all {
		all[i] = byte(r.Uint32())
		if r.IntN(3) == 0 {
			all[i] = byte(r.IntN(2) * 255)
		}
	}
	return all[32 : 32+n : 32+n+slack], all
}

// Each filter undoes what section 9 of the specification does, with AVX2 and without, and writes at most the slack.
func TestUnfilter(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	bothWays(t, func(t *testing.T) {
		for _, step := range []int{1, 2, 3, 4, 6, 8} {
			for _, length := range append(lengths, 300, 301) {
				length -= length % step
				for filter := range filters {
					above, all := withCanaries(r, length)
					want, _ := withCanaries(r, length)
					row, rowAll := withCanaries(r, length)
					copy(row, filtered(nil, want, above, filter, step)[1:])
					before, rowBefore := bytes.Clone(all), bytes.Clone(rowAll)
					unfilter(above, row, byte(filter), step)
					if !bytes.Equal(above, want) {
						t.Fatalf("filter %d, step %d, %d bytes: %x\nwant %x", filter, step, length, above, want)
					}
					if !bytes.Equal(all[:32], before[:32]) || !bytes.Equal(all[32+length+slack:], before[32+length+slack:]) ||
						!bytes.Equal(rowAll, rowBefore) {
						t.Fatalf("filter %d, step %d, %d bytes: written beside the row", filter, step, length)
					}
					n++
				}
			}
		}
	})
	testkit.AtLeast(t, 600, n, "rows")
}

func TestAddColumns(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	bothWays(t, func(t *testing.T) {
		for _, length := range lengths {
			row, _ := withCanaries(r, length)
			all := make([]uint16, length+2*slack)
			for i := range all {
				all[i] = uint16(r.Uint32())
			}
			want := slices.Clone(all)
			addColumnsGeneric(want[:length], row)
			addColumns(all[:length:length+slack], row)
			if !slices.Equal(all[:length], want[:length]) || !slices.Equal(all[length+slack:], want[length+slack:]) {
				t.Fatalf("%d bytes: %v, want %v", length, all, want)
			}
			n++
		}
	})
	testkit.AtLeast(t, 20, n, "rows")
}

func TestAdler(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	bothWays(t, func(t *testing.T) {
		for _, length := range lengths {
			for _, b := range [][]byte{make([]byte, length), bytes.Repeat([]byte{255}, length), nil} {
				if b == nil {
					b, _ = withCanaries(r, length)
				}
				var s adler
				s.reset()
				for rest := b; len(rest) > 0; {
					k := 1 + r.IntN(len(rest))
					if r.IntN(2) == 0 {
						k = len(rest)
					}
					s.write(rest[:k:k])
					rest = rest[k:]
				}
				if s.sum() != adler32.Checksum(b) {
					t.Fatalf("%d bytes: %x, want %x", length, s.sum(), adler32.Checksum(b))
				}
				n++
			}
		}
	})
	testkit.AtLeast(t, 60, n, "sums")
}
