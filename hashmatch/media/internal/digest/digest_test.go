package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

var all = []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}

// oracle hashes data separately with each digest.
func oracle(k hashmatch.Kind, data []byte) string {
	var raw []byte
	switch k {
	case hashmatch.MD5:
		s := md5.Sum(data)
		raw = s[:]
	case hashmatch.SHA1:
		s := sha1.Sum(data)
		raw = s[:]
	case hashmatch.SHA256:
		s := sha256.Sum256(data)
		raw = s[:]
	}
	h, _ := hashmatch.NewHash(k, raw)
	return h.String()
}

func check(t *testing.T, d *Digester, kinds []hashmatch.Kind, data []byte) {
	t.Helper()
	sums := d.Sums()
	if len(sums) != len(kinds) || d.Size() != int64(len(data)) {
		t.Fatalf("%d bytes: %d digests of %d bytes, want %d", len(data), len(sums), d.Size(), len(kinds))
	}
	for i, k := range kinds {
		if want := oracle(k, data); sums[i].String() != want {
			t.Fatalf("%d bytes: %s, want %s", len(data), sums[i], want)
		}
	}
}

func TestEveryShortLength(t *testing.T) {
	rnd := testkit.Rand(t)
	data := make([]byte, 300)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	for n := 0; n <= len(data); n++ {
		d := New(all)
		d.Write(data[:n])
		check(t, d, all, data[:n])
		check(t, d, all, data[:n]) // asking does not disturb
	}
}

func TestRandomSplits(t *testing.T) {
	rnd := testkit.Rand(t)
	data := make([]byte, 3*blockSize+77)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	for range 40 {
		d := New(all)
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(1<<rnd.IntN(18)))
			d.Write(rest[:n])
			rest = rest[n:]
		}
		check(t, d, all, data)
	}
}

func TestOnlyTheKindsAsked(t *testing.T) {
	for mask := range 1 << len(all) {
		asked := []hashmatch.Kind{hashmatch.PDQ}
		var want []hashmatch.Kind
		for i, k := range all {
			if mask>>i&1 == 1 {
				asked = append([]hashmatch.Kind{k, k}, asked...) // twice, and out of order
				want = append(want, k)
			}
		}
		d := New(asked)
		d.Write([]byte("abc"))
		check(t, d, want, []byte("abc"))
	}
}

func BenchmarkDigests(b *testing.B) {
	data := make([]byte, 1<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		d := New(all)
		d.Write(data)
	}
}
