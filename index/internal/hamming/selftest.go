package hamming

import (
	"math/rand/v2"
	"slices"
)

// kernels are the loops that a path has of its own. Each has the contract of the function in Go of that name.
type kernels struct {
	scan64    func(dst []Found, codes []uint64, q uint64, radius int) (n, done int)
	scan256   func(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int)
	compare   func(dst []Mask, table *[1024]row, picks []uint64, steps, radius int) int
	scan      func(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)
	scanPairs func(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)
}

// right tells whether the kernels answer as those in Go do. It asks for what loops get wrong: their first and last turns,
// rooms that are too small, distances at the radius and next to it, none and all bits, every height of the adders. The
// questions are the same each time. It takes some tenths of a millisecond.
func (k *kernels) right() bool {
	rnd := rand.New(rand.NewPCG(64, 256))
	return k.scansRight(rnd) && k.compareRight(rnd) && k.bucketsRight(rnd)
}

// scatter is q with some bits flipped: none, all, or about 1/16, 1/8, 1/2 or 7/8 of them.
func scatter(rnd *rand.Rand, q [4]uint64) [4]uint64 {
	how := rnd.IntN(6)
	for w := range q {
		a, b := rnd.Uint64(), rnd.Uint64()&rnd.Uint64()
		q[w] ^= [...]uint64{0, ^uint64(0), a & b & rnd.Uint64(), a & b, a, ^(a & b)}[how]
	}
	return q
}

// scattered are n codes around q, and their first words.
func scattered(rnd *rand.Rand, q [4]uint64, n int) (codes [][4]uint64, words []uint64) {
	for range n {
		c := scatter(rnd, q)
		codes, words = append(codes, c), append(words, c[0])
	}
	return codes, words
}

func (k *kernels) scansRight(rnd *rand.Rand) bool {
	q := [4]uint64{rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64()}
	for _, n := range []int{16, 32, 48, 112} {
		codes, words := scattered(rnd, q, n)
		for _, radius := range []int{0, 4, 5, 8, 31, 32, 56, 63, 64} {
			if !scanRight(words, func(dst []Found, codes []uint64) (int, int) {
				return k.scan64(dst, codes, q[0], radius)
			}, func(dst []Found, codes []uint64) (int, int) { return scan64Go(dst, codes, q[0], radius) }) {
				return false
			}
		}
		for _, radius := range []int{0, 15, 16, 31, 32, 33, 126, 128, 224, 255, 256} {
			if !scanRight(codes, func(dst []Found, codes [][4]uint64) (int, int) {
				return k.scan256(dst, codes, &q, radius)
			}, func(dst []Found, codes [][4]uint64) (int, int) { return scan256Go(dst, codes, &q, radius) }) {
				return false
			}
		}
	}
	return true
}

// scanRight drives two scans until all codes are done, whose number is a multiple of scanStep, and compares what they
// found. The kernel may stop before its room is full; it must not write beyond.
func scanRight[C uint64 | [4]uint64](codes []C, kernel, twin func(dst []Found, codes []C) (n, done int)) bool {
	canary := Found{^uint32(0), ^uint32(0)}
	all, dst := make([]Found, len(codes)+1), make([]Found, len(codes)+1)
	count, _ := twin(all, codes)
	for _, room := range []int{scanStep, scanStep + 7, len(codes)} {
		room = min(room, len(codes))
		want := all[:count]
		for from := 0; from < len(codes); {
			dst[room] = canary
			var n, done int
			if whole := (len(codes) - from) &^ (scanStep - 1); whole > 0 {
				n, done = kernel(dst[:room], codes[from:from+whole])
			} else {
				n, done = twin(dst[:room], codes[from:])
			}
			if n < 0 || n > min(room, len(want)) || done <= 0 || done > len(codes)-from || dst[room] != canary {
				return false
			}
			shift(dst[:n], from)
			if !slices.Equal(dst[:n], want[:n]) {
				return false
			}
			want = want[n:]
			from += done
		}
		if len(want) != 0 {
			return false
		}
	}
	return true
}

