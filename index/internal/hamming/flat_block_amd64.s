//go:build !purego

#include "textflag.h"

// The registers of the compare functions. Y0 to Y7 are the rows of ones, twos, fours and so on of each code's count, Y8
// those codes whose count has left the highest of them, Y15 is all ones.

// ADD(sum, a, b): a full adder. The carries are left in a.
#define ADD(sum, a, b) \
	VPXOR a, b, Y14; \
	VPAND a, b, a; \
	VPAND sum, Y14, b; \
	VPXOR sum, Y14, sum; \
	VPOR  a, b, a

// HALF(sum, a): a half adder. The carries are left in a.
#define HALF(sum, a) \
	VPAND sum, a, Y14; \
	VPXOR sum, a, sum; \
	VMOVDQA Y14, a

// ODD(pick, a): the part of a group that was added beforehand. The carries are left in a.
#define ODD(pick, a) \
	MOVWLZX pick(SI), R8; \
	MOVWLZX pick+2(SI), R9; \
	VPAND   (BX)(R8*1), Y0, a; \
	VPXOR   (BX)(R8*1), Y0, Y0; \
	VPOR    (BX)(R9*1), a, a

// ADDROW(sum, a, pick): a full adder of a row that was picked. The carries are left in a. It uses Y13.
#define ADDROW(sum, a, pick) \
	MOVWLZX pick(SI), R8; \
	VPXOR (BX)(R8*1), a, Y14; \
	VPAND (BX)(R8*1), a, a; \
	VPAND sum, Y14, Y13; \
	VPXOR sum, Y14, sum; \
	VPOR  a, Y13, a

// ROW(pick, a): a row that was picked.
#define ROW(pick, a) \
	MOVWLZX pick(SI), R8; \
	VMOVDQU (BX)(R8*1), a

// PAIR adds two groups. Carries of eights are left in Y9, of fours in Y10.
#define PAIR \
	ODD(0, Y9); \
	ADDROW(Y1, Y9, 4); \
	ROW(6, Y10); \
	ADDROW(Y1, Y10, 12); \
	ADD(Y2, Y9, Y10); \
	ODD(8, Y10); \
	ADDROW(Y1, Y10, 14)

// STEP adds the twelve bits of two groups. Carries of sixteens are left in Y9.
#define STEP \
	PAIR; \
	HALF(Y2, Y10); \
	ADD(Y3, Y9, Y10)

// TWOSTEPS adds the bits of four groups. Carries of sixteens are left in Y9 and Y11.
#define TWOSTEPS \
	PAIR; \
	ODD(16, Y11); \
	ADDROW(Y1, Y11, 20); \
	ADD(Y2, Y10, Y11); \
	ROW(22, Y11); \
	ADDROW(Y1, Y11, 28); \
	ODD(24, Y12); \
	ADDROW(Y1, Y12, 30); \
	ADD(Y2, Y11, Y12); \
	ADD(Y3, Y9, Y10); \
	HALF(Y3, Y11)

// Y0 to Y3 from the start; the functions for greater radii load more.
#define START \
	VPBROADCASTQ 0(R10), Y0; \
	VPBROADCASTQ 8(R10), Y1; \
	VPBROADCASTQ 16(R10), Y2; \
	VPBROADCASTQ 24(R10), Y3; \
	VPXOR Y8, Y8, Y8; \
	MOVQ R11, DX

#define ARGUMENTS \
	MOVQ dst+0(FP), DI; \
	MOVQ queries+8(FP), CX; \
	MOVQ table+16(FP), BX; \
	MOVQ picks+24(FP), SI; \
	MOVQ steps+32(FP), R11; \
	MOVQ start+40(FP), R10; \
	MOVQ R11, R12; \
	SHRQ $1, R11; \
	ANDQ $1, R12; \
	XORQ AX, AX; \
	XORQ R13, R13; \
	VPCMPEQD Y15, Y15, Y15

// MASK writes the codes that are not over. The next query overwrites it when there are none.
#define MASK \
	VPTEST Y15, Y8; \
	SETCC  R8; \
	MOVBLZX R8, R8; \
	VPXOR  Y15, Y8, Y8; \
	MOVQ   R13, (DI); \
	VMOVDQU Y8, 8(DI); \
	LEAQ   (R8)(R8*4), R9; \
	LEAQ   (DI)(R9*8), DI; \
	ADDQ   R8, AX; \
	INCQ   R13

