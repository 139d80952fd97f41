//go:build !purego

#include "textflag.h"

// Bytes of a vector each: the number of ones of a nibble added to 4 and subtracted from 4, so that the sum of absolute
// differences of two look-ups (VPSADBW) is the number of ones of 8 bytes.
DATA ones4plus<>+0(SB)/8, $0x0706060506050504
DATA ones4plus<>+8(SB)/8, $0x0807070607060605
GLOBL ones4plus<>(SB), RODATA|NOPTR, $16

DATA ones4minus<>+0(SB)/8, $0x0102020302030304
DATA ones4minus<>+8(SB)/8, $0x0001010201020203
GLOBL ones4minus<>(SB), RODATA|NOPTR, $16

DATA low4<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL low4<>(SB), RODATA|NOPTR, $8

// SUMS(x, t): x becomes the numbers of ones of its four words. Y13 and Y14 are the look-ups, Y15 the low nibbles.
#define SUMS(x, t) \
	VPAND Y15, x, t; \
	VPSRLW $4, x, x; \
	VPAND Y15, x, x; \
	VPSHUFB t, Y13, t; \
	VPSHUFB x, Y14, x; \
	VPSADBW x, t, x

// LOOKUPS sets what SUMS needs.
#define LOOKUPS \
	VBROADCASTI128 ones4plus<>(SB), Y13; \
	VBROADCASTI128 ones4minus<>(SB), Y14; \
	VPBROADCASTQ low4<>(SB), Y15

// DIFFER(at, a, b, c, d): the bits in which the 128 bytes of codes at that offset differ from the query, Y12.
//
// Memory that lies ahead is asked for in time, since the processor itself stops doing so at the end of each page: codes
// that no cache holds are read an eighth faster. (To prefetch beyond the end is no access; nothing can come of it.)
#define DIFFER(at, a, b, c, d) \
	PREFETCHT0 at+2048(SI); \
	PREFETCHT0 at+2112(SI); \
	VPXOR at+0(SI), Y12, a; \
	VPXOR at+32(SI), Y12, b; \
	VPXOR at+64(SI), Y12, c; \
	VPXOR at+96(SI), Y12, d

// APPEND writes code DX, whose distance is in R12, and moves on to the next code, and in dst if this one is within the
// radius R10. It clobbers R13.
#define APPEND \
	MOVL DX, (DI)(AX*8); \
	MOVL R12, 4(DI)(AX*8); \
	XORQ R13, R13; \
	CMPL R12, R10; \
	SETLE R13; \
	ADDQ R13, AX; \
	INCQ DX

// func scan64AVX2(dst *Found, room int, codes *uint64, n int, q uint64, radius int) (found, done int)
//
// Sixteen codes at a time. Only when the least of their distances is within the radius are they looked at one by one.
TEXT ·scan64AVX2(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), DI
	MOVQ room+8(FP), R8
	MOVQ codes+16(FP), SI
	MOVQ n+24(FP), CX
	MOVQ q+32(FP), R9
	MOVQ radius+40(FP), R10
	LOOKUPS
	VMOVQ R9, X12
	VPBROADCASTQ X12, Y12
	LEAQ 1(R10), R11
	VMOVQ R11, X11
	VPBROADCASTQ X11, Y11 // the radius and one more, in the low half of each word
	XORQ AX, AX           // found
	XORQ DX, DX           // done
	SUBQ $16, R8          // found so many: there is just room for one step

step:
	CMPQ DX, CX
	JGE  end
	DIFFER(0, Y0, Y1, Y2, Y3)
	SUMS(Y0, Y4)
	SUMS(Y1, Y5)
	SUMS(Y2, Y6)
	SUMS(Y3, Y7)
	VPMINUD Y0, Y1, Y0
	VPMINUD Y2, Y3, Y2
	VPMINUD Y0, Y2, Y0
	VPCMPGTD Y0, Y11, Y0
	ADDQ $128, SI
	ADDQ $16, DX
	VPTEST Y0, Y0
	JZ   step

	SUBQ $16, DX
	CMPQ AX, R8
	JGT  end
	SUBQ $128, SI
	MOVQ $16, BX

one:
	MOVQ (SI), R12
	XORQ R9, R12
	POPCNTQ R12, R12
	APPEND
	ADDQ $8, SI
	DECQ BX
	JNZ  one
	JMP  step

end:
	VZEROUPPER
	MOVQ AX, found+48(FP)
	MOVQ DX, done+56(FP)
	RET

// func scan256AVX2(dst *Found, room int, codes *[4]uint64, n int, q *[4]uint64, radius int) (found, done int)
//
// Eight codes at a time.
TEXT ·scan256AVX2(SB), NOSPLIT, $32-64
	MOVQ dst+0(FP), DI
	MOVQ room+8(FP), R8
	MOVQ codes+16(FP), SI
	MOVQ n+24(FP), CX
	MOVQ q+32(FP), R9
	MOVQ radius+40(FP), R10
	LOOKUPS
	VMOVDQU (R9), Y12
	LEAQ 1(R10), R11
	VMOVD R11, X11
	VPBROADCASTD X11, Y11
	VPCMPEQW Y10, Y10, Y10
	VPSRLW $15, Y10, Y10  // ones
	XORQ AX, AX
	XORQ DX, DX
	SUBQ $8, R8

step:
	CMPQ DX, CX
	JGE  end
	DIFFER(0, Y0, Y1, Y2, Y3)
	SUMS(Y0, Y8)
	SUMS(Y1, Y9)
	SUMS(Y2, Y8)
	SUMS(Y3, Y9)
	DIFFER(128, Y4, Y5, Y6, Y7)
	VPACKUSDW Y1, Y0, Y0  // two words of each code lie in either half
	VPACKUSDW Y3, Y2, Y2
	SUMS(Y4, Y8)
	SUMS(Y5, Y9)
	SUMS(Y6, Y8)
	SUMS(Y7, Y9)
	VPACKUSDW Y2, Y0, Y0
	VPACKUSDW Y5, Y4, Y4
	VPACKUSDW Y7, Y6, Y6
	VPACKUSDW Y6, Y4, Y4
	VPMADDWD Y10, Y0, Y0  // sums of two words of codes 0 to 3 in either half
	VPMADDWD Y10, Y4, Y4
	VPERM2I128 $0x20, Y4, Y0, Y1
	VPERM2I128 $0x31, Y4, Y0, Y2
	VPADDD Y1, Y2, Y0     // the distances
	VPCMPGTD Y0, Y11, Y1
	ADDQ $256, SI
	ADDQ $8, DX
	VPTEST Y1, Y1
	JZ   step

	SUBQ $8, DX
	CMPQ AX, R8
	JGT  end
	VMOVDQU Y0, near-32(SP)
	XORQ BX, BX

one:
	MOVL near-32(SP)(BX*4), R12
	APPEND
	INCQ BX
	CMPQ BX, $8
	JLT  one
	JMP  step

end:
	VZEROUPPER
	MOVQ AX, found+48(FP)
	MOVQ DX, done+56(FP)
	RET
