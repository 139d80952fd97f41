package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
)

const blockLen = 64 // of all three digests

// state holds the chaining values of the three digests of one stream, between blocks. The assembly knows its layout.
type state struct {
	md5    [4]uint32
	sha1   [5]uint32
	sha256 [8]uint32
}

// initial is the state of an empty stream (RFC 1321, 3.3; FIPS 180-4, 5.3).
var initial = state{
	md5:    [4]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476},
	sha1:   [5]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0},
	sha256: [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
}

// blocksGeneric takes the whole blocks of p into s, and leaves what follows them. It asks the standard library and is
// slow: it says what blocks must do, and the self-test and the tests hold blocks to it.
func blocksGeneric(s *state, p []byte) {
	p = p[:len(p)&^(blockLen-1)]
	libraryBlocks(md5.New(), "md5\x01", s.md5[:], p)
	libraryBlocks(sha1.New(), "sha\x01", s.sha1[:], p)
	libraryBlocks(sha256.New(), "sha\x03", s.sha256[:], p)
}

// blocks2Generic takes as many blocks of p into s and of q into t as both have.
func blocks2Generic(s, t *state, p, q []byte) {
	n := min(len(p), len(q))
	blocksGeneric(s, p[:n])
	blocksGeneric(t, q[:n])
}

// libraryBlocks sets h to the chaining values, writes p, and takes them back. The form that crypto's digests save
// themselves in is a magic, the chaining values, the bytes of an unfinished block and the length so far; it is bound to
// stay by saved forms that exist, and the tests would see it change.
func libraryBlocks(h hash.Hash, magic string, chain []uint32, p []byte) {
	saved := []byte(magic)
	for _, v := range chain {
		saved = binary.BigEndian.AppendUint32(saved, v)
	}
	saved = append(saved, make([]byte, blockLen+8)...)
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(saved); err != nil {
		panic("digest: " + err.Error())
	}
	h.Write(p)
	saved, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("digest: " + err.Error())
	}
	for i := range chain {
		chain[i] = binary.BigEndian.Uint32(saved[len(magic)+4*i:])
	}
}
