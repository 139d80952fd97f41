package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

var all = kinds[:]

// sums are the three digests of one input.
type sums [len(kinds)]hashmatch.Hash

// oracle hashes data separately with each digest of the standard library.
func oracle(data []byte) (want sums) {
	m, s, s2 := md5.Sum(data), sha1.Sum(data), sha256.Sum256(data)
	for i, raw := range [][]byte{m[:], s[:], s2[:]} {
		want[i], _ = hashmatch.NewHash(kinds[i], raw)
	}
	return want
}

// prefixes are the oracle's answers for every beginning of data.
func prefixes(data []byte) []sums {
	want := make([]sums, len(data)+1)
	for n := range want {
		want[n] = oracle(data[:n])
	}
	return want
}

// random returns n bytes.
func random(rnd *rand.Rand, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	return data
}

// check compares what d, asked for all digests, says with what is wanted of n bytes.
func check(t testing.TB, what string, d *Digester, want sums, n int) {
	t.Helper()
	var room sums
	if got := d.AppendSums(room[:0]); len(got) != len(want) || sums(got) != want || d.Size() != int64(n) {
		t.Fatalf("%s: %v of %d bytes, want %v of %d", what, got, d.Size(), want, n)
	}
}

// force sets the path of the Digesters to come. Where there is no assembly, the stitched path runs on the kernels'
// generic twins, so that its blocks, padding and pairs are tested everywhere.
func force(t testing.TB, on bool) {
	before := stitched
	stitched = func() bool { return on }
	t.Cleanup(func() { stitched = before })
}

// onEachPath runs test on the stitched path, on the standard library in long turns, and in short ones.
func onEachPath(t *testing.T, test func(t *testing.T)) {
	t.Run("stitched", func(t *testing.T) { force(t, true); test(t) })
	for name, short := range map[string]bool{"long turns": false, "short turns": true} {
		t.Run(name, func(t *testing.T) {
			force(t, false)
			before := shaInstructions
			shaInstructions = func() bool { return short }
			defer func() { shaInstructions = before }()
			test(t)
		})
	}
}

// The examples of RFC 1321, A.5, and FIPS 180 are here as text, since the oracle is the standard library.
func TestPublishedVectors(t *testing.T) {
	vectors := []struct{ in, md5, sha1, sha256 string }{
		{"", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
			"84983e441c3bd26ebaae4aa1f95129e5e54670f1", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	}
	onEachPath(t, func(t *testing.T) {
		for _, v := range vectors {
			d := newDigester(all)
			d.Write([]byte(v.in))
			got := d.Sums()
			if got[0].Hex() != v.md5 || got[1].Hex() != v.sha1 || got[2].Hex() != v.sha256 {
				t.Errorf("%q: %v", v.in, got)
			}
		}
	})
}

// Every length 0..300, and those around block boundaries up to 1100, at three alignments.
func TestEveryShortLength(t *testing.T) {
	data := random(testkit.Rand(t), 1110)
	var want [3][]sums
	for offset := range want {
		want[offset] = prefixes(data[offset:][:1100])
	}
	onEachPath(t, func(t *testing.T) {
		d, cases := newDigester(nil), 0
		for offset := range want {
			for n := range want[offset] {
				if m := n % blockLen; n > 300 && m > 2 && m < 54 {
					continue
				}
				d.Reset(all)
				d.Write(data[offset:][:n])
				check(t, "whole", d, want[offset][n], n)
				check(t, "asked again", d, want[offset][n], n)
				cases++
			}
		}
		testkit.AtLeast(t, 3*450, cases, "lengths")
	})
}

// Any split of a stream, of pieces short and long, gives the same digests, also of its beginnings.
func TestRandomSplits(t *testing.T) {
	rnd := testkit.Rand(t)
	data := random(rnd, longestRun+3*longTurn+77)
	want := oracle(data)
	onEachPath(t, func(t *testing.T) {
		d, splits := newDigester(nil), 12
		if testkit.Race {
			splits = 2
		}
		for range splits {
			d.Reset(all)
			for at := 0; at < len(data); {
				if rnd.IntN(400) == 0 {
					check(t, "on the way", d, oracle(data[:at]), at)
				}
				n := min(len(data)-at, rnd.IntN(1<<rnd.IntN(18)))
				if wrote, err := d.Write(data[at:][:n]); wrote != n || err != nil {
					t.Fatalf("Write of %d bytes: %d, %v", n, wrote, err)
				}
				at += n
			}
			check(t, "in pieces", d, want, len(data))
		}
	})
}

// Kinds come out in their order, each once, for every choice, one after the other on one Digester.
func TestOnlyTheKindsAsked(t *testing.T) {
	want := oracle([]byte("abc"))
	onEachPath(t, func(t *testing.T) {
		d := newDigester(nil)
		for turn := range 3 << len(kinds) {
			mask := turn * 5 % (1 << len(kinds))
			asked := []hashmatch.Kind{hashmatch.PDQ}
			var expect []hashmatch.Hash
			for i, k := range kinds {
				if mask>>i&1 == 1 {
					asked = append([]hashmatch.Kind{k, k}, asked...)
					expect = append(expect, want[i])
				}
			}
			d.Reset(asked)
			d.Write([]byte("abc"))
			got := d.Sums()
			if len(got) != len(expect) || d.Size() != 3 {
				t.Fatalf("%v: %v of %d bytes", asked, got, d.Size())
			}
			for i := range got {
				if got[i] != expect[i] {
					t.Fatalf("%v: %v, want %v", asked, got, expect)
				}
			}
		}
	})
}

func TestZeroDigesterCounts(t *testing.T) {
	var d Digester
	d.Write(make([]byte, 100))
	if d.Size() != 100 || len(d.Sums()) != 0 {
		t.Errorf("%d bytes, %v", d.Size(), d.Sums())
	}
}

func TestAppendSumsKeepsWhatIsThere(t *testing.T) {
	d := newDigester(all)
	got := d.AppendSums([]hashmatch.Hash{hashmatch.Hash64(hashmatch.PHash, 7)})
	if len(got) != 4 || got[0] != hashmatch.Hash64(hashmatch.PHash, 7) || sums(got[1:]) != oracle(nil) {
		t.Errorf("%v", got)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	data := random(testkit.Rand(t), 1000)
	onEachPath(t, func(t *testing.T) {
		if stitched() && !supported() {
			t.Skip("the kernels' generic twins allocate")
		}
		for _, asked := range [][]hashmatch.Kind{all, all[:1], all[1:]} {
			a, b := newDigester(asked), newDigester(asked)
			var room sums
			if n := testing.AllocsPerRun(50, func() {
				a.Reset(asked)
				b.Reset(asked)
				a.Write(data)
				Pair(a, b, data, data[:500])
				a.AppendSums(room[:0])
				b.AppendSums(room[:0])
			}); n != 0 {
				t.Errorf("%v: %v allocations", asked, n)
			}
		}
	})
}

// newDigester returns a Digester that has begun a stream.
func newDigester(asked []hashmatch.Kind) *Digester {
	d := &Digester{}
	d.Reset(asked)
	return d
}
