//go:build amd64 && !purego

package jpegluma

import "github.com/hashmatch/engine/internal/cpu"

//go:generate sh -c "cd _asm && GOWORK=off go run . > ../idct_amd64.s"

// useAVX2 chooses between the assembly and its twin.
var useAVX2 = cpu.Has(cpu.AVX2)

// inverseAVX2 works like inverseGeneric on 8 bytes at out and at each multiple of stride up to 7.
//
//go:noescape
func inverseAVX2(block *[64]int16, quant *[64]uint16, out *byte, stride int)
