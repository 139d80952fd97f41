package digest

import (
	"fmt"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// All pairs of lengths 0..200, with nothing, a part of a block, or blocks and a part written before.
func TestPairOfEveryTwoLengths(t *testing.T) {
	rnd := testkit.Rand(t)
	p, q := random(rnd, 400), random(rnd, 400)
	wantP, wantQ := prefixes(p), prefixes(q)
	begun := [][2]int{{0, 0}, {1, 0}, {0, 63}, {37, 37}, {64, 70}, {130, 191}}
	onEachPath(t, func(t *testing.T) {
		step, cases := 1, 0
		switch {
		case testkit.Race, testing.Short(), !supported():
			step = 7
		case !stitched():
			step = 3 // a pair is two writes there
		}
		a, b := newDigester(nil), newDigester(nil)
		for i, before := range begun {
			for n := i % step; n <= 200; n += step {
				for m := 0; m <= 200; m += step {
					a.Reset(all)
					b.Reset(all)
					a.Write(p[:before[0]])
					b.Write(q[:before[1]])
					Pair(a, b, p[before[0]:][:n], q[before[1]:][:m])
					n, m := before[0]+n, before[1]+m
					check(t, fmt.Sprint("first, ", before, n, m), a, wantP[n], n)
					check(t, fmt.Sprint("second, ", before, n, m), b, wantQ[m], m)
					cases++
				}
			}
		}
		testkit.AtLeast(t, 4000, cases, "pairs")
	})
}

// Two streams written now together, now singly, in pieces of any length up to beyond one call of the assembly.
func TestPairInRandomPieces(t *testing.T) {
	rnd := testkit.Rand(t)
	p, q := random(rnd, 3*longestRun+5), random(rnd, 2*longestRun+99)
	wantP, wantQ := oracle(p), oracle(q)
	onEachPath(t, func(t *testing.T) {
		a, b, rounds := newDigester(nil), newDigester(nil), 10
		if testkit.Race {
			rounds = 2
		}
		for range rounds {
			a.Reset(all)
			b.Reset(all)
			for x, y := 0, 0; x < len(p) || y < len(q); {
				n := min(len(p)-x, rnd.IntN(1<<rnd.IntN(18)))
				m := min(len(q)-y, rnd.IntN(1<<rnd.IntN(18)))
				switch rnd.IntN(4) {
				case 0:
					a.Write(p[x:][:n])
					b.Write(q[y:][:m])
				case 1:
					Pair(b, a, q[y:][:m], p[x:][:n])
				default:
					Pair(a, b, p[x:][:n], q[y:][:m])
				}
				x, y = x+n, y+m
			}
			check(t, "first", a, wantP, len(p))
			check(t, "second", b, wantQ, len(q))
		}
	})
}

// A pair of one Digester with itself is two writes; one of different kinds keeps each its own; one buffer may be both.
func TestPairOfUnlikes(t *testing.T) {
	rnd := testkit.Rand(t)
	p, q := random(rnd, 300), random(rnd, 500)
	onEachPath(t, func(t *testing.T) {
		a := newDigester(all)
		Pair(a, a, p, q)
		check(t, "with itself", a, oracle(append(append([]byte(nil), p...), q...)), 800)

		a.Reset(all)
		b := newDigester(all)
		Pair(a, b, q, q)
		check(t, "the same bytes", a, oracle(q), 500)
		check(t, "the same bytes", b, oracle(q), 500)

		a.Reset(all)
		c := newDigester([]hashmatch.Kind{hashmatch.SHA256})
		Pair(a, c, p, q)
		check(t, "beside another kind", a, oracle(p), 300)
		if got := c.Sums(); len(got) != 1 || got[0] != oracle(q)[2] {
			t.Errorf("SHA-256 alone: %v", got)
		}
	})
}
