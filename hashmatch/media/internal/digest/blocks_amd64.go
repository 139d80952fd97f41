//go:build !purego

package digest

// blocks works like blocksGeneric, in one loop that has MD5 hide the other two. It needs what supported looks for.
//
//go:noescape
func blocks(s *state, p []byte)

// blocks2 works like blocks2Generic.
//
//go:noescape
func blocks2(s, t *state, p, q []byte)

//go:noescape
func cpuid(leaf, sub uint32) (a, b, c, d uint32)

//go:noescape
func xgetbv() uint32

// supported reports whether this processor has every instruction of blocks, and the system keeps the registers they
// use: SHA, BMI1 and AVX (Intel SDM volume 1, 14.3).
func supported() bool {
	const (
		osxsave, avx = 1 << 27, 1 << 28 // leaf 1, ECX
		bmi1, sha    = 1 << 3, 1 << 29  // leaf 7, EBX
		vectors      = 1<<1 | 1<<2      // XCR0: SSE and AVX state
	)
	if most, _, _, _ := cpuid(0, 0); most < 7 {
		return false
	}
	if _, _, c, _ := cpuid(1, 0); c&(osxsave|avx) != osxsave|avx || xgetbv()&vectors != vectors {
		return false
	}
	_, b, _, _ := cpuid(7, 0)
	return b&(bmi1|sha) == bmi1|sha
}
