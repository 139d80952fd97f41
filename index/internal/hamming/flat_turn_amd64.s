//go:build !purego

#include "textflag.h"

DATA low4<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL low4<>(SB), RODATA|NOPTR, $8

DATA low2<>+0(SB)/8, $0x3333333333333333
GLOBL low2<>(SB), RODATA|NOPTR, $8

DATA low1<>+0(SB)/8, $0x5555555555555555
GLOBL low1<>(SB), RODATA|NOPTR, $8

// SWAP(a, b, mask, s) exchanges the bits of a that lie s above the mask's with those of b under the mask.
#define SWAP(a, b, mask, s) \
	VPSRLW s, a, Y8; \
	VPXOR  b, Y8, Y8; \
	VPAND  mask, Y8, Y8; \
	VPXOR  b, Y8, b; \
	VPSLLW s, Y8, Y8; \
	VPXOR  a, Y8, a

// func turnAVX2(dst *[64]row, words, work *[256]uint64)
//
// First the bits: of 32 codes in eight registers, bit k of every byte goes to register k, where it becomes bit i of the
// byte of the i-th register. Then the bytes: of the registers k of all eight times 32 codes, byte j of every word goes to
// row 8*j+k.
TEXT ·turnAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ words+8(FP), SI
	MOVQ work+16(FP), DX
	VPBROADCASTQ low4<>(SB), Y13
	VPBROADCASTQ low2<>(SB), Y14
	VPBROADCASTQ low1<>(SB), Y15
	MOVQ DX, BX
	MOVQ $8, CX

bits:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VMOVDQU 64(SI), Y2
	VMOVDQU 96(SI), Y3
	VMOVDQU 128(SI), Y4
	VMOVDQU 160(SI), Y5
	VMOVDQU 192(SI), Y6
	VMOVDQU 224(SI), Y7
	SWAP(Y0, Y4, Y13, $4)
	SWAP(Y1, Y5, Y13, $4)
	SWAP(Y2, Y6, Y13, $4)
	SWAP(Y3, Y7, Y13, $4)
	SWAP(Y0, Y2, Y14, $2)
	SWAP(Y1, Y3, Y14, $2)
	SWAP(Y4, Y6, Y14, $2)
	SWAP(Y5, Y7, Y14, $2)
	SWAP(Y0, Y1, Y15, $1)
	SWAP(Y2, Y3, Y15, $1)
	SWAP(Y4, Y5, Y15, $1)
	SWAP(Y6, Y7, Y15, $1)
	VMOVDQU Y0, (BX)
	VMOVDQU Y1, 256(BX)
	VMOVDQU Y2, 512(BX)
	VMOVDQU Y3, 768(BX)
	VMOVDQU Y4, 1024(BX)
	VMOVDQU Y5, 1280(BX)
	VMOVDQU Y6, 1536(BX)
	VMOVDQU Y7, 1792(BX)
	ADDQ $256, SI
	ADDQ $32, BX
	DECQ CX
	JNZ  bits

	MOVQ $8, CX

bytes:
	VMOVDQU (DX), Y0
	VMOVDQU 32(DX), Y1
	VMOVDQU 64(DX), Y2
	VMOVDQU 96(DX), Y3
	VMOVDQU 128(DX), Y4
	VMOVDQU 160(DX), Y5
	VMOVDQU 192(DX), Y6
	VMOVDQU 224(DX), Y7

	VPUNPCKLBW Y1, Y0, Y8 // 01, even words
	VPUNPCKHBW Y1, Y0, Y9 // odd words
	VPUNPCKLBW Y3, Y2, Y0 // 23
	VPUNPCKHBW Y3, Y2, Y1
	VPUNPCKLBW Y5, Y4, Y2 // 45
	VPUNPCKHBW Y5, Y4, Y3
	VPUNPCKLBW Y7, Y6, Y4 // 67
	VPUNPCKHBW Y7, Y6, Y5

	VPUNPCKLWD Y0, Y8, Y6  // 0123, even words, bytes 0 to 3
	VPUNPCKHWD Y0, Y8, Y7  // bytes 4 to 7
	VPUNPCKLWD Y1, Y9, Y8  // odd words
	VPUNPCKHWD Y1, Y9, Y10
	VPUNPCKLWD Y4, Y2, Y0  // 4567
	VPUNPCKHWD Y4, Y2, Y1
	VPUNPCKLWD Y5, Y3, Y4
	VPUNPCKHWD Y5, Y3, Y5

	VPUNPCKLDQ Y0, Y6, Y2 // 01234567, even words, bytes 0 and 1
	VPUNPCKHDQ Y0, Y6, Y3
	VPUNPCKLDQ Y4, Y8, Y9 // odd words
	VPUNPCKHDQ Y4, Y8, Y11
	VPUNPCKLDQ Y1, Y7, Y0 // even words, bytes 4 and 5
	VPUNPCKHDQ Y1, Y7, Y6
	VPUNPCKLDQ Y5, Y10, Y1
	VPUNPCKHDQ Y5, Y10, Y4

	VPUNPCKLQDQ Y9, Y2, Y8
	VPUNPCKHQDQ Y9, Y2, Y9
	VPUNPCKLQDQ Y11, Y3, Y10
	VPUNPCKHQDQ Y11, Y3, Y11
	VPUNPCKLQDQ Y1, Y0, Y2
	VPUNPCKHQDQ Y1, Y0, Y3
	VPUNPCKLQDQ Y4, Y6, Y5
	VPUNPCKHQDQ Y4, Y6, Y7
	VMOVDQU Y8, (DI)
	VMOVDQU Y9, 256(DI)
	VMOVDQU Y10, 512(DI)
	VMOVDQU Y11, 768(DI)
	VMOVDQU Y2, 1024(DI)
	VMOVDQU Y3, 1280(DI)
	VMOVDQU Y5, 1536(DI)
	VMOVDQU Y7, 1792(DI)
	ADDQ $256, DX
	ADDQ $32, DI
	DECQ CX
	JNZ  bytes
	VZEROUPPER
	RET

