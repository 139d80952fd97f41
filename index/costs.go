// Written by go test ./index -run TestCosts -costs: what is measured on the machine that runs it takes the place of what
// stood here for its instructions.

package index

import "github.com/hashmatch/engine/internal/cpu"

// measuredCosts are the costs for codes of 64 bits and of 256 bits.
var measuredCosts = map[cpu.Path]*[2]costs{
	cpu.Go: {
		{code: 929, codeBlock: 440, leaf: 53401, node: 34193, whole: 3520, query: 14111, probe: 33481, chunk: 106206, sorted: 32504, verify: 10862},
		{code: 2284, codeBlock: 1067, leaf: 41953, node: 42460, whole: 0, query: 7450, probe: 52699, chunk: 99875, sorted: 22459, verify: 5092},
	},
	cpu.AVX2: {
		{code: 190, codeBlock: 54, leaf: 78264, node: 42491, whole: 3446, query: 69588, probe: 10298, chunk: 17318, sorted: 8245, verify: 2000},
		{code: 1522, codeBlock: 127, leaf: 21892, node: 42312, whole: 0, query: 75161, probe: 20345, chunk: 34505, sorted: 3693, verify: 3966},
	},
}
