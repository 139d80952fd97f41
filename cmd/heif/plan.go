package heif

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// plan is what will be decoded of a file.
type plan struct {
	main   picture // the primary item
	decode picture // it, or its thumbnail
	view   hashmatch.View
	file   rebuilt // holds decode and nothing else
}

// newPlan reads data, as far as its boxes, and chooses. The codecs are those that the caller can decode.
func newPlan(data []byte, codecs []codec, thorough bool) (plan, error) {
	f, err := parse(data)
	if err != nil {
		return plan{}, err
	}
	p := plan{view: hashmatch.Upright}
	if p.main, err = f.picture(f.primary); err != nil {
		return plan{}, err
	}
	able := false
	for _, c := range codecs {
		able = able || c == p.main.codec
	}
	if !able {
		return plan{}, fmt.Errorf("the picture is coded with %v, which is not this decoder's: %w", p.main.codec, hashmatch.ErrUnsupported)
	}
	p.decode = p.main
	if !thorough || p.main.cut != nil {
		if small, ok := f.thumbnail(&p.main); ok {
			p.decode, p.view = small, hashmatch.Thumbnail
		}
	}
	if p.decode.cut != nil {
		return plan{}, p.decode.cut
	}
	p.file, err = f.rebuild(&p.decode)
	return p, err
}

// A thumbnail of fewer than leastThumbnail pixels on its short side is too far from its picture for PDQ to find one by
// the other (README.md in testdata has the table); one of more than mostThumbnail pixels saves too little.
const (
	leastThumbnail = 180
	mostThumbnail  = 1 << 19
)

// thumbnail returns the smallest usable thumbnail of the primary picture: one coded like it, turned like it, and of its
// shape to two pixels. One that cannot be read is passed over. Whether it shows what the picture shows nobody can say
// without decoding both.
func (f *file) thumbnail(main *picture) (best picture, found bool) {
	for _, id := range f.thumbnails[:min(len(f.thumbnails), 16)] {
		p, err := f.picture(id)
		if err != nil || p.cut != nil || p.codec != main.codec || len(p.items) != 1 || p.upright() != main.upright() {
			continue
		}
		size, whole := p.crop.Size(), main.crop.Size()
		pixels := size.X * size.Y
		askew := size.X*whole.Y - size.Y*whole.X
		if min(size.X, size.Y) < leastThumbnail || pixels > mostThumbnail || 2*pixels > whole.X*whole.Y ||
			max(askew, -askew) > 2*max(whole.X, whole.Y) || p.width*p.height > 2*mostThumbnail {
			continue
		}
		if !found || pixels < best.crop.Dx()*best.crop.Dy() {
			best, found = p, true
		}
	}
	return best, found
}

// upright is the orientation with "nothing says so" taken as upright.
func (p *picture) upright() int { return max(p.orientation, 1) }

// header is what the library is told of a file.
func (p *plan) header() media.Header {
	size := p.main.crop.Size()
	return media.Header{
		Width: size.X, Height: size.Y, Orientation: p.main.orientation,
		Memory: int64(len(p.file.head)) + p.decode.pixelBytes(), View: p.view,
	}
}