func (k *kernels) compareRight(rnd *rand.Rand) bool {
	q := [4]uint64{rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64()}
	codes, _ := scattered(rnd, q, BlockCodes)
	qs, _ := scattered(rnd, q, 2)
	qs = append(qs, q)
	b := new(Block)
	for word := range 4 {
		columnGo(&b.words[0], codes, word)
		turnGo((*[wordBits]row)(b.rows[word*wordBits:]), &b.words[0])
	}
	groupsGo(b.table[:], b.rows[:], maxGroups)
	var got, want [4]Mask
	for _, steps := range []int{1, 2, 9, MaxSteps256} {
		size := PickSize(steps)
		picks := make([]uint64, size*len(qs))
		for i := range qs {
			Pick256(picks[i*size:], &qs[i], steps)
		}
		for _, radius := range []int{0, 6, 15, 16, 31, 32, 63, 64, 127, 128, 255} {
			got[len(qs)] = Mask{Query: 77}
			n := k.compare(got[:len(qs)], &b.table, picks, steps, radius)
			wantN := compareGo(want[:len(qs)], &b.table, picks, steps, radius)
			if n != wantN || !slices.Equal(got[:n], want[:n]) || got[len(qs)] != (Mask{Query: 77}) {
				return false
			}
		}
	}
	return true
}

func (k *kernels) bucketsRight(rnd *rand.Rand) bool {
	const fp = 0x5a3c
	offsets := []uint32{0}
	// The longest has more chunks than the least room: a scan must stop inside it.
	for _, size := range []uint32{0, 1, 5, 8, 31, 32, 33, 64, 0, 2, 65, 96, 100, 16, Lanes*MinChunks + 65, 31} {
		offsets = append(offsets, offsets[len(offsets)-1]+size)
	}
	total := offsets[len(offsets)-1]
	planes := make([]byte, 2*total+Pad)
	for i := range planes[:2*total] {
		planes[i] = [...]byte{fp & 0xff, fp >> 8, 0, 0xff}[rnd.IntN(4)] ^ 1<<rnd.IntN(8)
	}
	ranges := make([]Range, len(offsets)-1)
	twins := make([]Range, len(ranges))
	var got, want [81]Chunk
	same := func(n, done, wantN, wantDone, room int) bool {
		return n == wantN && done == wantDone && slices.Equal(got[:n], want[:n]) && got[room] == Chunk{Mask: 77}
	}
	for _, room := range []int{MinChunks, 80} {
		for _, chunks := range []int{1, 2, 3, 4} {
			for _, most := range []int{0, 2, 4, 8, 12, 16} {
				for i := range ranges {
					ranges[i] = Range{offsets[i], offsets[i+1]}
				}
				copy(twins, ranges)
				got[room] = Chunk{Mask: 77}
				n, done := k.scan(got[:room], ranges, planes, fp, most, chunks)
				wantN, wantDone := scanGo(want[:room], twins, planes, fp, most, chunks)
				if !same(n, done, wantN, wantDone, room) || !slices.Equal(ranges, twins) {
					return false
				}
				pairs := []Pair{{Key: 3, Fingerprint: fp, Most: int32(most), Levels: 3}, {Key: 8, Fingerprint: ^uint32(fp) & 0xffff, Most: int32(most) - 4, Levels: 2}}
				masks, levels := []uint32{0, 1, 2, 4, 8, 3, 5, 12}, []uint32{1, 5, 8}
				got[room] = Chunk{Mask: 77}
				n, done = k.scanPairs(got[:room], pairs, offsets, masks, levels, planes, chunks)
				wantN, wantDone = scanPairsGo(want[:room], pairs, offsets, masks, levels, planes, chunks)
				if !same(n, done, wantN, wantDone, room) {
					return false
				}
			}
		}
	}
	return true
}
