package bmp

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	xbmp "golang.org/x/image/bmp"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// file is a BMP to be written.
type file struct {
	w, h    int
	topDown bool
	size    int // of the header
	depth   int
	storage int
	masks   []uint32
	colours int // given; the palette's length is said only if it is not the usual one
	gap     int // before the pixels
	pixels  []byte
}

func (f *file) stride() int { return (f.w*f.depth + 31) / 32 * 4 }

// write returns the file. The palette is a pattern.
func (f *file) write() []byte {
	le := binary.LittleEndian
	info := make([]byte, f.size)
	le.PutUint32(info, uint32(f.size))
	colourSize := 4
	if f.size == coreHeader {
		colourSize = 3
		le.PutUint16(info[4:], uint16(f.w))
		le.PutUint16(info[6:], uint16(f.h))
		le.PutUint16(info[8:], 1)
		le.PutUint16(info[10:], uint16(f.depth))
	} else {
		h := f.h
		if f.topDown {
			h = -h
		}
		le.PutUint32(info[4:], uint32(f.w))
		le.PutUint32(info[8:], uint32(h))
		le.PutUint16(info[12:], 1)
		le.PutUint16(info[14:], uint16(f.depth))
		le.PutUint32(info[16:], uint32(f.storage))
		if f.depth <= 8 && f.colours != 1<<f.depth {
			le.PutUint32(info[32:], uint32(f.colours))
		}
	}
	var behind []byte
	for i, m := range f.masks {
		if f.size > infoHeader {
			le.PutUint32(info[40+4*i:], m)
		} else {
			behind = le.AppendUint32(behind, m)
		}
	}
	for i := range f.colours {
		behind = append(behind, byte(i*7), byte(i*13), byte(i*29+5), byte(i))[:len(behind)+colourSize]
	}
	behind = append(behind, make([]byte, f.gap)...)
	out := append([]byte("BM"), make([]byte, 12)...)
	le.PutUint32(out[10:], uint32(14+len(info)+len(behind)))
	out = append(append(append(out, info...), behind...), f.pixels...)
	le.PutUint32(out[2:], uint32(len(out)))
	return out
}

// random returns a file with noise for pixels, of a form that x/image/bmp reads. Padding is noise too.
func random(rng *rand.Rand, depth int) *file {
	f := &file{w: 1 + rng.IntN(70), h: 1 + rng.IntN(70), topDown: rng.IntN(2) == 0, depth: depth,
		size: []int{40, 108, 124}[rng.IntN(3)]}
	if depth <= 8 {
		f.colours = 1 << depth
	}
	f.pixels = make([]byte, f.h*f.stride())
	for i := range f.pixels {
		f.pixels[i] = byte(rng.Uint32())
	}
	if f.size > 40 && rng.IntN(2) == 0 { // as some writers do
		f.storage, f.masks = masks, []uint32{0xff0000, 0xff00, 0xff, 0xff000000}
	}
	return f
}

func TestEqualsXImage(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	cases := 0
	for _, depth := range []int{1, 2, 4, 8, 24, 32} {
		for range 60 {
			f := random(rng, depth)
			if depth == 8 && rng.IntN(2) == 0 { // few colours
				f.colours = 3
				for i := range f.pixels {
					f.pixels[i] %= 3
				}
			}
			if depth == 32 && rng.IntN(3) == 0 { // opaque
				for i := 3; i < len(f.pixels); i += 4 {
					f.pixels[i] = 255
				}
			}
			data := f.write()
			want, err := xbmp.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%d bits, %dx%d, header of %d", depth, f.w, f.h, f.size)
			rastertest.Same(t, what, &d, data, want)
			rastertest.Within(t, what, func() rastertest.Decoder { return new(Decoder) }, ReadHeader, data)
			cases++
		}
	}
	testkit.AtLeast(t, 360, cases, "files")
}

// TestEncoded reads what x/image/bmp writes.
func TestEncoded(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	for range 50 {
		m := image.NewNRGBA(image.Rect(0, 0, 1+rng.IntN(40), 1+rng.IntN(40)))
		for i := range m.Pix {
			m.Pix[i] = uint8(rng.Uint32())
		}
		var b bytes.Buffer
		if err := xbmp.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		want, err := xbmp.Decode(bytes.NewReader(b.Bytes())) // without the alpha, which its header has no place for
		if err != nil {
			t.Fatal(err)
		}
		rastertest.Same(t, "encoded", &d, b.Bytes(), want)
	}
}

