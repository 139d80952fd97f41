package hashmatch

import (
	"encoding/json"
	"errors"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// randomHash returns a hash of kind k; from a pool of n values when n > 0.
func randomHash(r *rand.Rand, k Kind, n int) Hash {
	raw := make([]byte, k.Size())
	if n > 0 {
		r = rand.New(rand.NewPCG(uint64(k), uint64(r.IntN(n))))
	}
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	h, err := NewHash(k, raw)
	if err != nil {
		panic(err)
	}
	return h
}

func TestHashText(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for _, k := range Kinds() {
		for range 50 {
			h := randomHash(r, k, 0)
			for _, text := range []string{h.String(), k.String() + ":" + strings.ToUpper(h.Hex())} {
				got, err := ParseHash(text)
				if err != nil || got != h {
					t.Fatalf("ParseHash(%q) = %v, %v", text, got, err)
				}
				n++
			}
			raw, err := json.Marshal(h)
			var back Hash
			if err != nil || json.Unmarshal(raw, &back) != nil || back != h {
				t.Fatalf("JSON of %v comes back as %v", h, back)
			}
			if again, err := NewHash(k, h.Bytes()); err != nil || again != h {
				t.Fatalf("NewHash(%v): %v, %v", k, again, err)
			}
		}
	}
	testkit.AtLeast(t, 1000, n, "text forms")
}

func TestHashTextOfGoimagehash(t *testing.T) {
	for prefix, k := range map[string]Kind{"a": AHash, "d": DHash, "p": PHash} {
		h, err := ParseHash(prefix + ":0123456789abcdef")
		if err != nil || h != Hash64(k, 0x0123456789abcdef) {
			t.Errorf("%s: gives %v, %v", prefix, h, err)
		}
	}
}

func TestHashTextRefused(t *testing.T) {
	bad := []string{
		"", ":", "md5", "md5:", "md5:00", "md5:" + strings.Repeat("0", 31), "md5:" + strings.Repeat("0", 33),
		"md5:" + strings.Repeat("g", 32), "MD5:" + strings.Repeat("0", 32), "sha512:" + strings.Repeat("0", 128),
		"pdq:" + strings.Repeat("0", 63) + " ", " md5:" + strings.Repeat("0", 32), "x:0123456789abcdef", "photodna:00",
	}
	for _, text := range bad {
		if h, err := ParseHash(text); !errors.Is(err, ErrFormat) {
			t.Errorf("ParseHash(%q) = %v, %v", text, h, err)
		}
	}
	testkit.AtLeast(t, 14, len(bad), "bad texts")
}

func TestDistance(t *testing.T) {
	r := testkit.Rand(t)
	for _, k := range Kinds() {
		for range 200 {
			a, b := randomHash(r, k, 0), randomHash(r, k, 0)
			want := 0
			for i, x := range a.Bytes() {
				want += bits.OnesCount8(x ^ b.Bytes()[i])
			}
			if d, ok := a.Distance(b); d != want || !ok {
				t.Fatalf("Distance(%v, %v) = %d, %v, want %d", a, b, d, ok, want)
			}
		}
		if _, ok := randomHash(r, k, 0).Distance(randomHash(r, k%10+1, 0)); ok {
			t.Errorf("%v has a distance to %v", k, k%10+1)
		}
	}
	if _, ok := (Hash{}).Distance(Hash{}); ok {
		t.Error("two hashes of no kind have a distance")
	}
}

// The index sees the same bits as the text form, whatever the width.
func TestCodes(t *testing.T) {
	r := testkit.Rand(t)
	for range 100 {
		a, b := randomHash(r, PHash, 0), randomHash(r, PHash, 0)
		if d, _ := a.Distance(b); bits.OnesCount64(a.Code64()^b.Code64()) != d {
			t.Fatal("64-bit codes have another distance than their hashes")
		}
		c, e := randomHash(r, PDQ, 0), randomHash(r, PDQ, 0)
		sum := 0
		for i, w := range c.Code256() {
			sum += bits.OnesCount64(w ^ e.Code256()[i])
		}
		if d, _ := c.Distance(e); sum != d {
			t.Fatal("256-bit codes have another distance than their hashes")
		}
	}
}

func TestKindNumbersAreFixed(t *testing.T) {
	want := []string{"md5", "sha1", "sha256", "pdq", "ahash", "dhash", "phash", "pyahash", "pydhash", "pyphash", "md5_trimmed", "sha1_trimmed", "sha256_trimmed"}
	for i, k := range Kinds() {
		if int(k) != i+1 || k.String() != want[i] {
			t.Errorf("kind %d is %v: the numbers are part of the set file", i+1, k)
		}
	}
	testkit.AtLeast(t, len(want), len(Kinds()), "kinds")
}

func TestQuality(t *testing.T) {
	var unknown Quality
	if _, ok := unknown.Value(); ok || unknown.Below(50) {
		t.Error("an unknown quality has a value or is below the gate")
	}
	for q := range 101 {
		if v, ok := QualityOf(q).Value(); v != q || !ok || QualityOf(q).Below(50) != (q < 50) {
			t.Errorf("QualityOf(%d) = %d, %v, below 50: %v", q, v, ok, QualityOf(q).Below(50))
		}
	}
}
