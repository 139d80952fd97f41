//go:build race

package imagehash

// raceDetector marks a build that allocates differently.
const raceDetector = true
