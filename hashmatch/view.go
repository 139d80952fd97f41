package hashmatch

import "slices"

// View names the variant of a picture that a hash was made from.
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

// views lists the known views, plainest first.
var views = []View{Upright, Mirror, Flip, Rot90, Rot180, Rot270, Transpose, Transverse, Thumbnail, Appended}

// Orientations returns the eight ways to lay a picture, Upright first, in the order of PDQ's dihedral hashes.
func Orientations() []View {
	return []View{Upright, Rot90, Rot180, Rot270, Flip, Mirror, Transpose, Transverse}
}

// rank orders views, plainer ones first; unknown ones are last.
func (v View) rank() int {
	if i := slices.Index(views, v); i >= 0 {
		return i
	}
	return len(views)
}
