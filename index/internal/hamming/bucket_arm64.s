//go:build !purego

#include "textflag.h"
#include "bucket_arm64.h"

// Kernels for NEON, which count bits by themselves. As those for AVX2 they have no branch on what a bucket holds, nor on
// its length within the first chunks chunks: every chunk is written, and the output moves on when its mask is not 0. An
// entry passes where its difference less the least that fails is negative.

DATA ·weights+0(SB)/8, $0x8040201008040201
GLOBL ·weights(SB), RODATA|NOPTR, $8

// QUERY(most) sets V0 and V1 to the low and the high byte of the fingerprint in R10, and V2 to the least difference that
// fails. It clobbers R10.
#define QUERY(most) \
	VDUP R10, V0.B16;   \
	LSR  $8, R10;       \
	VDUP R10, V1.B16;   \
	ADD  $1, most, R10; \
	VDUP R10, V2.B16

#define DIFFERENCES \
	VLD1   (R10), [V4.B16, V5.B16]; \
	ADD    R6, R10;                 \
	VLD1   (R10), [V6.B16, V7.B16]; \
	VEOR   V0.B16, V4.B16, V4.B16;  \
	VEOR   V0.B16, V5.B16, V5.B16;  \
	VEOR   V1.B16, V6.B16, V6.B16;  \
	VEOR   V1.B16, V7.B16, V7.B16;  \
	VCNT   V4.B16, V4.B16;          \
	VCNT   V5.B16, V5.B16;          \
	VCNT   V6.B16, V6.B16;          \
	VCNT   V7.B16, V7.B16;          \
	VADD   V6.B16, V4.B16, V4.B16;  \
	VADD   V7.B16, V5.B16, V5.B16;  \
	VSUB   V2.B16, V4.B16, V4.B16;  \
	VSUB   V2.B16, V5.B16, V5.B16

// func scanNEON(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)
TEXT ·scanNEON(SB), NOSPLIT, $0-112
	CONSTANTS
	MOVD  chunks+88(FP), R12
	MOVD  most+80(FP), R11
	MOVWU fp+72(FP), R10
	QUERY(R11)
#include "bucket_scan_arm64.h"
	MOVD R0, n+96(FP)
	MOVD R7, done+104(FP)
	RET

// func scanPairsNEON(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)
TEXT ·scanPairsNEON(SB), NOSPLIT, $0-168
	CONSTANTS
	MOVD chunks+144(FP), R12
#include "bucket_pairs_arm64.h"
	MOVD R0, n+152(FP)
	MOVD R16, done+160(FP)
	RET
