package setfile

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// areaSize is the size of the room for a signature at the end of a file: a public key and a signature by it. It is all
// zeros in a file that is not signed.
const areaSize = ed25519.PublicKeySize + ed25519.SignatureSize

// signatureContext is signed before the root, so that a signature of something else with the same key is none of a set.
const signatureContext = "hashmatch set file, root: "

// Signature is one of a file's root, by an ed25519 key. It tells nothing about whose key that is.
type Signature struct {
	Root  [rootSize]byte
	Key   [ed25519.PublicKeySize]byte
	Bytes [ed25519.SignatureSize]byte
}

// Sign signs a root. It refuses a key of which everybody knows the private half.
func Sign(root [rootSize]byte, key ed25519.PrivateKey) (*Signature, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("not an ed25519 private key: %d bytes, not %d", len(key), ed25519.PrivateKeySize)
	}
	s := &Signature{Root: root, Key: [ed25519.PublicKeySize]byte(key[ed25519.SeedSize:])}
	copy(s.Bytes[:], ed25519.Sign(key, s.message()))
	return s, s.Check()
}

func (s *Signature) message() []byte { return append([]byte(signatureContext), s.Root[:]...) }

// Check checks that the signature is one by its key.
func (s *Signature) Check() error {
	if weakKey(s.Key) {
		return fmt.Errorf("%w: anybody can sign with its key", ErrSignature)
	}
	if !ed25519.Verify(s.Key[:], s.message(), s.Bytes[:]) {
		return fmt.Errorf("%w: it is not one of this set by its key", ErrSignature)
	}
	return nil
}

// weakKeys are the points of small order on the curve, as the bytes of their y: signatures "by" them need no private key,
// and some hold for one message in four. Without this list, one flipped bit could sign an unsigned file.
var weakKeys = [...]string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // 0 again: more than the field's prime
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // 1 again
}

func weakKey(key [ed25519.PublicKeySize]byte) bool {
	key[len(key)-1] &= 0x7f // the sign of x
	text := hex.EncodeToString(key[:])
	for _, weak := range weakKeys {
		if text == weak {
			return true
		}
	}
	return false
}

// Signature returns the signature that the file bears, nil if it is not signed.
func (f *File) Signature() (*Signature, error) {
	area := [areaSize]byte(f.data[f.layout.areaAt():])
	if area == [areaSize]byte{} {
		return nil, nil
	}
	s := &Signature{
		Root:  f.Digest,
		Key:   [ed25519.PublicKeySize]byte(area[:]),
		Bytes: [ed25519.SignatureSize]byte(area[ed25519.PublicKeySize:]),
	}
	return s, s.Check()
}

// Signed returns the file in two parts, the second of which is the signature of a file that bears s.
func (f *File) Signed(s *Signature) (before, area []byte, err error) {
	if s.Root != f.Digest {
		return nil, nil, fmt.Errorf("%w: it is of another set", ErrSignature)
	}
	if err := s.Check(); err != nil {
		return nil, nil, err
	}
	return f.data[:f.layout.areaAt()], append(s.Key[:], s.Bytes[:]...), nil
}

// The lines of a signature that stands in a file of its own.
const (
	signatureTitle = "hashmatch set signature 1"
	maxSignature   = 1024 // bytes of such a file, which is far shorter
)

var signatureFields = [...]string{"set", "key", "signature"}

// MarshalText spells the signature out for a file of its own.
func (s *Signature) MarshalText() ([]byte, error) {
	text := signatureTitle + "\n"
	for i, b := range s.fields() {
		text += signatureFields[i] + " " + hex.EncodeToString(b) + "\n"
	}
	return []byte(text), nil
}

func (s *Signature) fields() [3][]byte { return [3][]byte{s.Root[:], s.Key[:], s.Bytes[:]} }

var errSignatureText = errors.New(`not a signature of a set (its first line is not "` + signatureTitle + `")`)

// UnmarshalText is the inverse of MarshalText. Line ends of either kind are taken, since such files travel by mail. It
// does not check the signature.
func (s *Signature) UnmarshalText(text []byte) error {
	if len(text) > maxSignature {
		return errSignatureText
	}
	lines := strings.Split(strings.ReplaceAll(strings.TrimRight(string(text), "\r\n"), "\r\n", "\n"), "\n")
	if lines[0] != signatureTitle {
		return errSignatureText
	}
	if len(lines) != 1+len(signatureFields) {
		return fmt.Errorf("%d lines, not %d", len(lines), 1+len(signatureFields))
	}
	for i, b := range s.fields() {
		name, value, _ := strings.Cut(lines[1+i], " ")
		decoded, err := hex.DecodeString(value)
		if name != signatureFields[i] || err != nil || len(decoded) != len(b) {
			return fmt.Errorf("line %d is not %q and %d hex digits", 2+i, signatureFields[i], 2*len(b))
		}
		copy(b, decoded)
	}
	return nil
}
