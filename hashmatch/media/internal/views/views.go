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
	base    Base
	inner   Base // of a part that was found
	grid    pdq.Grid
	found   []part
	cover   cover
	graphic bool        // the whole picture looks drawn
	half    plane.Plane // of 2 x 2 pixels
	halved  bool        // there is one of this picture
	codes   [8][32]byte
	hash    Hash
}

// MostLight and MostFull bound the hashes that Light and Full yield.
var MostLight, MostFull = lightSet.most(), fullSet.most()

// set is what Light or Full looks for and at.
type set struct {
	whole        []variant // of the whole picture
	cells, inner int       // parts of these kinds, at most
	names        []names   // of Trim, of Band, then of cells, then of what is within those
}

// names are those of a part, and of its variants.
type names struct {
	part     [8]hashmatch.View
	variants []variant
}

func (s *set) most() int {
	n := 8 + 2 + 2*(s.cells+s.inner) + mostVaried*hashesOf(s.names[0].variants)
	return n + hashesOf(s.whole)
}

func hashesOf(list []variant) (n int) {
	for i := range list {
		n += bits.OnesCount8(uint8(list[i].orientations))
	}
	return n
}

func newSet(whole, ofParts []variant, cells, inner int) *set {
	s := &set{whole: whole, cells: cells, inner: inner}
	views := []hashmatch.View{hashmatch.Trim, hashmatch.Band}
	views = append(views, numbered(hashmatch.Cell, cells)...)
	views = append(views, numbered(hashmatch.Inner, inner)...)
	for _, v := range views {
		n := names{part: namesOf(v)}
		for _, of := range ofParts {
			of.names = namesOf(v + "-" + of.names[0])
			n.variants = append(n.variants, of)
		}
		s.names = append(s.names, n)
	}
	return s
}

var lightSet, fullSet = newSet(light, lightOfParts, 4, 2), newSet(full, fullOfParts, 6, 4)

// part is a part that was found in the picture.
type part struct {
	names        *[8]hashmatch.View
	area         pdq.Area
	in           box
	orientations pdq.Orientations
	variants     []variant
	graphic      bool // it looks drawn
	quality      int  // below nearlyBlank its variants have no more than that, and what is cut from it not below the gate
}

// nearlyBlank is the quality below which a picture, or a part of it, shows next to nothing: an extension or a turn of it would
// look as if it had detail. Above it variants are judged by themselves: 2 in 100 edited photographs lie between this and the
// gate of 50, and are found by views that pass the gate.
const nearlyBlank = 25

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
	h.graphic = h.base.graphic(all)
	return h.graphic
}

// Light yields the hashes of the views of everyday scans, of the picture of the last call of Graphic, until yield returns
// false. The eight orientations of the picture itself are not among them. Quality is the picture's.
func (h *Hasher) Light(p *plane.Plane, with *pdq.Hasher, quality int, yield func(*Hash) bool) {
	h.run(p, with, lightSet, quality, yield)
}

// Full yields the hashes of all views, likewise.
func (h *Hasher) Full(p *plane.Plane, with *pdq.Hasher, quality int, yield func(*Hash) bool) {
	h.run(p, with, fullSet, quality, yield)
}

const (
	mostVaried  = 3 // parts of which there are variants, besides
	mostEntered = 4 // parts in which more are looked for
	deepest     = 3 // times that something is taken away around one
)

// run hashes the parts that are found, then the variants that every picture has. A picture that is too small for a part has
// none at all: turned or with other tones, a few pixels would look as if they had detail.
func (h *Hasher) run(p *plane.Plane, with *pdq.Hasher, s *set, quality int, yield func(*Hash) bool) {
	if !largeEnough(h.base.area) {
		return
	}
	h.halve(p)
	h.inner.area = pdq.Area{} // it is of another picture
	h.find(p, s)
	for i := range h.found {
		f := &h.found[i]
		f.quality = with.Part(h.planeFor(p, f.area), f.area, false, f.orientations, &h.codes)
		if !h.give(f.names, f.orientations, f.quality, f.graphic, yield) {
			return
		}
		if f.names == &s.names[0].part && f.quality < nearlyBlank {
			quality = min(quality, f.quality) // a frame around next to nothing
		}
	}
	for i := range min(len(h.found), mostVaried) {
		if !h.vary(p, with, &h.found[i], false, yield) {
			return
		}
	}
	h.vary(p, with, &part{area: h.base.area, variants: s.whole, graphic: h.graphic, quality: quality}, true, yield)
}

