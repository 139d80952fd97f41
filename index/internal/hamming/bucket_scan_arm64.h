// The body of a scan of ranges, between QUERY and the results: it leaves the number of chunks in R0 and that of finished
// ranges in R7. It needs chunks in R12 and what CONSTANTS sets. The arguments are where all kernels have them. While it
// runs, R0 is where the next chunk goes.

	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R1
	SUB  R12, R1, R13
	ADD  R13<<4, R0, R13         // the last place at which a range may begin
	ADD  R1<<4, R0, R1           // the end of the room
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
	MOVD  R12, R2

first:
	CHUNK
	SUB  $1, R2
	CBNZ R2, first
	CBNZ R5, long

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
	MOVD dst_base+0(FP), R1
	SUB  R1, R0
	LSR  $4, R0
