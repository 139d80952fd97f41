//go:build !purego

#include "textflag.h"

// HITS(t, load, bytes, codes) ends a step of so many codes, which end at R8 and whose distances are in V0, so many bytes each;
// the radius is in R5 and in each element of V18. Only when the least distance is within the radius are the codes looked at
// one by one, and written if there is room for all. It goes on to step, or to end where there is no room.
#define HITS(t, load, bytes, codes) \
	VUMIN V18.t, V0.t, V1.t;    \
	VCMEQ V1.t, V0.t, V1.t;     \ // all ones where the distance is the less
	VMOV  V1.D[0], R9;          \
	VMOV  V1.D[1], R10;         \
	ORR   R10, R9;              \
	CBNZ  R9, hits;             \
	MOVD  R8, R2;               \
	ADD   $codes, R7;           \
	JMP   step;                 \
hits: \
	CMP   R1, R6;               \
	BGT   end;                  \
	MOVD  R8, R2;               \
	MOVD  $near-16(SP), R11;    \
	VST1  [V0.B16], (R11);      \
	MOVD  $codes, R9;           \
one: \
	load  bytes(R11), R10;      \
	ADD   R6<<3, R0, R12;       \
	STPW  (R7, R10), (R12);     \
	ADD   $1, R7;               \
	ADD   $1, R6, R13;          \
	CMP   R5, R10;              \
	CSEL  LE, R13, R6, R6;      \
	SUBS  $1, R9;               \
	BNE   one;                  \
	JMP   step

// func scan64NEON(dst *Found, room int, codes *uint64, n int, q uint64, radius int) (found, done int)
//
// Sixteen codes at a time: the ones of each byte are counted, and pairwise additions make of eight vectors one with a
// distance in each byte.
TEXT ·scan64NEON(SB), NOSPLIT, $16-64
	MOVD dst+0(FP), R0
	MOVD room+8(FP), R1
	MOVD codes+16(FP), R2
	MOVD n+24(FP), R3
	MOVD q+32(FP), R4
	MOVD radius+40(FP), R5
	VDUP R4, V16.D2
	VDUP R5, V18.B16
	MOVD $0, R6         // found
	MOVD $0, R7         // done
	SUB  $16, R1        // found so many: there is just room for one step

step:
	CMP  R3, R7
	BGE  end
	MOVD R2, R8
	VLD1.P 64(R8), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1.P 64(R8), [V4.B16, V5.B16, V6.B16, V7.B16]
	VEOR V16.B16, V0.B16, V0.B16
	VEOR V16.B16, V1.B16, V1.B16
	VEOR V16.B16, V2.B16, V2.B16
	VEOR V16.B16, V3.B16, V3.B16
	VEOR V16.B16, V4.B16, V4.B16
	VEOR V16.B16, V5.B16, V5.B16
	VEOR V16.B16, V6.B16, V6.B16
	VEOR V16.B16, V7.B16, V7.B16
	VCNT V0.B16, V0.B16
	VCNT V1.B16, V1.B16
	VCNT V2.B16, V2.B16
	VCNT V3.B16, V3.B16
	VCNT V4.B16, V4.B16
	VCNT V5.B16, V5.B16
	VCNT V6.B16, V6.B16
	VCNT V7.B16, V7.B16
	VADDP V1.B16, V0.B16, V0.B16
	VADDP V3.B16, V2.B16, V2.B16
	VADDP V5.B16, V4.B16, V4.B16
	VADDP V7.B16, V6.B16, V6.B16
	VADDP V2.B16, V0.B16, V0.B16
	VADDP V6.B16, V4.B16, V4.B16
	VADDP V4.B16, V0.B16, V0.B16  // the distances
	HITS(B16, MOVBU.P, 1, 16)

end:
	MOVD R6, found+48(FP)
	MOVD R7, done+56(FP)
	RET

// TWO(a, b, c, d): the counts of two codes' bytes, sixteen of each, come to a and c.
#define TWO(a, b, c, d) \
	VLD1.P 64(R8), [a.B16, b.B16, c.B16, d.B16]; \
	VEOR V16.B16, a.B16, a.B16; \
	VEOR V17.B16, b.B16, b.B16; \
	VEOR V16.B16, c.B16, c.B16; \
	VEOR V17.B16, d.B16, d.B16; \
	VCNT a.B16, a.B16; \
	VCNT b.B16, b.B16; \
	VCNT c.B16, c.B16; \
	VCNT d.B16, d.B16; \
	VADD b.B16, a.B16, a.B16; \
	VADD d.B16, c.B16, c.B16; \
	VADDP c.B16, a.B16, a.B16

// func scan256NEON(dst *Found, room int, codes *[4]uint64, n int, q *[4]uint64, radius int) (found, done int)
//
// Eight codes at a time, distances in 16 bits.
TEXT ·scan256NEON(SB), NOSPLIT, $16-64
	MOVD dst+0(FP), R0
	MOVD room+8(FP), R1
	MOVD codes+16(FP), R2
	MOVD n+24(FP), R3
	MOVD q+32(FP), R4
	MOVD radius+40(FP), R5
	VLD1 (R4), [V16.B16, V17.B16]
	VDUP R5, V18.H8
	MOVD $0, R6
	MOVD $0, R7
	SUB  $8, R1

step:
	CMP  R3, R7
	BGE  end
	MOVD R2, R8
	TWO(V0, V1, V2, V3)
	TWO(V4, V5, V6, V7)
	TWO(V8, V9, V10, V11)
	TWO(V12, V13, V14, V15)
	VADDP V4.B16, V0.B16, V0.B16
	VADDP V12.B16, V8.B16, V8.B16
	VADDP V8.B16, V0.B16, V0.B16 // two numbers for each code, at most 128
	WORD $0x6e202800             // UADDLP V0.8H, V0.16B: the distances
	HITS(H8, MOVHU.P, 2, 8)

end:
	MOVD R6, found+48(FP)
	MOVD R7, done+56(FP)
	RET
