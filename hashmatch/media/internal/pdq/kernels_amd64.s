//go:build !purego

#include "textflag.h"

// func multiplyAVX2(c, a, b *float32, n int)
//
// 4 x 16 of c stay in eight registers while k goes from 0 to 63.
TEXT ·multiplyAVX2(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), R8
	SHLQ $2, R8           // bytes of a row of b and c
	LEAQ (R8)(R8*2), R9   // three rows
	MOVQ $4, BX

rows:
	XORQ R12, R12

columns:
	LEAQ   (DX)(R12*1), R10
	MOVQ   SI, R11
	MOVQ   $64, CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7

sums:
	VMOVUPS      (R10), Y8
	VMOVUPS      32(R10), Y9
	VBROADCASTSS (R11), Y10
	VBROADCASTSS 256(R11), Y11
	VMULPS       Y8, Y10, Y12
	VMULPS       Y9, Y10, Y13
	VMULPS       Y8, Y11, Y14
	VMULPS       Y9, Y11, Y15
	VADDPS       Y12, Y0, Y0
	VADDPS       Y13, Y1, Y1
	VADDPS       Y14, Y2, Y2
	VADDPS       Y15, Y3, Y3
	VBROADCASTSS 512(R11), Y10
	VBROADCASTSS 768(R11), Y11
	VMULPS       Y8, Y10, Y12
	VMULPS       Y9, Y10, Y13
	VMULPS       Y8, Y11, Y14
	VMULPS       Y9, Y11, Y15
	VADDPS       Y12, Y4, Y4
	VADDPS       Y13, Y5, Y5
	VADDPS       Y14, Y6, Y6
	VADDPS       Y15, Y7, Y7
	ADDQ         R8, R10
	ADDQ         $4, R11
	DECQ         CX
	JNZ          sums

	LEAQ    (DI)(R12*1), R13
	VMOVUPS Y0, (R13)
	VMOVUPS Y1, 32(R13)
	VMOVUPS Y2, (R13)(R8*1)
	VMOVUPS Y3, 32(R13)(R8*1)
	VMOVUPS Y4, (R13)(R8*2)
	VMOVUPS Y5, 32(R13)(R8*2)
	VMOVUPS Y6, (R13)(R9*1)
	VMOVUPS Y7, 32(R13)(R9*1)
	ADDQ    $64, R12
	CMPQ    R12, R8
	JLT     columns

	LEAQ (DI)(R8*4), DI
	ADDQ $1024, SI
	DECQ BX
	JNZ  rows
	VZEROUPPER
	RET

DATA hundred<>+0(SB)/4, $100.0
GLOBL hundred<>(SB), RODATA|NOPTR, $4
DATA whole<>+0(SB)/4, $255.0
GLOBL whole<>(SB), RODATA|NOPTR, $4

// but is all ones but for the first of eight numbers.
DATA but<>+0(SB)/8, $0xffffffff00000000
DATA but<>+8(SB)/8, $0xffffffffffffffff
DATA but<>+16(SB)/8, $0xffffffffffffffff
DATA but<>+24(SB)/8, $0xffffffffffffffff
GLOBL but<>(SB), RODATA|NOPTR, $32

// STEP sets reg to the steps from the eight at SI + from to the eight at SI + to, in bytes.
#define STEP(from, to, reg) \
	VMOVUPS    from(SI), reg \
	VSUBPS     to(SI), reg, reg \
	VMULPS     Y14, reg, reg \
	VDIVPS     Y15, reg, reg \
	VCVTTPS2DQ reg, reg \
	VPABSD     reg, reg

// func stepsAVX2(p *float32) int
//
// Of a row's 63 steps to the right the last block counts only seven: its first was counted by the block before.
TEXT ·stepsAVX2(SB), NOSPLIT, $0-16
	MOVQ         p+0(FP), SI
	VBROADCASTSS hundred<>(SB), Y14
	VBROADCASTSS whole<>(SB), Y15
	VMOVUPS      but<>(SB), Y13
	VPXOR        Y0, Y0, Y0
	VPXOR        Y1, Y1, Y1
	MOVQ         $64, CX

row:
	STEP(0, 4, Y2)
	STEP(32, 36, Y3)
	STEP(64, 68, Y4)
	STEP(96, 100, Y5)
	STEP(128, 132, Y6)
	STEP(160, 164, Y7)
	STEP(192, 196, Y8)
	STEP(220, 224, Y9)
	VPAND  Y13, Y9, Y9
	VPADDD Y2, Y0, Y0
	VPADDD Y3, Y1, Y1
	VPADDD Y4, Y0, Y0
	VPADDD Y5, Y1, Y1
	VPADDD Y6, Y0, Y0
	VPADDD Y7, Y1, Y1
	VPADDD Y8, Y0, Y0
	VPADDD Y9, Y1, Y1
	DECQ   CX
	JZ     done
	STEP(0, 256, Y2)
	STEP(32, 288, Y3)
	STEP(64, 320, Y4)
	STEP(96, 352, Y5)
	STEP(128, 384, Y6)
	STEP(160, 416, Y7)
	STEP(192, 448, Y8)
	STEP(224, 480, Y9)
	VPADDD Y2, Y0, Y0
	VPADDD Y3, Y1, Y1
	VPADDD Y4, Y0, Y0
	VPADDD Y5, Y1, Y1
	VPADDD Y6, Y0, Y0
	VPADDD Y7, Y1, Y1
	VPADDD Y8, Y0, Y0
	VPADDD Y9, Y1, Y1
	ADDQ   $256, SI
	JMP    row

done:
	VPADDD       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x4e, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0xb1, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, AX
	MOVLQSX      AX, AX
	MOVQ         AX, ret+8(FP)
	VZEROUPPER
	RET

// func slideAVX2(sum, old, row, out *float32, by float32, n int)
TEXT ·slideAVX2(SB), NOSPLIT, $0-48
	MOVQ         sum+0(FP), DI
	MOVQ         old+8(FP), SI
	MOVQ         row+16(FP), DX
	MOVQ         out+24(FP), R8
	VBROADCASTSS by+32(FP), Y7
	MOVQ         n+40(FP), CX
	XORQ         AX, AX

columns:
	VMOVUPS (DX)(AX*4), Y1
	VADDPS  (DI)(AX*4), Y1, Y0
	VSUBPS  (SI)(AX*4), Y0, Y0
	VDIVPS  Y7, Y0, Y2
	VMOVUPS Y1, (SI)(AX*4)
	VMOVUPS Y0, (DI)(AX*4)
	VMOVUPS Y2, (R8)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     columns
	VZEROUPPER
	RET

// func divideAVX2(row, by *float32, n int)
TEXT ·divideAVX2(SB), NOSPLIT, $0-24
	MOVQ row+0(FP), DI
	MOVQ by+8(FP), SI
	MOVQ n+16(FP), CX
	XORQ AX, AX

columns:
	VMOVUPS (DI)(AX*4), Y0
	VDIVPS  (SI)(AX*4), Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     columns
	VZEROUPPER
	RET
