//go:build amd64 && !purego

#include "textflag.h"

// One pixel of a Paeth row, in 16-bit words. X0 is the pixel to the left, X1 the upper left, X2 the one above, X3 the
// filtered one, X15 the mask of low bytes. All three sums are made before it is known which is wanted: what decides is
// on the path from pixel to pixel, and they are not. Leaves the pixel in X0.
#define PAETH \
	VPSUBW X1, X2, X4 \ // distances of the prediction from left, above and upper left
	VPSUBW X1, X0, X5 \
	VPADDW X4, X5, X6 \
	VPABSW X4, X4 \
	VPABSW X5, X5 \
	VPABSW X6, X6 \
	VPCMPGTW X6, X5, X7 \ // upper left rather than above
	VPCMPGTW X5, X4, X8 \ // one of these rather than left
	VPCMPGTW X6, X4, X9 \
	VPOR X9, X8, X8 \
	VPADDW X3, X0, X10 \
	VPADDW X3, X2, X11 \
	VPADDW X3, X1, X12 \
	VPAND X15, X10, X10 \
	VPAND X15, X11, X11 \
	VPAND X15, X12, X12 \
	VPBLENDVB X7, X12, X11, X11 \
	VPBLENDVB X8, X11, X10, X0 \
	VMOVDQA X2, X1

#define BEGIN \
	MOVQ above+0(FP), DI \
	MOVQ row+8(FP), SI \
	MOVQ n+16(FP), CX

#define BEGIN_PAETH \
	BEGIN \
	VPXOR X0, X0, X0 \
	VPXOR X1, X1, X1 \
	VPCMPEQW X15, X15, X15 \
	VPSRLW $8, X15, X15

// func paeth1AVX2(above, row *byte, n int)
TEXT ·paeth1AVX2(SB), NOSPLIT, $0-24
	BEGIN_PAETH

paeth1:
	MOVBLZX (DI), AX
	MOVBLZX (SI), BX
	VMOVD AX, X2
	VMOVD BX, X3
	PAETH
	VPEXTRB $0, X0, (DI)
	INCQ DI
	INCQ SI
	DECQ CX
	JGT paeth1
	RET

// A pixel is stored together with bytes behind it, so what is above the next one is read before.

// func paeth4AVX2(above, row *byte, n, step int)
TEXT ·paeth4AVX2(SB), NOSPLIT, $0-32
	BEGIN_PAETH
	MOVQ step+24(FP), DX
	VPMOVZXBW (DI), X2

paeth4:
	VPMOVZXBW (SI), X3
	PAETH
	VPMOVZXBW (DI)(DX*1), X2
	VPACKUSWB X0, X0, X13
	VMOVD X13, (DI)
	ADDQ DX, DI
	ADDQ DX, SI
	SUBQ DX, CX
	JGT paeth4
	RET

// func paeth8AVX2(above, row *byte, n, step int)
TEXT ·paeth8AVX2(SB), NOSPLIT, $0-32
	BEGIN_PAETH
	MOVQ step+24(FP), DX
	VPMOVZXBW (DI), X2

paeth8:
	VPMOVZXBW (SI), X3
	PAETH
	VPMOVZXBW (DI)(DX*1), X2
	VPACKUSWB X0, X0, X13
	VMOVQ X13, (DI)
	ADDQ DX, DI
	ADDQ DX, SI
	SUBQ DX, CX
	JGT paeth8
	RET

// VPAVGB rounds up. Of complements it gives the complement of the mean rounded down; so X0 holds the complement of the
// pixel to the left, from which the filtered one is subtracted.
#define AVERAGE \
	VPAVGB X2, X0, X0 \
	VPSUBB X3, X0, X0 \
	VPXOR X15, X0, X4

#define BEGIN_AVERAGE \
	BEGIN \
	MOVQ step+24(FP), DX \
	VPCMPEQB X15, X15, X15 \
	VMOVDQA X15, X0

