//go:build race

package pyimagehash

// raceDetector marks a build that allocates differently.
const raceDetector = true
