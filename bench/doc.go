// Package bench measures the public API. Each benchmark runs the slow way of doing the same work in the same process and
// reports how many times faster ours is, so that a figure holds on any machine:
//
//	go test -run '^$' -bench . ./bench
//
// The slow ways are brute force, a textbook BK-tree behind a Bloom filter, and image/jpeg with goimagehash. A ratio below
// one is a cell that we lose; it is shown like the others.
//
// Searches are measured at length by bench/tables, which writes README.md and its curves: all engines, sizes and radii, by
// instructions, beside the machine's limits and beside other engines (bench/peers):
//
//	go run ./bench/tables
package bench
