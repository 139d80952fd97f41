//go:build !purego

#include "textflag.h"
#include "both_amd64.h"

#define CHUNKS chunks+176(FP)
#define PROBE probe<>(SB)
#define MORE more+168(FP)

DATA probe<>+0(SB)/8, $0x100000000
GLOBL probe<>(SB), RODATA|NOPTR, $8

// func scanPairsBothAVX2(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int)
TEXT ·scanPairsBothAVX2(SB), NOSPLIT, $64-200
	CONSTANTS
	MOVQ seconds_base+144(FP), R14
	SUBQ planes_base+120(FP), R14
#include "bucket_pairs_amd64.h"
	MOVQ DX, n+184(FP)
	MOVQ AX, done+192(FP)
	RET
