//go:build !purego

#include "textflag.h"
#include "bucket_amd64.h"
#include "both_amd64.h"

// Kernels for AVX2, BMI1, BMI2 and POPCNT, which work like those of bucket_amd64.s.
//
// The rows of the second fingerprint have more subtracted. Their sum is added to that of the first, which is negative just
// where an entry passes by its first: that of all eight is negative just where it passes by both together. No sum leaves a
// byte: the first is at least -96 and at most 15, more at most 32, and either difference at most 16. As with one
// fingerprint nothing branches on what a bucket holds, and so not on whether the first lets any entry pass either.

// func scanBothAVX2(dst []Chunk, ranges []Range, planes, seconds []byte, fp uint32, most, more, chunks int) (n, done int)
TEXT ·scanBothAVX2(SB), NOSPLIT, $0-144
	MOVQ         dst_base+0(FP), DX
	MOVQ         dst_len+8(FP), R9
	MOVQ         R9, R8
	SUBQ         chunks+120(FP), R8
	SHLQ         $4, R8
	ADDQ         DX, R8                // the last place at which a range may begin
	SHLQ         $4, R9
	ADDQ         DX, R9                // the end of the room
	MOVQ         ranges_base+24(FP), SI
	MOVQ         ranges_len+32(FP), DI
	MOVQ         planes_base+48(FP), CX
	MOVQ         seconds_base+72(FP), R14
	SUBQ         CX, R14
	MOVQ         most+104(FP), AX
	NOTQ         AX                    // -(most+1)
	VMOVD        AX, X5
	VPBROADCASTB X5, Y5
	MOVQ         more+112(FP), AX
	NEGQ         AX
	VMOVD        AX, X4
	VPBROADCASTB X4, Y4
	VPBROADCASTQ ·nibbles(SB), Y15
	LEAQ         ·distance(SB), R10
	MOVL         fp+96(FP), AX
	QUERYBOTH
	XORL         R13, R13
	CMPQ         chunks+120(FP), $1
	JNE          many
	PCALIGN      $64

one:
	CMPQ DX, R8
	JHI  full
	MOVL (SI)(R13*8), R10
	MOVL 4(SI)(R13*8), R12
	SUBQ R10, R12
	CMPQ R12, $32
	JHI  long
	COMPAREBOTH

nextOne:
	INCQ R13
	CMPQ R13, DI
	JCS  one
	JMP  full

long:
	MOVQ R12, R11

longChunks:
	CMPQ DX, R9
	JCC  cut
	CHUNKBOTH
	JNE  longChunks
	JMP  nextOne
	PCALIGN $64

many:
	CMPQ    DX, R8
	JHI     full
	LEAQ    6(R13), R15               // six buckets ahead
	CMPQ    R15, DI
	CMOVQCC R13, R15
	MOVL    (SI)(R15*8), R15
	LEAQ    (CX)(R15*2), R15
	MOVL    (SI)(R13*8), R10
	MOVL    4(SI)(R13*8), R11
	SUBQ    R10, R11
	MOVQ    chunks+120(FP), BX
	LEAQ    -2(BX), R12
	MOVQ    R12, AX
	SHLQ    $5, AX
	CMPQ    R12, $1
	JLT     manyChunks
	CMPQ    R11, AX
	JLT     manyChunks
	SUBQ    AX, R11
	MOVL    $2, BX

wholeChunks:
	PREFETCHT0 (R15)
	PREFETCHT0 (R15)(R14*1)
	ADDQ       $64, R15
	WHOLEBOTH
	DECQ       R12
	JNE        wholeChunks

manyChunks:
	PREFETCHT0 (R15)
	PREFETCHT0 (R15)(R14*1)
	ADDQ       $64, R15
	CHUNKBOTH
	DECQ       BX
	JNE        manyChunks
	TESTQ      R11, R11
	JNE        longMany

nextMany:
	INCQ R13
	CMPQ R13, DI
	JCS  many
	JMP  full

longMany:
	CMPQ DX, R9
	JCC  cut
	CHUNKBOTH
	JNE  longMany
	JMP  nextMany

cut:
	MOVL R10, (SI)(R13*8)

full:
	SUBQ dst_base+0(FP), DX
	SHRQ $4, DX
	MOVQ DX, n+128(FP)
	MOVQ R13, done+136(FP)
	VZEROUPPER
	RET
