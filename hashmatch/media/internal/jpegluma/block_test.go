package jpegluma

import (
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// randomTable returns a Huffman table of n of the given symbols, whose codes may or may not be all there can be.
func randomTable(r *rand.Rand, symbols []byte) string {
	r.Shuffle(len(symbols), func(i, j int) { symbols[i], symbols[j] = symbols[j], symbols[i] })
	table := make([]byte, 16)
	left, n := 1<<16, 0
	for l := 1; l <= 16 && n < len(symbols); l++ {
		most := min(left>>(16-l), len(symbols)-n, 255)
		c := r.IntN(most + 1)
		if l < 5 {
			c = min(c, 1+r.IntN(1<<l))
		}
		if l == 16 {
			c = most
		}
		table[l-1] = byte(c)
		left -= c << (16 - l)
		n += c
	}
	return string(append(table, symbols[:n]...))
}

// slowReader reads bits one at a time, and codes by the lists of T.81, annex C.
type slowReader struct {
	data []byte
	at   int
}

func (r *slowReader) bit() int {
	b := int(r.data[r.at/8] >> (7 - r.at%8) & 1)
	r.at++
	return b
}

func (r *slowReader) bits(n int) (v int) {
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

// symbol returns -1 for no code.
func (r *slowReader) symbol(table string) int {
	code, first, place := 0, 0, 0
	for l := range 16 {
		code = code<<1 | r.bit()
		count := int(table[l])
		if code-first < count {
			return int(table[16+place+code-first])
		}
		place += count
		first = (first + count) << 1
	}
	return -1
}

// value is RECEIVE and EXTEND.
func (r *slowReader) value(n int) int {
	v := r.bits(n)
	if n > 0 && v < 1<<(n-1) {
		v -= 1<<n - 1
	}
	return v
}

// block reads a block by T.81, F.2.2.
func (r *slowReader) block(dc, ac string) (diff int, coefficients [64]int, ok bool) {
	n := r.symbol(dc)
	if n < 0 || n > maxDCBits {
		return 0, coefficients, false
	}
	diff = r.value(n)
	for k := 1; k < 64; {
		s := r.symbol(ac)
		switch {
		case s < 0 || s&15 == 0 && s != 0 && s != 0xf0:
			return 0, coefficients, false
		case s == 0:
			return diff, coefficients, true
		}
		k += s >> 4
		v := r.value(s & 15)
		if k > 63 {
			return 0, coefficients, false
		}
		coefficients[natural[k]] = v
		k++
	}
	return diff, coefficients, true
}

// The tables of many symbols give what the definition gives, for any codes and any bits.
func TestBlocksOfAnyCodes(t *testing.T) {
	r := testkit.Rand(t)
	var dcSymbols, acSymbols []byte
	for i := range 256 {
		acSymbols = append(acSymbols, byte(i))
		if i < 14 {
			dcSymbols = append(dcSymbols, byte(i))
		}
	}
	good, bad := 0, 0
	count := 400
	if testing.Short() || testkit.Race {
		count = 60
	}
	var cache codeCache
	var w window
	for i := range count {
		dc, ac := randomTable(r, dcSymbols), randomTable(r, acSymbols)
		if i%4 == 0 {
			dc, ac = lumaDC, lumaAC
		}
		var dcSpec, acSpec spec
		if !dcSpec.set([]byte(dc)) || !acSpec.set([]byte(ac)) {
			t.Fatal("a random table with too many codes")
		}
		c := cache.find(&dcSpec, &acSpec, toSkip|toRead)
		var quant [64]uint16
		for j := range quant {
			quant[j] = uint16(1 + r.IntN(50))
		}
		weights := weightsOf(&quant)
		for range 40 {
			for j := range w[:1024] {
				w[j] = byte(r.Uint32() & r.Uint32() >> r.IntN(8)) // often zeros, which are short codes
			}
			b := bits{}
			slow := slowReader{data: w[:]}
			for range 10 {
				diff, coefficients, ok := slow.block(dc, ac)
				skipped, skippedDiff, skippedOK := skipBlock(&w, b, c)
				var block [64]int16
				read, readDiff, flat, readOK := readBlock(&w, b, c, &block)
				summed, summedDiff, sums, summedOK := sumBlock(&w, b, c, &weights)
				if skippedOK != ok || readOK != ok || summedOK != ok {
					t.Fatalf("a block is good %v: skipped %v, read %v, summed %v", ok, skippedOK, readOK, summedOK)
				}
				if !ok {
					bad++
					break
				}
				good++
				for name, d := range map[string]int32{"skipped": skippedDiff, "read": readDiff, "summed": summedDiff} {
					if int(d) != diff {
						t.Fatalf("%s: a DC difference of %d, want %d", name, d, diff)
					}
				}
				for name, b := range map[string]bits{"skipped": skipped, "read": read, "summed": summed} {
					if at := b.p*8 - int(b.n); at != slow.at {
						t.Fatalf("%s: at bit %d, want %d", name, at, slow.at)
					}
				}
				var want int64
				zero := true
				for k := 1; k < 64; k++ {
					v := coefficients[natural[k]]
					if int(block[natural[k]]) != v {
						t.Fatalf("coefficient %d is %d, want %d", k, block[natural[k]], v)
					}
					want += int64(v) * weights[k+1]
					zero = zero && v == 0
				}
				if sums != want || flat && !zero {
					t.Fatalf("sums %x, want %x; flat %v", sums, want, flat)
				}
				b = read
			}
		}
	}
	testkit.AtLeast(t, count*10, good, "good blocks")
	testkit.AtLeast(t, count, bad, "bad blocks")
}

// The cache gives each pair of tables its own codes, and the common ones are shared.
func TestCodeCache(t *testing.T) {
	r := testkit.Rand(t)
	var a, b codeCache
	var dc, ac spec
	dc.set([]byte(chromaDC))
	ac.set([]byte(chromaAC))
	if a.find(&dc, &ac, toSkip) != b.find(&dc, &ac, toRead) {
		t.Error("two caches have the common codes each for itself")
	}
	symbols := []byte{0, 1, 2, 3, 0x11, 0x21, 0xf0}
	type pair struct{ dc, ac spec }
	var pairs [2 * cached]pair
	for i := range pairs {
		pairs[i].dc.set([]byte(randomTable(r, []byte{0, 1, 2, 3, 4, 5, 6})))
		pairs[i].ac.set([]byte(randomTable(r, symbols)))
	}
	for range 500 {
		p := &pairs[r.IntN(len(pairs))]
		what := need(1 + r.IntN(3))
		c := a.find(&p.dc, &p.ac, what)
		if !c.dc.spec.equal(&p.dc) || !c.ac.spec.equal(&p.ac) || c.made&what != what {
			t.Fatal("not the codes that were asked for")
		}
		fresh := new(codeCache).find(&p.dc, &p.ac, what)
		if what&toRead != 0 && (c.first != fresh.first || c.pair != fresh.pair) || what&toSkip != 0 && (c.start != fresh.start || c.step != fresh.step) {
			t.Fatal("kept tables differ from new ones")
		}
	}
}
