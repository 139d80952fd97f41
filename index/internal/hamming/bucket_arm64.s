//go:build !purego

#include "textflag.h"

// Kernels for NEON, which count bits by themselves. As those for AVX2 they have no branch on what a bucket holds, nor on
// its length within the first chunks chunks: every chunk is written, and the output moves on when its mask is not 0.

DATA weights<>+0(SB)/8, $0x8040201008040201
GLOBL weights<>(SB), RODATA|NOPTR, $8

// CHUNK scans the first R6 = min(32, R5) of the R5 entries from R4 on in the planes at R3, which it takes away, writes the
// chunk {R4, mask, R7} at R0, and moves R0 on if the mask is not 0. It needs the low byte of the fingerprint sought in each
// of V0 and its high one in V1, the least difference that fails in V2, 0x80 in V3, the weights of a mask's bits in V16, 32
// in R8 and 1 in R9, and clobbers R10, R11 and V4 to V7.
#define CHUNK \
	CMP    R8, R5;                      \
	CSEL   LT, R5, R8, R6;              \
	ADD    R4<<1, R3, R10;              \
	VLD1   (R10), [V4.B16, V5.B16];     \
	ADD    R6, R10;                     \
	VLD1   (R10), [V6.B16, V7.B16];     \
	VEOR   V0.B16, V4.B16, V4.B16;      \
	VEOR   V0.B16, V5.B16, V5.B16;      \
	VEOR   V1.B16, V6.B16, V6.B16;      \
	VEOR   V1.B16, V7.B16, V7.B16;      \
	VCNT   V4.B16, V4.B16;              \
	VCNT   V5.B16, V5.B16;              \
	VCNT   V6.B16, V6.B16;              \
	VCNT   V7.B16, V7.B16;              \
	VADD   V6.B16, V4.B16, V4.B16;      \
	VADD   V7.B16, V5.B16, V5.B16;      \
	VSUB   V2.B16, V4.B16, V4.B16;      \
	VSUB   V2.B16, V5.B16, V5.B16;      \
	VCMTST V3.B16, V4.B16, V4.B16;      \
	VCMTST V3.B16, V5.B16, V5.B16;      \
	VAND   V16.B16, V4.B16, V4.B16;     \
	VAND   V16.B16, V5.B16, V5.B16;     \
	VADDP  V5.B16, V4.B16, V4.B16;      \
	VADDP  V4.B16, V4.B16, V4.B16;      \
	VADDP  V4.B16, V4.B16, V4.B16;      \
	VMOV   V4.S[0], R10;                \
	LSL    R6, R9, R11;                 \
	SUB    $1, R11;                     \
	ANDSW  R11, R10, R10;               \
	STPW   (R4, R10), (R0);             \
	MOVD   R7, 8(R0);                   \
	ADD    $16, R0, R10;                \
	CSEL   NE, R10, R0, R0;             \
	ADD    R6, R4;                      \
	SUBS   R6, R5

// func scanNEON(dst []Chunk, ranges []Range, planes []byte, fp uint32, most, chunks int) (n, done int)
TEXT ·scanNEON(SB), NOSPLIT, $0-112
	MOVD  dst_base+0(FP), R0
	MOVD  dst_len+8(FP), R1
	MOVD  chunks+88(FP), R12
	SUB   R12, R1, R13
	ADD   R13<<4, R0, R13            // the last place at which a range may begin
	ADD   R1<<4, R0, R1              // the end of the room
	MOVD  ranges_base+24(FP), R14
	MOVD  ranges_len+32(FP), R15
	MOVD  planes_base+48(FP), R3
	MOVWU fp+72(FP), R10
	VDUP  R10, V0.B16
	LSR   $8, R10
	VDUP  R10, V1.B16
	MOVD  most+80(FP), R10
	ADD   $1, R10
	VDUP  R10, V2.B16
	MOVD  $0x80, R10
	VDUP  R10, V3.B16
	MOVD  $weights<>(SB), R10
	VLD1R (R10), [V16.D2]
	MOVD  $32, R8
	MOVD  $1, R9
	MOVD  ZR, R7

