//go:build !race

package pdq

const raceDetector = false
