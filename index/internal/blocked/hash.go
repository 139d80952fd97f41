package blocked

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// hasher maps keys to 64 bits. For its words a, b, c, d (the first 16 bytes and the last 16, which overlap in keys of
// less than 32) it computes
//
//	p = (a+sum[0])(b+sum[1]) + (c+sum[2])(d+sum[3])  mod 2^128
//	h = ((hi(p) xor lo(p)) mul[0] + lo(p) mul[1] + add  mod 2^128) / 2^64
//
// with sums mod 2^64. The first line is NH of UMAC (Black, Halevi, Krawczyk, Krovetz, Rogaway, CRYPTO 1999): whichever two
// keys one chooses, their p are equal for at most one secret in 2^64. The second is multilinear hashing (Dietzfelbinger,
// STACS 1996; Lemire and Kaser, Comput. J. 2014), which is strongly universal: the h of two different p are independent
// and uniform. So nobody who chooses keys without knowing the secret, and without seeing the filter's answers, can make
// two of them share a block or a bit oftener than random keys do. Both hold for secrets of independent uniform words;
// here they come from SHA-256.
//
// The xor is a bijection of p, so it takes nothing from that, and adds what no proof here gives: without it keys in
// arithmetic progression have an h in progression, and of those, depending on the secret, from none to 90 times the usual
// share of absent keys were seen to pass.
type hasher struct {
	sum  [4]uint64
	mul  [2][2]uint64 // high and low word
	add  [2]uint64
	spin uint64 // odd; turns h, whose upper bits choose the block, into the bits within it
}

func newHasher(seed [32]byte) (h hasher) {
	var stream []byte
	for i := range byte(4) {
		s := sha256.Sum256(append(seed[:], i))
		stream = append(stream, s[:]...)
	}
	for _, w := range []*uint64{&h.sum[0], &h.sum[1], &h.sum[2], &h.sum[3],
		&h.mul[0][0], &h.mul[0][1], &h.mul[1][0], &h.mul[1][1], &h.add[0], &h.add[1], &h.spin} {
		*w = binary.LittleEndian.Uint64(stream)
		stream = stream[8:]
	}
	h.spin |= 1
	return h
}

// of is the hash of a key of 16 to 32 bytes.
func (h *hasher) of(key []byte) uint64 {
	last := key[len(key)-16:]
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(key)+h.sum[0], binary.LittleEndian.Uint64(key[8:])+h.sum[1])
	hi2, lo2 := bits.Mul64(binary.LittleEndian.Uint64(last)+h.sum[2], binary.LittleEndian.Uint64(last[8:])+h.sum[3])
	lo, carry := bits.Add64(lo, lo2, 0)
	hi, _ = bits.Add64(hi, hi2, carry)

	hi ^= lo
	h1, l1 := bits.Mul64(hi, h.mul[0][1])
	h2, l2 := bits.Mul64(lo, h.mul[1][1])
	l1, carry1 := bits.Add64(l1, l2, 0)
	_, carry2 := bits.Add64(l1, h.add[1], 0)
	return h1 + h2 + hi*h.mul[0][0] + lo*h.mul[1][0] + h.add[0] + carry1 + carry2
}