// TRIPLE(at, to, parity): the eight rows "two or three of these differ" of the three rows at that offset, in which
// the form 7-i is the complement of form i; and the row of an odd number of ones. With the first bit known, two or three
// of a, b, c are b|c or b&c.
#define TRIPLE(at, to, parity) \
	VMOVDQU at(SI), Y0;         \
	VMOVDQU at+32(SI), Y1;      \
	VMOVDQU at+64(SI), Y2;      \
	VPAND   Y1, Y2, Y3;         \
	VPOR    Y1, Y2, Y4;         \
	VPAND   Y0, Y2, Y5;         \
	VPOR    Y0, Y2, Y6;         \
	VPAND   Y0, Y1, Y7;         \
	VPOR    Y0, Y1, Y8;         \
	VPXOR   Y0, Y1, parity;     \
	VPXOR   Y2, parity, parity; \
	VPAND   Y4, Y0, Y9;         \
	VPANDN  Y4, Y0, Y10;        \
	VPANDN  Y6, Y1, Y11;        \
	VPANDN  Y8, Y2, Y12;        \
	VPOR    Y3, Y9, Y9;         \
	VPOR    Y3, Y10, Y10;       \
	VPOR    Y5, Y11, Y11;       \
	VPOR    Y7, Y12, Y12;       \
	VMOVDQU Y9, to+0(DI);       \
	VMOVDQU Y10, to+32(DI);     \
	VMOVDQU Y11, to+64(DI);     \
	VMOVDQU Y12, to+128(DI);    \
	VPXOR   Y15, Y9, Y9;        \
	VPXOR   Y15, Y10, Y10;      \
	VPXOR   Y15, Y11, Y11;      \
	VPXOR   Y15, Y12, Y12;      \
	VMOVDQU Y9, to+224(DI);     \
	VMOVDQU Y10, to+192(DI);    \
	VMOVDQU Y11, to+160(DI);    \
	VMOVDQU Y12, to+96(DI)

// func groupsAVX2(table, rows *row, n int)
TEXT ·groupsAVX2(SB), NOSPLIT, $0-24
	MOVQ table+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ n+16(FP), CX
	VPCMPEQD Y15, Y15, Y15

group:
	TRIPLE(0, 0, Y13)
	TRIPLE(96, 256, Y14)
	VPAND   Y13, Y14, Y0
	VPANDN  Y14, Y13, Y1
	VPANDN  Y13, Y14, Y2
	VPOR    Y13, Y14, Y3
	VPXOR   Y15, Y3, Y3
	VPXOR   Y13, Y14, Y4
	VPXOR   Y15, Y4, Y5
	VMOVDQU Y0, 512(DI)
	VMOVDQU Y1, 544(DI)
	VMOVDQU Y2, 576(DI)
	VMOVDQU Y3, 608(DI)
	VMOVDQU Y4, 640(DI)
	VMOVDQU Y5, 672(DI)
	ADDQ $192, SI
	ADDQ $704, DI
	DECQ CX
	JNZ  group
	VZEROUPPER
	RET

// func columnAVX2(dst *[256]uint64, words *uint64, n int)
TEXT ·columnAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ words+8(FP), SI
	MOVQ n+16(FP), CX

four:
	VMOVQ   (SI), X0
	VMOVQ   64(SI), X1
	VMOVHPS 32(SI), X0, X0
	VMOVHPS 96(SI), X1, X1
	VMOVDQU X0, (DI)
	VMOVDQU X1, 16(DI)
	ADDQ $128, SI
	ADDQ $32, DI
	SUBQ $4, CX
	JNZ  four
	RET
