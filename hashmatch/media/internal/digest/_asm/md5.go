package main

import "math"

// md5Shifts are the rotations of the four rounds (RFC 1321, 3.4).
var md5Shifts = [4][4]int{{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}

// md5Constant is the integer part of 2^32 |sin(i+1)|, the T of RFC 1321.
func md5Constant(i int) uint32 {
	return uint32(math.Floor(math.Abs(math.Sin(float64(i+1))) * (1 << 32)))
}

// md5Word is which of the block's 16 words step i adds.
func md5Word(i int) int {
	return [4]int{i, 5*i + 1, 3*i + 5, 7 * i}[i/16] & 15
}

// md5Block gives the 64 steps over the block at ptr. regs hold a, b, c, d before and after; t is scratch.
//
// A step is a = b + (a + f(b,c,d) + word + constant) <<< shift, and its a is the next step's b: everything waits for b.
// So only what b enters counts, and each f is written to have b enter last:
//
//	f = d ^ (b & (c^d))    and xor add rotate add: 5 cycles
//	g = (d & b) + (^d & c)     and add rotate add: 4 (no bit is in both halves, so + is |, and the second half goes in early)
//	h = b ^ (c^d)              xor add rotate add: 4 (c^d is the step before's b^c^d without its d)
//	i = c ^ (b | ^d)      andn xor sub rotate add: 5 (i is ^(c ^ (d&^b)), and a + ^t is a - t - 1)
//
// 16 x 18 cycles and one for the block's end: no ordering of MD5 is faster, and three quarters of the core stand idle.
func md5Block(ptr string, regs [4]string, t string) (c code) {
	for i := range 64 {
		// The registers' names turn instead of their contents.
		a, b, cc, d := regs[(64-i)&3], regs[(65-i)&3], regs[(66-i)&3], regs[(67-i)&3]
		round, at, constant := i/16, len(c), md5Constant(i)
		if round == 2 && i > 32 {
			c.op("XORL %s, %s", a, t) // a is still the step before's d
		}
		if round == 3 {
			constant-- // the - 1 of a - t - 1
		}
		c.op("ADDL $%d, %s", int32(constant), a)
		c.op("ADDL %d(%s), %s", 4*md5Word(i), ptr, a)
		switch round {
		case 0:
			c.op("MOVL %s, %s", cc, t)
			c.op("XORL %s, %s", d, t)
			c.op("ANDL %s, %s", b, t)
			c.op("XORL %s, %s", d, t)
			c.op("ADDL %s, %s", t, a)
		case 1:
			c.op("ANDNL %s, %s, %s", cc, d, t)
			c.op("ADDL %s, %s", t, a)
			c.op("MOVL %s, %s", d, t)
			c.op("ANDL %s, %s", b, t)
			c.op("ADDL %s, %s", t, a)
		case 2:
			if i == 32 {
				c.op("MOVL %s, %s", cc, t)
				c.op("XORL %s, %s", d, t)
			}
			c.op("XORL %s, %s", b, t)
			c.op("ADDL %s, %s", t, a)
		case 3:
			c.op("ANDNL %s, %s, %s", d, b, t)
			c.op("XORL %s, %s", cc, t)
			c.op("SUBL %s, %s", t, a)
		}
		c.op("ROLL $%d, %s", md5Shifts[round][i&3], a)
		c.op("ADDL %s, %s", b, a)
		c.remark(at, "MD5 step %d on %s", i, a)
	}
	return c
}
