package views

import (
	"math"
	"slices"

	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
)

// curve is a change of tone.
type curve uint8

const (
	lighter curve = iota + 1 // undoes a gamma of two, and what is like it
	darker
)

// apply changes the tones of a grid, which are stretched to the full range first, up to three times: of a picture whose
// contrast was lowered the hash is the same, but its quality is not.
func (c curve) apply(g *pdq.Grid) {
	low, high := slices.Min(g[:]), slices.Max(g[:])
	by := 255 / max(high-low, 85)
	for i, v := range g {
		v = float32((v - low) * by)
		if c == lighter {
			v = 16 * float32(math.Sqrt(float64(v)))
		} else {
			v = float32(v*v) / 255
		}
		g[i] = v
	}
}
