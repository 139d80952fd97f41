package raster

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// stored returns a pixel as a picture stores it, by way of its own accessors.
func stored(img image.Image, x, y int) [4]uint8 {
	switch m := img.(type) {
	case *image.Gray:
		v := m.GrayAt(x, y).Y
		return [4]uint8{v, v, v, 255}
	case *image.Gray16:
		v := uint8(m.Gray16At(x, y).Y >> 8)
		return [4]uint8{v, v, v, 255}
	case *image.RGBA:
		c := m.RGBAAt(x, y)
		return [4]uint8{c.R, c.G, c.B, 255}
	case *image.NRGBA:
		c := m.NRGBAAt(x, y)
		return [4]uint8{c.R, c.G, c.B, c.A}
	case *image.RGBA64:
		c := m.RGBA64At(x, y)
		return [4]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), 255}
	case *image.NRGBA64:
		c := m.NRGBA64At(x, y)
		return [4]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
	case *image.CMYK:
		c := m.CMYKAt(x, y)
		r, g, b := color.CMYKToRGB(c.C, c.M, c.Y, c.K)
		return [4]uint8{r, g, b, 255}
	case *image.YCbCr:
		c := m.YCbCrAt(x, y)
		r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
		return [4]uint8{r, g, b, 255}
	case *image.NYCbCrA:
		c := m.NYCbCrAAt(x, y)
		r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
		return [4]uint8{r, g, b, c.A}
	case *image.Paletted:
		i := int(m.ColorIndexAt(x, y))
		if i >= len(m.Palette) {
			return [4]uint8{0, 0, 0, 255}
		}
		switch c := m.Palette[i].(type) {
		case color.NRGBA:
			return [4]uint8{c.R, c.G, c.B, c.A}
		case color.RGBA:
			return [4]uint8{c.R, c.G, c.B, 255}
		}
	}
	panic("a picture of another type")
}

func TestFromImage(t *testing.T) {
	rng := testkit.Rand(t)
	fill := func(pix []uint8) {
		for i := range pix {
			pix[i] = uint8(rng.Uint32())
		}
	}
	var palette color.Palette
	for i := range 200 {
		v := uint8(i)
		if i%2 == 0 {
			palette = append(palette, color.NRGBA{v, 3 * v, 7 * v, 31 * v})
		} else {
			palette = append(palette, color.RGBA{v, 5 * v, 11 * v, 255})
		}
	}
	cases := 0
	var dst, over plane.Plane
	for range 60 {
		x, y := rng.IntN(21)-10, rng.IntN(21)-10
		r := image.Rect(x, y, x+1+rng.IntN(60), y+1+rng.IntN(60))
		gray, gray16, rgba, nrgba := image.NewGray(r), image.NewGray16(r), image.NewRGBA(r), image.NewNRGBA(r)
		rgba64, nrgba64, cmyk := image.NewRGBA64(r), image.NewNRGBA64(r), image.NewCMYK(r)
		paletted := image.NewPaletted(r, palette)
		ratio := image.YCbCrSubsampleRatio(rng.IntN(6))
		// Go's own pictures with chroma subsampled are not sound below the origin.
		nearer := r.Add(image.Pt(10, 10))
		ycbcr, nycbcra := image.NewYCbCr(nearer, ratio), image.NewNYCbCrA(nearer, ratio)
		for _, pix := range [][]uint8{gray.Pix, gray16.Pix, rgba.Pix, nrgba.Pix, rgba64.Pix, nrgba64.Pix, cmyk.Pix, paletted.Pix,
			ycbcr.Y, ycbcr.Cb, ycbcr.Cr, nycbcra.Y, nycbcra.Cb, nycbcra.Cr, nycbcra.A} {
			fill(pix)
		}
		at := image.Pt(r.Min.X+rng.IntN(r.Dx()), r.Min.Y+rng.IntN(r.Dy()))
		part := image.Rectangle{at, image.Pt(at.X+1+rng.IntN(r.Max.X-at.X), at.Y+1+rng.IntN(r.Max.Y-at.Y))}
		for _, whole := range []interface {
			image.Image
			SubImage(image.Rectangle) image.Image
		}{gray, gray16, rgba, nrgba, rgba64, nrgba64, cmyk, paletted, ycbcr, nycbcra} {
			for _, img := range []image.Image{whole, whole.SubImage(part.Add(whole.Bounds().Min.Sub(r.Min)))} {
				b := img.Bounds()
				p := &pixels{b.Dx(), b.Dy(), nil}
				for y := b.Min.Y; y < b.Max.Y; y++ {
					for x := b.Min.X; x < b.Max.X; x++ {
						p.pix = append(p.pix, stored(img, x, y))
					}
				}
				scale := []int{1, 4, 8}[rng.IntN(3)]
				what := fmt.Sprintf("%T of %v at scale %d", img, b, scale)
				opaque, err := FromImage(img, scale, &dst, &over)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				checkPlane(t, what, &dst, samples(p, scale, false, every))
				if !opaque {
					checkPlane(t, what+" over black", &over, samples(p, scale, true, every))
				}
				if _, err := FromImage(img, scale, &dst, nil); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				checkPlane(t, what+" alone", &dst, samples(p, scale, false, every))
				cases++
			}
		}
	}
	testkit.AtLeast(t, 1200, cases, "pictures")
}

func TestFromImageRefuses(t *testing.T) {
	r := image.Rect(0, 0, 9, 9)
	short := image.NewNRGBA(r)
	short.Pix = short.Pix[:len(short.Pix)-1]
	chroma := image.NewYCbCr(r, image.YCbCrSubsampleRatio420)
	chroma.Cr = chroma.Cr[:5]
	alpha := image.NewNYCbCrA(r, image.YCbCrSubsampleRatio420)
	alpha.AStride = 8
	long := &image.Gray{Rect: image.Rect(0, 0, plane.MaxSide+1, 1), Stride: plane.MaxSide + 1, Pix: make([]byte, plane.MaxSide+1)}
	for _, c := range []struct {
		img  image.Image
		want error
	}{
		{nil, hashmatch.ErrUnsupported}, {(*image.Gray)(nil), hashmatch.ErrUnsupported}, {image.NewAlpha(r), hashmatch.ErrUnsupported},
		{image.NewGray(image.Rectangle{}), hashmatch.ErrCorrupt}, {image.NewPaletted(image.Rectangle{}, nil), hashmatch.ErrCorrupt},
		{image.NewYCbCr(image.Rectangle{}, 0), hashmatch.ErrCorrupt}, {image.NewCMYK(image.Rectangle{}), hashmatch.ErrCorrupt},
		{short, hashmatch.ErrCorrupt}, {chroma, hashmatch.ErrCorrupt}, {alpha, hashmatch.ErrCorrupt}, {long, hashmatch.ErrLimit},
	} {
		var dst plane.Plane
		if _, err := FromImage(c.img, 8, &dst, nil); !errors.Is(err, c.want) || dst.Pix != nil {
			t.Errorf("%T: error %v, want %v", c.img, err, c.want)
		}
	}
}
