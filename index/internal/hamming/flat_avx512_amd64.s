//go:build !purego

#include "textflag.h"

// Single scans for AVX-512 F, BW and VPOPCNTDQ. Of the mask instructions only those of F and BW are used: KMOVB and
// KORTESTB are of DQ, for which nobody asks the processor.

DATA iota8<>+0(SB)/8, $0x0706050403020100
GLOBL iota8<>(SB), RODATA|NOPTR, $8

// FOUND(z, k) appends those of eight distances that k marks, with their positions from Z10, which moves on to the next
// eight. There must be room for eight at AX. It clobbers Z15 and R9.
#define FOUND(z, k) \
	VPSLLQ        $32, z, z;        \
	VPORQ         Z10, z, z;        \
	VPCOMPRESSQ.Z z, k, Z15;        \
	VMOVDQU64     Z15, (DI)(AX*8);  \
	VPADDQ        Z9, Z10, Z10;     \
	KMOVW         k, R9;            \
	POPCNTL       R9, R9;           \
	ADDQ          R9, AX

// POSITIONS sets Z10 to eight positions from DX on. Z13 is 0 to 7.
#define POSITIONS \
	VPBROADCASTQ DX, Z10; \
	VPADDQ       Z13, Z10, Z10

// EIGHTS sets Z9 to eights and Z13 to 0 to 7, for FOUND and POSITIONS.
#define EIGHTS \
	MOVL         $8, R9;         \
	VPBROADCASTQ R9, Z9;         \
	VPMOVZXBQ    iota8<>(SB), Z13

// func scan64AVX512(dst *Found, room int, codes *uint64, n int, q uint64, radius int) (found, done int)
//
// 32 codes at a time while none is within the radius, else 16, of which those that are within are compressed.
TEXT ·scan64AVX512(SB), NOSPLIT, $0-64
	MOVQ         dst+0(FP), DI
	MOVQ         room+8(FP), R8
	MOVQ         codes+16(FP), SI
	MOVQ         n+24(FP), CX
	MOVQ         q+32(FP), AX
	VPBROADCASTQ AX, Z12
	MOVQ         radius+40(FP), AX
	VPBROADCASTQ AX, Z11
	EIGHTS
	LEAQ         -32(CX), BX // done so many: there are just 32 more
	SUBQ         $16, R8     // found so many: there is just room for one step
	XORQ         AX, AX      // found
	XORQ         DX, DX      // done

next:
	CMPQ       DX, BX
	JGT        step
	VPXORQ     (SI)(DX*8), Z12, Z0
	VPXORQ     64(SI)(DX*8), Z12, Z1
	VPXORQ     128(SI)(DX*8), Z12, Z2
	VPXORQ     192(SI)(DX*8), Z12, Z3
	VPOPCNTQ   Z0, Z0
	VPOPCNTQ   Z1, Z1
	VPOPCNTQ   Z2, Z2
	VPOPCNTQ   Z3, Z3
	VPMINUD    Z0, Z1, Z0
	VPMINUD    Z2, Z3, Z2
	VPMINUD    Z0, Z2, Z0
	VPCMPUQ    $2, Z11, Z0, K1
	KORTESTW   K1, K1
	JNE        step
	ADDQ       $32, DX
	JMP        next

step:
	CMPQ     DX, CX
	JGE      end
	VPXORQ   (SI)(DX*8), Z12, Z0
	VPXORQ   64(SI)(DX*8), Z12, Z1
	VPOPCNTQ Z0, Z0
	VPOPCNTQ Z1, Z1
	VPCMPUQ  $2, Z11, Z0, K1
	VPCMPUQ  $2, Z11, Z1, K2
	KORTESTW K1, K2
	JEQ      none
	CMPQ     AX, R8
	JGT      end
	POSITIONS
	FOUND(Z0, K1)
	FOUND(Z1, K2)

none:
	ADDQ $16, DX
	JMP  next

end:
	VZEROUPPER
	MOVQ AX, found+48(FP)
	MOVQ DX, done+56(FP)
	RET

// ONES4(at, a, b, c, d): the numbers of ones of the words of 8 codes from at on, in a: each word holds those of four codes
// in 16 bits each, those of codes 0, 2, 4 and 6 in the lower half of a, those of 1, 3, 5 and 7 in the upper.
#define ONES4(at, a, b, c, d) \
	VPXORQ      at+0(SI), Z12, a;    \
	VPXORQ      at+64(SI), Z12, b;   \
	VPXORQ      at+128(SI), Z12, c;  \
	VPXORQ      at+192(SI), Z12, d;  \
	VPOPCNTQ    a, a;                \
	VPOPCNTQ    b, b;                \
	VPOPCNTQ    c, c;                \
	VPOPCNTQ    d, d;                \
	VPSLLQ      $16, b, b;           \
	VPSLLQ      $32, c, c;           \
	VPSLLQ      $48, d, d;           \
	VPTERNLOGQ  $0xfe, b, c, a;      \ // or
	VPORQ       d, a, a

// func scan256AVX512(dst *Found, room int, codes *[4]uint64, n int, q *[4]uint64, radius int) (found, done int)
//
// Sixteen codes at a time.
TEXT ·scan256AVX512(SB), NOSPLIT, $0-64
	MOVQ            dst+0(FP), DI
	MOVQ            room+8(FP), R8
	MOVQ            codes+16(FP), SI
	MOVQ            n+24(FP), CX
	MOVQ            q+32(FP), AX
	VBROADCASTI64X4 (AX), Z12
	MOVQ            radius+40(FP), AX
	VPBROADCASTQ    AX, Z11
	VPBROADCASTW    AX, Z14
	EIGHTS
	SUBQ            $16, R8 // found so many: there is just room for one step
	XORQ            AX, AX  // found
	XORQ            DX, DX  // done

next:
	CMPQ        DX, CX
	JGE         end
	ONES4(0, Z0, Z1, Z2, Z3)
	ONES4(256, Z4, Z5, Z6, Z7)
	VPUNPCKLQDQ Z4, Z0, Z1
	VPUNPCKHQDQ Z4, Z0, Z0
	VPADDW      Z1, Z0, Z0
	VPERMQ      $0x4e, Z0, Z1  // the other 16 bytes of each half
	VPADDW      Z1, Z0, Z0     // the distances of codes 0, 2, 4 to 14 twice, then of 1, 3, 5 to 15 twice
	VPCMPUW     $2, Z14, Z0, K1
	KORTESTD    K1, K1
	JNE         some

none:
	ADDQ $512, SI
	ADDQ $16, DX
	JMP  next

some:
	CMPQ          AX, R8
	JGT           end
	VEXTRACTI64X4 $1, Z0, Y1
	VPUNPCKLWD    X1, X0, X2
	VPUNPCKHWD    X1, X0, X3
	VPMOVZXWQ     X2, Z0
	VPMOVZXWQ     X3, Z1
	VPCMPUQ       $2, Z11, Z0, K1
	VPCMPUQ       $2, Z11, Z1, K2
	POSITIONS
	FOUND(Z0, K1)
	FOUND(Z1, K2)
	JMP           none

end:
	VZEROUPPER
	MOVQ AX, found+48(FP)
	MOVQ DX, done+56(FP)
	RET