// vary hashes the variants of a part, or of the whole picture. The axes of the latter are kept: many pictures have its size.
func (h *Hasher) vary(p *plane.Plane, with *pdq.Hasher, of *part, kept bool, yield func(*Hash) bool) bool {
	for i := range of.variants {
		v := &of.variants[i]
		if v.invents && of.graphic {
			continue
		}
		quality, ok := h.variant(p, with, of.area, v, kept)
		if of.quality < nearlyBlank || v.cuts() && of.quality < hashmatch.DefaultQuality {
			quality = min(quality, of.quality)
		}
		if ok && !h.give(&v.names, v.orientations, quality, of.graphic, yield) {
			return false
		}
	}
	return true
}

// variant hashes one variant of a part, unless the part has no such.
func (h *Hasher) variant(p *plane.Plane, with *pdq.Hasher, of pdq.Area, v *variant, kept bool) (quality int, ok bool) {
	switch {
	case v.turn != nil:
		h.baseOf(p, of).sample(*v.turn, &h.grid)
	case v.curve != 0:
		h.baseOf(p, of).sample(turn{cosine: cell}, &h.grid)
		plain := pdq.Quality(&h.grid)
		v.curve.apply(&h.grid)
		// Noise that is made louder is no detail: nearly blank pictures must stay below the gate.
		return min(plain, with.Sampled(&h.grid, v.orientations, &h.codes)), true
	case v.clean != nil:
		if !h.baseOf(p, of).uncover(&h.cover, *v.clean, &h.grid) {
			return 0, false
		}
	default:
		a, ok := v.area(of)
		if !ok {
			return 0, false
		}
		return with.Part(h.planeFor(p, a), a, kept, v.orientations, &h.codes), true
	}
	return with.Sampled(&h.grid, v.orientations, &h.codes), true
}

// baseOf returns the base of a part, or of the whole picture.
func (h *Hasher) baseOf(p *plane.Plane, a pdq.Area) *Base {
	if a == h.base.area {
		return &h.base
	}
	if a != h.inner.area {
		h.inner.loadPart(h.planeFor(p, a), a)
	}
	return &h.inner
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

// numbered returns the first, second and further of a kind of parts.
func numbered(v hashmatch.View, n int) (views []hashmatch.View) {
	views = append(views, v)
	for i := 2; i <= n; i++ {
		views = append(views, v+hashmatch.View(fmt.Sprint(i)))
	}
	return views
}

// find looks for parts of the picture: at most one of each kind, but several rectangles.
func (h *Hasher) find(p *plane.Plane, s *set) {
	h.found = h.found[:0]
	b := &h.base
	trimmed, trims := b.trim(all)
	if trims {
		h.add(b.trimmed(p, trimmed), trimmed, allEight, &s.names[0])
	}
	if band, ok := b.band(); ok && !(trims && near(band, trimmed)) {
		h.add(b.sharp(p, band), band, andMirror, &s.names[1])
	}
	n := 0
	for _, c := range b.rectangles() {
		if n == s.cells {
			break
		}
		if slices.ContainsFunc(h.found, func(f part) bool { return near(c.box, f.in) }) {
			continue
		}
		h.add(b.sharp(p, c.box), c.box, andMirror, &s.names[2+n])
		n++
	}
	h.findInside(p, s)
}

// findInside looks for pictures within the parts, but for what was trimmed already: in a window on a screen there are bars
// and lists besides.
func (h *Hasher) findInside(p *plane.Plane, s *set) {
	n := 0
	for i, f := range h.found {
		if n == s.inner || i == mostEntered {
			break
		}
		if f.names == &s.names[0].part {
			continue
		}
		if a := h.inside(p, f.area); a != f.area {
			h.add(a, f.in, andMirror, &s.names[2+s.cells+n])
			n++
		}
	}
}

// inside takes away what surrounds a picture within a part, as long as there is something.
func (h *Hasher) inside(p *plane.Plane, a pdq.Area) pdq.Area {
	for range deepest {
		before := a
		b := h.baseOf(p, a)
		r := all
		if band, ok := b.band(); ok {
			r, a = band, b.sharp(p, band)
		}
		if trimmed, ok := b.trim(r); ok {
			a = b.trimmed(p, trimmed)
		}
		if a == before || !largeEnough(a) {
			return before
		}
	}
	return a
}

// add takes a part unless it is too small to say anything.
func (h *Hasher) add(a pdq.Area, in box, orientations pdq.Orientations, n *names) {
	if largeEnough(a) {
		h.found = append(h.found, part{names: &n.part, area: a, in: in, orientations: orientations, variants: n.variants, graphic: h.base.graphic(in)})
	}
}

// near reports whether two parts are one, as nearly as cells can tell.
func near(a, b box) bool {
	close := func(x, y int) bool { return x-y <= 2 && y-x <= 2 }
	return close(a.left, b.left) && close(a.top, b.top) && close(a.right, b.right) && close(a.bottom, b.bottom)
}
