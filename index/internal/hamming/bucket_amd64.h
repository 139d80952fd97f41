// What all scans of buckets share: see bucket_amd64.s. A kernel brings PASSED, which sets AX to the mask of the entries
// that pass of those that LOAD or LOADWHOLE loaded.

// LOAD loads the R12 <= 32 entries from R10 on in the planes at CX: their low bytes into Y4, their high ones into Y6.
#define LOAD \
	LEAQ    (CX)(R10*2), AX; \
	VMOVDQU (AX), Y4;        \
	VMOVDQU (AX)(R12*1), Y6

// LOADWHOLE loads the 32 entries from R10 on.
#define LOADWHOLE \
	VMOVDQU (CX)(R10*2), Y4; \
	VMOVDQU 32(CX)(R10*2), Y6

// AHEAD brings the line at the address in at, which it moves on by one, towards the cache.
#define AHEAD(at) \
	PREFETCHT0 (at); \
	ADDQ       $64, at

// COMPARE writes the chunk {R10, mask, R13} of the R12 <= 32 entries from R10 on to DX, and moves DX on if the mask is not
// 0: nothing changes the zero flag between BZHI and the move. It clobbers AX and what PASSED does.
#define COMPARE \
	LOAD;                \
	PASSED;              \
	MOVL    R10, (DX);   \
	BZHIL   R12, AX, AX; \
	MOVL    AX, 4(DX);   \
	LEAQ    16(DX), AX;  \
	MOVQ    R13, 8(DX);  \
	CMOVQNE AX, DX

// CHUNK is COMPARE of the first min(32, R11) of the R11 entries from R10 on, which it takes away, with the flags of R11.
#define CHUNK \
	MOVL    $32, R12; \
	CMPQ    R11, $32; \
	CMOVQLT R11, R12; \
	COMPARE;          \
	ADDQ    R12, R10; \
	SUBQ    R12, R11

// WHOLE is COMPARE of the 32 entries from R10 on, and moves R10 past them.
#define WHOLE \
	LOADWHOLE;          \
	PASSED;             \
	MOVL    R10, (DX);  \
	ADDQ    $32, R10;   \
	MOVL    AX, 4(DX);  \
	MOVQ    R13, 8(DX); \
	TESTL   AX, AX;     \
	LEAQ    16(DX), AX; \
	CMOVQNE AX, DX

// MANY is COMPARE of the first CHUNKS chunks of the R11 entries from R10 on, which it takes away; if that leaves any it goes
// to long. For each chunk it asks for a line, from ahead on, and it counts chunks down in count. All but the last two are
// taken for whole when they are: see bucket_amd64.s. It clobbers R12 too.
#define MANY(count, ahead, long) \
	MOVQ  CHUNKS, count;     \
	LEAQ  -2(count), R12;    \
	MOVQ  R12, AX;           \
	SHLQ  $5, AX;            \
	CMPQ  R12, $1;           \
	JLT   chunks;            \
	CMPQ  R11, AX;           \
	JLT   chunks;            \
	SUBQ  AX, R11;           \
	MOVL  $2, count;         \
wholeChunks: \
	AHEAD(ahead);            \
	WHOLE;                   \
	DECQ  R12;               \
	JNE   wholeChunks;       \
chunks: \
	AHEAD(ahead);            \
	CHUNK;                   \
	DECQ  count;             \
	JNE   chunks;            \
	TESTQ R11, R11;          \
	JNE   long