// func compare15AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare15AVX2(SB), NOSPLIT, $0-56
	ARGUMENTS

query:
	START
	TESTQ DX, DX
	JZ    last

steps:
	TWOSTEPS
	VPOR Y9, Y8, Y8
	VPOR Y11, Y8, Y8
	ADDQ $32, SI
	DECQ DX
	JNZ  steps

last:
	TESTQ R12, R12
	JZ    done
	STEP
	VPOR Y9, Y8, Y8
	ADDQ $16, SI

done:
	MASK
	CMPQ R13, CX
	JLT  query
	VZEROUPPER
	MOVQ AX, ret+48(FP)
	RET

// func compare31AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare31AVX2(SB), NOSPLIT, $0-56
	ARGUMENTS

query:
	START
	VPBROADCASTQ 32(R10), Y4
	TESTQ DX, DX
	JZ    last

steps:
	TWOSTEPS
	ADD(Y4, Y9, Y11)
	VPOR Y9, Y8, Y8
	ADDQ $32, SI
	DECQ DX
	JNZ  steps

last:
	TESTQ R12, R12
	JZ    done
	STEP
	HALF(Y4, Y9)
	VPOR Y9, Y8, Y8
	ADDQ $16, SI

done:
	MASK
	CMPQ R13, CX
	JLT  query
	VZEROUPPER
	MOVQ AX, ret+48(FP)
	RET

// func compare63AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare63AVX2(SB), NOSPLIT, $0-56
	ARGUMENTS

query:
	START
	VPBROADCASTQ 32(R10), Y4
	VPBROADCASTQ 40(R10), Y5
	TESTQ DX, DX
	JZ    last

steps:
	TWOSTEPS
	ADD(Y4, Y9, Y11)
	HALF(Y5, Y9)
	VPOR Y9, Y8, Y8
	ADDQ $32, SI
	DECQ DX
	JNZ  steps

last:
	TESTQ R12, R12
	JZ    done
	STEP
	HALF(Y4, Y9)
	HALF(Y5, Y9)
	VPOR Y9, Y8, Y8
	ADDQ $16, SI

done:
	MASK
	CMPQ R13, CX
	JLT  query
	VZEROUPPER
	MOVQ AX, ret+48(FP)
	RET

// func compare127AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare127AVX2(SB), NOSPLIT, $0-56
	ARGUMENTS

query:
	START
	VPBROADCASTQ 32(R10), Y4
	VPBROADCASTQ 40(R10), Y5
	VPBROADCASTQ 48(R10), Y6
	TESTQ DX, DX
	JZ    last

steps:
	TWOSTEPS
	ADD(Y4, Y9, Y11)
	HALF(Y5, Y9)
	HALF(Y6, Y9)
	VPOR Y9, Y8, Y8
	ADDQ $32, SI
	DECQ DX
	JNZ  steps

last:
	TESTQ R12, R12
	JZ    done
	STEP
	HALF(Y4, Y9)
	HALF(Y5, Y9)
	HALF(Y6, Y9)
	VPOR Y9, Y8, Y8
	ADDQ $16, SI

done:
	MASK
	CMPQ R13, CX
	JLT  query
	VZEROUPPER
	MOVQ AX, ret+48(FP)
	RET

// func compare255AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare255AVX2(SB), NOSPLIT, $0-56
	ARGUMENTS

query:
	START
	VPBROADCASTQ 32(R10), Y4
	VPBROADCASTQ 40(R10), Y5
	VPBROADCASTQ 48(R10), Y6
	VPBROADCASTQ 56(R10), Y7
	TESTQ DX, DX
	JZ    last

steps:
	TWOSTEPS
	ADD(Y4, Y9, Y11)
	HALF(Y5, Y9)
	HALF(Y6, Y9)
	HALF(Y7, Y9)
	VPOR Y9, Y8, Y8
	ADDQ $32, SI
	DECQ DX
	JNZ  steps

last:
	TESTQ R12, R12
	JZ    done
	STEP
	HALF(Y4, Y9)
	HALF(Y5, Y9)
	HALF(Y6, Y9)
	HALF(Y7, Y9)
	VPOR Y9, Y8, Y8
	ADDQ $16, SI

done:
	MASK
	CMPQ R13, CX
	JLT  query
	VZEROUPPER
	MOVQ AX, ret+48(FP)
	RET
