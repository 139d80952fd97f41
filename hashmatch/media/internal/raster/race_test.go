//go:build race

package raster

const race = true
