//go:build !purego

#include "textflag.h"

// A row is two vectors here, and so is every register of the Go and AVX2 versions: V0 and V1 are the ones of the counts,
// V2 and V3 the twos and so on to V14 and V15, V16 and V17 the codes that are over.

// FULL(s, t, a, b, c, d): a full adder of a, b and c, d into s, t. The carries are left in a, b. It takes c and d away.
#define FULL(s, t, a, b, c, d) \
	VEOR a.B16, c.B16, c.B16; \
	VEOR b.B16, d.B16, d.B16; \
	VBIT c.B16, s.B16, a.B16; \
	VBIT d.B16, t.B16, b.B16; \
	VEOR c.B16, s.B16, s.B16; \
	VEOR d.B16, t.B16, t.B16

// HALF(s, t, a, b): a half adder. The carries are left in a, b.
#define HALF(s, t, a, b) \
	VAND s.B16, a.B16, V28.B16; \
	VAND t.B16, b.B16, V29.B16; \
	VEOR a.B16, s.B16, s.B16; \
	VEOR b.B16, t.B16, t.B16; \
	VORR V28.B16, V28.B16, a.B16; \
	VORR V29.B16, V29.B16, b.B16

// ROW(pick, a, b): a row that was picked.
#define ROW(pick, a, b) \
	MOVHU pick(R3), R9; \
	ADD   R9, R2, R9; \
	VLD1  (R9), [a.B16, b.B16]

// ODD(pick, a, b): the part of a group that was added beforehand. The carries are left in a, b.
#define ODD(pick, a, b) \
	ROW(pick, V28, V29); \
	ROW(pick+2, V30, V31); \
	VAND V28.B16, V0.B16, a.B16; \
	VAND V29.B16, V1.B16, b.B16; \
	VEOR V28.B16, V0.B16, V0.B16; \
	VEOR V29.B16, V1.B16, V1.B16; \
	VORR V30.B16, a.B16, a.B16; \
	VORR V31.B16, b.B16, b.B16

// func compareNEON(dst *Mask, queries int, table *[1024]row, picks *uint64, steps, levels int, start *[8]row) int
TEXT ·compareNEON(SB), NOSPLIT, $0-64
	MOVD dst+0(FP), R0
	MOVD queries+8(FP), R1
	MOVD table+16(FP), R2
	MOVD picks+24(FP), R3
	MOVD steps+32(FP), R4
	MOVD levels+40(FP), R5
	MOVD start+48(FP), R6
	MOVD $0, R7 // masks
	MOVD $0, R8 // queries done

query:
	MOVD R6, R9
	VLD1.P 64(R9), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1.P 64(R9), [V4.B16, V5.B16, V6.B16, V7.B16]
	VLD1.P 64(R9), [V8.B16, V9.B16, V10.B16, V11.B16]
	VLD1.P 64(R9), [V12.B16, V13.B16, V14.B16, V15.B16]
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	MOVD R4, R10

step:
	ODD(0, V18, V19)
	ROW(4, V20, V21)
	FULL(V2, V3, V18, V19, V20, V21)
	ROW(6, V20, V21)
	ROW(12, V22, V23)
	FULL(V2, V3, V20, V21, V22, V23)
	FULL(V4, V5, V18, V19, V20, V21)
	ODD(8, V20, V21)
	ROW(14, V22, V23)
	FULL(V2, V3, V20, V21, V22, V23)
	HALF(V4, V5, V20, V21)
	FULL(V6, V7, V18, V19, V20, V21)
	CMP  $5, R5                     // carries of sixteens: as high as the radius wants
	BLT  over
	HALF(V8, V9, V18, V19)
	BEQ  over
	HALF(V10, V11, V18, V19)
	CMP  $7, R5
	BLT  over
	HALF(V12, V13, V18, V19)
	BEQ  over
	HALF(V14, V15, V18, V19)

over:
	VORR V18.B16, V16.B16, V16.B16
	VORR V19.B16, V17.B16, V17.B16
	ADD  $16, R3
	SUBS $1, R10
	BNE  step

	VAND V17.B16, V16.B16, V28.B16
	VMOV V28.D[0], R9
	VMOV V28.D[1], R10
	AND  R9, R10
	ADD  $1, R10
	CBZ  R10, next                  // all are over
	VMOVI $255, V28.B16
	VEOR V28.B16, V16.B16, V16.B16
	VEOR V28.B16, V17.B16, V17.B16
	MOVD.P R8, 8(R0)
	VST1.P [V16.B16, V17.B16], 32(R0)
	ADD  $1, R7

next:
	ADD  $1, R8
	CMP  R1, R8
	BLT  query
	MOVD R7, ret+56(FP)
	RET
