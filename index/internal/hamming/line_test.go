package hamming

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/testkit"
)

// fencedLines are n lines between pages that must not be touched, each slot of them in use with a chance of a half.
func fencedLines(t *testing.T, rnd *rand.Rand, n int, print func() uint32) []Line {
	b := testkit.Fenced(t, n*int(unsafe.Sizeof(Line{})))
	lines := unsafe.Slice((*Line)(unsafe.Pointer(unsafe.SliceData(b))), n)
	for i := range lines {
		for j := range lines[i] {
			if rnd.IntN(2) == 0 {
				lines[i][j].Store(print())
			}
		}
		if rnd.IntN(2) == 0 { // a link may have its ones anywhere
			lines[i][0].Store(1 << rnd.IntN(32))
		}
	}
	return lines
}

// slowLines is ScanLines, bit by bit.
func slowLines(lines []Line, key, print, which uint32, masks, levels []uint32, most int) (passed []Passed) {
	for i, mask := range masks {
		w := 0
		for w < len(levels) && int(levels[w]) <= i {
			w++
		}
		if w == len(levels) {
			break
		}
		p := Passed{Bucket: (key ^ mask) % uint32(len(lines))}
		for j := range lines[p.Bucket] {
			word := lines[p.Bucket][j].Load()
			d := 0
			for bit := range 32 {
				if which>>bit&1 != 0 && word>>bit&1 != print>>bit&1 {
					d++
				}
			}
			if word != 0 && (j == 0 || d <= most-w) {
				p.Bits |= 1 << j
			}
		}
		if p.Bits != 0 {
			passed = append(passed, p)
		}
	}
	return passed
}

// Lines are scanned as the slow way does, at the edges of memory, for every kind of masks and levels.
func TestScanLines(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		cases, passes := 0, 0
		for _, n := range []int{1, 2, 64, 256} {
			centre := rnd.Uint32()
			lines := fencedLines(t, rnd, n, func() uint32 {
				x := centre
				for range rnd.IntN(20) {
					x ^= 1 << rnd.IntN(32)
				}
				return x
			})
			for range 200 {
				masks := make([]uint32, rnd.IntN(40))
				for i := range masks {
					masks[i] = rnd.Uint32N(uint32(2 * n))
				}
				levels := make([]uint32, rnd.IntN(5))
				for i := range levels {
					levels[i] = rnd.Uint32N(uint32(len(masks) + 1))
				}
				slices.Sort(levels)
				print, key, most := centre^1<<rnd.IntN(32), rnd.Uint32N(uint32(n)), rnd.IntN(40)-4
				which := []uint32{1<<32 - 1, 1<<32 - 1<<18, 0, rnd.Uint32()}[rnd.IntN(4)]
				if rnd.IntN(4) == 0 {
					print = 0 // nothing but empty slots would be as near
				}
				dst := make([]Passed, len(masks)+1)
				canary := Passed{7, 7}
				dst[len(masks)] = canary
				PrefetchLines(lines, key, masks)
				got := dst[:ScanLines(dst[:len(masks)], lines, key, print, which, masks, levels, most)]
				if want := slowLines(lines, key, print, which, masks, levels, most); !slices.Equal(got, want) {
					t.Fatalf("%d lines, key %x, print %x in %x, masks %x, levels %d, most %d: %v, want %v",
						n, key, print, which, masks, levels, most, got, want)
				}
				if dst[len(masks)] != canary {
					t.Fatalf("%d masks: written past the end", len(masks))
				}
				cases++
				passes += len(got)
			}
		}
		testkit.AtLeast(t, 800, cases, "scans")
		testkit.AtLeast(t, 2000, passes, "lines of which something passed")
	})
}

// What contradicts itself panics before any kernel reads.
func TestScanLinesMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"no lines":          func() { PrefetchLines(nil, 0, nil) },
		"three lines":       func() { ScanLines(nil, make([]Line, 3), 0, 0, 0, nil, nil, 0) },
		"levels fall":       func() { ScanLines(make([]Passed, 2), make([]Line, 2), 0, 0, 0, make([]uint32, 2), []uint32{2, 1}, 0) },
		"levels past masks": func() { ScanLines(make([]Passed, 2), make([]Line, 2), 0, 0, 0, make([]uint32, 1), []uint32{2}, 0) },
		"no room":           func() { ScanLines(make([]Passed, 1), make([]Line, 2), 0, 0, 0, make([]uint32, 2), []uint32{2}, 0) },
	} {
		refuses(t, name, f)
	}
}
