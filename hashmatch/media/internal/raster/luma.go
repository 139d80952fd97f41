package raster

// The weights of red, green and blue in 1/32768, so that a pixel's luma has 23 bits and the sum over a cell of 8 x 8
// fits in 32. They are at most 0.0045 of a grey level off 0.299, 0.587 and 0.114, and white is 255 exactly.
const (
	red   = 9798
	green = 19235
	blue  = 3735
	point = 15 // bits of fraction
	half  = 1 << (point - 1)
)

// luma returns the luma of one pixel in 1/32768.
func luma(r, g, b uint8) uint32 {
	return red*uint32(r) + green*uint32(g) + blue*uint32(b)
}

// Layout says where the samples of a pixel lie in a row's bytes: the place of the byte that counts, which is the high
// one of 16-bit samples. Gray has R, G and B at the same place.
type Layout struct {
	Step    int // bytes from pixel to pixel
	R, G, B int
	A       int // of a sample that says how opaque a pixel is, not multiplied in; below 0 for none. Step is 2, 4 or 8 then
}

// The layouts of Go's pictures, and those of blue first.
var (
	Gray    = Layout{Step: 1, A: -1}
	Gray16  = Layout{Step: 2, A: -1}
	RGB     = Layout{Step: 3, R: 0, G: 1, B: 2, A: -1}
	BGR     = Layout{Step: 3, R: 2, G: 1, B: 0, A: -1}
	RGBX    = Layout{Step: 4, R: 0, G: 1, B: 2, A: -1}
	BGRX    = Layout{Step: 4, R: 2, G: 1, B: 0, A: -1}
	NRGBA   = Layout{Step: 4, R: 0, G: 1, B: 2, A: 3}
	BGRA    = Layout{Step: 4, R: 2, G: 1, B: 0, A: 3}
	RGBX64  = Layout{Step: 8, R: 0, G: 2, B: 4, A: -1}
	NRGBA64 = Layout{Step: 8, R: 0, G: 2, B: 4, A: 6}
)

// gray reports whether one sample serves for all three.
func (l *Layout) gray() bool { return l.R == l.G && l.G == l.B }

// lumaRow writes the luma of a row of pixels.
func (l *Layout) lumaRow(dst, pix []byte) {
	if l.Step == 1 {
		copy(dst, pix)
		return
	}
	if l.gray() {
		for x := range dst {
			dst[x] = pix[x*l.Step+l.R]
		}
		return
	}
	step, r, g, b := l.Step, l.R, l.G, l.B
	for x := 0; x < len(dst) && len(pix) >= step; x++ {
		dst[x] = uint8((luma(pix[r], pix[g], pix[b]) + half) >> point)
		pix = pix[step:]
	}
}

// opaque reports whether no pixel of a row lets anything through.
func (l *Layout) opaque(pix []byte) bool {
	every := ^uint64(0)
	for len(pix) >= 8 {
		every &= word(pix)
		pix = pix[8:]
	}
	for at := l.A; at < 8; at += l.Step {
		if uint8(every>>(8*at)) != 255 {
			return false
		}
	}
	for at := l.A; at < len(pix); at += l.Step {
		if pix[at] != 255 {
			return false
		}
	}
	return true
}

// overRow writes the luma of a row of pixels laid over black.
func (l *Layout) overRow(dst, pix []byte) {
	for x := range dst {
		p := pix[x*l.Step:][:l.Step]
		dst[x] = overSample(uint64(luma(p[l.R], p[l.G], p[l.B]))*uint64(p[l.A]), 1)
	}
}

// overSample rounds the mean of n pixels from the sum of luma times alpha.
func overSample(sum uint64, n int) uint8 {
	whole := uint64(n) * 255 << point
	return uint8((sum + whole/2) / whole)
}

// Palette is the luma of up to 256 colours. The zero value is all black and opaque.
type Palette struct {
	luma [256]uint32
	over [256]uint32 // luma times alpha: less than 255 times luma where a colour lets something through and it matters
}

// Set makes colour i. Alpha is not multiplied in; it is 255 for colours that have it multiplied in.
func (p *Palette) Set(i int, r, g, b, a uint8) {
	p.luma[i] = luma(r, g, b)
	p.over[i] = p.luma[i] * uint32(a)
}

// lumaRow writes the luma of a row of colour numbers.
func (p *Palette) lumaRow(dst, pix []byte) {
	for x, i := range pix {
		dst[x] = uint8((p.luma[i] + half) >> point)
	}
}

// opaque reports whether alpha changes nothing in a row.
func (p *Palette) opaque(pix []byte) bool {
	for _, i := range pix {
		if p.over[i] != 255*p.luma[i] {
			return false
		}
	}
	return true
}

// overRow writes the luma of a row of colour numbers over black.
func (p *Palette) overRow(dst, pix []byte) {
	for x, i := range pix {
		dst[x] = overSample(uint64(p.over[i]), 1)
	}
}