// TestMasks reads what x/image/bmp does not: 16 bits, and any masks in headers of all sizes.
func TestMasks(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	cases := 0
	for _, c := range []struct {
		depth, storage int
		masks          []uint32
		bits           []int
	}{
		{16, plain, []uint32{0x7c00, 0x3e0, 0x1f}, []int{5, 5, 5}},
		{16, masks, []uint32{0xf800, 0x7e0, 0x1f}, []int{5, 6, 5}},
		{16, masks, []uint32{0x00f, 0x0f0, 0xf00, 0xf000}, []int{4, 4, 4, 4}},
		{16, masks, []uint32{0x7c00, 0x3e0, 0x1f, 0x8000}, []int{5, 5, 5, 1}},
		{16, masks, []uint32{0xe000, 0, 0xff}, []int{3, 0, 8}},
		{32, masks, []uint32{0xff000000, 0xff0000, 0xff00, 0xff}, []int{8, 8, 8, 8}},
		{32, masks, []uint32{0xff, 0xff00, 0xff0000}, []int{8, 8, 8}},
		{32, masks, []uint32{0x3ff00000, 0xffc00, 0x3ff, 0xc0000000}, []int{10, 10, 10, 2}},
		{32, masks, []uint32{0xfff00000, 0x0003f000, 0xf}, []int{12, 6, 4}},
		{32, plain, []uint32{0xff0000, 0xff00, 0xff, 0xff000000}, []int{8, 8, 8, 8}},
	} {
		for _, size := range []int{40, 52, 56, 108, 124, 64} {
			f := &file{w: 1 + rng.IntN(40), h: 1 + rng.IntN(40), depth: c.depth, size: size, storage: c.storage, gap: rng.IntN(20)}
			alpha := len(c.masks) == 4
			if c.storage == masks {
				f.masks = c.masks
				switch {
				case size == 64:
					continue // OS/2 has another use for the number
				case size == 40 && alpha:
					f.storage = masksAlpha
				case size == 52:
					f.masks, alpha = f.masks[:3], false
				}
			} else if alpha {
				alpha = size >= headerV3 && size != os2Header
			}
			m := image.NewNRGBA(image.Rect(0, 0, f.w, f.h))
			f.pixels = make([]byte, f.h*f.stride())
			for y := range f.h {
				for x := range f.w {
					v := rng.Uint32()
					out := f.pixels[(f.h-1-y)*f.stride()+x*f.depth/8:]
					if f.depth == 16 {
						v &= 0xffff
						binary.LittleEndian.PutUint16(out, uint16(v))
					} else {
						binary.LittleEndian.PutUint32(out, v)
					}
					p := m.Pix[m.PixOffset(x, y):][:4]
					p[3] = 255
					for i, bits := range c.bits {
						if i < 3 || alpha {
							p[i] = scaled(v, c.masks[i], bits)
						}
					}
				}
			}
			rastertest.Same(t, fmt.Sprintf("masks %#x, header of %d", c.masks, size), &d, f.write(), m)
			cases++
		}
	}
	testkit.AtLeast(t, 50, cases, "files")
}

// scaled takes a sample out of a pixel by arithmetic on the whole mask.
func scaled(pixel, mask uint32, bits int) uint8 {
	if bits == 0 {
		return 0
	}
	v := (pixel & mask) / (mask & -mask)
	if bits > 8 {
		return uint8(v >> (bits - 8))
	}
	most := uint32(1)<<bits - 1
	return uint8((2*255*v + most) / (2 * most))
}

func TestCoreHeader(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	for _, depth := range []int{1, 4, 8, 24} {
		f := &file{w: 1 + rng.IntN(60), h: 1 + rng.IntN(60), depth: depth, size: coreHeader}
		if depth <= 8 {
			f.colours = 1 << depth
		}
		f.pixels = make([]byte, f.h*f.stride())
		for i := range f.pixels {
			f.pixels[i] = byte(rng.Uint32())
		}
		small := f.write()
		f.size = infoHeader
		want, err := xbmp.Decode(bytes.NewReader(f.write()))
		if err != nil {
			t.Fatal(err)
		}
		rastertest.Same(t, fmt.Sprintf("%d bits", depth), &d, small, want)
	}
}

// TestColourBeyondPalette: such pixels are black.
func TestColourBeyondPalette(t *testing.T) {
	f := &file{w: 9, h: 1, depth: 8, size: 40, colours: 3, pixels: []byte{0, 1, 2, 3, 4, 200, 255, 1, 2, 0, 0, 0}}
	m := image.NewGray(image.Rect(0, 0, 9, 1))
	data := f.write()
	at := 14 + 40
	for i := range 3 {
		copy(data[at+4*i:], []byte{byte(50 + i), byte(50 + i), byte(50 + i)})
	}
	for x, i := range f.pixels[:9] {
		if i < 3 {
			m.SetGray(x, 0, color.Gray{50 + i})
		}
	}
	rastertest.Same(t, "nine pixels", new(Decoder), data, m)
}

func TestAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	var dst, over plane.Plane
	for _, data := range [][]byte{
		random(rng, 1).write(), random(rng, 8).write(), random(rng, 24).write(), random(rng, 32).write(),
		(&file{w: 5, h: 4, depth: 16, size: 40, pixels: make([]byte, 48)}).write(), runFile(9, 9, 8, []byte{5, 1, 0, 0, 0, 1}),
	} {
		if n := testing.AllocsPerRun(10, func() {
			if _, err := d.Decode(context.Background(), data, 8, &dst, &over); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// BenchmarkBMP decodes a megapixel, beside x/image/bmp, which does not yet make luma of it.
func BenchmarkBMP(b *testing.B) {
	for _, depth := range []int{8, 24, 32} {
		f := &file{w: 1000, h: 1000, depth: depth, size: 40}
		if depth == 8 {
			f.colours = 256
		}
		f.pixels = make([]byte, f.h*f.stride())
		data := f.write()
		var dst plane.Plane
		b.Run(fmt.Sprintf("%d/ours", depth), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			var d Decoder
			for b.Loop() {
				if _, err := d.Decode(context.Background(), data, 4, &dst, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%d/ximage", depth), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := xbmp.Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