next:
	CMP  R13, R0
	BHI  full
	MOVWU (R14), R4
	MOVWU 4(R14), R5
	SUB  R4, R5
	MOVD R12, R2

first:
	CHUNK
	SUB  $1, R2
	CBNZ R2, first
	CBNZ R5, long

finished:
	ADD $8, R14
	ADD $1, R7
	CMP R15, R7
	BLT next
	B   full

long:
	CMP R1, R0
	BHS cut
	CHUNK
	BNE long
	B   finished

cut:
	MOVW R4, (R14)

full:
	MOVD dst_base+0(FP), R1
	SUB  R1, R0
	LSR  $4, R0
	MOVD R0, n+96(FP)
	MOVD R7, done+104(FP)
	RET

// func scanPairsNEON(dst []Chunk, pairs []Pair, offsets, masks, levels []uint32, planes []byte, chunks int) (n, done int)
TEXT ·scanPairsNEON(SB), NOSPLIT, $0-168
	MOVD  dst_base+0(FP), R0
	MOVD  dst_len+8(FP), R1
	MOVD  chunks+144(FP), R12
	SUB   R12, R1, R13
	ADD   R13<<4, R0, R13            // the last place at which a probe may begin; before dst when there is none
	ADD   R1<<4, R0, R1              // the end of the room
	MOVD  pairs_base+24(FP), R14
	MOVD  offsets_base+48(FP), R15
	MOVD  planes_base+120(FP), R3
	MOVD  $0x80, R10
	VDUP  R10, V3.B16
	MOVD  $weights<>(SB), R10
	VLD1R (R10), [V16.D2]
	MOVD  $32, R8
	MOVD  $1, R9
	MOVD  ZR, R16                    // the pair's index
	VDUP  R9, V17.B16

pair:
	MOVD  R0, R17                    // where to go back to
	MOVW  8(R14), R19                // most; then the levels: at most most+1, those asked for, those there are
	MOVD  $100, R10                  // so that the byte holds it; 16 lets all pass at any level
	CMP   R10, R19
	CSEL  GT, R10, R19, R19
	ADD   $1, R19
	VDUP  R19, V2.B16
	MOVWU 12(R14), R10
	CMP   R10, R19
	CSEL  GT, R10, R19, R19
	MOVD  levels_len+104(FP), R10
	CMP   R10, R19
	CSEL  GT, R10, R19, R19
	CMP   $0, R19
	BLE   nextPair
	MOVWU (R14), R20                 // the key
	MOVWU 4(R14), R10
	VDUP  R10, V0.B16
	LSR   $8, R10
	VDUP  R10, V1.B16
	MOVD  levels_base+96(FP), R21
	MOVD  masks_base+72(FP), R22
	MOVD  R16, R7

level:
	MOVD    masks_base+72(FP), R10
	MOVWU.P 4(R21), R23
	ADD     R23<<2, R10, R23         // the end of the level's masks
	CMP     R23, R22
	BHS     nextLevel

probe:
	CMP     R13, R0
	BHI     full
	MOVWU.P 4(R22), R10
	EOR     R20, R10
	ADD     R10<<2, R15, R10
	LDPW    (R10), (R4, R5)
	SUB     R4, R5
	MOVD    R12, R2

first:
	CHUNK
	SUB  $1, R2
	CBNZ R2, first
	CBNZ R5, long

finished:
	ADD $(1<<32), R7                 // one probe more
	CMP R23, R22
	BLO probe

nextLevel:
	VSUB V17.B16, V2.B16, V2.B16
	SUB  $1, R19
	CBNZ R19, level

nextPair:
	ADD  $24, R14
	ADD  $1, R16
	MOVD pairs_len+32(FP), R10
	CMP  R10, R16
	BLT  pair
	B    written

long:
	CMP R1, R0
	BHS full
	CHUNK
	BNE long
	B   finished

full:
	MOVD R17, R0

written:
	MOVD dst_base+0(FP), R1
	SUB  R1, R0
	LSR  $4, R0
	MOVD R0, n+152(FP)
	MOVD R16, done+160(FP)
	RET
