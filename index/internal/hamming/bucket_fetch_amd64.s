//go:build !purego

#include "textflag.h"

// func prefetchAVX2(offsets []uint32, key uint32, masks []uint32)
TEXT ·prefetchAVX2(SB), NOSPLIT, $0-56
	MOVQ  offsets_base+0(FP), SI
	MOVL  key+24(FP), AX
	MOVQ  masks_base+32(FP), BX
	MOVQ  masks_len+40(FP), CX
	TESTQ CX, CX
	JEQ   done

next:
	MOVL       (BX), R9
	XORL       AX, R9
	PREFETCHT0 (SI)(R9*4)
	ADDQ       $4, BX
	DECQ       CX
	JNE        next

done:
	RET

// func gatherAVX2(dst []Range, offsets []uint32, key uint32, masks []uint32, planes []byte)
TEXT ·gatherAVX2(SB), NOSPLIT, $0-104
	MOVQ  dst_base+0(FP), DX
	MOVQ  offsets_base+24(FP), SI
	MOVL  key+48(FP), AX
	MOVQ  masks_base+56(FP), BX
	MOVQ  masks_len+64(FP), CX
	MOVQ  planes_base+80(FP), DI
	TESTQ CX, CX
	JEQ   done

next:
	MOVL       (BX), R9
	XORL       AX, R9
	MOVQ       (SI)(R9*4), R10
	MOVQ       R10, (DX)
	MOVL       R10, R11
	SHRQ       $32, R10
	PREFETCHT0 (DI)(R11*2)
	PREFETCHT0 -1(DI)(R10*2)
	ADDQ       $4, BX
	ADDQ       $8, DX
	DECQ       CX
	JNE        next

done:
	RET

// func expandAVX2(dst []Entry, chunks []Chunk, aux []byte, stride int) (n, done int)
TEXT ·expandAVX2(SB), NOSPLIT, $0-96
	MOVQ  dst_base+0(FP), DX
	MOVQ  dst_len+8(FP), R8
	SUBQ  $32, R8
	SHLQ  $4, R8
	ADDQ  DX, R8                  // the last place at which a chunk may begin
	MOVQ  chunks_base+24(FP), SI
	MOVQ  chunks_len+32(FP), CX
	SHLQ  $4, CX
	ADDQ  SI, CX
	MOVQ  aux_base+48(FP), DI
	MOVQ  stride+72(FP), R9
	CMPQ  SI, CX
	JCC   finished

chunk:
	CMPQ DX, R8
	JHI  finished
	MOVL (SI), R10
	MOVL 4(SI), R11
	MOVQ 8(SI), R12

bit:
	TZCNTL     R11, AX
	ADDL       R10, AX
	MOVL       AX, (DX)
	MOVQ       R12, 4(DX)
	MOVL       $0, 12(DX)
	IMULQ      R9, AX
	PREFETCHT0 (DI)(AX*1)
	ADDQ       $16, DX
	BLSRL      R11, R11
	JNE        bit
	ADDQ       $16, SI
	CMPQ       SI, CX
	JCS        chunk

finished:
	SUBQ dst_base+0(FP), DX
	SHRQ $4, DX
	MOVQ DX, n+80(FP)
	SUBQ chunks_base+24(FP), SI
	SHRQ $4, SI
	MOVQ SI, done+88(FP)
	RET

// func positionsAVX2(entries []Entry, packed []byte, stride, size int, codes [][4]uint64)
TEXT ·positionsAVX2(SB), NOSPLIT, $0-88
	MOVQ  entries_base+0(FP), SI
	MOVQ  entries_len+8(FP), CX
	MOVQ  packed_base+24(FP), DI
	MOVQ  stride+48(FP), DX
	MOVQ  size+56(FP), R9
	MOVQ  codes_base+64(FP), BX
	SHLL  $3, R9                  // its bits
	TESTQ CX, CX
	JEQ   done

next:
	MOVL       (SI), AX
	IMULQ      DX, AX
	MOVL       (DI)(AX*1), AX
	BZHIL      R9, AX, AX
	MOVL       AX, 12(SI)
	SHLQ       $5, AX
	PREFETCHT0 (BX)(AX*1)
	ADDQ       $16, SI
	DECQ       CX
	JNE        next

done:
	RET
