//go:build race

package pdq

const raceDetector = true
