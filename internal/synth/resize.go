package synth

import "image"

// Resize returns m scaled to w x h pixels, each 1 to MaxSide, with a triangle filter: linear interpolation when it grows,
// a weighted mean of all the pixels that fall together when it shrinks. (golang.org/x/image/draw does the same in floating
// point, whose last bit depends on the processor.)
func Resize(m image.Image, w, h int) *image.RGBA {
	checkSize(w, h)
	p := pixels(m)
	rows := p.Rect.Dy()
	across := image.NewRGBA(image.Rect(0, 0, w, rows))
	filter := newTriangle(p.Rect.Dx(), w)
	for y := range rows {
		in, out := p.Pix[y*p.Stride:], across.Pix[y*across.Stride:]
		for x, t := range filter {
			t.mean(out[4*x:][:4], in[4*t.first:], 4)
		}
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y, t := range newTriangle(rows, h) {
		in := across.Pix[t.first*across.Stride:]
		for x := range w {
			t.mean(out.Pix[y*out.Stride+4*x:][:4], in[4*x:], across.Stride)
		}
	}
	return out
}

// taps are the weights that the pixels from first on have in one pixel of the result; they add up to full.
type taps struct {
	first   int
	weights []uint32
}

const full = 1 << 16

// newTriangle returns the taps of every pixel when a line of from pixels becomes one of to.
func newTriangle(from, to int) []taps {
	radius := int64(2 * max(from, to)) // distances are in units of 1/(2*to) of an old pixel
	all := make([]taps, to)
	for i := range all {
		centre := int64(2*i+1) * int64(from)
		weight := func(j int) int64 {
			d := int64(2*j+1)*int64(to) - centre
			return max(0, radius-max(d, -d))
		}
		first := int(max(0, (centre-radius)/int64(2*to)))
		for first < from-1 && weight(first) == 0 {
			first++
		}
		sum, last := int64(0), first
		for ; last < from && (last == first || weight(last) > 0); last++ {
			sum += weight(last)
		}
		t := taps{first, make([]uint32, last-first)}
		left, heaviest := uint32(full), 0
		for j := range t.weights {
			t.weights[j] = uint32(weight(first+j) * full / sum)
			left -= t.weights[j]
			if t.weights[j] > t.weights[heaviest] {
				heaviest = j
			}
		}
		t.weights[heaviest] += left // what rounding down left over
		all[i] = t
	}
	return all
}

// mean stores in dst the weighted mean of the pixels that lie step bytes apart in src.
func (t *taps) mean(dst, src []uint8, step int) {
	var r, g, b, a uint32 = full / 2, full / 2, full / 2, full / 2
	for i, w := range t.weights {
		p := src[i*step:][:4]
		r, g, b, a = r+w*uint32(p[0]), g+w*uint32(p[1]), b+w*uint32(p[2]), a+w*uint32(p[3])
	}
	dst[0], dst[1], dst[2], dst[3] = uint8(r>>16), uint8(g>>16), uint8(b>>16), uint8(a>>16)
}
