//go:build race

package index

// raceSlowdown divides the number of codes of the large tests, in which the race detector has nothing to watch.
const raceSlowdown = 8
