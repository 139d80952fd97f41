// Package gallery lists benign pictures to measure with: synthetic ones, which are always there, and photographs and
// drawings of Debian's freely licensed packages where those are installed. It copies none of them.
//
// Pictures are listed by scene. What shows the same thing (a wallpaper in two sizes, its dark and its light form, the
// parts that it was cut into) is one scene, so that no two of them are taken for unrelated pictures; and a scene belongs
// to one phase, by a hash of its name, so that nothing that was looked at while building is judged by later.
package gallery

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/internal/synth"
)

// Group is what kind of picture it is.
type Group uint8

const (
	Photo     Group = iota // a photograph; two paintings, as detailed, are with them
	Synthetic              // of internal/synth, photo-like
	Graphic                // drawn
	Groups                 // how many there are
)

// String returns the group's name, in the plural.
func (g Group) String() string {
	return [...]string{"photographs", "synthetic photographs", "graphics"}[g]
}

// Scene is one thing that is to be seen, in one or more pictures.
type Scene struct {
	Name   string // the source's name, then the scene's
	Source string // Debian package, or "synthetic"
	load   func() ([]Picture, error)
}

// Picture is a picture of a scene.
type Picture struct {
	Name   string // the scene's, and for a part of the picture its number
	Pixels *image.RGBA
	Group  Group
}

// Pictures decodes the scene's pictures: first the whole one, of some 480 to 800 pixels on its longer side as it might
// be sent or posted; then, where the file is large, its parts: disjoint, and each as large as the whole one is now.
func (s *Scene) Pictures() ([]Picture, error) { return s.load() }

// Phase returns the phase that the scene is for.
func (s *Scene) Phase() battery.Phase {
	return battery.Phase(Stable(s.Name) & 1)
}

// Stable is a hash of a name that never changes: by it pictures get their phase, their size and their turn.
func Stable(name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(sum[:])
}

// longest is the longer side of a picture of that name, 480 to 800.
func longest(name string) int { return 480 + int(Stable("size of "+name)%321) }

// at most this many parts across and down, each at least so large in the file
const (
	mostParts               = 3
	partWidth, partHeight   = 1000, 720
	leastWidth, leastHeight = 160, 120
)

// cut returns the pictures that a large picture gives: itself, and its parts.
func cut(name string, m *image.RGBA, g Group) []Picture {
	list := []Picture{{name, sized(m, longest(name)), g}}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	columns, rows := min(w/partWidth, mostParts), min(h/partHeight, mostParts)
	if columns*rows > 1 {
		for i := range columns * rows {
			x, y := i%columns, i/columns
			r := image.Rect(x*w/columns, y*h/rows, (x+1)*w/columns, (y+1)*h/rows)
			part := fmt.Sprintf("%s#%d", name, i+1)
			list = append(list, Picture{part, sized(synth.CropTo(m, r), longest(part)), g})
		}
	}
	return list
}

// sized returns m with its longer side at most so long, the corner at the origin.
func sized(m *image.RGBA, side int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if longer := max(w, h); longer > side {
		return synth.Resize(m, max(1, w*side/longer), max(1, h*side/longer))
	}
	return m
}

// opaque returns m on white paper, its corner at the origin.
func opaque(m image.Image) *image.RGBA {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, b.Min, draw.Over)
	return out
}
