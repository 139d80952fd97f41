package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"math/rand/v2"
	"testing"
	"time"
)

// inTurnsOf is the rival: the standard library's three over data in turns of so many bytes; 0 is each over the whole.
func inTurnsOf(turn int) func(data []byte) {
	hashes := []hash.Hash{md5.New(), sha1.New(), sha256.New()}
	var room [sha256.Size]byte
	return func(data []byte) {
		n := turn
		if n == 0 {
			n = len(data)
		}
		for _, h := range hashes {
			h.Reset()
		}
		for len(data) > 0 {
			piece := data[:min(n, len(data))]
			for _, h := range hashes {
				h.Write(piece)
			}
			data = data[len(piece):]
		}
		for _, h := range hashes {
			h.Sum(room[:0])
		}
	}
}

var benchSizes = []struct {
	name string
	n    int
}{{"300B", 300}, {"4KiB", 4 << 10}, {"256KiB", 256 << 10}, {"4MiB", 4 << 20}}

// BenchmarkAgainstLibrary gives each way one go in every round and compares the fastest gos, so that a neighbour on the
// machine slows all alike: MB/s of one stream, and how many times the speed of the standard library's three in turn.
// Its time per op is that of a round.
func BenchmarkAgainstLibrary(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(1, 2))
			p, q := random(rnd, size.n), random(rnd, size.n)
			a, c := newDigester(all), newDigester(all)
			var room sums
			whole, turns := inTurnsOf(0), inTurnsOf(64)
			ways := []struct {
				name    string
				streams int
				run     func()
				best    time.Duration
			}{
				{name: "whole", streams: 1, run: func() { whole(p) }},
				{name: "64B-turns", streams: 1, run: func() { turns(p) }},
				{name: Way(), streams: 1, run: func() { a.Reset(all); a.Write(p); a.AppendSums(room[:0]) }},
				{name: "pair", streams: 2, run: func() {
					a.Reset(all)
					c.Reset(all)
					Pair(a, c, p, q)
					a.AppendSums(room[:0])
					c.AppendSums(room[:0])
				}},
			}
			gos := max(1, 64<<10/size.n) // enough for the clock
			for b.Loop() {
				for i := range ways {
					start := time.Now()
					for range gos {
						ways[i].run()
					}
					if took := time.Since(start); ways[i].best == 0 || took < ways[i].best {
						ways[i].best = took
					}
				}
			}
			speed := func(i int) float64 {
				return float64(gos*ways[i].streams*size.n) / ways[i].best.Seconds() / 1e6
			}
			for i, way := range ways {
				b.ReportMetric(speed(i), way.name+"-MB/s")
				if i > 0 {
					b.ReportMetric(speed(i)/speed(0), way.name+"-x")
				}
			}
		})
	}
}

// BenchmarkDigests is the three digests of one stream of 1 MiB, as the process does them.
func BenchmarkDigests(b *testing.B) {
	data := random(rand.New(rand.NewPCG(1, 2)), 1<<20)
	d := newDigester(all)
	var room sums
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(all)
		d.Write(data)
		d.AppendSums(room[:0])
	}
}

// BenchmarkSelfTest is what the choice of a path costs, once in a process.
func BenchmarkSelfTest(b *testing.B) {
	for b.Loop() {
		if !selfTest(blocks, blocks2) {
			b.Fatal("the kernels are wrong")
		}
	}
}
