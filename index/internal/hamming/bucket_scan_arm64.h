// The body of a scan of ranges, between QUERY and the results: it leaves the number of chunks in R0 and that of finished
// ranges in R7. It needs chunks in R12 and what CONSTANTS sets. The arguments are where all kernels have them. While it
// runs, R0 is where the next chunk goes.

	ROOM
	MOVD ranges_base+24(FP), R14
	MOVD ranges_len+32(FP), R15
	MOVD planes_base+48(FP), R3
	MOVD ZR, R7

next:
	CMP   R13, R0
	BHI   full
	MOVWU (R14), R4
	MOVWU 4(R14), R5
	SUB   R4, R5
	FIRST(long)

finished:
	ADD $8, R14
	ADD $1, R7
	CMP R15, R7
	BLT next
	B   full

long:
	CMP R1, R0
	BHS cut
	CHUNK
	BNE long
	B   finished

cut:
	MOVW R4, (R14)

full:
	WRITTEN
