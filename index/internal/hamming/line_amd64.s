//go:build !purego

#include "textflag.h"

// Kernels over lines for AVX2.

DATA lineCounts<>+0(SB)/8, $0x0302020102010100
DATA lineCounts<>+8(SB)/8, $0x0403030203020201
GLOBL lineCounts<>(SB), RODATA|NOPTR, $16

// func prefetchLinesAVX2(lines []Line, key uint32, masks []uint32)
TEXT ·prefetchLinesAVX2(SB), NOSPLIT, $0-56
	MOVQ lines_base+0(FP), SI
	MOVQ lines_len+8(FP), DI
	MOVL key+24(FP), R8
	MOVQ masks_base+32(FP), R9
	MOVQ masks_len+40(FP), R10
	DECQ DI

next:
	DECQ       R10
	JLT        done
	MOVL       (R9), BX
	ADDQ       $4, R9
	XORL       R8, BX
	ANDQ       DI, BX
	SHLQ       $6, BX
	PREFETCHT0 (SI)(BX*1)
	JMP        next

done:
	RET

// COUNT sets each double word of y to ones if it is not 0 and has fewer than Y5 bits in which it differs from Y0, of those
// in Y3. It needs the counts of nibbles in Y1, 15 in all bytes of Y2, zeros in Y4, 1 in all bytes of Y10 and 1 in all words
// of Y11, and clobbers t and u.
#define COUNT(y, t, u) \
	VPCMPEQD   Y4, y, u; \
	VPXOR      Y0, y, y; \
	VPAND      Y3, y, y; \
	VPAND      Y2, y, t; \
	VPSRLW     $4, y, y; \
	VPAND      Y2, y, y; \
	VPSHUFB    t, Y1, t; \
	VPSHUFB    y, Y1, y; \
	VPADDB     t, y, y; \
	VPMADDUBSW Y10, y, y; \
	VPMADDWD   Y11, y, y; \
	VPCMPGTD   y, Y5, y; \
	VPANDN     y, u, y

// func scanLinesAVX2(dst []Passed, lines []Line, key, fp, which uint32, masks, levels []uint32, most int) int
//
// There is no branch on what a line holds: what passed is written for every line, and the output moves on when it is not
// nothing. General registers go to vectors by VMOVD: MOVQ and MOVL to an X register are SSE instructions, which wait for
// everything before them when the upper halves of vectors are in use.
TEXT ·scanLinesAVX2(SB), NOSPLIT, $0-128
	MOVQ dst_base+0(FP), DI
	MOVQ lines_base+24(FP), SI
	MOVQ lines_len+32(FP), R15
	MOVL key+48(FP), R8
	MOVL fp+52(FP), BX
	MOVL which+56(FP), DX
	MOVQ masks_base+64(FP), R9
	MOVQ levels_base+88(FP), R10
	MOVQ most+112(FP), R13
	DECQ R15

	VMOVD          BX, X0
	VPBROADCASTD   X0, Y0
	VBROADCASTI128 lineCounts<>(SB), Y1
	MOVL           $0x0f0f0f0f, BX
	VMOVD          BX, X2
	VPBROADCASTD   X2, Y2
	VMOVD          DX, X3
	VPBROADCASTD   X3, Y3
	VPXOR          Y4, Y4, Y4
	VPCMPEQD       Y11, Y11, Y11
	VPABSB         Y11, Y10
	VPABSW         Y11, Y11
	XORL           R12, R12 // masks looked at

level:
	INCQ         R13 // the least difference that fails
	VMOVD        R13, X5
	VPBROADCASTD X5, Y5
	SUBQ         $2, R13 // one less in the next level
	MOVL         (R10), BX
	ADDQ         $4, R10
	LEAQ         (R9)(BX*4), CX // where the level ends
	LEAQ         (R9)(R12*4), DX
	MOVQ         BX, R12
	CMPQ         DX, CX
	JAE          levelDone

line:
	MOVL      (DX), BX
	ADDQ      $4, DX
	XORL      R8, BX
	ANDQ      R15, BX
	MOVL      BX, (DI)
	SHLQ      $6, BX
	VMOVDQU   (SI)(BX*1), Y6
	VMOVDQU   32(SI)(BX*1), Y7
	COUNT(Y6, Y8, Y12)
	COUNT(Y7, Y9, Y13)
	VMOVMSKPS Y6, R14
	VMOVMSKPS Y7, R11
	SHLL      $8, R11
	ORL       R11, R14
	ANDL      $0xfffe, R14
	MOVL      (SI)(BX*1), BX
	NEGL      BX             // carry: not 0
	ADCL      $0, R14
	MOVL      R14, 4(DI)
	NEGL      R14            // carry: something passed
	SBBQ      R11, R11
	ANDQ      $8, R11
	ADDQ      R11, DI
	CMPQ      DX, CX
	JB        line

levelDone:
	MOVQ levels_base+88(FP), BX
	MOVQ levels_len+96(FP), R11
	LEAQ (BX)(R11*4), BX
	CMPQ R10, BX
	JB   level

	SUBQ dst_base+0(FP), DI
	SHRQ $3, DI
	MOVQ DI, ret+120(FP)
	VZEROUPPER
	RET
