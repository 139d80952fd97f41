// The body of a scan of ranges, between QUERY and the results: it leaves the number of chunks in DX and that of finished
// ranges in R13. A kernel brings CHUNKS, which is where chunks is; the other arguments are where all kernels have them.
// While it runs, DX is where the next chunk goes, R13 the range's index; chunks are counted down in BX, and R15 is what
// AHEAD asks for.

	MOVQ    dst_base+0(FP), DX
	MOVQ    dst_len+8(FP), R9
	MOVQ    R9, R8
	SUBQ    CHUNKS, R8
	SHLQ    $4, R8
	ADDQ    DX, R8               // the last place at which a range may begin
	SHLQ    $4, R9
	ADDQ    DX, R9               // the end of the room
	MOVQ    ranges_base+24(FP), SI
	MOVQ    ranges_len+32(FP), DI
	MOVQ    planes_base+48(FP), CX
	XORL    R13, R13
	CMPQ    CHUNKS, $1
	JNE     many
	PCALIGN $64

one:
	CMPQ DX, R8
	JHI  full
	MOVL (SI)(R13*8), R10
	MOVL 4(SI)(R13*8), R12
	SUBQ R10, R12
	CMPQ R12, $32
	JHI  long
	COMPARE

nextOne:
	INCQ R13
	CMPQ R13, DI
	JCS  one
	JMP  full

long:
	MOVQ R12, R11

longChunks:
	CMPQ DX, R9
	JCC  cut
	CHUNK
	JNE  longChunks
	JMP  nextOne
	PCALIGN $64

many:
	CMPQ    DX, R8
	JHI     full
	LEAQ    6(R13), R15          // six buckets ahead
	CMPQ    R15, DI
	CMOVQCC R13, R15
	MOVL    (SI)(R15*8), R15
	LEAQ    (CX)(R15*2), R15
	MOVL    (SI)(R13*8), R10
	MOVL    4(SI)(R13*8), R11
	SUBQ    R10, R11
	MANY(BX, R15, longMany)

nextMany:
	INCQ R13
	CMPQ R13, DI
	JCS  many
	JMP  full

longMany:
	CMPQ DX, R9
	JCC  cut
	CHUNK
	JNE  longMany
	JMP  nextMany

cut:
	MOVL R10, (SI)(R13*8)

full:
	SUBQ dst_base+0(FP), DX
	SHRQ $4, DX
	VZEROUPPER