// func average4AVX2(above, row *byte, n, step int)
TEXT ·average4AVX2(SB), NOSPLIT, $0-32
	BEGIN_AVERAGE
	VMOVD (DI), X2
	VPXOR X15, X2, X2

average4:
	VMOVD (SI), X3
	AVERAGE
	VMOVD (DI)(DX*1), X2
	VPXOR X15, X2, X2
	VMOVD X4, (DI)
	ADDQ DX, DI
	ADDQ DX, SI
	SUBQ DX, CX
	JGT average4
	RET

// func average8AVX2(above, row *byte, n, step int)
TEXT ·average8AVX2(SB), NOSPLIT, $0-32
	BEGIN_AVERAGE
	VMOVQ (DI), X2
	VPXOR X15, X2, X2

average8:
	VMOVQ (SI), X3
	AVERAGE
	VMOVQ (DI)(DX*1), X2
	VPXOR X15, X2, X2
	VMOVQ X4, (DI)
	ADDQ DX, DI
	ADDQ DX, SI
	SUBQ DX, CX
	JGT average8
	RET

// func subAVX2(above, row *byte, n, step int)
TEXT ·subAVX2(SB), NOSPLIT, $0-32
	BEGIN
	MOVQ step+24(FP), DX
	VPXOR X0, X0, X0

sub:
	VMOVQ (SI), X1
	VPADDB X1, X0, X0
	VMOVQ X0, (DI)
	ADDQ DX, DI
	ADDQ DX, SI
	SUBQ DX, CX
	JGT sub
	RET

// func addColumnsAVX2(sums *uint16, row *byte, n int)
TEXT ·addColumnsAVX2(SB), NOSPLIT, $0-24
	MOVQ sums+0(FP), DI
	MOVQ row+8(FP), SI
	MOVQ n+16(FP), CX

columns:
	VPMOVZXBW (SI), Y0
	VPADDW (DI), Y0, Y0
	VMOVDQU Y0, (DI)
	ADDQ $32, DI
	ADDQ $16, SI
	SUBQ $16, CX
	JGT columns
	VZEROUPPER
	RET

// SUM adds the eight words of 32 bits in y, and leaves the sum in r.
#define SUM(y, x, r) \
	VEXTRACTI128 $1, y, X6 \
	VPADDD X6, x, x \
	VPSHUFD $0x4e, x, X6 \
	VPADDD X6, x, x \
	VPSHUFD $0xb1, x, X6 \
	VPADDD X6, x, x \
	VMOVD x, r

DATA adlerWeights<>+0(SB)/8, $0x191a1b1c1d1e1f20
DATA adlerWeights<>+8(SB)/8, $0x1112131415161718
DATA adlerWeights<>+16(SB)/8, $0x090a0b0c0d0e0f10
DATA adlerWeights<>+24(SB)/8, $0x0102030405060708
GLOBL adlerWeights<>(SB), RODATA|NOPTR, $32

// Y0 is the sum of the bytes, Y1 that of the bytes times their weight within 32, Y2 that of Y0 before each 32.

// func adlerAVX2(p *byte, n int) (a, b uint32)
TEXT ·adlerAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y15, Y15, Y15
	VMOVDQU adlerWeights<>(SB), Y14
	VPCMPEQW Y13, Y13, Y13
	VPSRLW $15, Y13, Y13

adler:
	VMOVDQU (SI), Y3
	VPADDD Y0, Y2, Y2
	VPSADBW Y15, Y3, Y4
	VPADDD Y4, Y0, Y0
	VPMADDUBSW Y14, Y3, Y5
	VPMADDWD Y13, Y5, Y5
	VPADDD Y5, Y1, Y1
	ADDQ $32, SI
	SUBQ $32, CX
	JGT adler

	VPSLLD $5, Y2, Y2
	VPADDD Y2, Y1, Y1
	SUM(Y0, X0, AX)
	SUM(Y1, X1, BX)
	MOVL AX, a+16(FP)
	MOVL BX, b+20(FP)
	VZEROUPPER
	RET
