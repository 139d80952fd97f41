// Written by go test ./index -run TestCosts -costs: what is measured on the machine that runs it takes the place of what
// stood here for its instructions.

package index

import "github.com/hashmatch/engine/internal/cpu"

// measuredCosts are the costs for codes of 64 bits and of 256 bits.
var measuredCosts = map[cpu.Path]*[2]costs{
	cpu.Go: {
		{code: 929, codeBlock: 440, leaf: 61775, node: 34193, query: 59349, probe: 33481, chunk: 126948, sorted: 32504, verify: 19038},
		{code: 3094, codeBlock: 1067, leaf: 20000, node: 42460, query: 48835, probe: 52699, chunk: 99875, sorted: 22459, verify: 6034},
	},
	cpu.AVX2: {
		{code: 206, codeBlock: 56, leaf: 137686, node: 42491, query: 133511, probe: 18399, chunk: 17318, sorted: 8591, verify: 2000},
		{code: 1879, codeBlock: 128, leaf: 20000, node: 42312, query: 75161, probe: 26667, chunk: 41877, sorted: 3693, verify: 2000},
	},
}
