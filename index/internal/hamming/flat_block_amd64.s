//go:build !purego

#include "textflag.h"
#include "flat_block_amd64.h"

// Block.Compare for AVX2.

// ADD uses Y14.
#define ADD(sum, a, b) \
	VPXOR a, b, Y14;     \
	VPAND a, b, a;       \
	VPAND sum, Y14, b;   \
	VPXOR sum, Y14, sum; \
	VPOR  a, b, a

// HALF uses Y14.
#define HALF(sum, a) \
	VPAND   sum, a, Y14; \
	VPXOR   sum, a, sum; \
	VMOVDQA Y14, a

// ADDROW is ADD with a row that stays in memory. It uses R8, Y13 and Y14.
#define ADDROW(sum, a, pick) \
	MOVWLZX pick(SI), R8;        \
	VPXOR   (BX)(R8*1), a, Y14;  \
	VPAND   (BX)(R8*1), a, a;    \
	VPAND   sum, Y14, Y13;       \
	VPXOR   sum, Y14, sum;       \
	VPOR    a, Y13, a

// ODD uses R8 and R9.
#define ODD(pick, a) \
	MOVWLZX pick(SI), R8;       \
	MOVWLZX pick+2(SI), R9;     \
	VPAND   (BX)(R8*1), Y0, a;  \
	VPXOR   (BX)(R8*1), Y0, Y0; \
	VPOR    (BX)(R9*1), a, a

#define OVER VPOR Y9, Y8, Y8; VPOR Y11, Y8, Y8

// func compare15AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare15AVX2(SB), NOSPLIT, $0-56
	COMPARE(START4, TWO4, ONE4)

// func compare31AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare31AVX2(SB), NOSPLIT, $0-56
	COMPARE(START5, TWO5, ONE5)

// func compare63AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare63AVX2(SB), NOSPLIT, $0-56
	COMPARE(START6, TWO6, ONE6)

// func compare127AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare127AVX2(SB), NOSPLIT, $0-56
	COMPARE(START7, TWO7, ONE7)

// func compare255AVX2(dst *Mask, queries int, table *[1024]row, picks *uint64, steps int, starts *row8) int
TEXT ·compare255AVX2(SB), NOSPLIT, $0-56
	COMPARE(START8, TWO8, ONE8)
