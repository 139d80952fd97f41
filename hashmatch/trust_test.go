package hashmatch

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func newKey(r *rand.Rand) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(r.Uint32())
	}
	return ed25519.NewKeyFromSeed(seed)
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// signedBytes returns the set file with a signature in it.
func signedBytes(t testing.TB, data []byte, key ed25519.PrivateKey) []byte {
	t.Helper()
	path := setFile(t, data)
	if err := SignFile(path, key); err != nil {
		t.Fatal(err)
	}
	signed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func ofGeneration(t testing.TB, n uint64, entries ...Entry) []byte {
	t.Helper()
	b := NewBuilder(testInfo)
	b.Generation = n
	for _, e := range entries {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A set is opened only when it shows what is asked for; the refusal says what was missing.
func TestTrust(t *testing.T) {
	r := testkit.Rand(t)
	ours, theirs := newKey(r), newKey(r)
	plain := ofGeneration(t, 7, randomEntries(r, 20, 0)...)
	other := ofGeneration(t, 7, randomEntries(r, 20, 0)...)
	signed := signedBytes(t, plain, ours)
	beside := func(data []byte, key ed25519.PrivateKey) []byte {
		text, err := mustOpen(t, data).Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	tampered := beside(plain, ours)
	tampered[len(tampered)-5] ^= 1
	keys := SignedBy(public(ours))
	cases := []struct {
		name string
		data []byte
		opts []Option
		says string // "" where it is opened
		by   ed25519.PrivateKey
	}{
		{"unsigned, nothing asked", plain, nil, "", nil},
		{"signed, nothing asked", signed, nil, "", ours},
		{"unsigned", plain, []Option{keys}, "is not signed", nil},
		{"signed", signed, []Option{keys}, "", ours},
		{"one of two keys", signed, []Option{SignedBy(public(theirs), public(ours))}, "", ours},
		{"two options", signed, []Option{SignedBy(public(theirs)), keys}, "", ours},
		{"by another", signedBytes(t, plain, theirs), []Option{keys}, "not by one of the 1", nil},
		{"no keys", signed, []Option{SignedBy()}, "not by one of the 0", nil},
		{"no keys, unsigned", plain, []Option{SignedBy()}, "is not signed", nil},
		{"a key that is none", signed, []Option{SignedBy(nil, public(ours)[:31])}, "not by one of the 2", nil},
		{"signed beside", plain, []Option{keys, Signature(beside(plain, ours))}, "", ours},
		{"signed beside, nobody's key asked for", plain, []Option{Signature(beside(plain, theirs))}, "", theirs},
		{"signed beside by another", plain, []Option{keys, Signature(beside(plain, theirs))}, "not by one of the 1", nil},
		{"signed in it by another, beside by us", signedBytes(t, plain, theirs), []Option{keys, Signature(beside(plain, ours))}, "", ours},
		{"signed in it by us, beside by another", signed, []Option{keys, Signature(beside(plain, theirs))}, "", ours},
		{"a signature of another set", plain, []Option{keys, Signature(beside(other, ours))}, "it is of set", nil},
		{"a signature of another set beside a signed one", signed, []Option{keys, Signature(beside(other, ours))}, "it is of set", nil},
		{"a signature that was tampered with", plain, []Option{keys, Signature(tampered)}, "does not hold", nil},
		{"no signature beside", plain, []Option{Signature(nil)}, "", nil},
		{"an empty signature beside", plain, []Option{Signature([]byte{})}, "not a signature of a set", nil},
		{"a text beside", plain, []Option{Signature([]byte("hello"))}, "not a signature of a set", nil},
		{"the generation", plain, []Option{LeastGeneration(7)}, "", nil},
		{"a later generation", plain, []Option{LeastGeneration(6)}, "", nil},
		{"an old generation", plain, []Option{LeastGeneration(8)}, "generation 7, an earlier one than 8", nil},
		{"an old generation, signed", signed, []Option{keys, LeastGeneration(8)}, "generation 7, an earlier one than 8", nil},
		{"no generation", smallSet(t), []Option{LeastGeneration(1)}, "generation 0, an earlier one than 1", nil},
	}
	for _, c := range cases {
		path := setFile(t, c.data)
		for i, opts := range [][]Option{nil, {Mapped()}, {StructureOnly(), Mapped()}} {
			s, err := Open(path, append(opts, c.opts...)...)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("%s, %d: %v", c.name, i, err)
			case c.says != "" && (!errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path)):
				t.Errorf("%s, %d: %v, want %q", c.name, i, err, c.says)
			case err == nil:
				if signer := s.Signer(); c.by == nil && signer != nil || c.by != nil && !public(c.by).Equal(signer) {
					t.Errorf("%s, %d: signed by %x", c.name, i, signer)
				}
				s.Close()
			}
		}
		if _, err := OpenBytes(c.data, c.opts...); (err == nil) != (c.says == "") {
			t.Errorf("%s, bytes: %v", c.name, err)
		}
	}
	testkit.AtLeast(t, 26, len(cases), "cases")
}

// A signature that does not hold is damage, whoever asks.
func TestTamperedSignature(t *testing.T) {
	r := testkit.Rand(t)
	key := newKey(r)
	signed := signedBytes(t, smallSet(t), key)
	moved := signedBytes(t, ofGeneration(t, 3, randomEntry(r, 0)), key)
	copy(moved[len(moved)-96:], signed[len(signed)-96:])
	flipped := bytes.Clone(signed)
	flipped[len(flipped)-1] ^= 1
	for name, data := range map[string][]byte{"flipped": flipped, "of another set": moved} {
		for _, opts := range [][]Option{nil, {StructureOnly()}, {SignedBy(public(key))}} {
			if _, err := OpenBytes(data, opts...); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "signature") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestSignFile(t *testing.T) {
	r := testkit.Rand(t)
	data := smallSet(t)
	path := setFile(t, data)
	digest := mustOpen(t, data).Digest()
	for range 2 { // the second signature replaces the first
		key := newKey(r)
		if err := SignFile(path, key); err != nil {
			t.Fatal(err)
		}
		s := openFile(t, path, SignedBy(public(key)))
		if s.Digest() != digest {
			t.Error("the digest became another")
		}
	}
	damaged := bytes.Clone(data)
	damaged[5000]++
	bad := setFile(t, damaged)
	if err := SignFile(bad, newKey(r)); !errors.Is(err, ErrCorrupt) {
		t.Error("a damaged file was signed: ", err)
	}
	if now, err := os.ReadFile(bad); err != nil || !bytes.Equal(now, damaged) {
		t.Error("a refused file was changed: ", err)
	}
	if err := SignFile(path, ed25519.PrivateKey("short")); err == nil {
		t.Error("signed with no key")
	}
	if err := SignFile(filepath.Join(t.TempDir(), "missing.hms"), newKey(r)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for _, p := range []string{path, bad} {
		if left, _ := os.ReadDir(filepath.Dir(p)); len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// The generation is part of what is signed and named, and of nothing else.
func TestGeneration(t *testing.T) {
	r := testkit.Rand(t)
	entries := randomEntries(r, 5, 0)
	one, two := mustOpen(t, ofGeneration(t, 1, entries...)), mustOpen(t, ofGeneration(t, 2, entries...))
	if one.Generation() != 1 || two.Generation() != 2 || mustOpen(t, smallSet(t)).Generation() != 0 {
		t.Error(one.Generation(), two.Generation())
	}
	if one.Digest() == two.Digest() {
		t.Error("two generations have one digest")
	}
}
