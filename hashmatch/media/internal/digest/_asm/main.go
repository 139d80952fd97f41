// Command _asm prints blocks_amd64.s of the folder above: loops that take MD5, SHA-1 and SHA-256 of a block at once.
// In that folder, `go generate` writes the file anew and the tests hold it to what is printed here.
package main

import (
	"bufio"
	"fmt"
	"os"
)

// A stream's MD5 registers.
var first, second = [4]string{"AX", "BX", "CX", "DX"}, [4]string{"R9", "R10", "R11", "R12"}

// A stream's SHA-1 and SHA-256 chaining values as they lie in the frame, from the stream's base on.
const (
	sha1At   = 0
	sha256At = 32
	shaSize  = 64
)

func main() {
	w := bufio.NewWriter(os.Stdout)
	fmt.Fprint(w, header)
	one(w)
	two(w)
	fmt.Fprint(w, detection)
	constants(w)
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func emit(w *bufio.Writer, c code) {
	for _, line := range c {
		fmt.Fprintln(w, line)
	}
}

// one prints blocks: the SHA work of one stream in the shadow of its MD5.
func one(w *bufio.Writer) {
	fmt.Fprint(w, oneHead)
	emit(w, load("s+0(FP)", first, 0))
	fmt.Fprint(w, "\nnext:\n")
	var keep, add code
	for i, r := range first {
		keep.op("MOVL %s, %s", r, second[i])
		add.op("ADDL %s, %s", second[i], r)
	}
	sha := then(message("SI"), weave(sha1Block(sha1At), sha256Block(sha256At)))
	emit(w, then(keep, weave(md5Block("SI", first, "R8"), sha), add))
	fmt.Fprint(w, "\tADDQ $64, SI\n\tDECQ R14\n\tJNZ  next\n\n")
	emit(w, store("s+0(FP)", first, 0))
	fmt.Fprint(w, "\ndone:\n\tRET\n\n")
}

// two prints blocks2: the second stream's MD5 fills the gaps of the first's, and the SHA work of both those that are
// left. One stream's SHA comes after the other's, for there are vector registers for one.
func two(w *bufio.Writer) {
	const md5At, firstAt, secondAt = 0, 32, 32 + shaSize
	fmt.Fprint(w, twoHead)
	emit(w, load("s+0(FP)", first, firstAt))
	emit(w, load("t+8(FP)", second, secondAt))
	fmt.Fprint(w, "\nnext:\n")
	var keep, add code
	for i, r := range append(first[:], second[:]...) {
		keep.op("MOVL %s, %d(SP)", r, md5At+4*i)
		add.op("ADDL %d(SP), %s", md5At+4*i, r)
	}
	md5 := weave(md5Block("SI", first, "R8"), md5Block("DI", second, "R13"))
	sha := func(ptr string, at int) code {
		return then(message(ptr), weave(sha1Block(at+sha1At), sha256Block(at+sha256At)))
	}
	emit(w, then(keep, weave(md5, then(sha("SI", firstAt), sha("DI", secondAt))), add))
	fmt.Fprint(w, "\tADDQ $64, SI\n\tADDQ $64, DI\n\tDECQ R14\n\tJNZ  next\n\n")
	emit(w, store("s+0(FP)", first, firstAt))
	emit(w, store("t+8(FP)", second, secondAt))
	fmt.Fprint(w, "\ndone:\n\tRET\n\n")
}

// load brings a state into the registers and the frame in the order the SHA instructions want: a,b,c,d and e with the
// first in the highest lane, and a,b,e,f and c,d,g,h likewise.
func load(arg string, regs [4]string, base int) (c code) {
	c.op("MOVQ %s, R15", arg)
	for i, r := range regs {
		c.op("MOVL %d(R15), %s", 4*i, r)
	}
	c.op("VPSHUFD $0x1b, 16(R15), %s", abcd)
	c.op("VPXOR %s, %s, %s", e0, e0, e0)
	c.op("VPINSRD $3, 32(R15), %s, %s", e0, e0)
	c.op("VPSHUFD $0xb1, 36(R15), %s", tmp)  // c d a b, lowest last
	c.op("VPSHUFD $0x1b, 52(R15), %s", cdgh) // e f g h
	c.op("VPALIGNR $8, %s, %s, %s", cdgh, tmp, abef)
	c.op("VPBLENDW $0xf0, %s, %s, %s", tmp, cdgh, cdgh)
	c.op("VMOVDQU %s, %d(SP)", abcd, base+sha1At)
	c.op("VMOVDQU %s, %d(SP)", e0, base+sha1At+16)
	c.op("VMOVDQU %s, %d(SP)", abef, base+sha256At)
	c.op("VMOVDQU %s, %d(SP)", cdgh, base+sha256At+16)
	return c
}

// store is load's inverse.
func store(arg string, regs [4]string, base int) (c code) {
	c.op("MOVQ %s, R15", arg)
	for i, r := range regs {
		c.op("MOVL %s, %d(R15)", r, 4*i)
	}
	c.op("VPSHUFD $0x1b, %d(SP), %s", base+sha1At, abcd)
	c.op("VMOVDQU %s, 16(R15)", abcd)
	c.op("VMOVDQU %d(SP), %s", base+sha1At+16, e0)
	c.op("VPEXTRD $3, %s, 32(R15)", e0)
	c.op("VPSHUFD $0x1b, %d(SP), %s", base+sha256At, abef)
	c.op("VPSHUFD $0xb1, %d(SP), %s", base+sha256At+16, cdgh)
	c.op("VPBLENDW $0xf0, %s, %s, %s", cdgh, abef, tmp)
	c.op("VMOVDQU %s, 36(R15)", tmp)
	c.op("VPALIGNR $8, %s, %s, %s", abef, cdgh, tmp)
	c.op("VMOVDQU %s, 52(R15)", tmp)
	return c
}

func constants(w *bufio.Writer) {
	for i, k := range sha256Constants() {
		fmt.Fprintf(w, "DATA sha256K<>+%d(SB)/4, $0x%08x\n", 4*i, k)
	}
	fmt.Fprint(w, "GLOBL sha256K<>(SB), RODATA|NOPTR, $256\n\n")
	fmt.Fprint(w, "DATA swap<>+0(SB)/8, $0x08090a0b0c0d0e0f\nDATA swap<>+8(SB)/8, $0x0001020304050607\n")
	fmt.Fprint(w, "GLOBL swap<>(SB), RODATA|NOPTR, $16\n")
}
