//go:build !purego

#include "textflag.h"
#include "bucket_avx512_amd64.h"

#define CHUNKS chunks+88(FP)

// func scanAVX512(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)
TEXT ·scanAVX512(SB), NOSPLIT, $0-112
	CONSTANTS
	MOVQ most+80(FP), R12
	MOVL fp+72(FP), AX
	QUERY
#include "bucket_scan_amd64.h"
	MOVQ DX, n+96(FP)
	MOVQ R13, done+104(FP)
	RET
