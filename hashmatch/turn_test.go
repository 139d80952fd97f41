package hashmatch

import (
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// pdqBit is the bit of the frequency in row i and column j, as PDQ numbers the bits of its text: the last digit holds the
// first four.
func pdqBit(h Hash, i, j int) bool {
	n := 16*i + j
	return h.b[31-n/8]>>(n%8)&1 == 1
}

// turnedSlowly turns bit by bit.
func turnedSlowly(h Hash, orientation View) Hash {
	out := Hash{kind: PDQ}
	for i := range 16 {
		for j := range 16 {
			bit := pdqBit(h, i, j)
			overDown := orientation == Flip || orientation == Rot180 || orientation == Rot270 || orientation == Transverse
			overAcross := orientation == Mirror || orientation == Rot180 || orientation == Rot90 || orientation == Transverse
			if overDown && i%2 == 0 {
				bit = !bit
			}
			if overAcross && j%2 == 0 {
				bit = !bit
			}
			n := 16*i + j
			switch orientation {
			case Rot90, Rot270, Transpose, Transverse:
				n = 16*j + i
			}
			if bit {
				out.b[31-n/8] |= 1 << (n % 8)
			}
		}
	}
	return out
}

func mustTurn(t *testing.T, h Hash, o View) Hash {
	t.Helper()
	out, ok := h.Turned(o)
	if !ok {
		t.Fatalf("%s of %s is refused", o, h)
	}
	return out
}

func TestTurnedBitByBit(t *testing.T) {
	r := testkit.Rand(t)
	ran := 0
	hashes := []Hash{{kind: PDQ}}
	for i := range 256 { // every single bit finds its place
		h := Hash{kind: PDQ}
		h.b[i/8] = 1 << (i % 8)
		hashes = append(hashes, h)
	}
	for range 200 {
		hashes = append(hashes, randomHash(r, PDQ, 0))
	}
	for _, h := range hashes {
		for _, o := range Orientations() {
			if got, want := mustTurn(t, h, o), turnedSlowly(h, o); got != want {
				t.Fatalf("%s turned by %s is %s, want %s", h, o, got, want)
			}
			ran++
		}
	}
	testkit.AtLeast(t, 3600, ran, "turned hashes")
}

// where is the place in a picture of w x h pixels whose pixel comes to (x, y) when it is turned.
func where(o View, x, y, w, h int) (int, int) {
	switch o {
	case Rot90:
		return w - 1 - y, x
	case Rot180:
		return w - 1 - x, h - 1 - y
	case Rot270:
		return y, h - 1 - x
	case Flip:
		return x, h - 1 - y
	case Mirror:
		return w - 1 - x, y
	case Transpose:
		return y, x
	case Transverse:
		return w - 1 - y, h - 1 - x
	}
	return x, y
}

// composed is the orientation that comes of turning by first and then by second, found by moving pixels about.
func composed(t *testing.T, first, second View) View {
	t.Helper()
	const side = 3
	move := func(p [side][side]int, o View) (out [side][side]int) {
		for y := range side {
			for x := range side {
				fromX, fromY := where(o, x, y, side, side)
				out[y][x] = p[fromY][fromX]
			}
		}
		return out
	}
	picture := [side][side]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}}
	want := move(move(picture, first), second)
	for _, o := range Orientations() {
		if move(picture, o) == want {
			return o
		}
	}
	t.Fatalf("%s and %s make no orientation", first, second)
	return ""
}

// The turned bits follow the orientations of pixels: two turns are the turn that the pixels make, every turn can be
// undone, and distances stay.
func TestTurnsAreAGroup(t *testing.T) {
	r := testkit.Rand(t)
	ran := 0
	for range 20 {
		h, other := randomHash(r, PDQ, 0), randomHash(r, PDQ, 0)
		apart, _ := h.Distance(other)
		for _, first := range Orientations() {
			once := mustTurn(t, h, first)
			if d, _ := once.Distance(mustTurn(t, other, first)); d != apart {
				t.Fatalf("%s changes a distance of %d into %d", first, apart, d)
			}
			back := 0
			for _, second := range Orientations() {
				twice := mustTurn(t, once, second)
				if want := mustTurn(t, h, composed(t, first, second)); twice != want {
					t.Fatalf("%s turned by %s and then by %s is %s, want %s", h, first, second, twice, want)
				}
				if composed(t, first, second) == Upright && twice == h {
					back++
				}
				ran++
			}
			if back != 1 {
				t.Fatalf("%d orientations undo %s", back, first)
			}
		}
	}
	testkit.AtLeast(t, 1280, ran, "compositions")
}

func TestTurnedRefuses(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pdq := randomHash(r, PDQ, 0)
	for _, v := range []View{"", Thumbnail, "trim", "trim+mirror", "sideways"} {
		if h, ok := pdq.Turned(v); ok || !h.IsZero() {
			t.Errorf("pdq turned by %q is %s", v, h)
		}
	}
	for _, k := range Kinds() {
		if _, ok := randomHash(r, k, 0).Turned(Mirror); ok != (k == PDQ) {
			t.Errorf("%s can be turned: %v", k, ok)
		}
	}
	if _, ok := (Hash{}).Turned(Upright); ok {
		t.Error("no hash can be turned")
	}
}

func BenchmarkTurned(b *testing.B) {
	h := randomHash(rand.New(rand.NewPCG(1, 2)), PDQ, 0)
	b.ReportAllocs()
	for range b.N {
		h, _ = h.Turned(Transverse)
	}
}
