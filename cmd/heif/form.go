package heif

import (
	"fmt"
	"image"

	"github.com/hashmatch/engine/hashmatch"
)

// form is how libheif lays out the planes of a decoded picture: one after another, rows padded.
type form struct {
	chroma  int    // as layout has it
	widths  [3]int // of Y, Cb and Cr, in samples, without padding
	rows    [3]int // 0 for a plane that is not there
	strides [3]int // bytes from row to row
	shift   int    // samples have two bytes, the low one first, and so many bits too many; 0 for samples of a byte
}

// libheif's numbers of colour spaces; its chroma formats are numbered as in layout. Source: libheif/heif.h.
const (
	heifYCbCr = 0
	heifGray  = 2
)

// newForm returns the form in which libheif, which says that it is of a colour space and chroma, gives p. Rows are those
// of the coded picture, which may be wider than p. Of samples with more than 8 bits it cuts those of subsampled
// pictures to 8, and no others, which was found by trying all.
func newForm(p *picture, space, chroma int) (form, error) {
	want := heifYCbCr
	if p.layout.chroma == 0 {
		want = heifGray
	}
	if space != want || chroma != p.layout.chroma {
		return form{}, fmt.Errorf("libheif gives colour space %d and chroma %d for layout %v: %w",
			space, chroma, p.layout, hashmatch.ErrUnsupported)
	}
	width := p.width
	if len(p.items) == 1 {
		width = p.parts[0].X
	}
	f := form{chroma: chroma}
	sample := 1
	if p.layout.depth > 8 && (chroma == 0 || chroma == 3) {
		f.shift, sample = p.layout.depth-8, 2
	}
	across, down := 1, 1
	if chroma == 1 || chroma == 2 {
		across = 2
	}
	if chroma == 1 {
		down = 2
	}
	f.widths[0], f.rows[0], f.strides[0] = p.width, p.height, stride(width, sample)
	for k := 1; k < 3 && chroma != 0; k++ {
		f.widths[k] = (p.width + across - 1) / across
		f.rows[k] = (p.height + down - 1) / down
		f.strides[k] = stride((width+across-1)/across, sample)
	}
	return f, nil
}

// stride is how long libheif makes a row: an even number of samples, at least 64, and a multiple of 16 bytes. Source:
// HeifPixelImage::ImagePlane::alloc in libheif/pixelimage.cc.
func stride(samples, size int) int {
	return (max((samples+1)&^1, 64)*size + 15) &^ 15
}

// bytes is the length of all planes.
func (f *form) bytes() int {
	return f.strides[0]*f.rows[0] + f.strides[1]*f.rows[1] + f.strides[2]*f.rows[2]
}

// picture copies planes, which are f.bytes() long, into a picture of Go's.
func (f *form) picture(planes []byte) image.Image {
	whole := image.Rect(0, 0, f.widths[0], f.rows[0])
	if f.chroma == 0 {
		img := image.NewGray(whole)
		f.plane(0, img.Pix, img.Stride, planes)
		return img
	}
	img := image.NewYCbCr(whole, map[int]image.YCbCrSubsampleRatio{
		1: image.YCbCrSubsampleRatio420, 2: image.YCbCrSubsampleRatio422, 3: image.YCbCrSubsampleRatio444,
	}[f.chroma])
	planes = f.plane(0, img.Y, img.YStride, planes)
	planes = f.plane(1, img.Cb, img.CStride, planes)
	f.plane(2, img.Cr, img.CStride, planes)
	return img
}

// plane copies the first of planes, which is plane k, and returns the others.
func (f *form) plane(k int, dst []byte, stride int, planes []byte) []byte {
	for y := range f.rows[k] {
		to, from := dst[y*stride:][:f.widths[k]], planes[y*f.strides[k]:]
		if f.shift == 0 {
			copy(to, from)
			continue
		}
		for x := range to {
			to[x] = byte((int(from[2*x]) | int(from[2*x+1])<<8) >> f.shift)
		}
	}
	return planes[f.strides[k]*f.rows[k]:]
}
