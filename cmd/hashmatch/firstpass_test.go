package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// Records come in the order in which folders are walked, every one once.
func TestRecordsFollow(t *testing.T) {
	r := testkit.Rand(t)
	scan := &thoroughScan{roots: []root{{path: "x/one.jpg"}, {path: "y/two.jpg"}}}
	record := func(of int, path string) *hashmatch.Record { return &hashmatch.Record{Root: of, Path: path} }
	for _, c := range []struct {
		last, rec *hashmatch.Record
		ok        bool
	}{
		{nil, record(1, "one.jpg"), true},
		{record(1, "one.jpg"), record(2, "two.jpg"), true},
		{record(1, "one.jpg"), record(1, "one.jpg"), false},
		{record(2, "two.jpg"), record(1, "one.jpg"), false},
		{nil, record(1, "two.jpg"), false},
		{nil, record(1, "x/one.jpg"), false},
	} {
		if err := scan.follows(c.last, c.rec); (err == nil) != c.ok {
			t.Errorf("%v after %v: %v", c.rec, c.last, err)
		}
	}
	n := 0
	for range 200 {
		var paths []string
		for range 2 + r.IntN(6) {
			var names []string
			for range 1 + r.IntN(3) {
				names = append(names, []string{"a", "a.b", "a-", "ab", "b"}[r.IntN(5)])
			}
			paths = append(paths, strings.Join(names, "/"))
		}
		slices.SortFunc(paths, func(x, y string) int { return slices.Compare(strings.Split(x, "/"), strings.Split(y, "/")) })
		for i := 1; i < len(paths); i++ {
			if (walkOrder(paths[i-1]) < walkOrder(paths[i])) != (paths[i-1] != paths[i]) {
				t.Fatalf("%q and %q", paths[i-1], paths[i])
			}
			n++
		}
	}
	testkit.AtLeast(t, 300, n, "pairs")
}
