//go:build !purego

#include "textflag.h"

// The low four bits of each byte, and the number of bits set in each of 0 to 15, twice.
DATA nibbles<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA nibbles<>+8(SB)/8, $0x0302020102010100
DATA nibbles<>+16(SB)/8, $0x0403030203020201
GLOBL nibbles<>(SB), RODATA|NOPTR, $24

// READ(xor, or, a, b, c, d, block) ors CX blocks of 256 bytes from SI on together, four vectors in turn, into the first
// of them. block does one block.
#define READ(xor, or, a, b, c, d, block) \
	xor   a, a, a;   \
	xor   b, b, b;   \
	xor   c, c, c;   \
	xor   d, d, d;   \
	TESTQ CX, CX;    \
	JLE   done;      \
loop: \
	block;           \
	ADDQ  $256, SI;  \
	DECQ  CX;        \
	JNZ   loop;      \
done: \
	or    b, a, a;   \
	or    d, c, c;   \
	or    c, a, a

// FOLD ors the words of Y0 together into AX. It clobbers X1.
#define FOLD \
	VEXTRACTI128 $1, Y0, X1; \
	VPOR         X1, X0, X0; \
	VPSRLDQ      $8, X0, X1; \
	VPOR         X1, X0, X0; \
	VMOVQ        X0, AX

#define BLOCK \
	VPOR (SI), Y0, Y0;    \
	VPOR 32(SI), Y1, Y1;  \
	VPOR 64(SI), Y2, Y2;  \
	VPOR 96(SI), Y3, Y3;  \
	VPOR 128(SI), Y0, Y0; \
	VPOR 160(SI), Y1, Y1; \
	VPOR 192(SI), Y2, Y2; \
	VPOR 224(SI), Y3, Y3

// func readAVX2(p unsafe.Pointer, blocks int) uint64
TEXT ·readAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ blocks+8(FP), CX
	READ(VPXOR, VPOR, Y0, Y1, Y2, Y3, BLOCK)
	FOLD
	MOVQ AX, ret+16(FP)
	VZEROUPPER
	RET

#define BLOCK512 \
	VPORQ (SI), Z0, Z0;    \
	VPORQ 64(SI), Z1, Z1;  \
	VPORQ 128(SI), Z2, Z2; \
	VPORQ 192(SI), Z3, Z3

// func readAVX512(p unsafe.Pointer, blocks int) uint64
TEXT ·readAVX512(SB), NOSPLIT, $0-24
	MOVQ          p+0(FP), SI
	MOVQ          blocks+8(FP), CX
	READ(VPXORQ, VPORQ, Z0, Z1, Z2, Z3, BLOCK512)
	VEXTRACTI64X4 $1, Z0, Y1
	VPOR          Y1, Y0, Y0
	FOLD
	MOVQ          AX, ret+16(FP)
	VZEROUPPER
	RET

// Four words of q against the codes in c; the least distance so far stays in least. Clobbers t and u.
#define COMPARE(q, c, least, t, u) \
	VPXOR   q, c, t       \
	VPAND   Y13, t, u     \
	VPSRLW  $4, t, t      \
	VPAND   Y13, t, t     \
	VPSHUFB u, Y12, u     \
	VPSHUFB t, Y12, t     \
	VPADDB  u, t, t       \
	VPSADBW Y11, t, t     \
	VPMINUD t, least, least

// func compareAVX2(times int) uint64
TEXT ·compareAVX2(SB), NOSPLIT, $0-16
	MOVQ           times+0(FP), CX
	VPBROADCASTQ   nibbles<>+0(SB), Y13
	VBROADCASTI128 nibbles<>+8(SB), Y12
	VPXOR          Y11, Y11, Y11
	VMOVDQA        Y13, Y0               // the query, which changes as codes would
	VMOVDQA        Y12, Y1
	VPCMPEQD       Y2, Y2, Y2            // the least of four runs
	VMOVDQA        Y2, Y3
	VMOVDQA        Y2, Y4
	VMOVDQA        Y2, Y5
	TESTQ          CX, CX
	JLE            compareDone

compareLoop:
	COMPARE(Y0, Y1, Y2, Y6, Y7)
	COMPARE(Y0, Y13, Y3, Y8, Y9)
	COMPARE(Y1, Y13, Y4, Y6, Y7)
	COMPARE(Y0, Y12, Y5, Y8, Y9)
	VPADDD Y13, Y0, Y0
	DECQ   CX
	JNZ    compareLoop

compareDone:
	VPMINUD      Y3, Y2, Y2
	VPMINUD      Y5, Y4, Y4
	VPMINUD      Y4, Y2, Y2
	VEXTRACTI128 $1, Y2, X3
	VPMINUD      X3, X2, X2
	VMOVQ        X2, AX
	MOVL         AX, AX
	MOVQ         AX, ret+8(FP)
	VZEROUPPER
	RET

#define COMPARE512(q, least) \
	VPXORQ   q, Z0, Z30     \
	VPOPCNTQ Z30, Z30       \
	VPMINUQ  Z30, least, least

// func compareAVX512(times int) uint64
TEXT ·compareAVX512(SB), NOSPLIT, $0-16
	MOVQ       times+0(FP), CX
	VPTERNLOGD $0xff, Z1, Z1, Z1
	VPXORQ     Z0, Z0, Z0
	VMOVDQA64  Z1, Z2
	VMOVDQA64  Z1, Z3
	VMOVDQA64  Z1, Z4
	VMOVDQA64  Z1, Z5
	TESTQ      CX, CX
	JLE        compareDone512

compareLoop512:
	COMPARE512(Z1, Z2)
	COMPARE512(Z1, Z3)
	COMPARE512(Z1, Z4)
	COMPARE512(Z1, Z5)
	COMPARE512(Z1, Z2)
	COMPARE512(Z1, Z3)
	COMPARE512(Z1, Z4)
	COMPARE512(Z1, Z5)
	VPADDQ Z1, Z0, Z0
	DECQ   CX
	JNZ    compareLoop512

compareDone512:
	VPMINUQ Z3, Z2, Z2
	VPMINUQ Z5, Z4, Z4
	VPMINUQ Z4, Z2, Z2
	VMOVQ   X2, AX
	MOVQ    AX, ret+8(FP)
	VZEROUPPER
	RET
