package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"flag"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

var long = flag.Bool("long", false, "also hash streams beyond 4 GiB")

// The length that the padding ends with is right at and around the sizes where 32 bits of bits or of bytes run out. The
// streams are not hashed: a Digester and the standard library are set to one state that far.
func TestLengthFieldAtTheLimits(t *testing.T) {
	rnd := testkit.Rand(t)
	force(t, true)
	cases := 0
	for _, blocksBefore := range []uint64{0, 1 << 22, 1 << 23, 1 << 26, 1 << 27, 1 << 32, 1 << 50, 1 << 55} {
		for _, more := range []int{-64, 0, 1, 55, 56, 63, 64} {
			before := blocksBefore*blockLen - blockLen // to the block before the limit
			if blocksBefore == 0 {
				before = 0
			}
			rest := random(rnd, blockLen+more)
			d := newDigester(all)
			d.lane.state, d.lane.size = randomState(rnd), before
			var want sums
			for i, chain := range [][]uint32{d.lane.state.md5[:], d.lane.state.sha1[:], d.lane.state.sha256[:]} {
				h := libraries[i]()
				saved := []byte([]string{"md5\x01", "sha\x01", "sha\x03"}[i])
				for _, v := range chain {
					saved = binary.BigEndian.AppendUint32(saved, v)
				}
				saved = append(saved, make([]byte, blockLen)...)
				saved = binary.BigEndian.AppendUint64(saved, before)
				if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(saved); err != nil {
					t.Fatal(err)
				}
				h.Write(rest)
				want[i], _ = hashmatch.NewHash(kinds[i], h.Sum(nil))
			}
			d.Write(rest)
			if got := sums(d.Sums()); got != want {
				t.Errorf("after %d bytes and %d more: %v, want %v", before, len(rest), got, want)
			}
			cases++
		}
	}
	testkit.AtLeast(t, 50, cases, "lengths")
}

// Streams whose length in bits (512 MiB), and with -long in bytes (4 GiB), takes more than 32 bits.
func TestLongStreams(t *testing.T) {
	size := int64(512<<20 + 77)
	switch {
	case *long:
		size = 4<<30 + 512<<20 + 77
	case testing.Short() || testkit.Race:
		t.Skip("half a gigabyte is too much for -short or the race detector; -long hashes more")
	}
	needsAssembly(t)
	block := random(testkit.Rand(t), 1<<20)
	force(t, true)
	a, b, c := newDigester(all), newDigester(all), newDigester(all)
	m, s, s2 := md5.New(), sha1.New(), sha256.New()
	for left := size; left > 0; left -= int64(len(block)) {
		p := block[:min(int64(len(block)), left)]
		Pair(a, b, p, p)
		m.Write(p)
		s.Write(p)
		s2.Write(p)
		if *long {
			c.Write(p)
		}
	}
	var want sums
	for i, raw := range [][]byte{m.Sum(nil), s.Sum(nil), s2.Sum(nil)} {
		want[i], _ = hashmatch.NewHash(kinds[i], raw)
	}
	for name, d := range map[string]*Digester{"first": a, "second": b, "alone": c} {
		if name == "alone" && !*long {
			continue
		}
		if d.Size() != size || sums(d.Sums()) != want {
			t.Errorf("%s: %v of %d bytes, want %v", name, d.Sums(), d.Size(), want)
		}
	}
}
