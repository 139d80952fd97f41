//go:build !purego

#include "textflag.h"
#include "bucket_arm64.h"

// Kernels for NEON, which work like those of bucket_arm64.s. The least difference that fails is subtracted from the first
// fingerprint's difference, more from the second's. The first is negative where an entry passes by its first fingerprint,
// the sum of both where it passes by both together. No sum leaves a byte: the least difference that fails is at most 96,
// more at most 32, and either difference at most 16.

// QUERY(most) sets V0 and V1 to the low and the high byte of the first fingerprint of R10, V18 and V19 to those of the
// second, and V2 to the least difference that fails. It clobbers R10.
#define QUERY(most) \
	VDUP R10, V0.B16;   \
	LSR  $8, R10;       \
	VDUP R10, V1.B16;   \
	LSR  $8, R10;       \
	VDUP R10, V18.B16;  \
	LSR  $8, R10;       \
	VDUP R10, V19.B16;  \
	ADD  $1, most, R10; \
	VDUP R10, V2.B16

// DIFFERENCES needs more in the bytes of V20 and the seconds at R24. It clobbers V21 to V24 too.
#define DIFFERENCES \
	ADD    R4<<1, R24, R11;            \
	VLD1   (R10), [V4.B16, V5.B16];    \
	VLD1   (R11), [V21.B16, V22.B16];  \
	ADD    R6, R10;                    \
	ADD    R6, R11;                    \
	VLD1   (R10), [V6.B16, V7.B16];    \
	VLD1   (R11), [V23.B16, V24.B16];  \
	VEOR   V0.B16, V4.B16, V4.B16;     \
	VEOR   V0.B16, V5.B16, V5.B16;     \
	VEOR   V1.B16, V6.B16, V6.B16;     \
	VEOR   V1.B16, V7.B16, V7.B16;     \
	VEOR   V18.B16, V21.B16, V21.B16;  \
	VEOR   V18.B16, V22.B16, V22.B16;  \
	VEOR   V19.B16, V23.B16, V23.B16;  \
	VEOR   V19.B16, V24.B16, V24.B16;  \
	VCNT   V4.B16, V4.B16;             \
	VCNT   V5.B16, V5.B16;             \
	VCNT   V6.B16, V6.B16;             \
	VCNT   V7.B16, V7.B16;             \
	VCNT   V21.B16, V21.B16;           \
	VCNT   V22.B16, V22.B16;           \
	VCNT   V23.B16, V23.B16;           \
	VCNT   V24.B16, V24.B16;           \
	VSUB   V2.B16, V4.B16, V4.B16;     \
	VSUB   V2.B16, V5.B16, V5.B16;     \
	VSUB   V20.B16, V21.B16, V21.B16;  \
	VSUB   V20.B16, V22.B16, V22.B16;  \
	VADD   V6.B16, V4.B16, V4.B16;     \
	VADD   V7.B16, V5.B16, V5.B16;     \
	VADD   V23.B16, V21.B16, V21.B16;  \
	VADD   V24.B16, V22.B16, V22.B16;  \
	VADD   V4.B16, V21.B16, V21.B16;   \
	VADD   V5.B16, V22.B16, V22.B16;   \
	VAND   V21.B16, V4.B16, V4.B16;    \
	VAND   V22.B16, V5.B16, V5.B16

// func scanBothNEON(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int)
TEXT ·scanBothNEON(SB), NOSPLIT, $0-144
	CONSTANTS
	MOVD  seconds_base+72(FP), R24
	MOVD  more+112(FP), R10
	VDUP  R10, V20.B16
	MOVD  chunks+120(FP), R12
	MOVD  most+104(FP), R11
	MOVWU fp+96(FP), R10
	QUERY(R11)
#include "bucket_scan_arm64.h"
	MOVD R0, n+128(FP)
	MOVD R7, done+136(FP)
	RET

// func scanPairsBothNEON(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int)
TEXT ·scanPairsBothNEON(SB), NOSPLIT, $0-200
	CONSTANTS
	MOVD seconds_base+144(FP), R24
	MOVD more+168(FP), R10
	VDUP R10, V20.B16
	MOVD chunks+176(FP), R12
#include "bucket_pairs_arm64.h"
	MOVD R0, n+184(FP)
	MOVD R16, done+192(FP)
	RET
