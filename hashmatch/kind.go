package hashmatch

import "fmt"

// Kind says which hash a value is. Two hashes of different kinds are never compared. The zero Kind is none.
type Kind uint8

// The kinds. Their numbers are part of the set file and never change; new kinds are added at the end.
const (
	MD5     Kind = 1  // 16 bytes, RFC 1321
	SHA1    Kind = 2  // 20 bytes, FIPS 180-4
	SHA256  Kind = 3  // 32 bytes, FIPS 180-4
	PDQ     Kind = 4  // 32 bytes, Meta ThreatExchange PDQ at full resolution
	AHash   Kind = 5  // 8 bytes, goimagehash v1.1.0 AverageHash
	DHash   Kind = 6  // 8 bytes, goimagehash v1.1.0 DifferenceHash
	PHash   Kind = 7  // 8 bytes, goimagehash v1.1.0 PerceptionHash
	PyAHash Kind = 8  // 8 bytes, Python imagehash 4.3.2 average_hash: another hash than AHash
	PyDHash Kind = 9  // 8 bytes, Python imagehash 4.3.2 dhash
	PyPHash Kind = 10 // 8 bytes, Python imagehash 4.3.2 phash

	// The digests of a file up to the end of its picture. A file has them only where bytes follow that end, so that
	// what was appended hides nothing.
	MD5Trimmed    Kind = 11 // 16 bytes
	SHA1Trimmed   Kind = 12 // 20 bytes
	SHA256Trimmed Kind = 13 // 32 bytes

	kindEnd = 14 // one past the last kind
)

var kinds = [kindEnd]struct {
	name string
	size int
}{
	MD5: {"md5", 16}, SHA1: {"sha1", 20}, SHA256: {"sha256", 32},
	PDQ: {"pdq", 32}, AHash: {"ahash", 8}, DHash: {"dhash", 8}, PHash: {"phash", 8},
	PyAHash: {"pyahash", 8}, PyDHash: {"pydhash", 8}, PyPHash: {"pyphash", 8},
	MD5Trimmed: {"md5_trimmed", 16}, SHA1Trimmed: {"sha1_trimmed", 20}, SHA256Trimmed: {"sha256_trimmed", 32},
}

// Kinds returns all kinds in the order of their numbers.
func Kinds() []Kind {
	all := make([]Kind, 0, kindEnd-1)
	for k := Kind(1); k < kindEnd; k++ {
		all = append(all, k)
	}
	return all
}

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool { return k > 0 && k < kindEnd }

// String returns the kind's name as text forms, flags and JSON spell it: "md5", "pdq", ...
func (k Kind) String() string {
	if !k.Valid() {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kinds[k].name
}

// Size returns the number of bytes of a hash of this kind; 0 for no kind.
func (k Kind) Size() int {
	if !k.Valid() {
		return 0
	}
	return kinds[k].size
}

// Bits returns the number of bits of a hash of this kind.
func (k Kind) Bits() int { return 8 * k.Size() }

// Digest reports whether k is a cryptographic digest, which finds exact copies only.
func (k Kind) Digest() bool { return k != 0 && k <= SHA256 || k.Trimmed() }

// Trimmed reports whether k is the digest of a file up to the end of its picture.
func (k Kind) Trimmed() bool { return k >= MD5Trimmed && k <= SHA256Trimmed }

// Whole returns the digest kind of the same function for a whole file: MD5 for MD5Trimmed. Two digests can be equal if
// and only if their kinds' Whole is the same. Every other kind is its own.
func (k Kind) Whole() Kind {
	if k.Trimmed() {
		return k - MD5Trimmed + MD5
	}
	return k
}

// TrimmedForm returns the trimmed kind of a digest, 0 for kinds that have none.
func (k Kind) TrimmedForm() Kind {
	if k.Digest() && !k.Trimmed() {
		return k - MD5 + MD5Trimmed
	}
	return 0
}

// Perceptual reports whether k is a perceptual hash, which also finds near copies.
func (k Kind) Perceptual() bool { return k.Valid() && !k.Digest() }

// ParseKind is the inverse of String.
func ParseKind(name string) (Kind, error) {
	for k := Kind(1); k < kindEnd; k++ {
		if kinds[k].name == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("hashmatch: no kind is named %q (kinds: md5 sha1 sha256 pdq ahash dhash phash pyahash pydhash pyphash md5_trimmed sha1_trimmed sha256_trimmed)", name)
}

// MarshalText returns the kind's name; the zero Kind gives no text.
func (k Kind) MarshalText() ([]byte, error) {
	if k == 0 {
		return nil, nil
	}
	if !k.Valid() {
		return nil, fmt.Errorf("hashmatch: %w: kind number %d", ErrFormat, uint8(k))
	}
	return []byte(kinds[k].name), nil
}

// UnmarshalText is the inverse of MarshalText.
func (k *Kind) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*k = 0
		return nil
	}
	p, err := ParseKind(string(text))
	if err != nil {
		return err
	}
	*k = p
	return nil
}
