//go:build race

package jpegluma

// raceDetector marks a build that is many times slower and allocates differently.
const raceDetector = true
