//go:build !purego

#include "textflag.h"
#include "both_amd64.h"

#define CHUNKS chunks+120(FP)
#define MORE more+112(FP)

// Kernels for AVX2, BMI1, BMI2 and POPCNT, which work like those of bucket_amd64.s.
//
// The rows of the second fingerprint have more subtracted. Their sum is added to that of the first, which is negative just
// where an entry passes by its first: that of all eight is negative just where it passes by both together. No sum leaves a
// byte: the first is at least -96 and at most 15, more at most 32, and either difference at most 16. As with one
// fingerprint nothing branches on what a bucket holds, and so not on whether the first lets any entry pass either.

// func scanBothAVX2(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int)
TEXT ·scanBothAVX2(SB), NOSPLIT, $0-144
	CONSTANTS
	MOVQ seconds_base+72(FP), R14
	SUBQ planes_base+48(FP), R14
	MOVQ most+104(FP), R12
	MOVL fp+96(FP), AX
	QUERY
#include "bucket_scan_amd64.h"
	MOVQ DX, n+128(FP)
	MOVQ R13, done+136(FP)
	RET
