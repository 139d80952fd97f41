//go:build !purego

#include "textflag.h"
#include "bucket_avx2_amd64.h"

#define CHUNKS chunks+88(FP)

// Kernels for AVX2, BMI1, BMI2 and POPCNT.
//
// The fingerprints of a chunk are compared without an exclusive or: row n of distance holds the number of bits in which
// each of the 16 nibbles differs from n, so a query is four rows, one for each of its nibbles, through which VPSHUFB sends
// the nibbles of 32 entries. One row has the least difference that fails subtracted: the sum of the four is negative just
// where an entry passes, and its sign bits are the mask.
//
// Nothing branches on what a bucket holds, since whether a bucket has an entry that passes cannot be predicted: every
// chunk is written, and the output moves on when its mask is not 0. Nor is there a branch on a bucket's length within
// the first chunks chunks, but for one: all but the last two of them are taken for whole when they are, as they nearly
// always are where there are many. Chunks past the end are of length 0: they read its end again and find nothing.
//
// Buckets that are read in several chunks have lines that Gather did not ask for. They are asked for some buckets ahead;
// where a bucket is one chunk, ScanPairs only reads its offsets one probe ahead.

DATA ·distance+0x00(SB)/8, $0x0302020102010100
DATA ·distance+0x08(SB)/8, $0x0403030203020201
DATA ·distance+0x10(SB)/8, $0x0203010201020001
DATA ·distance+0x18(SB)/8, $0x0304020302030102
DATA ·distance+0x20(SB)/8, $0x0201030201000201
DATA ·distance+0x28(SB)/8, $0x0302040302010302
DATA ·distance+0x30(SB)/8, $0x0102020300010102
DATA ·distance+0x38(SB)/8, $0x0203030401020203
DATA ·distance+0x40(SB)/8, $0x0201010003020201
DATA ·distance+0x48(SB)/8, $0x0302020104030302
DATA ·distance+0x50(SB)/8, $0x0102000102030102
DATA ·distance+0x58(SB)/8, $0x0203010203040203
DATA ·distance+0x60(SB)/8, $0x0100020102010302
DATA ·distance+0x68(SB)/8, $0x0201030203020403
DATA ·distance+0x70(SB)/8, $0x0001010201020203
DATA ·distance+0x78(SB)/8, $0x0102020302030304
DATA ·distance+0x80(SB)/8, $0x0403030203020201
DATA ·distance+0x88(SB)/8, $0x0302020102010100
DATA ·distance+0x90(SB)/8, $0x0304020302030102
DATA ·distance+0x98(SB)/8, $0x0203010201020001
DATA ·distance+0xa0(SB)/8, $0x0302040302010302
DATA ·distance+0xa8(SB)/8, $0x0201030201000201
DATA ·distance+0xb0(SB)/8, $0x0203030401020203
DATA ·distance+0xb8(SB)/8, $0x0102020300010102
DATA ·distance+0xc0(SB)/8, $0x0302020104030302
DATA ·distance+0xc8(SB)/8, $0x0201010003020201
DATA ·distance+0xd0(SB)/8, $0x0203010203040203
DATA ·distance+0xd8(SB)/8, $0x0102000102030102
DATA ·distance+0xe0(SB)/8, $0x0201030203020403
DATA ·distance+0xe8(SB)/8, $0x0100020102010302
DATA ·distance+0xf0(SB)/8, $0x0102020302030304
DATA ·distance+0xf8(SB)/8, $0x0001010201020203
GLOBL ·distance(SB), RODATA|NOPTR, $256

DATA ·nibbles+0(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL ·nibbles(SB), RODATA|NOPTR, $8

// func scanAVX2(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)
TEXT ·scanAVX2(SB), NOSPLIT, $0-112
	CONSTANTS
	MOVQ most+80(FP), R12
	MOVL fp+72(FP), AX
	QUERY
#include "bucket_scan_amd64.h"
	MOVQ DX, n+96(FP)
	MOVQ R13, done+104(FP)
	RET
