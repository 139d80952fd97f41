//go:build !race

package plane

const raceDetector = false
