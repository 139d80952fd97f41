package hashmatch

import (
	"slices"
	"strings"
)

// View names the variant of a picture that a hash was made from: an orientation, a part or an extension of the picture,
// or such a part in another orientation ("trim+mirror").
type View string

// Upright is the whole picture as its pixels are stored: what published sets hold. The other views are variants of the
// query picture.
const (
	Upright    View = "upright"
	Rot90      View = "rot90" // turned counter-clockwise
	Rot180     View = "rot180"
	Rot270     View = "rot270"
	Flip       View = "flip"       // top and bottom changed
	Mirror     View = "mirror"     // left and right changed
	Transpose  View = "transpose"  // rows and columns changed
	Transverse View = "transverse" // rows and columns changed about the other diagonal
	Thumbnail  View = "thumbnail"  // the small picture that the file carries beside the main one
	Appended   View = "appended"   // another picture, behind the end of the first; "appended2" and so on are those behind it
)

// Parts of a picture that were found in it.
const (
	Trim  View = "trim"  // without flat borders
	Band  View = "band"  // the largest part that stands out from one background colour, as in screenshots
	Cell  View = "cell"  // the rectangle whose sides are seen best, as in collages and windows; "cell2" and so on are the next ones
	Inner View = "inner" // a picture within such a part; "inner2" and so on are others
)

// Orientations returns the eight ways to lay a picture, Upright first, in the order of PDQ's dihedral hashes.
func Orientations() []View {
	return []View{Upright, Rot90, Rot180, Rot270, Flip, Mirror, Transpose, Transverse}
}

// plainViews lists the orientations and the views that have none, plainest first.
var plainViews = []View{Upright, Mirror, Flip, Rot90, Rot180, Rot270, Transpose, Transverse, Thumbnail, Appended}

// variants lists the kinds of variants that have orientations of their own, plainest first. What follows the name, as in
// "crop-4.5", says how much.
var variants = []View{Trim, Band, Cell, Inner, "crop", "pad", "turn", "aspect", "half", "quarter", "tone", "hide", "clean"}

// Turned returns the view in an orientation: "trim" turned by Mirror is "trim+mirror".
func (v View) Turned(orientation View) View {
	switch {
	case orientation == Upright:
		return v
	case v == Upright:
		return orientation
	}
	return v + "+" + orientation
}

// Base returns the variant without its orientation, and the orientation: of "trim+mirror", Trim and Mirror. Of an
// orientation alone the variant is Upright.
func (v View) Base() (variant, orientation View) {
	if variant, orientation, ok := strings.Cut(string(v), "+"); ok {
		return View(variant), View(orientation)
	}
	if slices.Contains(plainViews[1:8], v) {
		return Upright, v
	}
	return v, Upright
}

// stored reports whether the view is a picture of its own in the file.
func (v View) stored() bool { return v == Thumbnail || strings.HasPrefix(string(v), string(Appended)) }

// rank orders views, plainer ones first; unknown ones are last.
func (v View) rank() int {
	if i := slices.Index(plainViews, v); i >= 0 {
		return i
	}
	variant, orientation := v.Base()
	for i, b := range variants {
		if strings.HasPrefix(string(variant), string(b)) {
			return (i+2)*len(plainViews) + slices.Index(plainViews, orientation)
		}
	}
	return (len(variants) + 2) * len(plainViews)
}
