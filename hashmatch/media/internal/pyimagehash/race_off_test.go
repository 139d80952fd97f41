//go:build !race

package pyimagehash

const raceDetector = false
