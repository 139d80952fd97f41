package pngluma

import "bytes"

// The weights of red, green and blue in 1/32768, so that a pixel's luma has 23 bits and the sum over a cell of 8 x 8
// pixels fits in 32. They are at most 0.0045 of a grey level off 0.299, 0.587 and 0.114, and white is 255 exactly.
const (
	red   = 9798
	green = 19235
	blue  = 3735
	point = 15 // bits of fraction
)

// luma returns a pixel's luma in 1/32768.
func luma(r, g, b byte) uint32 { return red*uint32(r) + green*uint32(g) + blue*uint32(b) }

// form is where a row's bytes have their pixels.
type form struct {
	indexed bool
	step    int // bytes from pixel to pixel
	g, b    int // place of the byte that counts of green and blue; red is at 0. Both 0 for gray
	a       int // of alpha; 0 for none
	keyed   bool
	key     [6]byte // the step bytes of a pixel that is transparent
	veiled  bool    // a pixel may be other than opaque

	luma   [256]uint32 // of a palette
	sample [256]byte   // rounded
	alpha  [256]byte
}

// set takes the form of a picture's rows.
func (f *form) set(p *picture) {
	wide := max(1, p.Depth/8) // bytes of a sample
	f.indexed, f.step, f.g, f.b, f.a = p.Colour == indexed, wide*p.samples(), 0, 0, 0
	switch p.Colour {
	case rgb, rgbAlpha:
		f.g, f.b = wide, 2*wide
	}
	if p.Colour == grayAlpha || p.Colour == rgbAlpha {
		f.a = f.step - wide
	}
	f.keyed, f.key, f.veiled = p.keyed, p.key, p.keyed || f.a > 0
	if f.indexed {
		for i, c := range p.palette {
			f.luma[i], f.alpha[i] = luma(c.r, c.g, c.b), c.a
			f.sample[i] = mean(f.luma[i], 1)
			f.veiled = f.veiled || c.a < 255
		}
	}
}

// opaque reports whether all pixels of a row are.
func (f *form) opaque(pix []byte) bool {
	switch {
	case !f.veiled:
		return true
	case f.indexed:
		every := byte(255)
		for _, i := range pix {
			every &= f.alpha[i]
		}
		return every == 255
	case f.keyed && f.step == 1:
		return bytes.IndexByte(pix, f.key[0]) < 0
	case f.keyed:
		for ; len(pix) >= f.step; pix = pix[f.step:] {
			if f.alphaOf(pix) == 0 {
				return false
			}
		}
		return true
	}
	// Alpha is at the same places in every eight bytes.
	every := ^uint64(0)
	for ; len(pix) >= 8; pix = pix[8:] {
		every &= word(pix)
	}
	for at := f.a; at < 8; at += f.step {
		if byte(every>>(8*at)) != 255 || at < len(pix) && pix[at] != 255 {
			return false
		}
	}
	return true
}

// alphaOf returns the alpha of the pixel that pix begins with.
func (f *form) alphaOf(pix []byte) byte {
	switch {
	case f.indexed:
		return f.alpha[pix[0]]
	case f.keyed:
		for i, k := range f.key[:f.step] {
			if pix[i] != k {
				return 255
			}
		}
		return 0
	case f.a > 0:
		return pix[f.a]
	}
	return 255
}

// lumas writes the luma of a row's pixels in 1/32768.
func (f *form) lumas(dst []uint32, pix []byte) {
	switch {
	case f.indexed:
		for x := range dst {
			dst[x] = f.luma[pix[x]]
		}
	case f.g == 0:
		for x := range dst {
			dst[x] = uint32(pix[x*f.step]) << point
		}
	case f.step == 4:
		for x := range dst {
			p := pix[4*x:][:4]
			dst[x] = luma(p[0], p[1], p[2])
		}
	default:
		for x := range dst {
			p := pix[x*f.step:]
			dst[x] = luma(p[0], p[f.g], p[f.b])
		}
	}
}

// veil multiplies the luma of a row's pixels by their alpha.
func (f *form) veil(lumas []uint32, pix []byte) {
	switch {
	case f.indexed:
		for x := range lumas {
			lumas[x] *= uint32(f.alpha[pix[x]])
		}
	case f.a == 3:
		for x := range lumas {
			lumas[x] *= uint32(pix[4*x:][:4][3])
		}
	case f.a > 0:
		for x := range lumas {
			lumas[x] *= uint32(pix[x*f.step+f.a])
		}
	case f.keyed:
		for x := range lumas {
			lumas[x] *= uint32(f.alphaOf(pix[x*f.step:]))
		}
	}
}

// samples writes the luma of a row's pixels in whole grey levels.
func (f *form) samples(dst, pix []byte) {
	switch {
	case f.indexed:
		for x := range dst {
			dst[x] = f.sample[pix[x]]
		}
	case f.g == 0 && f.step == 1:
		copy(dst, pix)
	case f.g == 0:
		for x := range dst {
			dst[x] = pix[x*f.step]
		}
	case f.step == 3:
		for x := range dst {
			p := pix[3*x:][:3]
			dst[x] = mean(luma(p[0], p[1], p[2]), 1)
		}
	default:
		for x := range dst {
			p := pix[x*f.step:][:f.step]
			dst[x] = mean(luma(p[0], p[f.g], p[f.b]), 1)
		}
	}
}

// premultiplied rounds the mean of n pixels from the sum of their luma times alpha.
func premultiplied(sum uint64, n int) byte {
	whole := uint64(n) * 255 << point
	return byte((sum + whole/2) / whole)
}

// mean rounds the mean of n pixels from the sum of their luma.
func mean(sum uint32, n int) byte {
	whole := uint32(n) << point
	return byte((sum + whole/2) / whole)
}
