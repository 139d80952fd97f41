package digest

import (
	"os"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/testkit"
)

// Input and state may lie at either edge of the memory there is: a read beyond ends the test with a fault.
func TestNothingBeyondAPageEdge(t *testing.T) {
	rnd := testkit.Rand(t)
	page := os.Getpagesize()
	first, second := testkit.Fenced(t, page), testkit.Fenced(t, page)
	third, fourth := testkit.Fenced(t, page), testkit.Fenced(t, page)
	copy(first, random(rnd, len(first)))
	copy(second, random(rnd, len(second)))
	stateAt := func(page []byte, end bool) *state {
		if end {
			return (*state)(unsafe.Pointer(&page[len(page)-int(unsafe.Sizeof(state{}))]))
		}
		return (*state)(unsafe.Pointer(&page[0]))
	}
	cases := 0
	for n := 0; n <= 5*blockLen; n++ {
		for _, end := range []bool{false, true} {
			p, q := first[:n:n], second[len(second)-n:]
			if end {
				p, q = first[len(first)-n:], second[:n:n]
			}
			s, u := stateAt(third, end), stateAt(fourth, !end)
			*s, *u = initial, initial
			want, want2 := initial, initial
			blocksGeneric(&want, p)
			blocks2Generic(&want, &want2, p, q)
			blocks(s, p)
			if blocks2(s, u, p, q); *s != want || *u != want2 {
				t.Fatalf("%d bytes at a page's edge", n)
			}
			cases++
		}
	}
	testkit.AtLeast(t, 600, cases, "places")

	onEachPath(t, func(t *testing.T) {
		a, b := newDigester(nil), newDigester(nil)
		for n := range 200 {
			a.Reset(all)
			b.Reset(all)
			p, q := first[len(first)-n:], second[len(second)-n/2:]
			Pair(a, b, p, q)
			check(t, "at a page's end", a, oracle(p), n)
			check(t, "at a page's end", b, oracle(q), n/2)
		}
	})
}
