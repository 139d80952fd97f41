//go:build !purego

#include "textflag.h"
#include "bucket_amd64.h"

// The scans of buckets for AVX2, BMI1, BMI2 and of AVX-512 F, BW, VL and BITALG: as those for AVX2 alone, but for how a
// chunk is compared. BITALG counts the bits of bytes, so an exclusive or, VPOPCNTB and a comparison do what look-ups do
// there. Vectors stay at 32 bytes: a chunk has no more.

#undef QUERY
#undef PASSED

// QUERY sets Y0 and Y1 to the low and the high byte of the fingerprint in AX.
#define QUERY \
	VPBROADCASTB AX, Y0; \
	SHRL         $8, AX; \
	VPBROADCASTB AX, Y1

// PASSED sets AX to the mask of the entries that pass, whose low bytes are in Y4 and high ones in Y6. It needs Y0 and Y1 as
// of QUERY and in the bytes of Y2 how many bits may differ, and clobbers Y4, Y6 and K1.
#define PASSED \
	VPXOR    Y4, Y0, Y4;     \
	VPXOR    Y6, Y1, Y6;     \
	VPOPCNTB Y4, Y4;         \
	VPOPCNTB Y6, Y6;         \
	VPADDB   Y6, Y4, Y4;     \
	VPCMPUB  $2, Y2, Y4, K1; \
	KMOVD    K1, AX

// func scanAVX512(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)
TEXT ·scanAVX512(SB), NOSPLIT, $0-112
	MOVQ         dst_base+0(FP), DX
	MOVQ         dst_len+8(FP), R9
	MOVQ         R9, R8
	SUBQ         chunks+88(FP), R8
	SHLQ         $4, R8
	ADDQ         DX, R8                // the last place at which a range may begin
	SHLQ         $4, R9
	ADDQ         DX, R9                // the end of the room
	MOVQ         ranges_base+24(FP), SI
	MOVQ         ranges_len+32(FP), DI
	MOVQ         planes_base+48(FP), CX
	MOVQ         most+80(FP), AX
	VPBROADCASTB AX, Y2
	MOVL         fp+72(FP), AX
	QUERY
	XORL         R13, R13
	MOVQ         chunks+88(FP), BX
	CMPQ         BX, $1
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
	COMPARE

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
	CHUNK
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
	MOVQ    BX, R14
	LEAQ    -2(BX), R12
	MOVQ    R12, AX
	SHLQ    $5, AX
	CMPQ    R12, $1
	JLT     manyChunks
	CMPQ    R11, AX
	JLT     manyChunks
	SUBQ    AX, R11
	MOVL    $2, R14

wholeChunks:
	PREFETCHT0 (R15)
	ADDQ       $64, R15
	WHOLE
	DECQ       R12
	JNE        wholeChunks

manyChunks:
	PREFETCHT0 (R15)
	ADDQ       $64, R15
	CHUNK
	DECQ       R14
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
	CHUNK
	JNE  longMany
	JMP  nextMany

cut:
	MOVL R10, (SI)(R13*8)

full:
	SUBQ dst_base+0(FP), DX
	SHRQ $4, DX
	MOVQ DX, n+96(FP)
	MOVQ R13, done+104(FP)
	VZEROUPPER
	RET

// func scanPairsAVX512(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)
TEXT ·scanPairsAVX512(SB), NOSPLIT, $64-168
	MOVQ         dst_base+0(FP), DX
	MOVQ         dst_len+8(FP), AX
	MOVQ         AX, R8
	SHLQ         $4, AX
	ADDQ         DX, AX
	MOVQ         AX, end-8(SP)
	SUBQ         chunks+144(FP), R8
	SHLQ         $4, R8
	ADDQ         DX, R8                // the last place at which a probe may begin; before dst when there is none
	MOVQ         pairs_base+24(FP), SI
	MOVQ         offsets_base+48(FP), DI
	MOVQ         planes_base+120(FP), CX
	VPCMPEQB     Y14, Y14, Y14         // -1
	MOVQ         $0, done+160(FP)
	MOVQ         $0x100000000, R14     // one probe more

pair:
	MOVQ         SI, pair-56(SP)
	MOVQ         DX, before-16(SP)
	MOVLQSX      8(SI), BX             // most; then the levels: at most most+1, those asked for, those there are
	MOVL         $100, AX              // so that the byte holds it; 16 lets all pass at any level
	CMPQ         BX, AX
	CMOVQGT      AX, BX
	VPBROADCASTB BX, Y2
	INCQ         BX
	MOVL         12(SI), AX
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
	MOVL         4(SI), AX
	QUERY
	MOVQ         masks_base+72(FP), R9
	MOVQ         done+160(FP), R13
	MOVL         (SI), R15
	MOVL         R15, key-64(SP)

level:
	MOVQ    level-32(SP), R10
	MOVL    (R10), AX
	MOVQ    masks_base+72(FP), R10
	LEAQ    (R10)(AX*4), BX
	CMPQ    R9, BX
	JCC     nextLevel
	CMPQ    chunks+144(FP), $1
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
	COMPARE

nextOne:
	ADDQ $4, R9
	ADDQ R14, R13
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
	COMPARE

nextLast:
	ADDQ R14, R13

nextLevel:
	MOVQ   level-32(SP), AX
	ADDQ   $4, AX
	MOVQ   AX, level-32(SP)
	VPADDB Y14, Y2, Y2
	CMPQ   AX, levelsEnd-24(SP)
	JCS    level

nextPair:
	MOVQ pair-56(SP), SI
	ADDQ $24, SI
	MOVQ done+160(FP), AX
	INCQ AX
	MOVQ AX, done+160(FP)
	CMPQ AX, pairs_len+32(FP)
	JCS  pair
	JMP  finished

long:
	MOVQ R11, next-48(SP)
	MOVQ R12, R11

longChunks:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNK
	JNE  longChunks
	MOVQ next-48(SP), R11
	JMP  nextOne

longLast:
	MOVQ R12, R11

longLastChunks:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNK
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
	MOVQ    chunks+144(FP), R15
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
	ADDQ       $64, SI
	WHOLE
	DECQ       R12
	JNE        wholeChunks

manyChunks:
	PREFETCHT0 (SI)
	ADDQ       $64, SI
	CHUNK
	DECQ       R15
	JNE        manyChunks
	TESTQ      R11, R11
	JNE        longMany

nextMany:
	ADDQ $4, R9
	ADDQ R14, R13
	CMPQ R9, BX
	JCS  many
	JMP  nextLevel

longMany:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNK
	JNE  longMany
	JMP  nextMany

full:
	MOVQ before-16(SP), DX

finished:
	SUBQ dst_base+0(FP), DX
	SHRQ $4, DX
	MOVQ DX, n+152(FP)
	VZEROUPPER
	RET
