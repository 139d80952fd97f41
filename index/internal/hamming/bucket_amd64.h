// What the scans of buckets share: see bucket_amd64.s.

// QUERY sets Y0 to Y3 to the rows of the fingerprint in AX, the last with the 32 bytes of Y4 added. It needs the address
// of distance in R10 and clobbers AX and R11.
#define QUERY \
	MOVL           AX, R11;           \
	ANDL           $0xf0, R11;        \
	VBROADCASTI128 (R10)(R11*1), Y1;  \
	MOVL           AX, R11;           \
	SHRL           $4, R11;           \
	ANDL           $0xf0, R11;        \
	VBROADCASTI128 (R10)(R11*1), Y2;  \
	MOVL           AX, R11;           \
	SHRL           $8, R11;           \
	ANDL           $0xf0, R11;        \
	VBROADCASTI128 (R10)(R11*1), Y3;  \
	SHLL           $4, AX;            \
	ANDL           $0xf0, AX;         \
	VBROADCASTI128 (R10)(AX*1), Y0;   \
	VPADDB         Y4, Y3, Y3

// PASSED sets AX to the mask of the entries that pass, whose low bytes are in Y4 and high ones in Y6. It needs Y0 to Y3 as
// of QUERY and nibbles of ones in Y15, and clobbers Y4 to Y7.
#define PASSED \
	VPSRLW    $4, Y4, Y5;   \
	VPSRLW    $4, Y6, Y7;   \
	VPAND     Y15, Y4, Y4;  \
	VPAND     Y15, Y5, Y5;  \
	VPAND     Y15, Y6, Y6;  \
	VPAND     Y15, Y7, Y7;  \
	VPSHUFB   Y4, Y0, Y4;   \
	VPSHUFB   Y5, Y1, Y5;   \
	VPSHUFB   Y6, Y2, Y6;   \
	VPSHUFB   Y7, Y3, Y7;   \
	VPADDB    Y5, Y4, Y4;   \
	VPADDB    Y7, Y6, Y6;   \
	VPADDB    Y6, Y4, Y4;   \
	VPMOVMSKB Y4, AX

// COMPARE writes the chunk {R10, mask, R13} of the R12 <= 32 entries from R10 on in the planes at CX to DX, and moves DX on
// if the mask is not 0: nothing changes the zero flag between BZHI and the move. It needs and clobbers what PASSED does.
#define COMPARE \
	LEAQ    (CX)(R10*2), AX;     \
	VMOVDQU (AX), Y4;            \
	VMOVDQU (AX)(R12*1), Y6;     \
	PASSED;                      \
	MOVL    R10, (DX);           \
	BZHIL   R12, AX, AX;         \
	MOVL    AX, 4(DX);           \
	LEAQ    16(DX), AX;          \
	MOVQ    R13, 8(DX);          \
	CMOVQNE AX, DX

// CHUNK is COMPARE of the first min(32, R11) of the R11 entries from R10 on, which it takes away, with the flags of R11.
#define CHUNK \
	MOVL    $32, R12;  \
	CMPQ    R11, $32;  \
	CMOVQLT R11, R12;  \
	COMPARE;           \
	ADDQ    R12, R10;  \
	SUBQ    R12, R11

// WHOLE is COMPARE of the 32 entries from R10 on, and moves R10 past them.
#define WHOLE \
	VMOVDQU (CX)(R10*2), Y4;     \
	VMOVDQU 32(CX)(R10*2), Y6;   \
	PASSED;                      \
	MOVL    R10, (DX);           \
	ADDQ    $32, R10;            \
	MOVL    AX, 4(DX);           \
	MOVQ    R13, 8(DX);          \
	TESTL   AX, AX;              \
	LEAQ    16(DX), AX;          \
	CMOVQNE AX, DX
