package heif

import (
	"errors"
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
)

// Red, green and blue that went through the formulas of ISO/IEC 23091-2, in floating point, come back.
func TestConverted(t *testing.T) {
	colours := []color.RGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {200, 30, 60, 255}, {20, 180, 90, 255}, {40, 70, 230, 255}, {128, 128, 128, 255}}
	n := 0
	for matrix, k := range map[int][2]float64{
		0: {}, 1: {.2126, .0722}, 2: {.299, .114}, 4: {.30, .11}, 5: {.299, .114}, 6: {.299, .114}, 7: {.212, .087}, 9: {.2627, .0593}, 10: {.2627, .0593},
	} {
		for _, full := range []bool{false, true} {
			m := image.NewYCbCr(image.Rect(0, 0, len(colours), 1), image.YCbCrSubsampleRatio444)
			for x, c := range colours {
				r, g, b := float64(c.R)/255, float64(c.G)/255, float64(c.B)/255
				y := k[0]*r + (1-k[0]-k[1])*g + k[1]*b
				cb, cr := (b-y)/(2*(1-k[1])), (r-y)/(2*(1-k[0]))
				lumaScale, low, chromaScale := 255.0, 0.0, 255.0
				if !full {
					lumaScale, low, chromaScale = 219, 16, 224
				}
				chroma := func(v float64) byte { return byte(math.Round(math.Min(v*chromaScale+128, 255))) }
				m.Y[x], m.Cb[x], m.Cr[x] = byte(math.Round(y*lumaScale+low)), chroma(cb), chroma(cr)
				if matrix == identity {
					level := func(v float64) byte { return byte(math.Round(v*lumaScale + low)) }
					m.Y[x], m.Cb[x], m.Cr[x] = level(g), level(b), level(r)
				}
			}
			p := picture{codec: hevc, layout: layout{3, 8}, nclx: nclx{true, matrix, full}}
			got := p.converted(m)
			for x, c := range colours {
				r, g, b, _ := got.At(x, 0).RGBA()
				for i, v := range []int{int(r>>8) - int(c.R), int(g>>8) - int(c.G), int(b>>8) - int(c.B)} {
					if max(v, -v) > 3 {
						t.Errorf("matrix %d, full %v, colour %v: channel %d off by %d", matrix, full, c, i, v)
					}
				}
			}
			n++
		}
	}
	if n < 18 {
		t.Errorf("%d cases", n)
	}
	for _, matrix := range []int{3, 8, 11, 14, 255} {
		if _, err := look(t, 64, 64, colr(matrix, true)); !errors.Is(err, hashmatch.ErrUnsupported) {
			t.Errorf("matrix %d: %v", matrix, err)
		}
	}
	gray := &image.Gray{Pix: []byte{16, 235, 0, 255}, Stride: 4, Rect: image.Rect(0, 0, 4, 1)}
	p := picture{codec: hevc, nclx: nclx{true, 1, false}}
	if m := p.converted(gray); string(m.(*image.Gray).Pix) != "\x00\xff\x00\xff" {
		t.Errorf("gray: %v", m)
	}
}
