// Written by go test ./index -run TestCosts -costs: what is measured on the machine that runs it takes the place of what
// stood here for its instructions.

package index

import "github.com/hashmatch/engine/internal/cpu"

// measuredCosts are the costs for codes of 64 bits and of 256 bits.
var measuredCosts = map[cpu.Path]*[2]costs{
	cpu.Go: {
		{code: 650, codeBlock: 400, leaf: 32000, node: 42000, query: 200000, probe: 20000, chunk: 20000, sorted: 20000, verify: 15000},
		{code: 1900, codeBlock: 1200, leaf: 50000, node: 63000, query: 300000, probe: 20000, chunk: 20000, sorted: 20000, verify: 15000},
	},
	cpu.AVX2: {
		{code: 220, codeBlock: 60, leaf: 32000, node: 42000, query: 200000, probe: 4000, chunk: 2500, sorted: 4000, verify: 15000},
		{code: 900, codeBlock: 150, leaf: 50000, node: 63000, query: 300000, probe: 6000, chunk: 2500, sorted: 5000, verify: 15000},
	},
}
