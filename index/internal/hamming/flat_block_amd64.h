// What Block.Compare does whatever adds: see flat_block.go. Y0 to Y7 are the rows of ones, twos, fours and so on of each
// code's count, Y8 those codes whose count has left the highest of them, Y15 is all ones.
//
// A kernel brings
//   ADD(sum, a, b), a full adder, and HALF(sum, a), a half one: the carries are left in a;
//   ADDROW(sum, a, pick), a full adder of a row that was picked: the carries are left in a;
//   ODD(pick, a), which adds the part of a group that was added beforehand: the carries are left in a;
//   OVER, which adds Y9 and Y11 to Y8.
// They may clobber b, R8, R9, Y13 and Y14.

// ROW(pick, a): a row that was picked.
#define ROW(pick, a) \
	MOVWLZX pick(SI), R8; \
	VMOVDQU (BX)(R8*1), a

// PAIR adds two groups. Carries of eights are left in Y9, of fours in Y10.
#define PAIR \
	ODD(0, Y9);          \
	ADDROW(Y1, Y9, 4);   \
	ROW(6, Y10);         \
	ADDROW(Y1, Y10, 12); \
	ADD(Y2, Y9, Y10);    \
	ODD(8, Y10);         \
	ADDROW(Y1, Y10, 14)

// STEP adds the twelve bits of two groups. Carries of sixteens are left in Y9.
#define STEP \
	PAIR;          \
	HALF(Y2, Y10); \
	ADD(Y3, Y9, Y10)

// TWOSTEPS adds the bits of four groups. Carries of sixteens are left in Y9 and Y11.
#define TWOSTEPS \
	PAIR;                \
	ODD(16, Y11);        \
	ADDROW(Y1, Y11, 20); \
	ADD(Y2, Y10, Y11);   \
	ROW(22, Y11);        \
	ADDROW(Y1, Y11, 28); \
	ODD(24, Y12);        \
	ADDROW(Y1, Y12, 30); \
	ADD(Y2, Y11, Y12);   \
	ADD(Y3, Y9, Y10);    \
	HALF(Y3, Y11)

// START4 to START8 set so many rows to the start.
#define START4 VPBROADCASTQ 0(R10), Y0; VPBROADCASTQ 8(R10), Y1; VPBROADCASTQ 16(R10), Y2; VPBROADCASTQ 24(R10), Y3
#define START5 START4; VPBROADCASTQ 32(R10), Y4
#define START6 START5; VPBROADCASTQ 40(R10), Y5
#define START7 START6; VPBROADCASTQ 48(R10), Y6
#define START8 START7; VPBROADCASTQ 56(R10), Y7

// TWO4 to TWO8 add to Y8 what leaves the highest of so many rows after TWOSTEPS, ONE4 to ONE8 the same after STEP.
#define TWO4 OVER
#define TWO5 ADD(Y4, Y9, Y11); VPOR Y9, Y8, Y8
#define TWO6 ADD(Y4, Y9, Y11); HALF(Y5, Y9); VPOR Y9, Y8, Y8
#define TWO7 ADD(Y4, Y9, Y11); HALF(Y5, Y9); HALF(Y6, Y9); VPOR Y9, Y8, Y8
#define TWO8 ADD(Y4, Y9, Y11); HALF(Y5, Y9); HALF(Y6, Y9); HALF(Y7, Y9); VPOR Y9, Y8, Y8
#define ONE4 VPOR Y9, Y8, Y8
#define ONE5 HALF(Y4, Y9); ONE4
#define ONE6 HALF(Y4, Y9); HALF(Y5, Y9); ONE4
#define ONE7 HALF(Y4, Y9); HALF(Y5, Y9); HALF(Y6, Y9); ONE4
#define ONE8 HALF(Y4, Y9); HALF(Y5, Y9); HALF(Y6, Y9); HALF(Y7, Y9); ONE4

// COMPARE(start, two, one) is a function's body. After a query, the codes that are not over are written; the next query
// overwrites them when there are none.
#define COMPARE(start, two, one) \
	MOVQ     dst+0(FP), DI;      \
	MOVQ     queries+8(FP), CX;  \
	MOVQ     table+16(FP), BX;   \
	MOVQ     picks+24(FP), SI;   \
	MOVQ     steps+32(FP), R11;  \
	MOVQ     starts+40(FP), R10; \
	MOVQ     R11, R12;           \
	SHRQ     $1, R11;            \
	ANDQ     $1, R12;            \
	XORQ     AX, AX;             \
	XORQ     R13, R13;           \
	VPCMPEQD Y15, Y15, Y15;      \
query: \
	start;                       \
	VPXOR    Y8, Y8, Y8;         \
	MOVQ     R11, DX;            \
	TESTQ    DX, DX;             \
	JEQ      last;               \
steps: \
	TWOSTEPS;                    \
	two;                         \
	ADDQ     $32, SI;            \
	DECQ     DX;                 \
	JNE      steps;              \
last: \
	TESTQ    R12, R12;           \
	JEQ      done;               \
	STEP;                        \
	one;                         \
	ADDQ     $16, SI;            \
done: \
	VPTEST   Y15, Y8;            \
	SETCC    R8;                 \
	MOVBLZX  R8, R8;             \
	VPXOR    Y15, Y8, Y8;        \
	MOVQ     R13, (DI);          \
	VMOVDQU  Y8, 8(DI);          \
	LEAQ     (R8)(R8*4), R9;     \
	LEAQ     (DI)(R9*8), DI;     \
	ADDQ     R8, AX;             \
	INCQ     R13;                \
	CMPQ     R13, CX;            \
	JLT      query;              \
	VZEROUPPER;                  \
	MOVQ     AX, ret+48(FP);     \
	RET
