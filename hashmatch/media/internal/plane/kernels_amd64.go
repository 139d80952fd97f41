//go:build !purego

package plane

import "github.com/hashmatch/engine/internal/cpu"

// useAVX2 chooses the assembly; tests turn it off and on.
var useAVX2 = cpu.Has(cpu.AVX2)

// mixAVX2 works like mixGo. n is at least lanes, taps at least 1.
//
//go:noescape
func mixAVX2(dst *float32, n int, pix *byte, stride int, by *float32, taps int)

// sumAVX2 works like sumGo; samples and every one of taps are at least 1.
//
//go:noescape
func sumAVX2(sums, columns *float32, first, taps *int32, by *float32, samples int)

// turnAVX2 works like turnGo; blocks is at least 1.
//
//go:noescape
func turnAVX2(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, blocks int)
