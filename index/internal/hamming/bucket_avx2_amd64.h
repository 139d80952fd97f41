#include "bucket_amd64.h"

// How AVX2 compares fingerprints: see bucket_amd64.s.

// CONSTANTS sets Y15 to nibbles of ones and Y14 to bytes of -1.
#define CONSTANTS \
	VPBROADCASTQ ·nibbles(SB), Y15; \
	VPCMPEQB     Y14, Y14, Y14

// ROWS sets a, b, c and d to the rows of the four nibbles of AX, the lowest first. It needs the address of distance in R10
// and clobbers AX and R11.
#define ROWS(a, b, c, d) \
	MOVL           AX, R11;         \
	ANDL           $0xf0, R11;      \
	VBROADCASTI128 (R10)(R11*1), b; \
	MOVL           AX, R11;         \
	SHRL           $4, R11;         \
	ANDL           $0xf0, R11;      \
	VBROADCASTI128 (R10)(R11*1), c; \
	MOVL           AX, R11;         \
	SHRL           $8, R11;         \
	ANDL           $0xf0, R11;      \
	VBROADCASTI128 (R10)(R11*1), d; \
	SHLL           $4, AX;          \
	ANDL           $0xf0, AX;       \
	VBROADCASTI128 (R10)(AX*1), a

// SUM sets low to the sums of what the rows a, b, c and d have for the four nibbles of fingerprints, whose low bytes are in
// low and high ones in high. It needs nibbles of ones in Y15, and clobbers high, Y5 and Y7.
#define SUM(low, high, a, b, c, d) \
	VPSRLW  $4, low, Y5;     \
	VPSRLW  $4, high, Y7;    \
	VPAND   Y15, low, low;   \
	VPAND   Y15, Y5, Y5;     \
	VPAND   Y15, high, high; \
	VPAND   Y15, Y7, Y7;     \
	VPSHUFB low, a, low;     \
	VPSHUFB Y5, b, Y5;       \
	VPSHUFB high, c, high;   \
	VPSHUFB Y7, d, Y7;       \
	VPADDB  Y5, low, low;    \
	VPADDB  Y7, high, high;  \
	VPADDB  high, low, low

// QUERY sets Y0 to Y3 to the rows of the fingerprint in AX, with the least difference that fails, one more than R12,
// subtracted in the last: ^n is -(n+1). It clobbers AX, R10, R11 and Y4.
#define QUERY \
	LEAQ         ·distance(SB), R10; \
	ROWS(Y0, Y1, Y2, Y3);            \
	VMOVD        R12, X4;            \
	VPBROADCASTB X4, Y4;             \
	VPXOR        Y14, Y4, Y4;        \
	VPADDB       Y4, Y3, Y3

// CLOSER makes the greatest difference one less.
#define CLOSER VPSUBB Y14, Y3, Y3

// PASSED clobbers Y4 to Y7.
#define PASSED \
	SUM(Y4, Y6, Y0, Y1, Y2, Y3); \
	VPMOVMSKB Y4, AX
