//go:build !purego

#include "textflag.h"
#include "bucket_amd64.h"
#include "both_amd64.h"

DATA probe<>+0(SB)/8, $0x100000000 // one probe more
GLOBL probe<>(SB), RODATA|NOPTR, $8

// func scanPairsBothAVX2(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes, seconds []byte, more, chunks int) (n, done int)
TEXT ·scanPairsBothAVX2(SB), NOSPLIT, $64-200
	MOVQ         dst_base+0(FP), DX
	MOVQ         dst_len+8(FP), AX
	MOVQ         AX, R8
	SHLQ         $4, AX
	ADDQ         DX, AX
	MOVQ         AX, end-8(SP)
	SUBQ         chunks+176(FP), R8
	SHLQ         $4, R8
	ADDQ         DX, R8                // the last place at which a probe may begin; before dst when there is none
	MOVQ         pairs_base+24(FP), SI
	MOVQ         offsets_base+48(FP), DI
	MOVQ         planes_base+120(FP), CX
	MOVQ         seconds_base+144(FP), R14
	SUBQ         CX, R14
	VPBROADCASTQ ·nibbles(SB), Y15
	VPCMPEQB     Y14, Y14, Y14         // -1
	MOVQ         $0, done+192(FP)

pair:
	MOVQ         SI, pair-56(SP)
	MOVQ         DX, before-16(SP)
	MOVLQSX      8(SI), BX             // most; then the levels: at most most+1, those asked for, those there are
	MOVL         $95, AX               // so that the byte holds it; 32 lets all pass at any level
	CMPQ         BX, AX
	CMOVQGT      AX, BX
	INCQ         BX
	MOVL         12(SI), AX
	VMOVD        BX, X5
	CMPQ         BX, AX
	CMOVQGT      AX, BX
	CMPQ         BX, levels_len+104(FP)
	CMOVQGT      levels_len+104(FP), BX
	MOVQ         levels_base+96(FP), R11
	LEAQ         (R11)(BX*4), AX
	CMPQ         R11, AX
	JCC          nextPair
	MOVQ         R11, level-32(SP)
	MOVQ         AX, levelsEnd-24(SP)
	VPBROADCASTB X5, Y5
	VPSIGNB      Y14, Y5, Y5           // its negative
	MOVQ         more+168(FP), AX
	NEGQ         AX
	VMOVD        AX, X4
	VPBROADCASTB X4, Y4
	LEAQ         ·distance(SB), R10
	MOVL         4(SI), AX
	QUERYBOTH
	MOVQ         masks_base+72(FP), R9
	MOVQ         done+192(FP), R13
	MOVL         (SI), R15
	MOVL         R15, key-64(SP)

level:
	MOVQ    level-32(SP), R10
	MOVL    (R10), AX
	MOVQ    masks_base+72(FP), R10
	LEAQ    (R10)(AX*4), BX
	CMPQ    R9, BX
	JCC     nextLevel
	CMPQ    chunks+176(FP), $1
	JNE     many

one:
	MOVL (R9), R12
	XORL R15, R12
	MOVL (DI)(R12*4), R11
	MOVL 4(DI)(R12*4), SI
	ADDQ $4, R9
	CMPQ R9, BX
	JCC  lastOne
	PCALIGN $64

ahead:
	CMPQ DX, R8
	JHI  full
	MOVL R11, R10
	MOVL SI, R12
	SUBQ R10, R12
	MOVL (R9), SI
	XORL R15, SI
	MOVL (DI)(SI*4), R11
	MOVL 4(DI)(SI*4), SI
	CMPQ R12, $32
	JHI  long
	COMPAREBOTH

nextOne:
	ADDQ $4, R9
	ADDQ probe<>(SB), R13
	CMPQ R9, BX
	JCS  ahead

lastOne:
	CMPQ DX, R8
	JHI  full
	MOVL R11, R10
	MOVL SI, R12
	SUBQ R10, R12
	CMPQ R12, $32
	JHI  longLast
	COMPAREBOTH

nextLast:
	ADDQ probe<>(SB), R13

nextLevel:
	MOVQ   level-32(SP), AX
	ADDQ   $4, AX
	MOVQ   AX, level-32(SP)
	VPSUBB Y14, Y3, Y3
	CMPQ   AX, levelsEnd-24(SP)
	JCS    level

nextPair:
	MOVQ pair-56(SP), SI
	ADDQ $24, SI
	MOVQ done+192(FP), AX
	INCQ AX
	MOVQ AX, done+192(FP)
	CMPQ AX, pairs_len+32(FP)
	JCS  pair
	JMP  finished

long:
	MOVQ R11, next-48(SP)
	MOVQ R12, R11

longChunks:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNKBOTH
	JNE  longChunks
	MOVQ next-48(SP), R11
	JMP  nextOne

longLast:
	MOVQ R12, R11

longLastChunks:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNKBOTH
	JNE  longLastChunks
	JMP  nextLast
	PCALIGN $64

many:
	CMPQ    DX, R8
	JHI     full
	LEAQ    4(R9), SI                 // one probe ahead
	CMPQ    SI, BX
	CMOVQCC R9, SI
	MOVL    (SI), SI
	XORL    key-64(SP), SI
	MOVL    (DI)(SI*4), SI
	LEAQ    (CX)(SI*2), SI
	MOVL    (R9), R11
	XORL    key-64(SP), R11
	MOVL    (DI)(R11*4), R10
	MOVL    4(DI)(R11*4), R11
	SUBQ    R10, R11
	MOVQ    chunks+176(FP), R15
	LEAQ    -2(R15), R12
	MOVQ    R12, AX
	SHLQ    $5, AX
	CMPQ    R12, $1
	JLT     manyChunks
	CMPQ    R11, AX
	JLT     manyChunks
	SUBQ    AX, R11
	MOVL    $2, R15

wholeChunks:
	PREFETCHT0 (SI)
	PREFETCHT0 (SI)(R14*1)
	ADDQ       $64, SI
	WHOLEBOTH
	DECQ       R12
	JNE        wholeChunks

manyChunks:
	PREFETCHT0 (SI)
	PREFETCHT0 (SI)(R14*1)
	ADDQ       $64, SI
	CHUNKBOTH
	DECQ       R15
	JNE        manyChunks
	TESTQ      R11, R11
	JNE        longMany

nextMany:
	ADDQ $4, R9
	ADDQ probe<>(SB), R13
	CMPQ R9, BX
	JCS  many
	JMP  nextLevel

longMany:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNKBOTH
	JNE  longMany
	JMP  nextMany

full:
	MOVQ before-16(SP), DX

finished:
	SUBQ dst_base+0(FP), DX
	SHRQ $4, DX
	MOVQ DX, n+184(FP)
	VZEROUPPER
	RET
