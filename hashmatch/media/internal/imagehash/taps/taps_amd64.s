//go:build !purego

#include "textflag.h"

// func sumAVX2(dst *int32, n int, row *byte, first *int32, weights *int16, stride int)
//
// Four samples at a time, 16 bytes of each a step: VPMADDWD multiplies 16 words and adds them in pairs, exactly. The four
// rows of eight partial sums are then folded into one row of four.
TEXT ·sumAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ row+16(FP), SI
	MOVQ first+24(FP), DX
	MOVQ weights+32(FP), BX
	MOVQ stride+40(FP), R15
	LEAQ (R15)(R15*1), R14 // bytes of one sample's weights

samples:
	MOVLQSX 0(DX), R8
	MOVLQSX 4(DX), R9
	MOVLQSX 8(DX), R10
	MOVLQSX 12(DX), R11
	ADDQ SI, R8
	ADDQ SI, R9
	ADDQ SI, R10
	ADDQ SI, R11
	LEAQ (BX)(R14*2), R12 // the third sample's weights
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	XORQ AX, AX

step:
	VPMOVZXBW (R8)(AX*1), Y4
	VPMOVZXBW (R9)(AX*1), Y5
	VPMOVZXBW (R10)(AX*1), Y6
	VPMOVZXBW (R11)(AX*1), Y7
	VPMADDWD (BX), Y4, Y4
	VPMADDWD (BX)(R14*1), Y5, Y5
	VPMADDWD (R12), Y6, Y6
	VPMADDWD (R12)(R14*1), Y7, Y7
	VPADDD Y4, Y0, Y0
	VPADDD Y5, Y1, Y1
	VPADDD Y6, Y2, Y2
	VPADDD Y7, Y3, Y3
	ADDQ $32, BX
	ADDQ $32, R12
	ADDQ $16, AX
	CMPQ AX, R15
	JLT step

	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VMOVDQU X0, (DI)

	LEAQ (R12)(R14*1), BX // R12 stands at the fourth sample's weights: the next group's come after them
	ADDQ $16, DI
	ADDQ $16, DX
	SUBQ $4, CX
	JG samples
	VZEROUPPER
	RET

// func addScaledAVX2(dst, src *int32, n int, k int32)
TEXT ·addScaledAVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL k+24(FP), AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0

eight:
	VPMULLD (SI), Y0, Y1
	VPADDD (DI), Y1, Y1
	VMOVDQU Y1, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JG eight
	VZEROUPPER
	RET

DATA half<>+0(SB)/8, $0.5
GLOBL half<>(SB), RODATA|NOPTR, $8

// func divideAVX2(dst, sums *int32, inverse *float64, n int)
TEXT ·divideAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ sums+8(FP), SI
	MOVQ inverse+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSD half<>(SB), Y0

four:
	VCVTDQ2PD (SI), Y1
	VADDPD Y0, Y1, Y1
	VMULPD (DX), Y1, Y1
	VCVTTPD2DQY Y1, X1
	VMOVDQU X1, (DI)
	ADDQ $16, SI
	ADDQ $16, DI
	ADDQ $32, DX
	SUBQ $4, CX
	JG four
	VZEROUPPER
	RET
