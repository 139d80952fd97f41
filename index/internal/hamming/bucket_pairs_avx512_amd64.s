//go:build !purego

#include "textflag.h"
#include "bucket_avx512_amd64.h"

#define CHUNKS chunks+144(FP)
#define PROBE R14

// func scanPairsAVX512(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)
TEXT ·scanPairsAVX512(SB), NOSPLIT, $64-168
	CONSTANTS
	MOVQ $0x100000000, R14
#include "bucket_pairs_amd64.h"
	MOVQ DX, n+152(FP)
	MOVQ AX, done+160(FP)
	RET
