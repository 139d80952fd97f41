package pngluma

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"

	"github.com/hashmatch/engine/internal/testkit"
)

// brief reports whether tests should try fewer cases: there are no goroutines here, so the race detector only slows them.
func brief() bool { return testing.Short() || testkit.Race }

// pixelAt returns what image/png stored for a pixel: of 16-bit samples the high bytes, alpha not multiplied in.
func pixelAt(img image.Image, x, y int) (p colour) {
	switch m := img.(type) {
	case *image.Gray:
		v := m.GrayAt(x, y).Y
		return colour{v, v, v, 255}
	case *image.Gray16:
		v := uint8(m.Gray16At(x, y).Y >> 8)
		return colour{v, v, v, 255}
	case *image.RGBA: // image/png makes it only of opaque pixels
		v := m.RGBAAt(x, y)
		return colour{v.R, v.G, v.B, v.A}
	case *image.RGBA64:
		v := m.RGBA64At(x, y)
		return colour{uint8(v.R >> 8), uint8(v.G >> 8), uint8(v.B >> 8), uint8(v.A >> 8)}
	case *image.NRGBA:
		v := m.NRGBAAt(x, y)
		return colour{v.R, v.G, v.B, v.A}
	case *image.NRGBA64:
		v := m.NRGBA64At(x, y)
		return colour{uint8(v.R >> 8), uint8(v.G >> 8), uint8(v.B >> 8), uint8(v.A >> 8)}
	case *image.Paletted:
		switch v := m.Palette[m.ColorIndexAt(x, y)].(type) {
		case color.RGBA:
			return colour{v.R, v.G, v.B, 255}
		case color.NRGBA:
			return colour{v.R, v.G, v.B, v.A}
		}
	}
	panic("a picture that image/png does not make")
}

// planes returns the planes of a picture: the mean of each cell over those of its pixels that are wanted. opaque is that
// of the pixels wanted.
func planes(img image.Image, scale int, wanted func(x, y int) bool) (dst, over plane.Plane, opaque bool) {
	b := img.Bounds()
	dst.Reset(b.Dx(), b.Dy(), scale, 0, 0)
	over.Reset(b.Dx(), b.Dy(), scale, 0, 0)
	opaque = true
	for cy := range dst.Height {
		for cx := range dst.Width {
			var sum, veiled, n uint64
			for y := cy * scale; y < min(b.Dy(), (cy+1)*scale); y++ {
				for x := cx * scale; x < min(b.Dx(), (cx+1)*scale); x++ {
					if wanted != nil && !wanted(x, y) {
						continue
					}
					p := pixelAt(img, x, y)
					l := 9798*uint64(p.r) + 19235*uint64(p.g) + 3735*uint64(p.b)
					sum += l
					veiled += l * uint64(p.a)
					n++
					opaque = opaque && p.a == 255
				}
			}
			if n > 0 {
				dst.Row(cy)[cx] = byte((sum + n<<14) / (n << 15))
				over.Row(cy)[cx] = byte((veiled + n*255<<14) / (n * 255 << 15))
			}
		}
	}
	return dst, over, opaque
}

// differ says where two planes differ; "" if they do not.
func equalPlanes(a, b *plane.Plane) bool {
	if a.Width != b.Width || a.Height != b.Height || a.Scale != b.Scale ||
		a.FullWidth != b.FullWidth || a.FullHeight != b.FullHeight {
		return false
	}
	for y := range a.Height {
		if !bytes.Equal(a.Row(y), b.Row(y)) {
			return false
		}
	}
	return true
}

// agree fails t unless the decoder says of data what image/png says: whole, with the planes of its pixels, or not.
func agree(t testing.TB, d *Decoder, data []byte, scale int, name string) (whole bool) {
	t.Helper()
	img, want := png.Decode(bytes.NewReader(data))
	var dst, over plane.Plane
	r, err := d.Decode(context.Background(), data, scale, &dst, &over)
	if (err == nil && r.Fault == nil) != (want == nil) {
		t.Fatalf("%s, 1/%d: error %v, fault %v; image/png: %v\n%x", name, scale, err, r.Fault, want, data[:min(len(data), 4096)])
	}
	check(t, &r, err, name)
	if want != nil {
		return false
	}
	wantDst, wantOver, opaque := planes(img, scale, nil)
	if r.Share != 1 || r.Opaque != opaque {
		t.Fatalf("%s, 1/%d: share %v, opaque %v, want 1, %v", name, scale, r.Share, r.Opaque, opaque)
	}
	if !equalPlanes(&dst, &wantDst) {
		t.Fatalf("%s, 1/%d: plane\n%v, want\n%v", name, scale, dst.Pix, wantDst.Pix)
	}
	if !opaque && !equalPlanes(&over, &wantOver) {
		t.Fatalf("%s, 1/%d: premultiplied\n%v, want\n%v", name, scale, over.Pix, wantOver.Pix)
	}
	return true
}
