// Package plane holds the luma of a picture, whole or reduced, and takes it to the small grids that hashes are made of.
//
// A reduced plane is not hashed as if it were the picture: the filter that a hash's reference applies to the full
// picture is folded onto the plane's cells, one row of weights for each sample of the grid (Kernel, Axis, Reduce).
//
//	var scratch plane.Scratch
//	down, across := kernel.Axis(p.FullHeight, p.Scale, false), kernel.Axis(p.FullWidth, p.Scale, false)
//	p.Reduce(&scratch, down, []*plane.Axis{across}, [][]float32{grid})
//
// The arithmetic is float32 in one order, with every product rounded before it is added, so that a grid is the same on
// every processor, with assembly and without.
package plane

// Plane is the luma of a picture: each sample is the mean of a cell of Scale x Scale pixels. The cells at the right and
// lower edges may reach past the picture.
type Plane struct {
	Pix                   []byte // row y begins at y*Stride
	Stride                int
	Width, Height         int // in samples: ceil(FullWidth/Scale), ceil(FullHeight/Scale)
	Scale                 int // 1, 4 or 8; twice that for views of a picture
	FullWidth, FullHeight int // in pixels
}

// MaxSide is the longest side of a picture, in pixels: what the sums of hashes can hold.
const MaxSide = 1 << 18

// Row returns row y's samples.
func (p *Plane) Row(y int) []byte { return p.Pix[y*p.Stride:][:p.Width] }

// Reset makes p the plane of a picture of width x height pixels at a scale, with rows of at least stride bytes and room
// for at least that many rows, so that a decoder may write whole blocks. The samples are undefined. Memory is used again
// where there is enough; the caller has checked that the size is within its budget.
func (p *Plane) Reset(width, height, scale, stride, rows int) {
	w, h := (width+scale-1)/scale, (height+scale-1)/scale
	stride, rows = max(stride, w), max(rows, h)
	if n := stride * rows; cap(p.Pix) < n {
		p.Pix = make([]byte, n)
	} else {
		p.Pix = p.Pix[:n]
	}
	p.Stride, p.Width, p.Height, p.Scale, p.FullWidth, p.FullHeight = stride, w, h, scale, width, height
}

// ScaleOf returns the coarsest scale at which a photograph's perceptual hashes keep their precision: PDQ's box on the
// shorter side must span at least one and a half cells. Pages of text and other pictures whose detail is as strong as
// their outlines need a finer one, which the sides cannot tell: package pdq's Hasher.Coarse does.
func ScaleOf(width, height int) int {
	switch window := (min(width, height) + 127) / 128; {
	case window >= 12: // 1409 pixels
		return 8
	case window >= 6: // 641 pixels
		return 4
	}
	return 1
}
