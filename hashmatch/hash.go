package hashmatch

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"
)

// Hash is one hash value with its kind. It is comparable with ==; the zero Hash is no hash.
type Hash struct {
	kind Kind
	b    [32]byte // the first kind.Size() bytes count, the rest stay zero so that == works
}

// NewHash makes a Hash of raw bytes, which must be exactly k.Size() long. The byte order is that of the text form: for
// PDQ the first byte holds bits 255..248.
func NewHash(k Kind, raw []byte) (Hash, error) {
	if !k.Valid() {
		return Hash{}, fmt.Errorf("hashmatch: %w: kind number %d", ErrFormat, uint8(k))
	}
	if len(raw) != k.Size() {
		return Hash{}, fmt.Errorf("hashmatch: %w: %s has %d bytes, not %d", ErrFormat, k, k.Size(), len(raw))
	}
	h := Hash{kind: k}
	copy(h.b[:], raw)
	return h, nil
}

// Hash64 makes a Hash of a 64-bit kind; the code's highest bit is the text form's first. It panics if k is not one.
func Hash64(k Kind, code uint64) Hash {
	if k.Bits() != 64 {
		panic("hashmatch: Hash64 of " + k.String())
	}
	h := Hash{kind: k}
	binary.BigEndian.PutUint64(h.b[:], code)
	return h
}

// goimagehashPrefixes are the kind names that goimagehash's own ToString writes.
var goimagehashPrefixes = map[string]Kind{"a": AHash, "d": DHash, "p": PHash}

// ParseHash reads the text form "kind:hex" in either letter case, and goimagehash's own strings ("a:", "d:", "p:").
func ParseHash(text string) (Hash, error) {
	name, digits, ok := strings.Cut(text, ":")
	if !ok {
		return Hash{}, fmt.Errorf("hashmatch: %w: a hash is written kind:hex, as in phash:0123456789abcdef", ErrFormat)
	}
	k, ok := goimagehashPrefixes[name]
	if !ok {
		var err error
		if k, err = ParseKind(name); err != nil {
			return Hash{}, fmt.Errorf("%w: %w", err, ErrFormat)
		}
	}
	return ParseHex(k, digits)
}

// ParseHex reads the hex digits of a hash of kind k.
func ParseHex(k Kind, digits string) (Hash, error) {
	if !k.Valid() {
		return Hash{}, fmt.Errorf("hashmatch: %w: kind number %d", ErrFormat, uint8(k))
	}
	if len(digits) != 2*k.Size() {
		return Hash{}, fmt.Errorf("hashmatch: %w: %s has %d hex digits, not %d", ErrFormat, k, 2*k.Size(), len(digits))
	}
	h := Hash{kind: k}
	if _, err := hex.Decode(h.b[:], []byte(digits)); err != nil {
		return Hash{}, fmt.Errorf("hashmatch: %w: %s holds a character that is no hex digit", ErrFormat, k)
	}
	return h, nil
}

// Kind returns the hash's kind; 0 for the zero Hash.
func (h Hash) Kind() Kind { return h.kind }

// IsZero reports whether h is the zero Hash, which is no hash (a hash whose bits are all zero is not the zero Hash).
func (h Hash) IsZero() bool { return h.kind == 0 }

// Bytes returns a copy of the raw bytes, kind.Size() long.
func (h Hash) Bytes() []byte { return append([]byte(nil), h.b[:h.kind.Size()]...) }

// AppendBytes appends the raw bytes to dst.
func (h Hash) AppendBytes(dst []byte) []byte { return append(dst, h.b[:h.kind.Size()]...) }

// Code64 returns a 64-bit kind's bits as the index searches them.
func (h Hash) Code64() uint64 { return binary.BigEndian.Uint64(h.b[:]) }

// Code256 returns a 256-bit kind's bits as the index searches them.
func (h Hash) Code256() (c [4]uint64) {
	for i := range c {
		c[i] = binary.BigEndian.Uint64(h.b[8*i:])
	}
	return c
}

// Hex returns the lower-case hex digits.
func (h Hash) Hex() string { return hex.EncodeToString(h.b[:h.kind.Size()]) }

// String returns the text form "kind:hex"; the zero Hash gives "".
func (h Hash) String() string {
	if h.kind == 0 {
		return ""
	}
	return h.kind.String() + ":" + h.Hex()
}

// MarshalText returns the text form.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the text form; no text gives the zero Hash.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*h = Hash{}
		return nil
	}
	p, err := ParseHash(string(text))
	if err != nil {
		return err
	}
	*h = p
	return nil
}

// Distance returns the Hamming distance, and false when the two are not of one kind (or are no hashes). Digests have a
// distance too, but only 0 means anything.
func (h Hash) Distance(o Hash) (int, bool) {
	if h.kind != o.kind || h.kind == 0 {
		return 0, false
	}
	d := 0
	for i := 0; i < len(h.b); i += 8 {
		d += bits.OnesCount64(binary.LittleEndian.Uint64(h.b[i:]) ^ binary.LittleEndian.Uint64(o.b[i:]))
	}
	return d, true
}

// compareHashes orders by kind, then by bytes.
func compareHashes(a, b Hash) int {
	if a.kind != b.kind {
		return int(a.kind) - int(b.kind)
	}
	return bytes.Compare(a.b[:], b.b[:])
}
