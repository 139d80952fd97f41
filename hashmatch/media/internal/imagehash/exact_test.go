package imagehash

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// texture fills samples of a kind of picture: noise, few levels, one level, or a ramp with little noise. The last three
// are where hashes hang on roundings.
type texture int

const textures = 4

func (s texture) fill(pix []byte, rnd *rand.Rand) {
	base, step := rnd.IntN(256), 1+rnd.IntN(5)
	for i := range pix {
		switch s {
		case 0:
			pix[i] = byte(rnd.Uint32())
		case 1:
			pix[i] = byte(base + 40*rnd.IntN(2))
		case 2:
			pix[i] = byte(base)
		case 3:
			pix[i] = byte(base + i/step/3 + rnd.IntN(2))
		}
	}
}

// every makes a picture in each type that is accepted.
func every(r image.Rectangle, s texture, rnd *rand.Rand) map[string]image.Image {
	gray, gray16 := image.NewGray(r), image.NewGray16(r)
	rgba, nrgba := image.NewRGBA(r), image.NewNRGBA(r)
	rgba64, nrgba64, cmyk := image.NewRGBA64(r), image.NewNRGBA64(r), image.NewCMYK(r)
	opaque := image.NewNRGBA(r)
	for _, pix := range [][]byte{gray.Pix, gray16.Pix, rgba.Pix, nrgba.Pix, opaque.Pix, rgba64.Pix, nrgba64.Pix, cmyk.Pix} {
		s.fill(pix, rnd)
	}
	for i := 3; i < len(opaque.Pix); i += 4 {
		opaque.Pix[i] = 255
	}
	pal := image.NewPaletted(r, color.Palette{color.Black, color.White})
	for range 1 + rnd.IntN(200) {
		v := rnd.Uint32()
		pal.Palette = append(pal.Palette, color.NRGBA{uint8(v), uint8(v >> 8), uint8(v >> 16), uint8(v >> 24)})
	}
	for i := range pal.Pix {
		pal.Pix[i] = byte(rnd.IntN(len(pal.Palette)))
	}
	all := map[string]image.Image{
		"gray": gray, "gray16": gray16, "rgba": rgba, "nrgba": nrgba, "opaque nrgba": opaque, "rgba64": rgba64,
		"nrgba64": nrgba64, "cmyk": cmyk, "paletted": pal,
	}
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		m := image.NewYCbCr(r, ratio)
		for _, pix := range [][]byte{m.Y, m.Cb, m.Cr} {
			s.fill(pix, rnd)
		}
		all[ratio.String()] = m
	}
	return all
}

// check compares h with goimagehash.
func check(t *testing.T, h *Hasher, name string, img image.Image) {
	t.Helper()
	a, d, p, err := h.Picture(img)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i, got := range []uint64{a, d, p} {
		if want := plain(t, img, kinds[i]).Code64(); got != want {
			t.Errorf("%s of %s: %016x, want %016x", kinds[i], name, got, want)
		}
	}
}

// TestPictureIsGoimagehash compares with goimagehash itself, on pictures of every type and of sizes at which it enlarges,
// keeps and reduces.
func TestPictureIsGoimagehash(t *testing.T) {
	skipIfFused(t)
	rnd := testkit.Rand(t)
	sizes := []image.Point{{1, 1}, {2, 1}, {1, 300}, {300, 1}, {3, 3}, {8, 8}, {9, 8}, {8, 9}, {64, 64}, {64, 63}, {65, 64}, {128, 128}}
	for len(sizes) < 80 {
		most := []int{12, 70, 140, 300}[len(sizes)%4]
		sizes = append(sizes, image.Pt(1+rnd.IntN(most), 1+rnd.IntN(most)))
	}
	if testing.Short() || testkit.Race {
		sizes = sizes[:24]
	}
	var h Hasher
	ran := 0
	for i, size := range sizes {
		for name, img := range every(image.Rectangle{Max: size}, texture(i%textures), rnd) {
			check(t, &h, fmt.Sprint(name, size, " texture ", i%textures), img)
			ran++
		}
	}
	testkit.AtLeast(t, 15*len(sizes), ran, "pictures")
}

// FuzzPicture compares with goimagehash on pictures that the fuzzer draws.
func FuzzPicture(f *testing.F) {
	f.Add(uint8(0), uint8(8), uint8(8), []byte{1, 2, 3})
	f.Add(uint8(3), uint8(9), uint8(8), []byte{255, 254})
	f.Add(uint8(12), uint8(70), uint8(33), []byte("0123456789"))
	names := []string{
		"gray", "gray16", "rgba", "nrgba", "rgba64", "nrgba64", "cmyk", "paletted", "opaque nrgba", "YCbCrSubsampleRatio444",
		"YCbCrSubsampleRatio422", "YCbCrSubsampleRatio420", "YCbCrSubsampleRatio440", "YCbCrSubsampleRatio411", "YCbCrSubsampleRatio410",
	}
	f.Fuzz(func(t *testing.T, kind, w, h uint8, data []byte) {
		skipIfFused(t)
		if w == 0 || h == 0 || len(data) == 0 {
			return
		}
		name := names[int(kind)%len(names)]
		img := every(image.Rect(0, 0, int(w), int(h)), 2, rand.New(rand.NewPCG(1, 2)))[name]
		paint(img, data)
		var hasher Hasher
		check(t, &hasher, fmt.Sprint(name, w, "x", h), img)
	})
}

