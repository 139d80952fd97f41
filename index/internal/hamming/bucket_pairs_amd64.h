// The body of a scan of pairs, between CONSTANTS and the results: it leaves the number of chunks in DX and that of finished
// pairs in AX. A kernel brings CHUNKS, which is where chunks is, and PROBE, which is where 1<<32 is; the other arguments are
// where all kernels have them. While it runs, DX is where the next chunk goes, R13 holds the numbers of the pair and, above,
// of the probe, R9 is where the probe's mask is and BX where the masks of the level end; chunks are counted down in R15, and
// SI is what AHEAD asks for.

	MOVQ dst_base+0(FP), DX
	MOVQ dst_len+8(FP), AX
	MOVQ AX, R8
	SHLQ $4, AX
	ADDQ DX, AX
	MOVQ AX, end-8(SP)
	SUBQ CHUNKS, R8
	SHLQ $4, R8
	ADDQ DX, R8                  // the last place at which a probe may begin; before dst when there is none
	MOVQ pairs_base+24(FP), SI
	MOVQ offsets_base+48(FP), DI
	MOVQ planes_base+120(FP), CX
	MOVQ $0, pairs-40(SP)        // finished

pair:
	MOVQ    SI, pair-56(SP)
	MOVQ    DX, before-16(SP)
	MOVLQSX 8(SI), BX            // most; then the levels: at most most+1, those asked for, those there are
	MOVL    $95, AX              // so that the byte holds it; 32 lets all pass at any level
	CMPQ    BX, AX
	CMOVQGT AX, BX
	MOVQ    BX, R12
	INCQ    BX
	MOVL    12(SI), AX
	CMPQ    BX, AX
	CMOVQGT AX, BX
	CMPQ    BX, levels_len+104(FP)
	CMOVQGT levels_len+104(FP), BX
	MOVQ    levels_base+96(FP), R11
	LEAQ    (R11)(BX*4), AX
	CMPQ    R11, AX
	JCC     nextPair
	MOVQ    R11, level-32(SP)
	MOVQ    AX, levelsEnd-24(SP)
	MOVL    4(SI), AX
	QUERY
	MOVQ    masks_base+72(FP), R9
	MOVQ    pairs-40(SP), R13
	MOVL    (SI), R15
	MOVL    R15, key-64(SP)

level:
	MOVQ level-32(SP), R10
	MOVL (R10), AX
	MOVQ masks_base+72(FP), R10
	LEAQ (R10)(AX*4), BX
	CMPQ R9, BX
	JCC  nextLevel
	CMPQ CHUNKS, $1
	JNE  many

	MOVL (R9), R12
	XORL R15, R12
	MOVL (DI)(R12*4), R11
	MOVL 4(DI)(R12*4), SI
	ADDQ $4, R9
	CMPQ R9, BX
	JCC  lastOne
	PCALIGN $64

one:
	CMPQ DX, R8
	JHI  full
	MOVL R11, R10
	MOVL SI, R12
	SUBQ R10, R12
	MOVL (R9), SI                // one probe ahead
	XORL R15, SI
	MOVL (DI)(SI*4), R11
	MOVL 4(DI)(SI*4), SI
	CMPQ R12, $32
	JHI  long
	COMPARE

nextOne:
	ADDQ $4, R9
	ADDQ PROBE, R13
	CMPQ R9, BX
	JCS  one

lastOne:
	CMPQ DX, R8
	JHI  full
	MOVL R11, R10
	MOVL SI, R12
	SUBQ R10, R12
	CMPQ R12, $32
	JHI  longLast
	COMPARE

nextLast:
	ADDQ PROBE, R13

nextLevel:
	MOVQ level-32(SP), AX
	ADDQ $4, AX
	MOVQ AX, level-32(SP)
	CLOSER
	CMPQ AX, levelsEnd-24(SP)
	JCS  level

nextPair:
	MOVQ pair-56(SP), SI
	ADDQ $24, SI
	MOVQ pairs-40(SP), AX
	INCQ AX
	MOVQ AX, pairs-40(SP)
	CMPQ AX, pairs_len+32(FP)
	JCS  pair
	JMP  finished

long:
	MOVQ R11, next-48(SP)
	MOVQ R12, R11

longChunks:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNK
	JNE  longChunks
	MOVQ next-48(SP), R11
	JMP  nextOne

longLast:
	MOVQ R12, R11

longLastChunks:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNK
	JNE  longLastChunks
	JMP  nextLast
	PCALIGN $64

many:
	CMPQ    DX, R8
	JHI     full
	LEAQ    4(R9), SI            // one probe ahead
	CMPQ    SI, BX
	CMOVQCC R9, SI
	MOVL    (SI), SI
	XORL    key-64(SP), SI
	MOVL    (DI)(SI*4), SI
	LEAQ    (CX)(SI*2), SI
	MOVL    (R9), R11
	XORL    key-64(SP), R11
	MOVL    (DI)(R11*4), R10
	MOVL    4(DI)(R11*4), R11
	SUBQ    R10, R11
	MANY(R15, SI, longMany)

nextMany:
	ADDQ $4, R9
	ADDQ PROBE, R13
	CMPQ R9, BX
	JCS  many
	JMP  nextLevel

longMany:
	CMPQ DX, end-8(SP)
	JCC  full
	CHUNK
	JNE  longMany
	JMP  nextMany

full:
	MOVQ before-16(SP), DX

finished:
	SUBQ dst_base+0(FP), DX
	SHRQ $4, DX
	MOVQ pairs-40(SP), AX
	VZEROUPPER
