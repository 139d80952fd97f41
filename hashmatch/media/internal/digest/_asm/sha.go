package main

import (
	"fmt"
	"math/big"
)

// The vector registers of one stream's SHA-1 and SHA-256. X15 is the byte swap, X0 is SHA256RNDS2's third operand.
const (
	abcd, e0, e1    = "X1", "X2", "X3" // SHA-1: a in the highest lane; e in the highest lane of e0, e1 in turn
	abef, cdgh, tmp = "X8", "X9", "X14"
)

// sha1Word and sha256Word name the register with the four message words of group i, of the latest four groups.
func sha1Word(i int) string   { return fmt.Sprintf("X%d", 4+i&3) }
func sha256Word(i int) string { return fmt.Sprintf("X%d", 10+i&3) }

// message loads the block at ptr for both: SHA-1 wants the first word of four in the highest lane, SHA-256 in the
// lowest.
func message(ptr string) (c code) {
	for j := range 4 {
		c.op("VMOVDQU %d(%s), %s", 16*j, ptr, sha1Word(j))
		c.op("VPSHUFB X15, %s, %s", sha1Word(j), sha1Word(j))
		c.op("VPSHUFD $0x1b, %s, %s", sha1Word(j), sha256Word(j))
	}
	c.remark(0, "the block's words, big-endian, for SHA-1 and SHA-256")
	return c
}

// sha1Block gives the 80 rounds, four to an instruction. The stream's chaining values are at frame base and base+16
// before and after.
func sha1Block(base int) (c code) {
	c.op("VMOVDQU %d(SP), %s", base, abcd)
	c.op("VMOVDQU %d(SP), %s", base+16, e0)
	for i := range 20 {
		at := len(c)
		now, next := e0, e1
		if i&1 == 1 {
			now, next = next, now
		}
		if i == 0 {
			c.op("VPADDD %s, %s, %s", sha1Word(0), now, now)
		} else {
			c.op("SHA1NEXTE %s, %s", sha1Word(i), now) // e is the a of four rounds ago, rotated
		}
		c.op("VMOVDQA %s, %s", abcd, next)
		if i >= 3 && i <= 18 {
			c.op("SHA1MSG2 %s, %s", sha1Word(i), sha1Word(i+1))
		}
		c.op("SHA1RNDS4 $%d, %s, %s", i/5, now, abcd)
		if i >= 1 && i <= 16 {
			c.op("SHA1MSG1 %s, %s", sha1Word(i), sha1Word(i+3))
		}
		if i >= 2 && i <= 17 {
			c.op("VPXOR %s, %s, %s", sha1Word(i), sha1Word(i+2), sha1Word(i+2))
		}
		c.remark(at, "SHA-1 rounds %d to %d", 4*i, 4*i+3)
	}
	c.op("VMOVDQU %d(SP), %s", base+16, e1)
	c.op("SHA1NEXTE %s, %s", e1, e0)
	c.op("VPADDD %d(SP), %s, %s", base, abcd, abcd)
	c.op("VMOVDQU %s, %d(SP)", abcd, base)
	c.op("VMOVDQU %s, %d(SP)", e0, base+16)
	return c
}

// sha256Block gives the 64 rounds, two to an instruction, with the chaining values at frame base and base+16.
func sha256Block(base int) (c code) {
	c.op("VMOVDQU %d(SP), %s", base, abef)
	c.op("VMOVDQU %d(SP), %s", base+16, cdgh)
	for i := range 16 {
		at := len(c)
		c.op("VPADDD sha256K<>+%d(SB), %s, X0", 16*i, sha256Word(i))
		c.op("SHA256RNDS2 X0, %s, %s", abef, cdgh)
		if i >= 3 && i <= 14 {
			c.op("VPALIGNR $4, %s, %s, %s", sha256Word(i+3), sha256Word(i), tmp)
			c.op("VPADDD %s, %s, %s", tmp, sha256Word(i+1), sha256Word(i+1))
			c.op("SHA256MSG2 %s, %s", sha256Word(i), sha256Word(i+1))
		}
		c.op("VPSHUFD $0x0e, X0, X0")
		c.op("SHA256RNDS2 X0, %s, %s", cdgh, abef)
		if i >= 1 && i <= 12 {
			c.op("SHA256MSG1 %s, %s", sha256Word(i), sha256Word(i+3))
		}
		c.remark(at, "SHA-256 rounds %d to %d", 4*i, 4*i+3)
	}
	c.op("VPADDD %d(SP), %s, %s", base, abef, abef)
	c.op("VPADDD %d(SP), %s, %s", base+16, cdgh, cdgh)
	c.op("VMOVDQU %s, %d(SP)", abef, base)
	c.op("VMOVDQU %s, %d(SP)", cdgh, base+16)
	return c
}

// sha256Constants are the first 32 bits of the fractions of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2):
// the greatest r with r^3 <= p 2^96 is the root times 2^32.
func sha256Constants() (k [64]uint32) {
	n := 0
	for p := int64(2); n < len(k); p++ {
		if !big.NewInt(p).ProbablyPrime(0) { // exact below 2^64
			continue
		}
		cube := new(big.Int).Lsh(big.NewInt(p), 96)
		least, over := uint64(0), uint64(8)<<32
		for over-least > 1 {
			r := least + (over-least)/2
			root := new(big.Int).SetUint64(r)
			if new(big.Int).Exp(root, big.NewInt(3), nil).Cmp(cube) <= 0 {
				least = r
			} else {
				over = r
			}
		}
		k[n] = uint32(least)
		n++
	}
	return k
}
