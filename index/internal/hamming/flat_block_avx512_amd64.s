//go:build !purego

#include "textflag.h"
#include "flat_block_amd64.h"

// Block.Compare for AVX-512 F and VL, which have operations of three operands. A full adder is two operations instead of
// five, since the sum, with two of what was added, still tells the third. Vectors stay at 32 bytes, the length of a row.

// ADD leaves in a what was in sum where a and b differ, which is not what is in it now.
#define ADD(sum, a, b) \
	VPTERNLOGQ $0x96, b, a, sum; \
	VPTERNLOGQ $0xb2, b, sum, a

#define HALF(sum, a) \
	VPXOR  a, sum, sum; \
	VPANDN a, sum, a

// ADDROW uses R8 and Y13.
#define ADDROW(sum, a, pick) \
	ROW(pick, Y13); \
	ADD(sum, a, Y13)

// ODD uses R8, R9 and Y14.
#define ODD(pick, a) \
	MOVWLZX    pick(SI), R8;      \
	MOVWLZX    pick+2(SI), R9;    \
	VMOVDQU    (BX)(R8*1), Y14;   \
	VMOVDQU    (BX)(R9*1), a;     \
	VPTERNLOGQ $0xf8, Y14, Y0, a; \ // a | Y0&Y14
	VPXOR      Y14, Y0, Y0

#define OVER VPTERNLOGQ $0xfe, Y9, Y11, Y8

// func compare15AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare15AVX512(SB), NOSPLIT, $0-56
	COMPARE(START4, TWO4, ONE4)

// func compare31AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare31AVX512(SB), NOSPLIT, $0-56
	COMPARE(START5, TWO5, ONE5)

// func compare63AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare63AVX512(SB), NOSPLIT, $0-56
	COMPARE(START6, TWO6, ONE6)

// func compare127AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare127AVX512(SB), NOSPLIT, $0-56
	COMPARE(START7, TWO7, ONE7)

// func compare255AVX512(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare255AVX512(SB), NOSPLIT, $0-56
	COMPARE(START8, TWO8, ONE8)
