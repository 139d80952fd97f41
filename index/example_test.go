package index_test

import (
	"fmt"

	"github.com/hashmatch/engine/index"
)

func ExampleNewFlat() {
	codes := []uint64{0b0000, 0b0111, 0b1111}
	ids := []uint32{100, 200, 300}

	flat := index.NewFlat(codes, ids)
	for _, hit := range flat.Within(nil, 0b0011, 2) {
		fmt.Printf("id %d differs in %d bits\n", hit.ID, hit.Distance)
	}
	// Output:
	// id 100 differs in 2 bits
	// id 200 differs in 1 bits
	// id 300 differs in 2 bits
}
