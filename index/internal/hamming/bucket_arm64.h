// What all scans of buckets share: see bucket_arm64.s. A kernel brings DIFFERENCES, which sets the top bits of V4 and V5
// where an entry passes, of the R6 <= 32 from R4 on, whose planes are at R10; it may clobber R10, R11 and V4 to V7.

// CONSTANTS sets V3 to bytes of 0x80, V16 to the weights of a mask's bits, V17 to bytes of 1, R8 to 32 and R9 to 1. It
// clobbers R10.
#define CONSTANTS \
	MOVD  $0x80, R10;         \
	VDUP  R10, V3.B16;        \
	MOVD  $·weights(SB), R10; \
	VLD1R (R10), [V16.D2];    \
	MOVD  $32, R8;            \
	MOVD  $1, R9;             \
	VDUP  R9, V17.B16

// CHUNK scans the first R6 = min(32, R5) of the R5 entries from R4 on in the planes at R3, which it takes away, writes the
// chunk {R4, mask, R7} at R0, and moves R0 on if the mask is not 0. It needs what CONSTANTS sets, and clobbers R10, R11 and
// what DIFFERENCES does.
#define CHUNK \
	CMP    R8, R5;                  \
	CSEL   LT, R5, R8, R6;          \
	ADD    R4<<1, R3, R10;          \
	DIFFERENCES;                    \
	VCMTST V3.B16, V4.B16, V4.B16;  \
	VCMTST V3.B16, V5.B16, V5.B16;  \
	VAND   V16.B16, V4.B16, V4.B16; \
	VAND   V16.B16, V5.B16, V5.B16; \
	VADDP  V5.B16, V4.B16, V4.B16;  \
	VADDP  V4.B16, V4.B16, V4.B16;  \
	VADDP  V4.B16, V4.B16, V4.B16;  \
	VMOV   V4.S[0], R10;            \
	LSL    R6, R9, R11;             \
	SUB    $1, R11;                 \
	ANDSW  R11, R10, R10;           \
	STPW   (R4, R10), (R0);         \
	MOVD   R7, 8(R0);               \
	ADD    $16, R0, R10;            \
	CSEL   NE, R10, R0, R0;         \
	ADD    R6, R4;                  \
	SUBS   R6, R5

// ROOM sets R0 to where the first chunk goes, R1 to the end of the room and R13 to the last place at which R12 chunks may
// begin, which is before R0 when there is none.
#define ROOM \
	MOVD dst_base+0(FP), R0; \
	MOVD dst_len+8(FP), R1;  \
	SUB  R12, R1, R13;       \
	ADD  R13<<4, R0, R13;    \
	ADD  R1<<4, R0, R1

// FIRST scans the first R12 chunks of a bucket, the R5 entries from R4 on, which it takes away, and goes to long if that
// leaves any. It clobbers R2 and what CHUNK does.
#define FIRST(long) \
	MOVD R12, R2;   \
first: \
	CHUNK;          \
	SUB  $1, R2;    \
	CBNZ R2, first; \
	CBNZ R5, long

// WRITTEN sets R0 to the number of chunks before R0. It clobbers R1.
#define WRITTEN \
	MOVD dst_base+0(FP), R1; \
	SUB  R1, R0;             \
	LSR  $4, R0
