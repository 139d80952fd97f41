//go:build !race

package raster

const race = false
