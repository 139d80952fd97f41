// The body of a scan of pairs, between CONSTANTS and the results: it leaves the number of chunks in R0 and that of finished
// pairs in R16. It needs chunks in R12 and what CONSTANTS sets. The other arguments are where all kernels have them. While
// it runs, R0 is where the next chunk goes, R7 holds the numbers of the pair and, above, of the probe, R22 is where the
// probe's mask is and R23 where the masks of the level end.

	ROOM
	MOVD pairs_base+24(FP), R14
	MOVD offsets_base+48(FP), R15
	MOVD planes_base+120(FP), R3
	MOVD ZR, R16

pair:
	MOVD  R0, R17                 // where to go back to
	MOVW  8(R14), R19             // most; then the levels: at most most+1, those asked for, those there are
	MOVD  $95, R10                // so that the byte holds it; 32 lets all pass at any level
	CMP   R10, R19
	CSEL  GT, R10, R19, R19
	MOVWU 4(R14), R10
	QUERY(R19)
	ADD   $1, R19
	MOVWU 12(R14), R10
	CMP   R10, R19
	CSEL  GT, R10, R19, R19
	MOVD  levels_len+104(FP), R10
	CMP   R10, R19
	CSEL  GT, R10, R19, R19
	CMP   $0, R19
	BLE   nextPair
	MOVWU (R14), R20              // the key
	MOVD  levels_base+96(FP), R21
	MOVD  masks_base+72(FP), R22
	MOVD  R16, R7

level:
	MOVD    masks_base+72(FP), R10
	MOVWU.P 4(R21), R23
	ADD     R23<<2, R10, R23
	CMP     R23, R22
	BHS     nextLevel

probe:
	CMP     R13, R0
	BHI     full
	MOVWU.P 4(R22), R10
	EOR     R20, R10
	ADD     R10<<2, R15, R10
	LDPW    (R10), (R4, R5)
	SUB     R4, R5
	FIRST(long)

finished:
	ADD $(1<<32), R7              // one probe more
	CMP R23, R22
	BLO probe

nextLevel:
	VSUB V17.B16, V2.B16, V2.B16
	SUB  $1, R19
	CBNZ R19, level

nextPair:
	ADD  $24, R14
	ADD  $1, R16
	MOVD pairs_len+32(FP), R10
	CMP  R10, R16
	BLT  pair
	B    written

long:
	CMP R1, R0
	BHS full
	CHUNK
	BNE long
	B   finished

full:
	MOVD R17, R0

written:
	WRITTEN
