#include "bucket_avx2_amd64.h"

// What scans by both fingerprints do otherwise: see both_amd64.s. They have in R14 what lies between planes and seconds,
// and a kernel brings MORE, which is where more is.

#undef LOAD
#undef LOADWHOLE
#undef AHEAD
#undef QUERY
#undef PASSED

// LOAD loads the second fingerprints too: their low bytes into Y12, their high ones into Y13.
#define LOAD \
	LEAQ    (CX)(R10*2), AX; \
	VMOVDQU (AX), Y4;        \
	VMOVDQU (AX)(R12*1), Y6; \
	ADDQ    R14, AX;         \
	VMOVDQU (AX), Y12;       \
	VMOVDQU (AX)(R12*1), Y13

// LOADWHOLE works like LOAD.
#define LOADWHOLE \
	LEAQ    (CX)(R10*2), AX;  \
	VMOVDQU (AX), Y4;         \
	VMOVDQU 32(AX), Y6;       \
	VMOVDQU (AX)(R14*1), Y12; \
	VMOVDQU 32(AX)(R14*1), Y13

// AHEAD brings the line of the seconds towards the cache too.
#define AHEAD(at) \
	PREFETCHT0 (at);        \
	PREFETCHT0 (at)(R14*1); \
	ADDQ       $64, at

// QUERY sets Y8 to Y11 to the rows of the second fingerprint too, with more subtracted in the last. It clobbers AX, R10 to
// R12, Y4 and Y5.
#define QUERY \
	LEAQ         ·distance(SB), R10; \
	VMOVD        R12, X5;            \
	MOVL         AX, R12;            \
	SHRL         $16, AX;            \
	ROWS(Y8, Y9, Y10, Y11);          \
	MOVL         R12, AX;            \
	ROWS(Y0, Y1, Y2, Y3);            \
	VPBROADCASTB X5, Y5;             \
	VPXOR        Y14, Y5, Y5;        \
	VPADDB       Y5, Y3, Y3;         \
	VPBROADCASTB MORE, Y4;           \
	VPSUBB       Y4, Y11, Y11

// PASSED clobbers Y4 to Y7, Y12 and Y13.
#define PASSED \
	SUM(Y4, Y6, Y0, Y1, Y2, Y3);     \
	SUM(Y12, Y13, Y8, Y9, Y10, Y11); \
	VPADDB    Y4, Y12, Y12;          \
	VPAND     Y4, Y12, Y12;          \
	VPMOVMSKB Y12, AX
