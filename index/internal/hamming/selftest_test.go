package hamming

import (
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/hashmatch/engine/internal/testkit"
)

var kernelsGo = kernels{scan64Go, scan256Go, compareGo, scanGo, scanPairsGo}

func TestSelfTestAcceptsTheTwins(t *testing.T) {
	if !kernelsGo.right() {
		t.Error("the kernels in Go do not answer like themselves")
	}
	least := time.Hour
	for range 20 {
		start := time.Now()
		kernelsGo.right()
		least = min(least, time.Since(start))
	}
	t.Logf("takes %v", least)
}

// Each kernel in Go is made wrong in the ways in which kernels in assembly go wrong; each must be found out.
func TestSelfTestRefusesWrongKernels(t *testing.T) {
	wrong := map[string]func(k *kernels){
		"64: a distance off by one": func(k *kernels) {
			k.scan64 = func(dst []Found, codes []uint64, q uint64, radius int) (int, int) {
				n, done := scan64Go(dst, codes, q, radius)
				if n > 0 {
					dst[n-1].Distance++
				}
				return n, done
			}
		},
		"64: below the radius instead of within": func(k *kernels) {
			k.scan64 = func(dst []Found, codes []uint64, q uint64, radius int) (int, int) {
				return scan64Go(dst, codes, q, radius-1)
			}
		},
		"64: the last code forgotten": func(k *kernels) {
			k.scan64 = func(dst []Found, codes []uint64, q uint64, radius int) (int, int) {
				n, _ := scan64Go(dst, codes[:len(codes)-1], q, radius)
				return n, len(codes)
			}
		},
		"64: stops where it should not": func(k *kernels) {
			k.scan64 = func(dst []Found, codes []uint64, q uint64, radius int) (int, int) { return 0, 0 }
		},
		"64: writes past its room": func(k *kernels) {
			k.scan64 = func(dst []Found, codes []uint64, q uint64, radius int) (int, int) {
				n, done := scan64Go(dst, codes, q, radius)
				dst[: len(dst)+1 : len(dst)+1][len(dst)] = Found{}
				return n, done
			}
		},
		"256: all bits counted in a byte": func(k *kernels) {
			k.scan256 = func(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (int, int) {
				n, done := scan256Go(dst, codes, q, radius)
				for i := range dst[:n] {
					dst[i].Distance &= 255
				}
				return n, done
			}
		},
		"256: the last word not counted": func(k *kernels) {
			k.scan256 = func(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int) {
				for i, c := range codes {
					if n == len(dst) {
						return n, i
					}
					c[3] = q[3]
					if d := distance256(&c, q); d <= radius {
						dst[n] = Found{uint32(i), uint32(d)}
						n++
					}
				}
				return n, len(codes)
			}
		},
		"256: two codes exchanged": func(k *kernels) {
			k.scan256 = func(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (int, int) {
				codes = slices.Clone(codes)
				codes[8], codes[9] = codes[9], codes[8]
				return scan256Go(dst, codes, q, radius)
			}
		},
		"blocks: the radius not within": func(k *kernels) {
			k.compare = func(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
				return compareGo(dst, table, picks, steps, radius+1)
			}
		},
		"blocks: an odd step too few": func(k *kernels) {
			k.compare = func(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
				if steps == MaxSteps256 {
					picks = slices.Clone(picks)
					for i := range picks {
						if i%PickSize(steps) >= PickSize(steps-1) {
							picks[i] = picks[0]
						}
					}
				}
				return compareGo(dst, table, picks, steps, radius)
			}
		},
		"blocks: a query's number": func(k *kernels) {
			k.compare = func(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int {
				n := compareGo(dst, table, picks, steps, radius)
				for i := range dst[:n] {
					dst[i].Query = uint64(i)
				}
				return n
			}
		},
		"buckets: a mask beyond the bucket": func(k *kernels) {
			k.scan = func(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (int, int) {
				n, done := scanGo(dst, ranges, planes, fp, most, chunks)
				if n > 0 {
					dst[n-1].Mask |= 1 << (bits.Len32(dst[n-1].Mask) & 31)
				}
				return n, done
			}
		},
		"buckets: a place to go on not written": func(k *kernels) {
			k.scan = func(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (int, int) {
				return scanGo(dst, slices.Clone(ranges), planes, fp, most, chunks)
			}
		},
		"buckets: the high bytes not counted": func(k *kernels) {
			k.scan = func(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (int, int) {
				return scanGo(dst, ranges, planes, fp^0x100, most, chunks)
			}
		},
		"pairs: as much at each level": func(k *kernels) {
			k.scanPairs = func(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (int, int) {
				return scanPairsGo(dst, pairs, offsets, masks, []uint32{levels[2]}, planes, chunks)
			}
		},
		"pairs: not rolled back": func(k *kernels) {
			k.scanPairs = func(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (int, int) {
				n, done := scanPairsGo(dst, pairs, offsets, masks, levels, planes, chunks)
				if done < len(pairs) {
					n++
				}
				return min(n, len(dst)), done
			}
		},
	}
	for name, spoil := range wrong {
		k := kernelsGo
		spoil(&k)
		if k.right() {
			t.Errorf("%s: not found out", name)
		}
	}
	testkit.AtLeast(t, 16, len(wrong), "wrong kernels")
}

// The questions hold distances of exactly each radius and of one more: else a kernel that takes one for the other passes.
func TestSelfTestAsksAtTheRadius(t *testing.T) {
	var at, above [257]bool
	k := kernelsGo
	k.scan256 = func(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (int, int) {
		for i := range codes {
			d := distance256(&codes[i], q)
			at[radius] = at[radius] || d == radius
			above[radius] = above[radius] || d == radius+1
		}
		return scan256Go(dst, codes, q, radius)
	}
	k.right()
	for _, radius := range []int{0, 256} {
		if !at[radius] {
			t.Errorf("no distance %d", radius)
		}
	}
	both := 0
	for radius := range at {
		if at[radius] && above[radius] {
			both++
		}
	}
	testkit.AtLeast(t, 5, both, "radii with codes at and above them")
}
