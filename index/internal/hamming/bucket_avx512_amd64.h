#include "bucket_amd64.h"

// How AVX-512 F, BW, VL and BITALG compare fingerprints, with AVX2, BMI1 and BMI2 for the rest. BITALG counts the bits of
// bytes, so that an exclusive or, VPOPCNTB and a comparison do what look-ups do for AVX2 alone. Vectors stay at 32 bytes: a
// chunk has no more.

// CONSTANTS sets Y14 to bytes of -1.
#define CONSTANTS VPCMPEQB Y14, Y14, Y14

// QUERY sets Y0 and Y1 to the low and the high byte of the fingerprint in AX, and Y2 to the greatest difference, R12. It
// clobbers AX.
#define QUERY \
	VPBROADCASTB R12, Y2; \
	VPBROADCASTB AX, Y0;  \
	SHRL         $8, AX;  \
	VPBROADCASTB AX, Y1

// CLOSER makes the greatest difference one less.
#define CLOSER VPADDB Y14, Y2, Y2

// PASSED clobbers Y4, Y6 and K1.
#define PASSED \
	VPXOR    Y4, Y0, Y4;     \
	VPXOR    Y6, Y1, Y6;     \
	VPOPCNTB Y4, Y4;         \
	VPOPCNTB Y6, Y6;         \
	VPADDB   Y6, Y4, Y4;     \
	VPCMPUB  $2, Y2, Y4, K1; \
	KMOVD    K1, AX
