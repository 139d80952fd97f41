package rival

import (
	"slices"
	"testing"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/index"
)

func testRivals[C index.Code](t *testing.T) {
	codes := dataset.Make[C](dataset.Clustered, 2000, 1)
	tree, found := NewTextbook(codes), 0
	for _, radius := range []int{0, 1, 5, 12, 40} {
		for _, q := range dataset.Queries(dataset.Clustered, codes, radius, 20, 1) {
			var want []index.Hit
			for i, c := range codes {
				if d := index.Distance(c, q); d <= radius {
					want = append(want, index.Hit{ID: uint32(i), Distance: uint32(d)})
				}
			}
			found += len(want)
			if got := Brute[C](codes).Within(nil, q, radius); !slices.Equal(got, want) {
				t.Errorf("radius %d: brute force found %v, want %v", radius, got, want)
			}
			got := tree.Within(nil, q, radius)
			slices.SortFunc(got, func(a, b index.Hit) int { return int(a.ID) - int(b.ID) })
			if !slices.Equal(got, want) {
				t.Errorf("radius %d: the tree found %v, want %v", radius, got, want)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d hits were compared", found)
	}
}

func TestRivals(t *testing.T) {
	testRivals[uint64](t)
	testRivals[[4]uint64](t)
	if hits := NewTextbook[uint64](nil).Within(nil, 0, 64); len(hits) != 0 {
		t.Error("an empty tree holds something")
	}
}
