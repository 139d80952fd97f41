package imagehash

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/corona10/goimagehash"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
)

// BenchmarkPicture puts goimagehash and Hasher.Picture side by side, three hashes of a picture of 2 megapixels.
func BenchmarkPicture(b *testing.B) {
	rgba := synth.Picture(synth.Landscape, 1, 1600, 1200)
	r := rgba.Rect
	nrgba := &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: r}
	ycc := image.NewYCbCr(r, image.YCbCrSubsampleRatio420)
	copy(ycc.Y, rgba.Pix)
	copy(ycc.Cb, rgba.Pix[99:])
	copy(ycc.Cr, rgba.Pix[999:])
	gray := &image.Gray{Pix: ycc.Y, Stride: ycc.YStride, Rect: r}
	pal := &image.Paletted{Pix: gray.Pix, Stride: gray.Stride, Rect: r}
	for i := range 256 {
		pal.Palette = append(pal.Palette, color.RGBA{uint8(i), uint8(i * 3), uint8(i * 7), 255})
	}
	for _, c := range []struct {
		name string
		img  image.Image
	}{{"gray", gray}, {"ycbcr", ycc}, {"rgba", rgba}, {"nrgba", nrgba}, {"paletted", pal}} {
		b.Run(c.name+"/goimagehash", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = goimagehash.AverageHash(c.img)
				_, _ = goimagehash.DifferenceHash(c.img)
				_, _ = goimagehash.PerceptionHash(c.img)
			}
		})
		b.Run(c.name+"/ours", func(b *testing.B) {
			var h Hasher
			b.ReportAllocs()
			for b.Loop() {
				_, _, _, _ = h.Picture(c.img)
			}
		})
	}
}

func BenchmarkAll(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		name                 string
		width, height, scale int
	}{{"4000x3000 at 8", 4000, 3000, 8}, {"1600x1200 at 4", 1600, 1200, 4}, {"640x480 at 1", 640, 480, 1}} {
		b.Run(c.name, func(b *testing.B) {
			var p plane.Plane
			p.Reset(c.width, c.height, c.scale, 0, 0)
			for i := range p.Pix {
				p.Pix[i] = byte(rnd.Uint32())
			}
			var h Hasher
			b.ReportAllocs()
			for b.Loop() {
				h.All(&p)
			}
		})
	}
}
