package views

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// Hasher hashes the variants of pictures. Its zero value is ready; it is scratch memory that belongs to one call at a time
// and is worth keeping for the next.
type Hasher struct {
	base  Base
	inner Base // of a part that was found
	grid  pdq.Grid
	found []part
	codes [8][32]byte
	hash  Hash
}

// MostLight and MostFull bound the hashes that Light and Full yield.
var MostLight, MostFull = most(light, (lightCells+mostInner)*2), most(full, (fullCells+mostInner)*8)

func most(list []variant, cells int) int {
	n := 2*8 + cells
	for i := range list {
		n += bits.OnesCount8(uint8(list[i].orientations))
	}
	return n
}

// part is a part that was found in the picture.
type part struct {
	names        *[8]hashmatch.View
	area         pdq.Area
	in           box
	orientations pdq.Orientations
}

// Hash is that of a variant in one orientation.
type Hash struct {
	View    hashmatch.View
	Code    [32]byte
	Quality int  // of the variant, in its plainest orientation
	Graphic bool // it looks drawn: the like of it have hashes that are near each other
}

// Graphic reports whether a picture looks drawn. The Hasher goes on with the picture in Light and Full.
func (h *Hasher) Graphic(p *plane.Plane) bool {
	h.base.Load(p)
	return h.base.graphic(all)
}

// Light yields the hashes of the views of everyday scans, of the picture of the last call of Graphic, until yield returns
// false. The eight orientations of the picture itself are not among them.
func (h *Hasher) Light(p *plane.Plane, with *pdq.Hasher, yield func(*Hash) bool) {
	h.run(p, with, light, andMirror, lightCells, yield)
}

// Full yields the hashes of all views, likewise.
func (h *Hasher) Full(p *plane.Plane, with *pdq.Hasher, yield func(*Hash) bool) {
	h.run(p, with, full, allEight, fullCells, yield)
}

const (
	lightCells = 4 // rectangles
	fullCells  = 6
	mostInner  = 4 // pictures within parts
	deepest    = 3 // times that something is taken away around one
)

// run hashes the parts that are found, then the variants that every picture has.
func (h *Hasher) run(p *plane.Plane, with *pdq.Hasher, list []variant, cells pdq.Orientations, most int, yield func(*Hash) bool) {
	h.find(p, cells, most)
	for i := range h.found {
		f := &h.found[i]
		quality := with.Part(p, f.area, false, f.orientations, &h.codes)
		if !h.give(f.names, f.orientations, quality, h.base.graphic(f.in), yield) {
			return
		}
	}
	graphic := h.base.graphic(all)
	for i := range list {
		v := &list[i]
		if v.invents && graphic {
			continue
		}
		quality := 0
		if v.turn != nil {
			h.base.sample(*v.turn, &h.grid)
			quality = with.Sampled(&h.grid, &h.codes)
		} else {
			a, ok := v.area(p.FullWidth, p.FullHeight)
			if !ok {
				continue
			}
			quality = with.Part(p, a, true, v.orientations, &h.codes)
		}
		if !h.give(&v.names, v.orientations, quality, graphic, yield) {
			return
		}
	}
}

// give yields the hashes of a variant.
func (h *Hasher) give(names *[8]hashmatch.View, orientations pdq.Orientations, quality int, graphic bool, yield func(*Hash) bool) bool {
	for o := range pdq.Orientation(len(names)) {
		if !orientations.Has(o) {
			continue
		}
		h.hash = Hash{names[o], h.codes[o], quality, graphic}
		if !yield(&h.hash) {
			return false
		}
	}
	return true
}

var (
	trimNames  = namesOf(hashmatch.Trim)
	bandNames  = namesOf(hashmatch.Band)
	cellNames  = numbered(hashmatch.Cell, fullCells)
	innerNames = numbered(hashmatch.Inner, mostInner)
)

// numbered returns the names of the first, second and further parts of a kind.
func numbered(v hashmatch.View, n int) (names [][8]hashmatch.View) {
	names = append(names, namesOf(v))
	for i := 2; i <= n; i++ {
		names = append(names, namesOf(v+hashmatch.View(fmt.Sprint(i))))
	}
	return names
}

// find looks for parts of the picture: at most one of each kind, and as many as most between seams.
func (h *Hasher) find(p *plane.Plane, orientations pdq.Orientations, most int) {
	h.found = h.found[:0]
	b := &h.base
	trimmed, trims := b.trim(all)
	if trims {
		h.add(part{&trimNames, b.trimmed(p, trimmed), trimmed, allEight})
	}
	if band, ok := b.band(); ok && !(trims && near(band, trimmed)) {
		h.add(part{&bandNames, b.sharp(p, band), band, allEight})
	}
	n := 0
	for _, c := range b.rectangles() {
		if n == most {
			break
		}
		if slices.ContainsFunc(h.found, func(f part) bool { return near(c.box, f.in) }) {
			continue
		}
		h.add(part{&cellNames[n], b.sharp(p, c.box), c.box, orientations})
		n++
	}
	h.findInside(p, orientations)
}

// findInside looks for pictures within the parts, but for what was trimmed already: in a window on a screen there are bars
// and lists besides.
func (h *Hasher) findInside(p *plane.Plane, orientations pdq.Orientations) {
	n := 0
	for _, f := range h.found {
		if n == mostInner {
			break
		}
		if f.names == &trimNames {
			continue
		}
		if a := h.inside(p, f.area); a != f.area {
			h.add(part{&innerNames[n], a, f.in, orientations})
			n++
		}
	}
}

// inside takes away what surrounds a picture within a part, as long as there is something.
func (h *Hasher) inside(p *plane.Plane, a pdq.Area) pdq.Area {
	b := &h.inner
	for range deepest {
		before := a
		b.loadPart(p, a)
		if band, ok := b.band(); ok {
			a = b.sharp(p, band)
			if !largeEnough(a) {
				return before
			}
			b.loadPart(p, a)
		}
		if trimmed, ok := b.trim(all); ok {
			a = b.trimmed(p, trimmed)
		}
		if a == before || !largeEnough(a) {
			return before
		}
	}
	return a
}

// add takes a part unless it is too small to say anything.
func (h *Hasher) add(p part) {
	if largeEnough(p.area) {
		h.found = append(h.found, p)
	}
}

// near reports whether two parts are one, as nearly as cells can tell.
func near(a, b box) bool {
	close := func(x, y int) bool { return x-y <= 2 && y-x <= 2 }
	return close(a.left, b.left) && close(a.top, b.top) && close(a.right, b.right) && close(a.bottom, b.bottom)
}
