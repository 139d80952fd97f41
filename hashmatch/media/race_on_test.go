//go:build race

package media

// raceDetector marks a build that is ten to fifty times slower and allocates differently: tests that start no goroutine
// of ours are left out of it.
const raceDetector = true
