// What the scans by both fingerprints share, beside bucket_amd64.h: see both_amd64.s.

// QUERYBOTH sets Y8 to Y11 to the rows of the second fingerprint of AX, the last with the 32 bytes of Y4 added, and Y0 to
// Y3 to those of the first, the last with the 32 bytes of Y5 added. It needs the address of distance in R10 and clobbers
// AX, R11, R12 and Y4.
#define QUERYBOTH \
	MOVL    AX, R12;  \
	SHRL    $16, AX;  \
	QUERY;            \
	VMOVDQA Y0, Y8;   \
	VMOVDQA Y1, Y9;   \
	VMOVDQA Y2, Y10;  \
	VMOVDQA Y3, Y11;  \
	VMOVDQA Y5, Y4;   \
	MOVL    R12, AX;  \
	QUERY

// PASSEDBOTH sets AX to the mask of the entries that pass, whose first fingerprints have their low bytes in Y4 and their
// high ones in Y6, and whose second in Y12 and Y13. It needs Y0 to Y3 and Y8 to Y11 as of QUERYBOTH and nibbles of ones in
// Y15, and clobbers Y4 to Y7, Y12 and Y13.
#define PASSEDBOTH \
	VPSRLW    $4, Y4, Y5;     \
	VPSRLW    $4, Y6, Y7;     \
	VPAND     Y15, Y4, Y4;    \
	VPAND     Y15, Y5, Y5;    \
	VPAND     Y15, Y6, Y6;    \
	VPAND     Y15, Y7, Y7;    \
	VPSHUFB   Y4, Y0, Y4;     \
	VPSHUFB   Y5, Y1, Y5;     \
	VPSHUFB   Y6, Y2, Y6;     \
	VPSHUFB   Y7, Y3, Y7;     \
	VPADDB    Y5, Y4, Y4;     \
	VPADDB    Y7, Y6, Y6;     \
	VPADDB    Y6, Y4, Y4;     \
	VPSRLW    $4, Y12, Y5;    \
	VPSRLW    $4, Y13, Y7;    \
	VPAND     Y15, Y12, Y12;  \
	VPAND     Y15, Y5, Y5;    \
	VPAND     Y15, Y13, Y13;  \
	VPAND     Y15, Y7, Y7;    \
	VPSHUFB   Y12, Y8, Y12;   \
	VPSHUFB   Y5, Y9, Y5;     \
	VPSHUFB   Y13, Y10, Y13;  \
	VPSHUFB   Y7, Y11, Y7;    \
	VPADDB    Y5, Y12, Y12;   \
	VPADDB    Y7, Y13, Y13;   \
	VPADDB    Y13, Y12, Y12;  \
	VPADDB    Y4, Y12, Y12;   \
	VPAND     Y4, Y12, Y12;   \
	VPMOVMSKB Y12, AX

// COMPAREBOTH works like COMPARE. It needs what lies between planes and seconds in R14.
#define COMPAREBOTH \
	LEAQ    (CX)(R10*2), AX;     \
	VMOVDQU (AX), Y4;            \
	VMOVDQU (AX)(R12*1), Y6;     \
	ADDQ    R14, AX;             \
	VMOVDQU (AX), Y12;           \
	VMOVDQU (AX)(R12*1), Y13;    \
	PASSEDBOTH;                  \
	MOVL    R10, (DX);           \
	BZHIL   R12, AX, AX;         \
	MOVL    AX, 4(DX);           \
	LEAQ    16(DX), AX;          \
	MOVQ    R13, 8(DX);          \
	CMOVQNE AX, DX

// CHUNKBOTH works like CHUNK.
#define CHUNKBOTH \
	MOVL    $32, R12;  \
	CMPQ    R11, $32;  \
	CMOVQLT R11, R12;  \
	COMPAREBOTH;       \
	ADDQ    R12, R10;  \
	SUBQ    R12, R11

// WHOLEBOTH works like WHOLE.
#define WHOLEBOTH \
	LEAQ    (CX)(R10*2), AX;     \
	VMOVDQU (AX), Y4;            \
	VMOVDQU 32(AX), Y6;          \
	VMOVDQU (AX)(R14*1), Y12;    \
	VMOVDQU 32(AX)(R14*1), Y13;  \
	PASSEDBOTH;                  \
	MOVL    R10, (DX);           \
	ADDQ    $32, R10;            \
	MOVL    AX, 4(DX);           \
	MOVQ    R13, 8(DX);          \
	TESTL   AX, AX;              \
	LEAQ    16(DX), AX;          \
	CMOVQNE AX, DX
