package heif

import "image"

// colours is what must be done to the planes of a decoded HEIC so that Go reads its colours right.
type colours uint8

const (
	asIs    colours = iota // full range, BT.601: what image.YCbCr means
	stretch                // 16..235 to 0..255
	viaRGB                 // another matrix
	unknown                // none that is known here
)

// weights are Kr and Kb, the shares of red and blue in luma, in millionths, by ISO/IEC 23091-2's number of the matrix.
var weights = map[int][2]int{
	1: {212600, 72200}, 4: {300000, 110000}, 7: {212000, 87000}, 9: {262700, 59300}, 10: {262700, 59300},
}

// identity is the matrix of a picture whose planes are green, blue and red.
const identity = 0

// colours tells what is to be done for p. Without an nclx box the samples are full range and of BT.601, as MIAF has it
// (ISO/IEC 23000-22, 7.3.6.4). Gray has no matrix.
func (p *picture) colours() colours {
	n := p.nclx
	_, other := weights[n.matrix]
	switch {
	case p.codec == av1, !n.present:
		return asIs // libavif converts
	case p.layout.chroma != 0 && (other || n.matrix == identity && p.layout.chroma == 3):
		return viaRGB
	case p.layout.chroma != 0 && n.matrix != 2 && n.matrix != 5 && n.matrix != 6:
		return unknown
	case !n.full:
		return stretch
	}
	return asIs
}

// converted returns img, which it may change, with its colours as Go reads them.
func (p *picture) converted(img image.Image) image.Image {
	todo := p.colours()
	switch m := img.(type) {
	case *image.Gray:
		if todo == stretch {
			apply(m.Pix, lumaTable())
		}
	case *image.YCbCr:
		switch todo {
		case stretch:
			apply(m.Y, lumaTable())
			apply(m.Cb, chromaTable())
			apply(m.Cr, chromaTable())
		case viaRGB:
			if !p.nclx.full {
				if apply(m.Y, lumaTable()); p.nclx.matrix == identity {
					apply(m.Cb, lumaTable())
					apply(m.Cr, lumaTable())
				} else {
					apply(m.Cb, chromaTable())
					apply(m.Cr, chromaTable())
				}
			}
			return toRGB(m, p.nclx.matrix)
		}
	}
	return img
}

func apply(plane []byte, table [256]byte) {
	for i, v := range plane {
		plane[i] = table[v]
	}
}

// lumaTable spreads 16..235 over 0..255.
func lumaTable() (t [256]byte) {
	for v := range t {
		t[v] = clamp((510*(v-16) + 219) / (2 * 219))
	}
	return t
}

// chromaTable spreads 16..240, which is symmetrical about 128.
func chromaTable() (t [256]byte) {
	for v := range t {
		t[v] = clamp(128 + (510*(v-128)+224*sign(v-128))/(2*224))
	}
	return t
}

func sign(v int) int {
	if v < 0 {
		return -1
	}
	return 1
}

func clamp(v int) byte { return byte(min(max(v, 0), 255)) }

// toRGB converts full-range planes of a matrix in weights, or of the identity.
func toRGB(m *image.YCbCr, matrix int) *image.RGBA {
	out := image.NewRGBA(m.Rect)
	const one = 1 << 16
	kr, kb := int64(weights[matrix][0]), int64(weights[matrix][1])
	kg := 1_000_000 - kr - kb
	red := int(2 * (1_000_000 - kr) * one / 1_000_000)
	blue := int(2 * (1_000_000 - kb) * one / 1_000_000)
	greenRed := int(2 * (1_000_000 - kr) * kr * one / kg / 1_000_000)
	greenBlue := int(2 * (1_000_000 - kb) * kb * one / kg / 1_000_000)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			c := m.COffset(x, y)
			luma, cb, cr := int(m.Y[m.YOffset(x, y)]), int(m.Cb[c]), int(m.Cr[c])
			pix := out.Pix[out.PixOffset(x, y):]
			pix[3] = 255
			if matrix == identity {
				pix[0], pix[1], pix[2] = byte(cr), byte(luma), byte(cb)
				continue
			}
			cb, cr = cb-128, cr-128
			pix[0] = clamp((luma*one + red*cr + one/2) >> 16)
			pix[1] = clamp((luma*one - greenBlue*cb - greenRed*cr + one/2) >> 16)
			pix[2] = clamp((luma*one + blue*cb + one/2) >> 16)
		}
	}
	return out
}
