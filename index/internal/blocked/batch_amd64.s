//go:build !purego

#include "textflag.h"

// Offsets in hasher and places, which TestOffsets holds the structs to.
#define SUM 0
#define MUL 32
#define ADD 64
#define SPIN 80
#define PATTERNS 512

// func placeAVX2(p *places, keys *byte, n, width int, h *hasher, words *uint64, count uint64)
TEXT ·placeAVX2(SB), NOSPLIT, $0-56
	MOVQ p+0(FP), AX
	MOVQ keys+8(FP), SI
	MOVQ n+16(FP), BX
	MOVQ width+24(FP), R14
	MOVQ h+32(FP), DI
	MOVQ words+40(FP), R15

key:
	// p = (a+sum[0])(b+sum[1]) + (c+sum[2])(d+sum[3]) in R9:R8
	MOVQ  (SI), DX
	MOVQ  8(SI), CX
	ADDQ  (SUM+0)(DI), DX
	ADDQ  (SUM+8)(DI), CX
	MULXQ CX, R8, R9
	MOVQ  -16(SI)(R14*1), DX
	MOVQ  -8(SI)(R14*1), CX
	ADDQ  (SUM+16)(DI), DX
	ADDQ  (SUM+24)(DI), CX
	MULXQ CX, R10, R11
	ADDQ  R10, R8
	ADCQ  R11, R9

	XORQ  R8, R9

	// h in R11
	MOVQ  R9, DX
	MULXQ (MUL+8)(DI), R10, R11
	IMULQ (MUL+0)(DI), R9
	MOVQ  R8, DX
	MULXQ (MUL+24)(DI), R12, R13
	IMULQ (MUL+16)(DI), R8
	ADDQ  R12, R10
	ADCQ  R13, R11
	ADDQ  (ADD+8)(DI), R10
	ADCQ  (ADD+0)(DI), R11
	ADDQ  R9, R11
	ADDQ  R8, R11

	MOVQ       R11, DX
	MULXQ      count+48(FP), CX, R10
	IMULQ      SPIN(DI), R11
	SHLQ       $6, R10
	PREFETCHT0 (R15)(R10*1)
	MOVQ       R10, (AX)
	MOVQ       R11, PATTERNS(AX)

	ADDQ $8, AX
	ADDQ R14, SI
	DECQ BX
	JNZ  key
	RET

// Which 6 bits of a pattern number a word's bit.
DATA shifts<>+0(SB)/8, $58
DATA shifts<>+8(SB)/8, $52
DATA shifts<>+16(SB)/8, $46
DATA shifts<>+24(SB)/8, $40
DATA shifts<>+32(SB)/8, $34
DATA shifts<>+40(SB)/8, $28
DATA shifts<>+48(SB)/8, $22
DATA shifts<>+56(SB)/8, $16
GLOBL shifts<>(SB), RODATA|NOPTR, $64

DATA sixty3<>+0(SB)/8, $63
GLOBL sixty3<>(SB), RODATA|NOPTR, $8

// func testAVX2(dst *uint32, words *uint64, p *places, first uint32, n int) int
TEXT ·testAVX2(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), DI
	MOVQ         words+8(FP), SI
	MOVQ         p+16(FP), AX
	MOVL         first+24(FP), R8
	MOVQ         n+32(FP), BX
	VMOVDQU      shifts<>+0(SB), Y8
	VMOVDQU      shifts<>+32(SB), Y9
	VPBROADCASTQ sixty3<>(SB), Y10
	XORL         R9, R9             // passed

key:
	MOVQ         (AX), CX
	VPBROADCASTQ PATTERNS(AX), Y0
	VPSRLVQ      Y8, Y0, Y1
	VPSRLVQ      Y9, Y0, Y2
	VPAND        Y10, Y1, Y1
	VPAND        Y10, Y2, Y2
	VMOVDQU      (SI)(CX*1), Y3
	VMOVDQU      32(SI)(CX*1), Y4
	VPSRLVQ      Y1, Y3, Y3
	VPSRLVQ      Y2, Y4, Y4
	VPAND        Y3, Y4, Y3
	VPSLLQ       $63, Y3, Y3
	VMOVMSKPD    Y3, DX             // bit i: both words i and i+4 hold theirs
	MOVL         R8, (DI)(R9*4)
	INCL         R8
	XORL         CX, CX
	CMPL         DX, $15
	SETEQ        CX
	ADDQ         CX, R9
	ADDQ         $8, AX
	DECQ         BX
	JNZ          key
	VZEROUPPER
	MOVQ         R9, ret+40(FP)
	RET

// func fetchAVX2(b *byte, offsets *uint64, n int)
TEXT ·fetchAVX2(SB), NOSPLIT, $0-24
	MOVQ b+0(FP), SI
	MOVQ offsets+8(FP), AX
	MOVQ n+16(FP), BX

line:
	MOVQ       (AX), CX
	PREFETCHT0 (SI)(CX*1)
	ADDQ       $8, AX
	DECQ       BX
	JNZ        line
	RET