// paint repeats data over the samples of a picture.
func paint(img image.Image, data []byte) {
	switch m := img.(type) {
	case *image.Gray:
		repeat(m.Pix, data)
	case *image.Gray16:
		repeat(m.Pix, data)
	case *image.RGBA:
		repeat(m.Pix, data)
	case *image.NRGBA:
		repeat(m.Pix, data)
	case *image.RGBA64:
		repeat(m.Pix, data)
	case *image.NRGBA64:
		repeat(m.Pix, data)
	case *image.CMYK:
		repeat(m.Pix, data)
	case *image.Paletted:
		repeat(m.Pix, data)
		for i := range m.Pix {
			m.Pix[i] %= byte(len(m.Palette))
		}
	case *image.YCbCr:
		repeat(m.Y, data)
		repeat(m.Cb, data[len(data)/2:])
		repeat(m.Cr, data[len(data)/3:])
	}
}

func repeat(dst, data []byte) {
	for len(dst) > 0 && len(data) > 0 {
		dst = dst[copy(dst, data):]
	}
}

// TestRows gives the same by rows as by pictures, rows with bytes behind them among them.
func TestRows(t *testing.T) {
	rnd := testkit.Rand(t)
	forms := map[string]Form{"gray": Gray, "rgba": RGBA, "nrgba": NRGBA, "gray16": Gray16, "rgba64": RGBA64, "nrgba64": NRGBA64, "cmyk": CMYK}
	var h, rows Hasher
	ran := 0
	for _, size := range []image.Point{{1, 1}, {8, 8}, {9, 8}, {64, 64}, {100, 75}, {31, 300}} {
		for name, img := range every(image.Rectangle{Max: size}, 0, rnd) {
			a, d, p, err := h.Picture(img)
			if err != nil {
				t.Fatal(err)
			}
			var pix []byte
			var stride int
			switch m := img.(type) {
			case *image.Gray:
				pix, stride = m.Pix, m.Stride
			case *image.Gray16:
				pix, stride = m.Pix, m.Stride
			case *image.RGBA:
				pix, stride = m.Pix, m.Stride
			case *image.NRGBA:
				pix, stride = m.Pix, m.Stride
			case *image.RGBA64:
				pix, stride = m.Pix, m.Stride
			case *image.NRGBA64:
				pix, stride = m.Pix, m.Stride
			case *image.CMYK:
				pix, stride = m.Pix, m.Stride
			case *image.Paletted:
				pix, stride = m.Pix, m.Stride
				err = rows.StartPaletted(size.X, size.Y, m.Palette)
			case *image.YCbCr:
				continue
			}
			if f, ok := forms[name]; ok {
				err = rows.Start(size.X, size.Y, f)
			} else if name == "opaque nrgba" {
				err = rows.Start(size.X, size.Y, RGB)
				packed := make([]byte, 0, len(pix))
				for i := 0; i < len(pix); i += 4 {
					packed = append(packed, pix[i:i+3]...)
				}
				pix, stride = packed, 3*size.X
			}
			if err != nil {
				t.Fatal(err)
			}
			for y := range size.Y {
				rows.Row(append(pix[y*stride:][:stride:stride], 1, 2, 3))
			}
			if ra, rd, rp := rows.Sums(); ra != a || rd != d || rp != p {
				t.Errorf("%s %v by rows: %016x %016x %016x, want %016x %016x %016x", name, size, ra, rd, rp, a, d, p)
			}
			ran++
		}
	}
	testkit.AtLeast(t, 6*9, ran, "pictures by rows")
}

func TestRowsMisused(t *testing.T) {
	panics := func(name string, f func(h *Hasher)) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f(new(Hasher))
	}
	panics("sums of nothing", func(h *Hasher) { h.Sums() })
	panics("a row of nothing", func(h *Hasher) { h.Row(nil) })
	panics("too few rows", func(h *Hasher) {
		_ = h.Start(9, 2, Gray)
		h.Row(make([]byte, 9))
		h.Sums()
	})
	panics("too many rows", func(h *Hasher) {
		_ = h.Start(9, 1, Gray)
		h.Row(make([]byte, 9))
		h.Row(make([]byte, 9))
	})
	for _, f := range []Form{Gray, RGB, RGBA, NRGBA, Gray16, RGBA64, NRGBA64, CMYK} {
		size := map[Form]int{Gray: 1, RGB: 3, Gray16: 2, RGBA64: 8, NRGBA64: 8}[f]
		if size == 0 {
			size = 4
		}
		panics("short row", func(h *Hasher) {
			_ = h.Start(9, 1, f)
			h.Row(make([]byte, 9*size-1))
		})
	}
}
