//go:build !purego

#include "textflag.h"

// Block.Compare for AVX-512 F and VL: as for AVX2 (flat_block_amd64.s), but an operation has three operands. A full adder is two
// operations instead of five, since the sum, with two of what was added, still tells the third. Vectors stay at 32 bytes,
// the length of a row.
//
// Y0 to Y7 are the rows of ones, twos, fours and so on of each code's count, Y8 those codes whose count has left the
// highest of them, Y15 is all ones.

// ADD(sum, a, b): a full adder. The carries are left in a: where a and b differ it is what was in sum, and that is not
// what is in it now.
#define ADD(sum, a, b) \
	VPTERNLOGQ $0x96, b, a, sum; \
	VPTERNLOGQ $0xb2, b, sum, a

// HALF(sum, a): a half adder. The carries are left in a.
#define HALF(sum, a) \
	VPXOR  a, sum, sum; \
	VPANDN a, sum, a

// ODD(pick, a): the part of a group that was added beforehand. The carries are left in a.
#define ODD(pick, a) \
	MOVWLZX    pick(SI), R8;       \
	MOVWLZX    pick+2(SI), R9;     \
	VMOVDQU    (BX)(R8*1), Y14;    \
	VMOVDQU    (BX)(R9*1), a;      \
	VPTERNLOGQ $0xf8, Y14, Y0, a;  \ // a | Y0&Y14
	VPXOR      Y14, Y0, Y0

// ROW(pick, a): a row that was picked.
#define ROW(pick, a) \
	MOVWLZX pick(SI), R8; \
	VMOVDQU (BX)(R8*1), a

// PAIR adds two groups. Carries of eights are left in Y9, of fours in Y10.
#define PAIR \
	ODD(0, Y9);       \
	ROW(4, Y10);      \
	ADD(Y1, Y9, Y10); \
	ROW(6, Y10);      \
	ROW(12, Y11);     \
	ADD(Y1, Y10, Y11); \
	ADD(Y2, Y9, Y10); \
	ODD(8, Y10);      \
	ROW(14, Y11);     \
	ADD(Y1, Y10, Y11)

// STEP adds the twelve bits of two groups. Carries of sixteens are left in Y9.
#define STEP \
	PAIR;          \
	HALF(Y2, Y10); \
	ADD(Y3, Y9, Y10)

// TWOSTEPS adds the bits of four groups. Carries of sixteens are left in Y9 and Y11.
#define TWOSTEPS \
	PAIR;              \
	ODD(16, Y11);      \
	ROW(20, Y12);      \
	ADD(Y1, Y11, Y12); \
	ADD(Y2, Y10, Y11); \
	ROW(22, Y11);      \
	ROW(28, Y12);      \
	ADD(Y1, Y11, Y12); \
	ODD(24, Y12);      \
	ROW(30, Y13);      \
	ADD(Y1, Y12, Y13); \
	ADD(Y2, Y11, Y12); \
	ADD(Y3, Y9, Y10);  \
	HALF(Y3, Y11)

// TWO4 to TWO8 add to Y8 what leaves the highest of so many rows after TWOSTEPS, ONE4 to ONE8 the same after STEP.
#define TWO4 VPTERNLOGQ $0xfe, Y9, Y11, Y8
#define TWO5 ADD(Y4, Y9, Y11); VPOR Y9, Y8, Y8
#define TWO6 ADD(Y4, Y9, Y11); HALF(Y5, Y9); VPOR Y9, Y8, Y8
#define TWO7 ADD(Y4, Y9, Y11); HALF(Y5, Y9); HALF(Y6, Y9); VPOR Y9, Y8, Y8
#define TWO8 ADD(Y4, Y9, Y11); HALF(Y5, Y9); HALF(Y6, Y9); HALF(Y7, Y9); VPOR Y9, Y8, Y8
#define ONE4 VPOR Y9, Y8, Y8
#define ONE5 HALF(Y4, Y9); ONE4
#define ONE6 HALF(Y4, Y9); HALF(Y5, Y9); ONE4
#define ONE7 HALF(Y4, Y9); HALF(Y5, Y9); HALF(Y6, Y9); ONE4
#define ONE8 HALF(Y4, Y9); HALF(Y5, Y9); HALF(Y6, Y9); HALF(Y7, Y9); ONE4

// COMPARE(two, one) is a function's body. After a query, the codes that are not over are written; the next query
// overwrites them when there are none.
#define COMPARE(two, one) \
	MOVQ         dst+0(FP), DI;      \
	MOVQ         queries+8(FP), CX;  \
	MOVQ         table+16(FP), BX;   \
	MOVQ         picks+24(FP), SI;   \
	MOVQ         steps+32(FP), R11;  \
	MOVQ         start+40(FP), R10;  \
	MOVQ         R11, R12;           \
	SHRQ         $1, R11;            \
	ANDQ         $1, R12;            \
	XORQ         AX, AX;             \
	XORQ         R13, R13;           \
	VPCMPEQD     Y15, Y15, Y15;      \
query: \
	VPBROADCASTQ 0(R10), Y0;         \
	VPBROADCASTQ 8(R10), Y1;         \
	VPBROADCASTQ 16(R10), Y2;        \
	VPBROADCASTQ 24(R10), Y3;        \
	VPBROADCASTQ 32(R10), Y4;        \
	VPBROADCASTQ 40(R10), Y5;        \
	VPBROADCASTQ 48(R10), Y6;        \
	VPBROADCASTQ 56(R10), Y7;        \
	VPXOR        Y8, Y8, Y8;         \
	MOVQ         R11, DX;            \
	TESTQ        DX, DX;             \
	JEQ          last;               \
steps: \
	TWOSTEPS;                        \
	two;                             \
	ADDQ         $32, SI;            \
	DECQ         DX;                 \
	JNE          steps;              \
last: \
	TESTQ        R12, R12;           \
	JEQ          done;               \
	STEP;                            \
	one;                             \
	ADDQ         $16, SI;            \
done: \
	VPTEST       Y15, Y8;            \
	SETCC        R8;                 \
	MOVBLZX      R8, R8;             \
	VPXOR        Y15, Y8, Y8;        \
	MOVQ         R13, (DI);          \
	VMOVDQU      Y8, 8(DI);          \
	LEAQ         (R8)(R8*4), R9;     \
	LEAQ         (DI)(R9*8), DI;     \
	ADDQ         R8, AX;             \
	INCQ         R13;                \
	CMPQ         R13, CX;            \
	JLT          query;              \
	VZEROUPPER;                      \
	MOVQ         AX, ret+48(FP);     \
	RET

// func compare15AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare15AVX512(SB), NOSPLIT, $0-56
	COMPARE(TWO4, ONE4)

// func compare31AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare31AVX512(SB), NOSPLIT, $0-56
	COMPARE(TWO5, ONE5)

// func compare63AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare63AVX512(SB), NOSPLIT, $0-56
	COMPARE(TWO6, ONE6)

// func compare127AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare127AVX512(SB), NOSPLIT, $0-56
	COMPARE(TWO7, ONE7)

// func compare255AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, start *row8) int
TEXT ·compare255AVX512(SB), NOSPLIT, $0-56
	COMPARE(TWO8, ONE8)
