//go:build unix

package digest

import (
	"syscall"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/testkit"
)

// fencedPages returns memory with unreadable pages before and behind it.
func fencedPages(t *testing.T) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	all, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no memory map: %v", err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	for _, fence := range [][]byte{all[:page], all[2*page:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Skipf("no page protection: %v", err)
		}
	}
	return all[page : 2*page]
}

// Input and state may lie at either edge of the memory there is: a read beyond ends the test with a fault.
func TestNothingBeyondAPageEdge(t *testing.T) {
	rnd := testkit.Rand(t)
	first, second, third, fourth := fencedPages(t), fencedPages(t), fencedPages(t), fencedPages(t)
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
		a, b := New(nil), New(nil)
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
