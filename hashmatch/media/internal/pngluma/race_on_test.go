//go:build race

package pngluma

const raceEnabled = true
