//go:build !purego

#include "textflag.h"

// func mixAVX2(dst *float32, n int, pix *byte, stride int, by *float32, taps int)
//
// 32 columns at a time stay in four registers while the rows go by, then 8 at a time. What is left is the end of a last
// block of 8 that begins in columns which are done already: it gives them the same sums again.
TEXT ·mixAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ pix+16(FP), SI
	MOVQ stride+24(FP), DX
	MOVQ by+32(FP), R8
	MOVQ taps+40(FP), R9
	SUBQ $32, CX
	JLT  narrow

wide:
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	MOVQ   SI, R10
	XORQ   AX, AX

wideRow:
	VBROADCASTSS (R8)(AX*4), Y8
	VPMOVZXBD    (R10), Y4
	VPMOVZXBD    8(R10), Y5
	VPMOVZXBD    16(R10), Y6
	VPMOVZXBD    24(R10), Y7
	VCVTDQ2PS    Y4, Y4
	VCVTDQ2PS    Y5, Y5
	VCVTDQ2PS    Y6, Y6
	VCVTDQ2PS    Y7, Y7
	VMULPS       Y8, Y4, Y4
	VMULPS       Y8, Y5, Y5
	VMULPS       Y8, Y6, Y6
	VMULPS       Y8, Y7, Y7
	VADDPS       Y4, Y0, Y0
	VADDPS       Y5, Y1, Y1
	VADDPS       Y6, Y2, Y2
	VADDPS       Y7, Y3, Y3
	ADDQ         DX, R10
	INCQ         AX
	CMPQ         AX, R9
	JLT          wideRow

	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $32, SI
	ADDQ    $128, DI
	SUBQ    $32, CX
	JGE     wide

narrow:
	ADDQ $24, CX // the columns left, less 8
	JLT  last

eight:
	VXORPS Y0, Y0, Y0
	MOVQ   SI, R10
	XORQ   AX, AX

eightRow:
	VBROADCASTSS (R8)(AX*4), Y8
	VPMOVZXBD    (R10), Y4
	VCVTDQ2PS    Y4, Y4
	VMULPS       Y8, Y4, Y4
	VADDPS       Y4, Y0, Y0
	ADDQ         DX, R10
	INCQ         AX
	CMPQ         AX, R9
	JLT          eightRow

	VMOVUPS Y0, (DI)
	ADDQ    $8, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JGE     eight

last:
	CMPQ CX, $-8
	JEQ  done
	ADDQ CX, SI         // back, so that the block ends with the row
	LEAQ (DI)(CX*4), DI
	XORQ CX, CX
	JMP  eight

done:
	VZEROUPPER
	RET

// func sumAVX2(sums, columns *float32, first, taps *int32, by *float32, samples int)
TEXT ·sumAVX2(SB), NOSPLIT, $0-48
	MOVQ sums+0(FP), DI
	MOVQ columns+8(FP), SI
	MOVQ first+16(FP), R8
	MOVQ taps+24(FP), R9
	MOVQ by+32(FP), R10
	MOVQ samples+40(FP), CX

sample:
	MOVLQSX (R8), R11
	MOVLQSX (R9), R12
	SHLQ    $5, R11
	ADDQ    SI, R11
	VXORPS  Y0, Y0, Y0

tap:
	VBROADCASTSS (R10), Y1
	VMULPS       (R11), Y1, Y1
	VADDPS       Y1, Y0, Y0
	ADDQ         $4, R10
	ADDQ         $32, R11
	DECQ         R12
	JNZ          tap

	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	ADDQ    $4, R8
	ADDQ    $4, R9
	DECQ    CX
	JNZ     sample
	VZEROUPPER
	RET

// func turnAVX2(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, blocks int)
//
// Rows i and i+4 share a register, so that what is left is to transpose 4 x 4 in each half: by pairs, then by pairs of
// pairs.
TEXT ·turnAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ dstStride+8(FP), R8
	MOVQ dstStep+16(FP), R9
	MOVQ src+24(FP), SI
	MOVQ srcStride+32(FP), R10
	MOVQ srcStep+40(FP), R11
	MOVQ blocks+48(FP), CX
	SHLQ $2, R8
	SHLQ $2, R9
	SHLQ $2, R10
	SHLQ $2, R11
	LEAQ (R8)(R8*2), R12   // three rows
	LEAQ (R10)(R10*2), R13

block:
	LEAQ        (SI)(R10*4), AX
	VMOVUPS     (SI), X0
	VMOVUPS     (SI)(R10*1), X1
	VMOVUPS     (SI)(R10*2), X2
	VMOVUPS     (SI)(R13*1), X3
	VMOVUPS     16(SI), X4
	VMOVUPS     16(SI)(R10*1), X5
	VMOVUPS     16(SI)(R10*2), X6
	VMOVUPS     16(SI)(R13*1), X7
	VINSERTF128 $1, (AX), Y0, Y0
	VINSERTF128 $1, (AX)(R10*1), Y1, Y1
	VINSERTF128 $1, (AX)(R10*2), Y2, Y2
	VINSERTF128 $1, (AX)(R13*1), Y3, Y3
	VINSERTF128 $1, 16(AX), Y4, Y4
	VINSERTF128 $1, 16(AX)(R10*1), Y5, Y5
	VINSERTF128 $1, 16(AX)(R10*2), Y6, Y6
	VINSERTF128 $1, 16(AX)(R13*1), Y7, Y7

	VUNPCKLPS Y1, Y0, Y8
	VUNPCKHPS Y1, Y0, Y9
	VUNPCKLPS Y3, Y2, Y10
	VUNPCKHPS Y3, Y2, Y11
	VUNPCKLPS Y5, Y4, Y12
	VUNPCKHPS Y5, Y4, Y13
	VUNPCKLPS Y7, Y6, Y14
	VUNPCKHPS Y7, Y6, Y15
	VUNPCKLPD Y10, Y8, Y0
	VUNPCKHPD Y10, Y8, Y1
	VUNPCKLPD Y11, Y9, Y2
	VUNPCKHPD Y11, Y9, Y3
	VUNPCKLPD Y14, Y12, Y4
	VUNPCKHPD Y14, Y12, Y5
	VUNPCKLPD Y15, Y13, Y6
	VUNPCKHPD Y15, Y13, Y7

	LEAQ    (DI)(R8*4), AX
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, (DI)(R8*1)
	VMOVUPS Y2, (DI)(R8*2)
	VMOVUPS Y3, (DI)(R12*1)
	VMOVUPS Y4, (AX)
	VMOVUPS Y5, (AX)(R8*1)
	VMOVUPS Y6, (AX)(R8*2)
	VMOVUPS Y7, (AX)(R12*1)
	ADDQ    R11, SI
	ADDQ    R9, DI
	DECQ    CX
	JNZ     block
	VZEROUPPER
	RET
