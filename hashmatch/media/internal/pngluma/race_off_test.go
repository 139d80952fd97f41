//go:build !race

package pngluma

const raceEnabled = false
