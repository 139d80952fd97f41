//go:build !race

package index

// raceSlowdown is explained where it is not 1.
const raceSlowdown = 1
