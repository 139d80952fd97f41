//go:build race

package digest

// raceDetector marks a build that is many times slower and allocates differently.
const raceDetector = true
