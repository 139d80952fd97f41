package setfile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestSignature(t *testing.T) {
	r := testkit.Rand(t)
	data, key := written(t, Header{}, Section{ID: 1, Data: random(r, 100)}), newKey(r)
	unsigned, _ := Parse(data)
	if s, err := unsigned.Signature(); s != nil || err != nil {
		t.Fatal(s, err)
	}
	f, err := Parse(signed(t, data, key))
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Signature()
	if err != nil || !bytes.Equal(s.Key[:], key.Public().(ed25519.PublicKey)) {
		t.Fatal(s, err)
	}
	if f.Digest != unsigned.Digest {
		t.Error("signing changed the digest")
	}
	again, err := Parse(signed(t, f.data, newKey(r))) // by another, over the first
	if err != nil || again.CheckRoot() != nil || again.Digest != f.Digest {
		t.Error("a signed file cannot be signed again")
	}

	other, _ := Parse(written(t, Header{}, Section{ID: 1, Data: random(r, 100)}))
	if _, _, err := other.Signed(s); !errors.Is(err, ErrSignature) {
		t.Error("a signature of another file was put into one: ", err)
	}
	copy(other.data[other.layout.areaAt():], append(s.Key[:], s.Bytes[:]...))
	if err := other.CheckRoot(); !errors.Is(err, ErrSignature) {
		t.Error("a file bears the signature of another: ", err)
	}
	if _, err := Sign(f.Digest, key[:40]); err == nil {
		t.Error("signed with a part of a key")
	}
	mixed := append(bytes.Clone(key[:32]), newKey(r)[32:]...)
	if _, err := Sign(f.Digest, mixed); !errors.Is(err, ErrSignature) {
		t.Error("signed with halves of two keys: ", err)
	}
}

// A plain signature of the root, made with the same key for another purpose, does not count.
func TestSignatureIsOfSets(t *testing.T) {
	r := testkit.Rand(t)
	s, err := Sign([rootSize]byte(random(r, rootSize)), newKey(r))
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(r)
	s.Key = [32]byte(key[32:])
	copy(s.Bytes[:], ed25519.Sign(key, s.Root[:]))
	if err := s.Check(); !errors.Is(err, ErrSignature) {
		t.Error(err)
	}
}

// For each key that is refused, one of a few signatures made without any private key holds for some message: that is why
// it is refused.
func TestWeakKeys(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for _, text := range weakKeys {
		for _, sign := range []byte{0, 0x80} {
			b, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			key := [32]byte(b)
			key[31] |= sign
			forged := false
			for range 100 {
				for _, point := range weakKeys {
					for _, sign := range []byte{0, 0x80} {
						s := Signature{Root: [rootSize]byte(random(r, rootSize)), Key: key}
						hex.Decode(s.Bytes[:], []byte(point))
						s.Bytes[31] |= sign
						forged = forged || ed25519.Verify(s.Key[:], s.message(), s.Bytes[:])
						if !errors.Is(s.Check(), ErrSignature) {
							t.Errorf("key %x signs", key)
						}
					}
				}
			}
			if forged {
				n++
			}
			if !weakKey(key) {
				t.Errorf("key %x is not weak", key)
			}
		}
	}
	// Not all of them are points that Go takes: the other sign of x does not go with x = 0.
	testkit.AtLeast(t, 8, n, "keys with forged signatures")
	if weakKey([32]byte(newKey(r)[32:])) {
		t.Error("a random key is weak")
	}
}

func TestSignatureText(t *testing.T) {
	r := testkit.Rand(t)
	s, err := Sign([rootSize]byte(random(r, rootSize)), newKey(r))
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"as it is":        string(text),
		"CR LF":           strings.ReplaceAll(string(text), "\n", "\r\n"),
		"upper case":      strings.Replace(string(text), hex.EncodeToString(s.Key[:]), strings.ToUpper(hex.EncodeToString(s.Key[:])), 1),
		"no last newline": strings.TrimSpace(string(text)),
		"empty lines":     string(text) + "\n\n",
	} {
		var got Signature
		if err := got.UnmarshalText([]byte(text)); err != nil || got != *s || got.Check() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	bad := map[string]string{
		"empty":            "",
		"only a title":     lines[0],
		"another title":    strings.Replace(string(text), "signature 1", "signature 2", 1),
		"lines swapped":    strings.Join([]string{lines[0], lines[2], lines[1], lines[3]}, "\n"),
		"a line more":      string(text) + lines[3] + "\n",
		"a digit less":     strings.TrimSpace(string(text))[:len(text)-2],
		"two digits less":  strings.TrimSpace(string(text))[:len(text)-3],
		"no digit":         strings.Replace(string(text), "key ", "key g", 1),
		"no space":         strings.Replace(string(text), "key ", "key", 1),
		"a byte before":    " " + string(text),
		"far too long":     string(text) + strings.Repeat("\n", 2000),
		"two digits more":  strings.TrimSpace(string(text)) + "00",
		"space at the end": strings.Replace(string(text), "\n", " \n", 2),
	}
	for name, text := range bad {
		var got Signature
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for i := range text {
		var got Signature
		if err := got.UnmarshalText(text[:i]); err == nil && i < len(text)-1 {
			t.Errorf("cut to %d of %d bytes: taken", i, len(text))
		}
	}
	// Another digit anywhere gives no signature, or one that does not hold.
	n := 0
	for i := range text {
		damaged := bytes.Clone(text)
		damaged[i] ^= 1
		var got Signature
		if err := got.UnmarshalText(damaged); err == nil && got.Check() == nil && i != len(text)-1 {
			t.Errorf("byte %d changed: it holds", i)
		}
		n++
	}
	testkit.AtLeast(t, 300, n, "damaged texts")
	testkit.AtLeast(t, 13, len(bad), "bad texts")
}
